// Everything about the item or the section that is open.
import { h } from "./draw.js"
import { ref } from "./model.js"
import { options } from "./options.js"
import { chips, choice, field, icon, plain, switcher } from "./parts.js"
import { photo } from "./photo.js"
import { restaurant } from "./restaurant.js"
import { served } from "./served.js"
import { amount, inLanguage, localTime, money, sign, tongue } from "./words.js"

export function form(model) {
  if (model.active === "restaurant") return restaurant(model)
  const found = model.find(model.active)
  if (!found) return h("div", { key: "empty", class: "pane-empty" }, h("div", { class: "art" }, icon("list", 26)), h("p", {}, h("b", {}, "Pick an item to edit it")),
    h("p", {}, "With keys: ", ["↑ ↓", " walk, ", "Enter", " opens, ", "Alt ↑", " moves, ", "F2", " renames."].map((word, n) => (n % 2 ? word : h("kbd", {}, word)))))
  return h("div", { key: model.active, class: "details" }, head(model, found), h("div", { class: "form" }, found.section ? item(model, found) : section(model, found)))
}

function head(model, { row, rows, place, section }) {
  const at = model.active, [what, name] = section ? ["item", inLanguage(row.name, model.house)] : ["section", inLanguage(row.name, model.house)]
  return h("header", {}, plain("back", "Back to the menu", () => { model.with({ view: "list" }); model.focus(at) }, { class: "plain back" }),
    h("div", { class: "where" }, h("h2", {}, name || `New ${what}`), h("p", {}, `${section ? inLanguage(section.name, model.house) : "Section"} · ${place + 1} of ${rows.length}`)),
    plain("copy", "Duplicate", () => model.duplicate(at), { disabled: model.unborn.has(at) }), plain("trash", "Remove", () => model.remove([at])))
}

// Name and description, one language at a time.
export function texts(model, what, row, { fields = ["name", "description"], hints = {} } = {}) {
  const { languages } = model.doc.restaurant, { language } = model, { limits } = model.facts
  const step = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key], tabs = event.currentTarget
    if (!by) return
    const to = languages[(languages.indexOf(language) + by + languages.length) % languages.length]
    model.with({ language: to })
    tabs.querySelector(`#tab-${to}`).focus()
  }
  return [
    h("div", { class: "tabs" }, h("div", { class: "tablist", role: "tablist", "aria-label": "Language", onkeydown: step },
      languages.map((one) => h("button", {
        key: one, id: `tab-${one}`, role: "tab", "aria-selected": String(one === language), "aria-controls": "texts", tabindex: one === language ? 0 : -1, onclick: () => model.with({ language: one }),
      }, tongue(one), !row.name[one] && h("span", { class: "dot", title: "No name yet in this language" }, h("span", { class: "sr" }, ", not translated"))))),
    what !== "restaurant" && h("button", { class: "link", onclick: () => model.with({ active: "restaurant" }) }, "Add a language")),
    h("div", { id: "texts", role: "tabpanel", "aria-labelledby": `tab-${language}` }, fields.map((name) => field(model, {
      id: `${what}-${row.id}-${name}-${language}`, label: name[0].toUpperCase() + name.slice(1), lang: language, value: row[name][language], rows: name === "description" ? 3 : null,
      limit: name === "name" ? limits.name : limits.description, trouble: model.trouble(what, row.id, `${name}.${language}`), hint: hints[name],
      placeholder: language === model.house ? (name === "description" ? "What makes it good? Guests read about two lines." : "") : inLanguage(row[name], model.house),
      save: (text) => model.set(what, row.id, `${name}.${language}`, text),
    }))),
  ]
}

function section(model, { row, rows }) {
  return [
    texts(model, "section", row),
    served(model, "section", row, "Items of this section are offered"),
    rows.length > 1 && row.items.length > 0 && h("button", { class: "btn", onclick: () => model.with({ chosen: new Set(row.items.map((one) => one.id)), view: "list" }) }, "Select its items"),
  ]
}

function item(model, { row, section }) {
  const { restaurant } = model.doc, { allergens, diets } = model.facts, live = model.prices[row.id], set = (name, value) => model.set("item", row.id, name, value), trouble = (name) => model.trouble("item", row.id, name)
  return [
    stock(model, row),
    texts(model, "item", row),
    h("div", { class: "two" },
      field(model, {
        id: `item-${row.id}-price`, label: "Price", inputmode: "decimal", prefix: sign(restaurant.currency), value: amount(row.price_minor, model.facts.digits), typed: true, trouble: trouble("price_minor"),
        hint: live != null && live !== row.price_minor ? `Guests pay ${money(live, model.coin)} until you publish` : null, save: (value) => set("price_minor", value),
      }),
      choice({
        id: `item-${row.id}-section`, label: "Section", value: section.id, options: model.doc.sections.filter((one) => !model.unborn.has(ref("section", one.id))).map((one) => [one.id, inLanguage(one.name, model.house)]),
        change: (into) => model.move("item", [row.id], into, null),
      })),
    photo(model, row, trouble("photo")),
    chips({ label: "Diets", all: diets, on: row.diets, change: (now) => set("diets", now) }),
    chips({
      label: "Allergens", note: row.allergens ? "the 14 that EU law names" : "not declared yet", all: allergens, on: row.allergens ?? [], change: (now) => set("allergens", now),
      extra: [["None of them", row.allergens?.length === 0, []], ["Not declared", row.allergens == null, null]].map(([words, on, value]) => h("button", { key: words, type: "button", class: "chip", "aria-pressed": String(on), onclick: () => set("allergens", value) }, on && icon("check", 14), words)),
    }),
    options(model, row, trouble("options")),
    served(model, "item", row, "This item is offered"),
    h("section", { class: "private", "aria-label": "Private" }, h("h3", {}, icon("lock", 16), "Private", h("span", { class: "note" }, "never shown to guests")),
      field(model, { id: `item-${row.id}-cost`, label: "Food cost", inputmode: "decimal", prefix: sign(restaurant.currency), value: amount(row.food_cost_minor, model.facts.digits), typed: true, trouble: trouble("food_cost_minor"), save: (value) => set("food_cost_minor", value) }),
      field(model, { id: `item-${row.id}-notes`, label: "Notes", rows: 2, value: row.notes, trouble: trouble("notes"), placeholder: "For the kitchen and the team", save: (text) => set("notes", text) })),
  ]
}

// Sold out is the kitchen's word: guests see it at once, without a publish.
function stock(model, row) {
  const zone = model.doc.restaurant.time_zone, hours = (n) => localTime(Date.now() + n * 3600000, zone), tomorrow = () => `${localTime(Date.now() + 86400000, zone).slice(0, 10)}T06:00`
  const until = row.sold_out && row.sold_out_until ? localTime(row.sold_out_until, zone) : ""
  const presets = [["until I say so", null], ["for 2 hours", () => hours(2)], ["until tomorrow", tomorrow]]
  return h("div", { class: `stock${row.sold_out ? " out" : ""}` },
    h("div", { class: "stock-row" }, h("div", {}, h("b", {}, row.sold_out ? "Sold out" : "Available"), h("span", {}, row.sold_out ? "Guests see it, and can’t order it" : "Guests can order it", " · at once, without publishing")),
      switcher({ on: !row.sold_out, label: "Available", change: (on) => model.soldOut([row.id], !on) })),
    row.sold_out && h("div", { class: "until", role: "group", "aria-label": "Sold out until when" },
      presets.map(([words, when]) => h("button", { key: words, type: "button", class: "pill", "aria-pressed": String(!when && !until), onclick: () => model.soldOut([row.id], true, when?.() ?? null) }, words)),
      h("label", {}, h("span", {}, "until"), h("input", { type: "datetime-local", class: "box", value: until, onchange: (event) => event.target.value && model.soldOut([row.id], true, event.target.value), onkeydown: (event) => event.stopPropagation() }))))
}
