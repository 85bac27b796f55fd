// What Publish would change for guests, in words; what must be mended first; and taking single changes back.
import { h } from "./draw.js"
import { ref } from "./model.js"
import { icon, sheet } from "./parts.js"
import { many } from "./words.js"

const KINDS = { added: "Added", changed: "Changed", moved: "Moved", removed: "Removed" }

export async function openReview(model) {
  model.with({ sheet: { kind: "review" } })
  const reply = await model.ask({ kind: "review" })
  if (model.sheet?.kind === "review") model.with({ sheet: { kind: "review", ...reply } })
}

export function review(model) {
  const now = model.sheet, close = () => model.with({ sheet: null }), { errors } = model, warnings = model.problems.filter((one) => one.level === "warning"), all = now.changes ?? []
  if (now.published) return sheet({ title: "Published", close, foot: h("button", { class: "btn primary", onclick: close }, "Done") },
    h("div", { class: "done" }, h("div", { class: "art good" }, icon("check", 30)), h("h3", {}, `Version ${now.published} is live`), h("p", {}, "Guests see it from now on. History goes back to any older version.")))
  const publish = async () => {
    model.with({ sheet: { ...now, busy: true, error: null } })
    const reply = await model.ask({ kind: "publish", seen: now.seen })
    if (reply.published) { model.say(`Version ${reply.published} is live`); return model.with({ sheet: { kind: "review", published: reply.published } }) }
    const fresh = await model.ask({ kind: "review" })
    return model.with({ sheet: { kind: "review", ...fresh, error: reply.error } })
  }
  const back = async (change) => {
    model.edit(change.take_back, { words: `${change.name}: taken back` })
    model.say(`${change.name}: taken back`)
    const fresh = await model.ask({ kind: "review" })
    model.with({ sheet: { kind: "review", ...fresh } })
  }
  const jump = (one) => { model.with({ sheet: null, search: "", filter: "all" }); model.open(one.what === "restaurant" ? "restaurant" : ref(one.what, one.id)) }
  const drop = (one) => { model.held.delete(`${one.what}/${one.id}/${one.field}`); if (model.unborn.has(ref(one.what, one.id))) model.remove([ref(one.what, one.id)]); model.remember(); model.refresh() }
  const stops = errors.length > 0 || model.saving
  const foot = [
    h("span", { class: "foot-note" }, errors.length ? `${many(errors.length, "thing")} to mend first` : `Becomes version ${model.version + 1}`),
    h("button", { class: "btn", onclick: close }, "Keep editing"),
    h("button", { class: "btn primary", disabled: now.busy || stops || !all.length, onclick: publish }, now.busy ? "Publishing…" : `Publish ${many(all.length, "change")}`),
  ]
  return sheet({ title: "Review changes", close, foot },
    now.error && h("p", { class: "help bad", role: "alert" }, icon("warn", 15), h("span", {}, now.error)),
    !now.changes && !now.error && h("p", { class: "note" }, "Comparing with what guests read…"),
    [["error", "Mend before publishing", errors], ["warning", "Worth a second look", warnings]].map(([level, title, list]) => list.length > 0 && h("section", { key: level, class: `diffs ${level}` }, h("h3", {}, title, h("span", {}, list.length)),
      list.slice(0, 30).map((one) => h("div", { class: "diff" }, h("p", {}, level === "error" && h("b", {}, model.name(one.what, one.id)), h("span", {}, one.words)),
        level === "error" && h("button", { class: "link", onclick: () => drop(one) }, "Discard", h("span", { class: "sr" }, ` what was typed at ${model.name(one.what, one.id)}`)),
        h("button", { class: "link", onclick: () => jump(one) }, level === "error" ? "Fix" : "Look", h("span", { class: "sr" }, ` at ${model.name(one.what, one.id)}`)))))),
    Object.entries(KINDS).map(([kind, title]) => {
      const list = all.filter((one) => one.kind === kind)
      return list.length > 0 && h("section", { key: kind, class: `diffs ${kind}` }, h("h3", {}, title, h("span", {}, list.length)), list.slice(0, 150).map((one) => h("div", { key: `${one.what}/${one.id}`, class: "diff" },
        h("p", {}, one.sentence),
        one.take_back.length ? h("button", { class: "link", onclick: () => back(one) }, "Take back", h("span", { class: "sr" }, ` ${one.name}`)) : h("span", { class: "note" }, "comes back with its section"))))
    }),
    now.changes && !all.length && h("p", { class: "note" }, "The draft is what guests read now."))
}
