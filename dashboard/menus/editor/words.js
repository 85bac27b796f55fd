// How money, texts, languages and instants are said.
export const inLanguage = (text, language) => text?.[language] || Object.values(text ?? {})[0] || ""
export const amount = (value, digits) => value == null ? "" : typeof value === "object" ? value.typed : (value / 10 ** digits).toFixed(value % 10 ** digits ? digits : 0)

export function money(value, { currency, digits }) {
  if (value == null) return "—"
  if (typeof value === "object") return value.typed || "—"
  const shown = value % 10 ** digits ? digits : 0
  return new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: shown, maximumFractionDigits: shown }).format(value / 10 ** digits)
}

export const sign = (currency) => new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "narrowSymbol" }).formatToParts(0).find((part) => part.type === "currency").value

export function tongue(language, of = language) {
  try {
    const name = new Intl.DisplayNames([of], { type: "language" }).of(language)
    return name[0].toLocaleUpperCase(of) + name.slice(1)
  } catch { return language }
}

export const capital = (word) => word[0].toUpperCase() + word.slice(1)
export const many = (n, one) => `${n} ${one}${n === 1 ? "" : "s"}`
export const short = () => Math.random().toString(36).slice(2, 10).padEnd(8, "0")

export function ago(at) {
  const minutes = Math.round((Date.now() - at) / 60000)
  if (minutes < 1) return "just now"
  if (minutes < 60) return `${minutes} min ago`
  return minutes < 1440 ? `${Math.round(minutes / 60)} h ago` : new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" })
}

// An instant on the restaurant's clock, as a datetime-local input holds it: "2026-11-24T18:00".
export const localTime = (at, zone) => new Date(at).toLocaleString("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).replace(" ", "T")
export const clock = (minutes) => `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`
export const minutes = (text) => { const [hour, minute] = text.split(":").map(Number); return hour * 60 + minute }
export const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
