// The small parts that forms are made of: icon, switch, field, chips, choice, and the sheet at the side.
import { h } from "./draw.js"

const PATHS = {
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01", undo: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3", redo: "m15 14 5-5-5-5M20 9H10a6 6 0 0 0 0 12h3",
  history: "M3 12a9 9 0 1 0 3-6.7L3 8M3 3v5h5M12 7v5l3 2", search: "m20 20-3.8-3.8M18 11a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z", plus: "M12 5v14M5 12h14", close: "M6 6l12 12M18 6 6 18",
  chevron: "m8 10 4 4 4-4", back: "m14 6-6 6 6 6", warn: "M12 9v4M12 16.5v.01M10.3 4.3 2.6 17.5A2 2 0 0 0 4.3 20.5h15.4a2 2 0 0 0 1.7-3L13.7 4.3a2 2 0 0 0-3.4 0Z",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5", copy: "M9 9h11v11H9zM5 15H4V4h11v1", check: "m5 12.5 4.5 4.5L19 7.5", list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  phone: "M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3ZM11 18h2", lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3", house: "M4 11 12 4l8 7M6 10v10h12V10M10 20v-6h4v6",
}

export const icon = (name, size = 18) => h("svg", {
  class: "icon", width: size, height: size, viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": name === "grip" ? 2.6 : 1.75,
  "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true",
}, h("path", { d: PATHS[name] }))

export const switcher = ({ on, label, change, tab = 0 }) => h("button", {
  type: "button", class: "switch", role: "switch", "aria-checked": String(!!on), "aria-label": label, title: label, tabindex: tab,
  onclick: (event) => { event.stopPropagation(); change(event.currentTarget.getAttribute("aria-checked") !== "true") },
}, h("span"))

// A field keeps what is being typed as it is typed; it is sent when the hand rests, and the kept value comes in once nobody types here.
export function field(model, { id, label, value, save, limit, rows, prefix, trouble, hint, lang, inputmode, placeholder, quiet, typed, wait = 450, type = "text" }) {
  const key = id, now = model.typing.get(key), shown = now?.text ?? value ?? ""
  const send = (text) => {
    const one = model.typing.get(key)
    if (one) one.timer = null
    if (model.root.activeElement?.id !== id) model.typing.delete(key)
    save(typed ? { typed: text } : text)
  }
  const help = trouble?.words ?? hint, props = {
    id, value: shown, lang, placeholder, class: "box", inputmode, autocomplete: "off", type: rows ? null : type, rows: rows ?? null,
    "aria-invalid": trouble?.level === "error" ? "true" : null, "aria-describedby": help ? `${id}-help` : null,
    oninput: (event) => {
      const text = event.target.value
      clearTimeout(model.typing.get(key)?.timer)
      model.typing.set(key, { text, timer: setTimeout(() => send(text), wait) })
      if (rows) grow(event.target)
      model.repaint()
    },
    onblur: () => { const one = model.typing.get(key); model.typing.delete(key); if (one?.timer) { clearTimeout(one.timer); save(typed ? { typed: one.text } : one.text) }; model.repaint() },
    onkeydown: (event) => { event.stopPropagation(); if (event.key === "Enter" && !rows) event.target.blur() },
    ref: rows && ((node) => setTimeout(() => grow(node), 0)),
  }
  const over = limit && shown.length > limit
  return h("div", { key: `field-${id}`, class: `field${trouble ? ` ${trouble.level}` : ""}${quiet ? " quiet" : ""}` },
    h("div", { class: "label" }, h("label", { for: id }, label), limit && h("span", { class: `counter${over ? " over" : ""}`, "aria-hidden": "true" }, `${shown.length} / ${limit}`)),
    h("div", { class: "wrap" }, prefix && h("span", { class: "prefix", "aria-hidden": "true" }, prefix), h(rows ? "textarea" : "input", props)),
    help && h("p", { class: "help", id: `${id}-help`, role: trouble ? "alert" : null }, trouble && icon("warn", 15), h("span", {}, help)))
}

const grow = (area) => { area.style.height = "auto"; area.style.height = `${area.scrollHeight + 2}px` }

export const choice = ({ id, label, value, options, change, quiet, hint }) => h("div", { key: `field-${id}`, class: `field${quiet ? " quiet" : ""}` },
  h("div", { class: "label" }, h("label", { for: id }, label)),
  h("select", { id, class: "box", value, onchange: (event) => change(event.target.value) }, options.map(([key, words]) => h("option", { key, value: key }, words))),
  hint && h("p", { class: "help" }, hint))

export const chips = ({ label, note, all, on, change, extra, words = (one) => one[0].toUpperCase() + one.slice(1) }) => h("fieldset", { class: "chips" },
  h("legend", {}, label, note && h("span", { class: "note" }, note)),
  h("div", {}, extra, all.map((one) => h("button", {
    key: one, type: "button", class: "chip", "aria-pressed": String(on.includes(one)), onclick: () => change(on.includes(one) ? on.filter((other) => other !== one) : [...on, one]),
  }, on.includes(one) && icon("check", 14), words(one)))))

export const plain = (name, label, click, more = {}) => h("button", { type: "button", class: "plain", title: label, "aria-label": label, onclick: click, ...more }, icon(name))

export const sheet = ({ title, close, foot }, ...children) => h("dialog", {
  key: "sheet", class: "sheet", "aria-labelledby": "sheet-title",
  ref: (node) => setTimeout(() => { node.showModal(); node.querySelector("h2").focus() }, 0),
  oncancel: (event) => { event.preventDefault(); close() },
  onclick: (event) => { if (event.target === event.currentTarget) close() },
  onkeydown: (event) => event.stopPropagation(),
}, h("div", { class: "sheet-in" },
  h("header", {}, h("h2", { id: "sheet-title", tabindex: -1 }, title), plain("close", "Close", close)),
  h("div", { class: "sheet-body", tabindex: 0 }, children), foot && h("footer", {}, foot)))
