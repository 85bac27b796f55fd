// An item's photo: made small here before it travels, kept by the store, shown as it is kept.
import { h } from "./draw.js"
import { field, icon } from "./parts.js"

const LONGEST = 1600, THUMB = 320

export function photo(model, row, trouble) {
  const { photo: kept } = row, width = kept && Math.min(THUMB, kept.width), url = kept && model.pictures.get(`${kept.id}-${width}`), busy = model.busy === row.id
  if (kept && !url) setTimeout(() => picture(model, kept.id, width), 0)
  const picked = async (event) => {
    const [file] = event.target.files
    event.target.value = ""
    if (!file) return
    model.with({ busy: row.id })
    const data = await smaller(file).catch(() => null)
    if (data == null) { model.with({ busy: "" }); model.tell(`${file.name} is no picture that this browser can read.`); return }
    const reply = await model.ask({ kind: "photo", item: row.id, data }, { words: `${model.name("item", row.id)}: photo` })
    model.with({ busy: "" })
    if (reply.problems) model.tell(reply.problems[0].words)
  }
  const unborn = model.unborn.has(`item/${row.id}`)
  return h("section", { class: "photo", "aria-label": "Photo" }, h("h3", {}, "Photo"),
    h("div", { class: "photo-row" },
      kept ? h("img", { src: url ?? null, alt: kept.alt[model.house] ?? "", width: 96, height: Math.round(96 * kept.height / kept.width) }) : h("span", { class: "no-photo", "aria-hidden": "true" }),
      h("label", { class: `btn${unborn || busy ? " off" : ""}` }, h("span", {}, busy ? "Uploading…" : kept ? "Replace the photo" : "Add a photo"),
        h("input", { type: "file", class: "sr", accept: "image/*", disabled: unborn || busy, onchange: picked })),
      kept && h("button", { class: "plain small", "aria-label": "Remove the photo", onclick: () => model.set("item", row.id, "photo", null) }, icon("trash", 16))),
    unborn && h("p", { class: "help" }, "Name and price come first."),
    trouble && h("p", { class: "help bad", role: "alert" }, icon("warn", 15), h("span", {}, trouble.words)),
    kept && field(model, {
      id: `item-${row.id}-alt-${model.language}`, label: "What the photo shows, for who can’t see it", lang: model.language, value: kept.alt[model.language] ?? "", placeholder: "Noodles with prawns and lime",
      save: (text) => { const { [model.language]: _, ...others } = kept.alt; model.set("item", row.id, "photo", { ...kept, alt: text.trim() ? { ...others, [model.language]: text.trim() } : others }) },
    }))
}

// The picture as base64 of a JPEG, its longer side at most LONGEST pixels.
async function smaller(file) {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" }), scale = Math.min(1, LONGEST / Math.max(image.width, image.height))
  const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(image.width * scale), height: Math.round(image.height * scale) })
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height)
  return canvas.toDataURL("image/jpeg", 0.88).split(",")[1]
}

// A kept photo's data URL, asked for once; `pictures` holds it as soon as it is there.
export function picture(model, id, width) {
  const key = `${id}-${width}`
  model.asked ??= new Map()
  if (!model.asked.has(key)) model.asked.set(key, model.ask({ kind: "picture", photo: id, width }, { quiet: true }).then((reply) => { model.pictures.set(key, reply.url); model.repaint() }))
  return model.asked.get(key)
}
