// Sections and items as a tree of rows: one tab stop, moved by pointer or by keys; name and price are edited in place.
import { h, same } from "./draw.js"
import { lifted } from "./drag.js"
import { ref } from "./model.js"
import { icon, plain, switcher } from "./parts.js"
import { amount, capital, inLanguage, many, money } from "./words.js"

export function outline(model) {
  const shown = model.shown(), rows = model.rows(), stop = rows.includes(model.active) ? model.active : rows[0]
  if (!shown.length && (model.search || model.filter !== "all")) return h("div", { key: "none", class: "list none" },
    h("p", {}, h("b", {}, "Nothing found")), h("p", {}, model.search ? `No item has “${model.search}” in its name or description.` : "No item is like that just now."),
    h("button", { class: "btn", onclick: () => model.with({ search: "", filter: "all" }) }, "Show all items"))
  if (!shown.length) return h("div", { key: "none", class: "list none" },
    h("p", {}, h("b", {}, "This menu is empty")), h("p", {}, "Begin with a section, or import a file: the link is above."),
    h("button", { class: "btn primary", onclick: () => model.addSection() }, icon("plus", 16), "Add a section"))
  return h("div", {
    key: "list", class: "list", role: "treegrid", "aria-label": "Menu", "aria-multiselectable": "true", onkeydown: (event) => keys(model, event), ref: (node) => { model.list = node },
  },
  shown.map(({ section, items }, n) => {
    const at = ref("section", section.id), open = model.isOpen(section)
    return h("div", { key: at, class: "group", role: "rowgroup", "data-section": section.id },
      same("head", [section, n, shown.length, open, model.active === at, stop === at, model.lifted === at, inline(model, at), model.marks.get(at), model.unborn.has(at), model.house],
        () => heading(model, section, n, shown.length, open, stop === at)),
      open && items.map((item, m) => {
        const at = ref("item", item.id), up = model.lifted === at || !!model.drag?.ids.includes(item.id)
        return same(at, [item, m, items.length, model.active === at, stop === at, model.chosen.has(item.id), inline(model, at), model.marks.get(at), up, model.house, model.coin],
          () => line(model, item, m, items.length, stop === at, up))
      }),
      open && !items.length && h("div", { key: "blank", role: "row", class: "row blank" }, h("span", { role: "gridcell" }, "No items yet. Drag one here, or add the first.")))
  }),
  model.drag?.line != null && h("div", { key: "line", class: "line", style: `top:${model.drag.line}px`, "aria-hidden": "true" }),
  model.drag && h("div", { key: "ghost", class: "ghost", style: `left:${model.drag.x}px;top:${model.drag.y}px`, "aria-hidden": "true" },
    icon("grip"), model.name(model.drag.what, model.drag.ids[0]), model.drag.ids.length > 1 && h("b", {}, model.drag.ids.length)))
}

const inline = (model, at) => (model.inline?.at === at ? model.inline.field : null)
const quietly = (work) => (event) => { event.stopPropagation(); work(event) }

function heading(model, section, n, of, open, stop) {
  const at = ref("section", section.id), name = inLanguage(section.name, model.house), tab = stop ? 0 : -1, marks = model.marks.get(at), unborn = model.unborn.has(at)
  return h("div", {
    class: `row section${model.active === at ? " active" : ""}${model.lifted === at ? " lifted" : ""}`, role: "row", "aria-level": 1, "aria-expanded": String(open),
    "aria-posinset": n + 1, "aria-setsize": of, "data-at": at, tabindex: tab, onclick: () => model.open(at),
  },
  h("span", { role: "gridcell", class: "c-grip" }, grip(model, at, `section ${name}`, tab)),
  h("span", { role: "gridcell", class: "c-fold" }, h("button", {
    class: "fold", tabindex: tab, "aria-label": `${open ? "Close" : "Open"} ${name}`, "aria-expanded": String(open), onclick: quietly(() => fold(model, section.id)),
  }, icon("chevron"))),
  h("span", { role: "gridcell", class: "c-name", ondblclick: quietly(() => model.with({ inline: { at, field: "name" } })) },
    inline(model, at) ? input(model, at, "name", name, "Section name") : [h("span", { class: "name" }, name || h("i", {}, "No name yet")), h("span", { class: "count" }, section.items.length, h("span", { class: "sr" }, " items"))],
    section.served.length > 0 && h("span", { class: "tags" }, "only at times")),
  h("span", { role: "gridcell", class: "c-mark" }, mark(marks)),
  h("span", { role: "gridcell", class: "c-tools" },
    h("button", { class: "plain small", tabindex: tab, "aria-label": `Rename section ${name}`, onclick: quietly(() => model.with({ inline: { at, field: "name" } })) }, "Rename"),
    h("button", { class: "plain small", tabindex: tab, "aria-label": `Remove section ${name}`, onclick: quietly(() => model.remove([at])) }, icon("trash", 16)),
    h("button", { class: "plain small add", tabindex: tab, disabled: unborn, "aria-label": `Add an item to ${name}`, onclick: quietly(() => model.addItem(section.id, section.items[0]?.id ?? null)) }, icon("plus", 16), "Item")))
}

function line(model, item, n, of, stop, up) {
  const at = ref("item", item.id), name = inLanguage(item.name, model.house) || "No name yet", tab = stop ? 0 : -1, chosen = model.chosen.has(item.id), price = money(item.price_minor, model.coin)
  const tags = [...item.diets.map(capital), item.options.length && many(item.options.length, "option"), item.served.length && "only at times", item.photo && "photo"].filter(Boolean).join(" · ")
  return h("div", {
    class: `row item${model.active === at ? " active" : ""}${item.sold_out ? " sold" : ""}${up ? " lifted" : ""}`, role: "row", "aria-level": 2, "aria-posinset": n + 1, "aria-setsize": of,
    "aria-selected": String(chosen), "data-at": at, "data-id": item.id, tabindex: tab,
    onclick: (event) => (event.shiftKey || event.metaKey || event.ctrlKey ? model.choose(item.id, event.shiftKey) : model.open(at)),
  },
  h("span", { role: "gridcell", class: "c-check" }, h("input", { type: "checkbox", checked: chosen, tabindex: tab, "aria-label": `Select ${name}`, onclick: quietly((event) => model.choose(item.id, event.shiftKey)) })),
  h("span", { role: "gridcell", class: "c-grip" }, grip(model, at, name, tab)),
  h("span", { role: "gridcell", class: "c-name", ondblclick: () => model.with({ inline: { at, field: "name" } }) },
    inline(model, at) === "name" ? input(model, at, "name", inLanguage(item.name, model.house), "Name")
      : [h("span", { class: "name" }, name), item.sold_out ? h("span", { class: "soldword" }, "Sold out") : tags && h("span", { class: "tags" }, tags)]),
  h("span", { role: "gridcell", class: "c-mark" }, mark(model.marks.get(at))),
  h("span", { role: "gridcell", class: "c-price" }, inline(model, at) === "price" ? input(model, at, "price", amount(item.price_minor, model.coin.digits), `Price of ${name}`)
    : h("button", { class: `price${item.price_minor == null ? " none" : ""}`, tabindex: tab, "aria-label": `Price of ${name}: ${price}. Edit`, onclick: quietly(() => model.with({ active: at, inline: { at, field: "price" } })) }, item.price_minor == null ? "Add price" : price)),
  h("span", { role: "gridcell", class: "c-stock" }, switcher({
    on: !item.sold_out, tab, label: item.sold_out ? `${name} is sold out. Make it available` : `${name} is available. Mark it sold out`, change: (on) => model.soldOut([item.id], !on),
  })))
}

const mark = (marks) => marks && h("span", { class: `mark ${marks.some((one) => one.level === "error") ? "error" : "warning"}`, title: marks.map((one) => one.words).join(" ") },
  icon("warn", 16), h("span", { class: "sr" }, marks.map((one) => one.words).join(" ")))

const grip = (model, at, name, tab) => h("button", {
  class: "grip", tabindex: tab, "aria-label": `Move ${name}`, "aria-pressed": String(model.lifted === at), onpointerdown: (event) => lifted(model, event, at), onclick: (event) => event.stopPropagation(),
}, icon("grip"))

const fold = (model, id) => {
  const closed = new Set(model.closed)
  if (!closed.delete(id)) closed.add(id)
  model.with({ closed })
}

// A name or a price, edited in its row: Enter and Tab go on to what is next to be typed, Escape leaves it.
function input(model, at, what, value, label) {
  let done = false
  const [kind, id] = [at.startsWith("item/") ? "item" : "section", at.slice(at.indexOf("/") + 1)]
  const leave = (node, next) => {
    if (done) return
    done = true
    const text = node.value.trim()
    if (text !== value) model.set(kind, id, what === "price" ? "price_minor" : `name.${model.house}`, what === "price" ? { typed: text } : text)
    model.with({ inline: next ?? null })
    if (next === undefined) model.focus(at)
  }
  return h("input", {
    key: `inline-${what}`, class: `inline ${what}`, "aria-label": label, inputmode: what === "price" ? "decimal" : "text", autocomplete: "off",
    ref: (node) => { node.value = value; setTimeout(() => { node.focus(); node.select() }, 0) }, // not as a property: what is typed stays
    onblur: (event) => leave(event.target, null), onclick: (event) => event.stopPropagation(), ondblclick: (event) => event.stopPropagation(),
    onkeydown: (event) => {
      event.stopPropagation()
      if (event.key === "Escape") { done = true; model.with({ inline: null }); model.focus(at) }
      if (event.key !== "Enter" && event.key !== "Tab") return
      event.preventDefault()
      const rows = model.rows().filter((row) => row.startsWith("item/")), next = rows[rows.indexOf(at) + (event.shiftKey ? -1 : 1)]
      if (kind === "item" && what === "name" && (event.key === "Tab" || model.find(at).row.price_minor == null)) leave(event.target, { at, field: "price" })
      else if (what === "price" && event.key === "Tab" && next) leave(event.target, { at: next, field: "price" })
      else leave(event.target)
    },
  })
}

function keys(model, event) {
  const { target, key } = event, at = target.closest("[data-at]")?.dataset.at, found = model.find(at)
  if (!found || target.matches("input:not([type=checkbox])")) return
  const rows = model.rows(), place = rows.indexOf(at), isItem = !!found.section, onRow = target.matches("[role=row]"), arrow = { ArrowUp: -1, ArrowDown: 1 }[key], name = model.name(isItem ? "item" : "section", found.row.id)
  const act = (work) => { event.preventDefault(); event.stopPropagation(); work() }
  const go = (to) => { if (to) { model.with({ active: to }); model.focus(to) } }
  if (model.lifted === at) { // picked up with the keyboard
    if (arrow) return act(() => { model.nudge(at, arrow); model.focus(at, ".grip") })
    if (key === " " || key === "Enter") return act(() => { model.lifted = null; model.say(`${name} dropped at place ${found.place + 1} of ${found.rows.length}`) })
    if (key === "Escape") return act(() => { model.lifted = null; model.say(`${name} stays here. Undo takes the move back`) })
  }
  if (target.matches(".grip") && (key === " " || key === "Enter")) return act(() => {
    model.lifted = at
    model.say(`${name} picked up, at place ${found.place + 1} of ${found.rows.length}. The arrow keys move it, space drops it.`)
  })
  if (event.altKey && arrow) return act(() => { model.nudge(at, arrow); model.focus(at) })
  if (arrow) return act(() => go(rows[place + arrow]))
  if (key === "Home") return act(() => go(rows[0]))
  if (key === "End") return act(() => go(rows.at(-1)))
  if (!onRow) return undefined
  if (key === "Enter") return act(() => model.open(at))
  if (key === "F2") return act(() => model.with({ active: at, inline: { at, field: "name" } }))
  if (key === " " && isItem) return act(() => model.choose(found.row.id))
  if (key === " ") return act(() => fold(model, found.row.id))
  if (key === "Delete" || key === "Backspace") return act(() => model.remove(isItem && model.chosen.size ? [...model.chosen].map((id) => ref("item", id)) : [at]))
  if (!isItem && (key === "ArrowLeft" || key === "ArrowRight") && model.closed.has(found.row.id) === (key === "ArrowRight")) return act(() => fold(model, found.row.id))
  return undefined
}
