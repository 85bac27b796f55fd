// The house's own facts: what it is called and where, its languages, its colour, its tables and when it is open.
import { h } from "./draw.js"
import { texts } from "./form.js"
import { choice, field, icon, plain } from "./parts.js"
import { span } from "./served.js"
import { DAYS, tongue } from "./words.js"

const COMMON = ["en", "th", "de", "fr", "it", "es", "pt", "nl", "pl", "tr", "ru", "uk", "ar", "he", "hi", "zh", "ja", "ko", "vi", "id", "ms", "sv", "da", "nb", "fi", "cs", "el", "hu", "ro"]

export function restaurant(model) {
  const { restaurant: row } = model.doc, set = (name, value) => model.set("restaurant", row.id, name, value), trouble = (name) => model.trouble("restaurant", row.id, name)
  const hours = row.hours.length === 7 ? row.hours : DAYS.map(() => [])
  const day = (n, now) => set("hours", hours.map((one, m) => (m === n ? now : one)))
  return h("div", { key: "restaurant", class: "details" },
    h("header", {}, plain("back", "Back to the menu", () => model.with({ view: "list", active: null }), { class: "plain back" }), h("div", { class: "where" }, h("h2", {}, "Restaurant"), h("p", {}, "What guests read above the menu"))),
    h("div", { class: "form" },
      texts(model, "restaurant", row, { fields: ["name", "cuisine", "address"] }),
      h("div", { class: "two" },
        field(model, { id: "restaurant-area", label: "Area", value: row.area, trouble: trouble("area"), hint: "City or quarter", save: (text) => set("area", text) }),
        field(model, { id: "restaurant-tables", label: "Tables", inputmode: "numeric", value: String(row.tables), trouble: trouble("tables"), hint: "One code is printed for each", save: (text) => set("tables", /^\d+$/.test(text.trim()) ? Number(text) : text) })),
      h("div", { class: "two" },
        h("div", { class: "field" }, h("div", { class: "label" }, h("label", { for: "restaurant-color" }, "Colour")), h("input", { id: "restaurant-color", type: "color", class: "box color", value: row.color, onchange: (event) => set("color", event.target.value) })),
        choice({ id: "restaurant-zone", label: "Time zone", value: row.time_zone, options: zones(row.time_zone).map((zone) => [zone, zone.replaceAll("_", " ")]), change: (zone) => set("time_zone", zone) })),
      h("p", { class: "note" }, `Prices are in ${row.currency}; that stays, for what was ordered is counted in it.`),
      languages(model, row, set, trouble("languages")),
      h("section", { class: "served", "aria-label": "Opening hours" }, h("h3", {}, "Opening hours", h("span", { class: "note" }, row.hours.length ? "" : "not stated")),
        hours.map((spans, n) => h("div", { key: DAYS[n], class: "day" }, h("b", {}, DAYS[n]),
          h("div", {}, spans.map((one, m) => h("div", { key: m, class: "hours" }, span(one, (now) => day(n, spans.map((each, k) => (k === m ? { ...each, ...now } : each))), DAYS[n]),
            h("button", { class: "plain small", "aria-label": `Remove these hours of ${DAYS[n]}`, onclick: () => day(n, spans.filter((each) => each !== one)) }, icon("close", 16)))),
          !spans.length && row.hours.length > 0 && h("span", { class: "note" }, "closed")),
          h("button", { class: "plain small", "aria-label": `Add hours on ${DAYS[n]}`, onclick: () => day(n, [...spans, spans.length ? { opens: 1020, closes: 1320 } : { opens: 660, closes: 1320 }]) }, icon("plus", 16)))),
        trouble("hours") && h("p", { class: "help bad", role: "alert" }, icon("warn", 15), h("span", {}, trouble("hours").words)))))
}

function languages(model, row, set, trouble) {
  return h("section", { class: "served", "aria-label": "Languages" }, h("h3", {}, "Languages", h("span", { class: "note" }, "the first is the house’s own")),
    h("div", { class: "chips" }, h("div", {}, row.languages.map((one, n) => h("span", { key: one, class: "chip tag" }, tongue(one, "en"), n === 0 ? h("span", { class: "note" }, "own")
      : h("button", { "aria-label": `Remove ${tongue(one, "en")}; its texts stay until you remove them`, onclick: () => set("languages", row.languages.filter((other) => other !== one)) }, icon("close", 14)))))),
    trouble && h("p", { class: "help bad", role: "alert" }, icon("warn", 15), h("span", {}, trouble.words)),
    choice({
      id: "restaurant-language", label: "Add a language", value: "", options: [["", "Choose a language"], ...COMMON.filter((one) => !row.languages.includes(one)).map((one) => [one, `${tongue(one, "en")} · ${tongue(one)}`])],
      change: (one) => { if (one) { set("languages", [...row.languages, one]); model.with({ language: one }) } },
    }))
}

const zones = (now) => [...new Set([now, ...(Intl.supportedValuesOf?.("timeZone") ?? [])])]
