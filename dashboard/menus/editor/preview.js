// The page as guests would see it, beside the draft. It is asked for only where it is shown, once the hand rests.
import { h } from "./draw.js"
import { picture } from "./photo.js"

const RESTS = 350 // ms

export function preview(model) {
  const { languages } = model.doc.restaurant, { old } = model
  return h("div", { class: "preview" },
    h("header", {}, h("h2", {}, old ? `Version ${old}` : "Preview"), old ? h("button", { class: "link", onclick: () => model.with({ old: null }) }, "Back to the draft") : h("span", { class: "note" }, "your draft"),
      languages.length > 1 && h("div", { class: "pills", role: "group", "aria-label": "Language of the preview" }, languages.map((one) => h("button", { key: one, class: "pill", "aria-pressed": String(one === model.language), onclick: () => model.with({ language: one }) }, one.toUpperCase())))),
    h("div", { class: "phone" }, h("iframe", { class: "screen", title: "Menu as guests see it", sandbox: "allow-scripts", inner: true, ref: (node) => listen(model, node) })))
}

// The page in the frame says when it is ready and what is tapped in it; it is told what to show, and keeps its own place.
function listen(model, frame) {
  Object.assign(model, { frame, ready: false, paged: null })
  model.heard = (event) => {
    if (event.source !== frame.contentWindow || !event.data?.menulens) return
    const { menulens: word, item_id: id, language } = event.data
    if (word === "ready" && !model.ready) { model.ready = true; point(model) }
    if (word === "opened" && !model.old && model.find(`item/${id}`)) { model.pointed = `item/${id}`; model.with({ active: `item/${id}` }) }
    if (word === "language" && model.doc.restaurant.languages.includes(language)) model.with({ language })
  }
  window.addEventListener("message", model.heard)
}

// Called after each drawing: is what the frame shows still true, and does it show what is open?
export function keepUp(model) {
  const { frame, paged } = model
  if (!frame?.isConnected || frame.offsetParent === null) return
  const wanted = { of: model.old ?? model.base, language: model.language }
  if (wanted.of === paged?.of && wanted.language === paged?.language) return void (model.pointed !== model.active && model.ready && point(model))
  if (model.saving || model.paging) return
  clearTimeout(model.pageSoon)
  model.pageSoon = setTimeout(() => page(model, wanted), paged ? RESTS : 0)
}

async function page(model, wanted) {
  model.paged = wanted
  model.paging = true
  const reply = await model.ask({ kind: "preview", language: wanted.language, version: typeof wanted.of === "number" ? wanted.of : null }, { quiet: true })
  model.paging = false
  if (!reply.html) return void (reply.error && model.tell(reply.error))
  const photos = [...new Set(reply.html.match(/photo:[0-9a-f]{16}-\d+/g) ?? [])].map((one) => one.slice(6).split("-"))
  const show = () => {
    const html = reply.html.replace(/photo:([0-9a-f]{16}-\d+)/g, (_, key) => model.pictures.get(key) ?? "data:,")
    if (model.ready) model.frame.contentWindow.postMessage({ menulens: "page", html }, "*")
    else model.frame.srcdoc = html
  }
  show()
  const missing = photos.filter(([id, width]) => !model.pictures.get(`${id}-${width}`))
  if (missing.length) Promise.all(missing.map(([id, width]) => picture(model, id, Number(width)))).then(() => model.paged === wanted && show())
  model.repaint()
}

function point(model) {
  model.pointed = model.active
  if (model.active?.startsWith("item/")) model.frame.contentWindow.postMessage({ menulens: "show", item_id: model.active.slice(5) }, "*")
}
