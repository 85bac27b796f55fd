// What is done to several items at once.
import { h } from "./draw.js"
import { ref } from "./model.js"
import { icon } from "./parts.js"
import { raised } from "./twin.js"
import { inLanguage, many, money } from "./words.js"

export function bulk(model) {
  const order = model.doc.sections.flatMap((section) => section.items.map((item) => item.id)), ids = order.filter((id) => model.chosen.has(id))
  if (!ids.length) return null
  const words = many(ids.length, "item"), { pop } = model
  return h("div", { key: "bulk", class: "bulk", role: "toolbar", "aria-label": "Selected items" }, h("b", {}, `${ids.length} selected`),
    h("span", { class: "pop-wrap" }, h("button", { class: "tool", "aria-expanded": String(!!pop), onclick: () => model.with({ pop: pop ? null : { percent: "5", step: 10 ** model.facts.digits } }) }, "Price %"), pop && prices(model, ids, pop)),
    h("button", { class: "tool", onclick: () => model.soldOut(ids, true) }, "Sold out"),
    h("button", { class: "tool", onclick: () => model.soldOut(ids, false) }, "Available"),
    h("select", { class: "tool", "aria-label": "Move to section", value: "", onchange: (event) => { const into = event.target.value; event.target.value = ""; model.move("item", ids, into, null); model.tell(`${words} moved to ${model.name("section", into)}`, true) } },
      h("option", { value: "" }, "Move to…"), model.doc.sections.filter((one) => !model.unborn.has(ref("section", one.id))).map((one) => h("option", { key: one.id, value: one.id }, inLanguage(one.name, model.house)))),
    h("button", { class: "tool", "aria-label": "Remove the selected items", onclick: () => model.remove(ids.map((id) => ref("item", id))) }, icon("trash", 16)),
    h("button", { class: "tool", "aria-label": "Clear the selection", onclick: () => model.with({ chosen: new Set(), pop: null }) }, icon("close", 16)))
}

function prices(model, ids, { percent, step }) {
  const text = percent.trim().replace(",", ".").replace("−", "-").replace(/^\+/, ""), fine = /^-?\d{1,3}(\.\d{1,4})?$/.test(text) && Math.abs(Number(text)) <= 90 && Number(text) !== 0, change = (more) => model.with({ pop: { ...model.pop, ...more } })
  const first = model.find(ref("item", ids[0])).row, unit = 10 ** model.facts.digits
  const apply = (event) => {
    event.preventDefault()
    if (!fine) return
    model.edit([{ op: "percent", ids, percent: text, round_to: step }], { toast: `${Number(text) > 0 ? "+" : "−"}${text.replace("-", "")} % on ${many(ids.length, "price")}` })
    model.with({ pop: null })
  }
  const steps = [...new Set([1, unit / 20, unit / 10, unit / 2, unit, unit * 5, unit * 10].filter(Number.isInteger))]
  return h("form", { class: "pop", onsubmit: apply, onkeydown: (event) => { event.stopPropagation(); if (event.key === "Escape") model.with({ pop: null }) } },
    h("div", { class: "presets" }, ["-10", "5", "10"].map((one) => h("button", { key: one, type: "button", class: "pill", "aria-pressed": String(text === one), onclick: () => change({ percent: one }) }, `${one.startsWith("-") ? `−${one.slice(1)}` : `+${one}`} %`))),
    h("label", {}, "Change by, in percent", h("input", { class: "box", inputmode: "text", value: percent, oninput: (event) => change({ percent: event.target.value }), ref: (node) => setTimeout(() => node.focus(), 0) })),
    h("label", {}, "Round to", h("select", { class: "box", value: step, onchange: (event) => change({ step: Number(event.target.value) }) }, steps.map((one) => h("option", { key: one, value: one }, money(one, model.coin))))),
    h("p", { class: "sample" }, !fine ? "Write a number between −90 and 90." : Number.isInteger(first.price_minor) ? `${inLanguage(first.name, model.house)}: ${money(first.price_minor, model.coin)} → ${money(raised(first.price_minor, text, step), model.coin)}` : ""),
    h("button", { class: "btn primary", disabled: !fine }, `Change ${many(ids.length, "price")}`))
}
