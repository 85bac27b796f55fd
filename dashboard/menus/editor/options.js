// Sizes and modifier groups: what a guest chooses from, how many, and what each adds to the price.
import { h } from "./draw.js"
import { choice, field, icon } from "./parts.js"
import { amount, inLanguage, many, money, short, sign } from "./words.js"

export function options(model, row, trouble) {
  const groups = row.options, set = (now) => model.set("item", row.id, "options", now)
  const add = (name, more) => set([...groups, { id: `option-${short()}`, name: { [model.house]: name }, min: 0, max: 1, sizes: false, choices: [], ...more }])
  const sized = groups.some((group) => group.sizes)
  return h("section", { class: "options", "aria-label": "Options" }, h("h3", {}, "Sizes and options"),
    groups.map((group, n) => one(model, row, group, (change) => set(groups.map((other, m) => (m === n ? { ...other, ...change } : other))), () => set(groups.filter((other) => other !== group)))),
    trouble && h("p", { class: "help bad", role: "alert" }, icon("warn", 15), h("span", {}, trouble.words)),
    h("div", { class: "add-options" },
      !sized && h("button", { class: "btn", onclick: () => set([{ id: `option-${short()}`, name: { [model.house]: "Size" }, min: 1, max: 1, sizes: true, choices: ["Regular", "Large"].map((name) => blank(model, name)) }, ...groups]) }, icon("plus", 16), "Sizes"),
      h("button", { class: "btn", onclick: () => add("Extras", { choices: [blank(model, "")] }) }, icon("plus", 16), "Options")))
}

const blank = (model, name) => ({ id: `choice-${short()}`, name: name ? { [model.house]: name } : {}, price_delta_minor: 0 })

function one(model, row, group, put, remove) {
  const { language } = model, title = inLanguage(group.name, model.house)
  const named = (name, text) => { const { [language]: _, ...others } = name; return text.trim() ? { ...name, [language]: text.trim() } : others }
  const choices = (now) => put({ choices: now, ...(group.sizes ? {} : { max: Math.max(1, Math.min(group.max, now.length)), min: Math.min(group.min, now.length) }) })
  const change = (m, now) => put({ choices: group.choices.map((each, n) => (n === m ? { ...each, ...now } : each)) })
  const rules = [["0-1", "None or one"], ["1-1", "One"], [`0-${group.choices.length}`, "Any"], [`1-${group.choices.length}`, "One or more"]]
  const rule = `${group.min}-${group.max}`, known = rules.some(([key]) => key === rule)
  return h("div", { key: group.id, class: "group-card" },
    h("div", { class: "group-head" },
      field(model, { id: `${row.id}-${group.id}-${language}`, label: group.sizes ? "Sizes are called" : "Option", quiet: true, value: group.name[language], placeholder: title, save: (text) => put({ name: named(group.name, text) }) }),
      group.sizes ? h("span", { class: "note" }, "a guest takes one")
        : choice({
          id: `${row.id}-${group.id}-rule`, label: `How many of ${title} a guest takes`, quiet: true, value: known ? rule : "other", options: [...new Map(known ? rules : [...rules, ["other", `${group.min} to ${group.max}`]])],
          change: (now) => { if (now !== "other") { const [min, max] = now.split("-").map(Number); put({ min, max }) } },
        }),
      h("button", { class: "plain small", "aria-label": `Remove ${title}`, onclick: remove }, icon("trash", 16))),
    !group.sizes && group.choices.length > 2 && h("div", { class: "range" }, ["min", "max"].map((end) => h("label", { key: end }, end === "min" ? "At least" : "At most", h("input", {
      class: "box", type: "number", min: end === "min" ? 0 : 1, max: group.choices.length, value: group[end], onkeydown: (event) => event.stopPropagation(),
      onchange: (event) => put({ [end]: Math.max(0, Math.trunc(Number(event.target.value) || 0)) }),
    })))),
    group.choices.map((each, m) => h("div", { key: each.id, class: "choice" },
      field(model, { id: `${row.id}-${each.id}-${language}`, label: group.sizes ? "Size" : "Choice", quiet: true, value: each.name[language], placeholder: inLanguage(each.name, model.house) || "Its name", save: (text) => change(m, { name: named(each.name, text) }) }),
      field(model, { id: `${row.id}-${each.id}-delta`, label: "Added to the price", quiet: true, inputmode: "text", prefix: `+ ${sign(model.coin.currency)}`, value: amount(each.price_delta_minor, model.facts.digits), typed: true, save: (value) => change(m, { price_delta_minor: value }) }),
      h("button", { class: "plain small", "aria-label": `Remove ${inLanguage(each.name, model.house) || "this choice"}`, onclick: () => choices(group.choices.filter((other) => other !== each)) }, icon("close", 16)),
      group.sizes && Number.isInteger(row.price_minor) && Number.isInteger(each.price_delta_minor) && h("p", { class: "help" }, `Guests pay ${money(row.price_minor + each.price_delta_minor, model.coin)}`))),
    h("button", { class: "link", onclick: () => choices([...group.choices, blank(model, "")]) }, group.sizes ? "Add a size" : "Add a choice"),
    h("span", { class: "sr" }, many(group.choices.length, "choice")))
}
