// The bar above: whose menu, whether it is kept, undo, history, Publish; below it what two admins both changed.
import { h } from "./draw.js"
import { openHistory } from "./history.js"
import { icon, plain } from "./parts.js"
import { openReview } from "./review.js"

export function top(model) {
  const { count, errors } = model, late = model.flying && Date.now() - model.flownAt > 5000
  const [state, words] = late ? ["bad", "Can’t reach the server. Trying again"] : model.saving ? ["busy", "Saving…"] : errors.length ? ["bad", `${errors.length} not saved yet: mend what is marked`]
    : count || !model.version ? ["draft", "Draft saved"] : ["live", "All published"]
  const undo = model.undo.at(-1), redo = model.redo.at(-1)
  return h("header", { class: "top" },
    h("div", { class: "who" }, h("h1", {}, model.name("restaurant")), h("p", { class: `state ${state}` }, h("i", { "aria-hidden": "true" }), h("span", {}, words), h("span", { class: "wide" }, model.version ? ` · version ${model.version} is live` : " · never published"))),
    h("div", { class: "actions" },
      plain("undo", "Undo", () => model.step("undo", "redo", "Undone"), { disabled: !undo, title: undo ? `Undo: ${undo.words}` : "Nothing to undo" }),
      plain("redo", "Redo", () => model.step("redo", "undo", "Redone"), { disabled: !redo, title: redo ? `Redo: ${redo.words}` : "Nothing to redo" }),
      plain("history", "History", () => openHistory(model)),
      plain("house", "Restaurant", () => model.open("restaurant")),
      h("button", { class: "btn primary", disabled: !count && !errors.length, onclick: () => openReview(model) }, count || errors.length ? [h("span", {}, "Publish"), h("b", {}, count, h("span", { class: "sr" }, " changes, to review first"))] : model.version ? "Published" : "Publish")))
}

export const conflicts = (model) => model.conflicts.map((one) => {
  const gone = () => { model.conflicts = model.conflicts.filter((other) => other !== one); model.repaint() }
  const mine = async () => { gone(); const reply = await model.ask({ kind: "mine", conflict: one.id }, { words: `${one.name}: ${one.field}` }); if (reply.error) model.tell(reply.error) }
  return h("div", { key: one.id, class: "conflict", role: "alert" }, icon("warn"),
    h("p", {}, h("b", {}, `${one.by} changed ${one.name}`), `: ${one.field} is now ${one.theirs}. You wrote ${one.mine}.`),
    h("button", { class: "btn", onclick: gone }, "Keep theirs"), h("button", { class: "btn primary", onclick: mine }, "Use mine"))
})
