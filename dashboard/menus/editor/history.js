// Published versions: who, when, what changed in words; each can be looked at, and published again.
import { h } from "./draw.js"
import { icon, sheet } from "./parts.js"
import { ago, many } from "./words.js"

export async function openHistory(model, before = null) {
  const kept = before == null ? [] : model.sheet.versions
  model.with({ sheet: { kind: "history", versions: before == null ? null : kept } })
  const reply = await model.ask({ kind: "history", before })
  if (model.sheet?.kind === "history") model.with({ sheet: { kind: "history", ...reply, versions: [...kept, ...(reply.versions ?? [])] } })
}

export function history(model) {
  const now = model.sheet, close = () => model.with({ sheet: null })
  const rollBack = async (version) => {
    model.with({ sheet: { ...now, asks: null, busy: version } })
    const reply = await model.ask({ kind: "roll_back", version })
    if (reply.published) model.tell(`Version ${reply.published} is live: version ${version} again`)
    openHistory(model)
  }
  return sheet({ title: "History", close },
    now.error && h("p", { class: "help bad", role: "alert" }, icon("warn", 15), h("span", {}, now.error)),
    now.versions == null && h("p", { class: "note" }, "Reading the versions…"),
    now.versions?.length === 0 && h("p", { class: "note" }, "Nothing is published yet."),
    h("section", { class: "diffs" }, now.versions?.map((one) => version(model, one, now, rollBack))),
    now.more && h("button", { class: "btn", onclick: () => openHistory(model, now.versions.at(-1).version) }, "Older versions"))
}

function version(model, one, now, rollBack) {
  const live = one.version === model.version, asks = now.asks === one.version
  return h("div", { key: one.version, class: "version" },
    h("div", { class: "diff" }, h("p", {}, h("b", {}, `Version ${one.version}`, live && h("span", { class: "badge" }, "Live")), h("span", {}, [one.by, one.at && ago(one.at), one.same_as && `the same as version ${one.same_as}`].filter(Boolean).join(" · "))),
      !asks && h("button", { class: "link", onclick: () => model.with({ old: one.version, sheet: null, view: "preview", pane: "preview" }) }, "View", h("span", { class: "sr" }, ` version ${one.version}`)),
      !live && !asks && h("button", { class: "link", disabled: now.busy, onclick: () => model.with({ sheet: { ...now, asks: one.version } }) }, now.busy === one.version ? "Publishing…" : "Roll back", h("span", { class: "sr" }, ` to version ${one.version}`)),
      asks && h("span", { class: "sure" }, h("button", { class: "btn", onclick: () => model.with({ sheet: { ...now, asks: null } }) }, "Cancel"), h("button", { class: "btn primary", onclick: () => rollBack(one.version) }, `Publish version ${one.version} again`))),
    asks && h("p", { class: "note" }, `Guests see version ${one.version} again, as a new version. A draft with edits of its own stays as it is.`),
    one.changes.length > 0 ? h("details", { open: live }, h("summary", {}, many(one.changes.length, "change")), h("ul", {}, one.changes.slice(0, 40).map((words) => h("li", {}, words)), one.changes.length > 40 && h("li", {}, `and ${one.changes.length - 40} more`)))
      : h("p", { class: "note" }, one.version === 1 ? "The first menu" : "Nothing changed"))
}
