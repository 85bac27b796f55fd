// The editor: one model for what is known, drawn anew whenever it changes; Python's messages come in through the one export.
import { bulk } from "./bulk.js"
import { draw, h } from "./draw.js"
import { form } from "./form.js"
import { history } from "./history.js"
import { Model, ref } from "./model.js"
import { outline } from "./outline.js"
import { icon } from "./parts.js"
import { keepUp, preview } from "./preview.js"
import { review } from "./review.js"
import { conflicts, top } from "./top.js"

const mounted = new WeakMap()

export default function ({ parentElement, data, setTriggerValue }) { // called again at each message: the same root, the same model
  const root = parentElement.querySelector(".editor")
  let model = mounted.get(root)
  if (!model) {
    model = new Model((message) => model.trigger("message", message), () => paint(model, root))
    model.root = root.getRootNode()
    mounted.set(root, model)
    model.hotkeys = (event) => hotkeys(model, event)
    model.seen = () => model.look()
    model.fit = () => fit(root)
    window.addEventListener("resize", model.fit)
    model.focus = (at, part = "") => setTimeout(() => {
      const row = rowOf(model, at)
      const target = part ? row?.querySelector(part) : row
      target?.focus({ preventScroll: true })
      inView(model, row)
    }, 0)
    window.addEventListener("keydown", model.hotkeys)
    document.addEventListener("visibilitychange", model.seen)
  }
  model.trigger = setTriggerValue
  fit(root)
  model.receive(data)
  return () => {
    model.stop()
    window.removeEventListener("keydown", model.hotkeys)
    window.removeEventListener("message", model.heard)
    window.removeEventListener("resize", model.fit)
    document.removeEventListener("visibilitychange", model.seen)
    mounted.delete(root)
  }
}

// As tall as the window leaves room for, between what stands above and the bar below.
function fit(root) {
  const scrolled = document.querySelector('[data-testid="stMain"]')?.scrollTop ?? 0, bar = document.querySelector('[data-testid="stBottom"]')?.offsetHeight ?? 0
  root.style.setProperty("--taken", `${Math.round(root.getBoundingClientRect().top + scrolled + bar)}px`)
}

function paint(model, root) {
  if (!model.doc) return
  draw(root, [app(model)])
  if (model.active !== model.followed) {
    model.followed = model.active
    inView(model, rowOf(model, model.active))
  }
  keepUp(model)
}

const rowOf = (model, at) => model.list?.querySelector(`[data-at="${at}"]`)

// Scrolls the list alone: scrollIntoView would take the page along.
function inView(model, row) {
  if (!row) return
  const box = model.list.getBoundingClientRect(), { top, bottom } = row.getBoundingClientRect(), bars = model.chosen.size ? 90 : 24
  if (top < box.top + 52) model.list.scrollTop -= box.top + 52 - top
  else if (bottom > box.bottom - bars) model.list.scrollTop += bottom - box.bottom + bars
}

function hotkeys(model, event) {
  const typing = event.composedPath()[0].matches?.("input:not([type=checkbox]), textarea, select")
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "z" && !typing) {
    event.preventDefault()
    if (event.shiftKey) model.step("redo", "undo", "Redone")
    else model.step("undo", "redo", "Undone")
  } else if (event.key === "/" && !typing && !model.sheet) { event.preventDefault(); model.finder.focus() }
}

function app(model) {
  const { view, pane, toast } = model, show = (to) => () => model.with(to)
  return h("div", { key: "app", class: `app view-${view} pane-${pane}` },
    top(model), conflicts(model),
    h("main", { class: "body" },
      h("section", { class: "outline", "aria-label": "Sections and items" }, tools(model), outline(model), bulk(model)),
      h("section", { class: "right", "aria-label": "Details and preview" },
        h("div", { class: "switcher", role: "group", "aria-label": "Details or preview" }, [["form", "Details", "list"], ["preview", "Preview", "phone"]].map(([to, words, name]) => h("button", { key: to, "aria-pressed": String(pane === to), onclick: show({ pane: to }) }, icon(name, 16), words))),
        h("div", { class: "pane-d" }, form(model)), h("div", { class: "pane-p" }, preview(model)))),
    h("nav", { class: "bottom", "aria-label": "Views" }, [["list", "Menu", { view: "list", pane: "form" }], ["phone", "Preview", { view: "preview", pane: "preview" }]].map(([name, words, to]) => h("button", { key: name, "aria-current": String((view === "preview") === (name === "phone")), onclick: show(to) }, icon(name), words))),
    toast && h("div", { key: "toast", class: "toast" }, h("span", {}, toast.words), toast.undo && h("button", { onclick: () => model.step("undo", "redo", "Undone") }, "Undo")),
    model.sheet?.kind === "review" && review(model), model.sheet?.kind === "history" && history(model),
    h("div", { key: "said", class: "sr", role: "status", "aria-live": "assertive" }, model.said))
}

function tools(model) {
  const items = model.doc.sections.flatMap((section) => section.items), mend = items.filter((item) => model.marks.has(ref("item", item.id))).length, sold = items.filter((item) => item.sold_out).length
  const found = model.shown().reduce((sum, one) => sum + one.items.length, 0), close = model.closed.size ? new Set() : new Set(model.doc.sections.map((section) => section.id))
  const go = (event) => {
    if (event.key === "Escape") model.with({ search: "" })
    if (event.key !== "ArrowDown" && event.key !== "Enter") return
    event.preventDefault()
    const first = model.rows().find((row) => row.startsWith("item/"))
    if (first) { model.with({ active: first }); model.focus(first) }
  }
  return h("div", { class: "tools" },
    h("div", { class: "find" }, icon("search"), h("input", { type: "search", "aria-label": "Find an item", placeholder: `Find among ${items.length} items`, value: model.search, ref: (node) => { model.finder = node }, oninput: (event) => model.with({ search: event.target.value }), onkeydown: go }),
      model.search ? h("span", { class: "hits", role: "status" }, `${found} found`) : h("kbd", { class: "wide" }, "/")),
    h("div", { class: "filters", role: "group", "aria-label": "Show" }, [["all", "All", items.length], ["mend", "To mend", mend], ["sold", "Sold out", sold]].map(([to, words, n]) => h("button", { key: to, class: "pill", "aria-pressed": String(model.filter === to), onclick: () => model.with({ filter: to }) }, words, h("span", {}, n))),
      h("button", { class: "link end", onclick: () => model.with({ closed: close }) }, model.closed.size ? "Open all" : "Close all"), h("button", { class: "link", onclick: () => model.addSection() }, "Add section")))
}
