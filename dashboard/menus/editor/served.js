// On which days and between which hours something is offered. No rule: always.
import { h } from "./draw.js"
import { icon } from "./parts.js"
import { clock, DAYS, minutes } from "./words.js"

const NEXT_DAY = 1440

export function served(model, what, row, words) {
  const rules = row.served, set = (now) => model.set(what, row.id, "served", now), trouble = model.trouble(what, row.id, "served")
  const put = (n, change) => set(rules.map((rule, m) => (m === n ? { ...rule, ...change } : rule)))
  return h("section", { class: "served", "aria-label": "When it is served" }, h("h3", {}, "When it is served", h("span", { class: "note" }, rules.length ? `${words} only then` : "always")),
    rules.map((rule, n) => h("div", { key: `rule-${n}`, class: "group-card" },
      h("div", { class: "days", role: "group", "aria-label": "Days" }, DAYS.map((name, day) => h("button", {
        key: name, type: "button", class: "chip", "aria-pressed": String(rule.days.includes(day + 1)),
        onclick: () => { const days = rule.days.includes(day + 1) ? rule.days.filter((one) => one !== day + 1) : [...rule.days, day + 1].sort(); if (days.length) put(n, { days }) },
      }, name))),
      h("div", { class: "hours" }, span(rule, (change) => put(n, change), `rule ${n + 1}`),
        h("button", { class: "plain small", "aria-label": "Remove these hours", onclick: () => set(rules.filter((_, m) => m !== n)) }, icon("trash", 16))))),
    trouble && h("p", { class: "help bad", role: "alert" }, icon("warn", 15), h("span", {}, trouble.words)),
    h("button", { class: "btn", onclick: () => set([...rules, { days: [1, 2, 3, 4, 5], opens: 690, closes: 870 }]) }, icon("plus", 16), rules.length ? "More hours" : "Only at times"))
}

// Two clocks; a closing time before the opening one is next morning's.
export function span({ opens, closes }, change, of) {
  const time = (name, value, put) => h("label", {}, name, h("input", { type: "time", class: "box", "aria-label": `${name}, ${of}`, value: clock(value), onkeydown: (event) => event.stopPropagation(), onchange: (event) => event.target.value && put(minutes(event.target.value)) }))
  const closing = (from, to) => (to % NEXT_DAY <= from ? to % NEXT_DAY + NEXT_DAY : to % NEXT_DAY)
  return h("div", { class: "span" },
    time("From", opens, (at) => change({ opens: at, closes: closing(at, closes) })),
    time("To", closes, (at) => change({ opens, closes: closing(opens, at) })),
    closes > opens + NEXT_DAY - 1 ? h("span", { class: "note" }, "all day") : closes > NEXT_DAY && h("span", { class: "note" }, "next day"))
}
