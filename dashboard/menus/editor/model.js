// What the browser knows: the menu as it is kept (`base`), edits on their way, edits that can't be kept yet, and what is open.
import { apply, clash, find, held, touches } from "./twin.js"
import { inLanguage, many, short } from "./words.js"

const PATIENCE = 6000, LOOK = 15000, UNDOS = 50
export const ref = (what, id) => `${what}/${id}`
const split = (at) => [at.slice(0, at.indexOf("/")), at.slice(at.indexOf("/") + 1)]

export class Model {
  constructor(send, changed) {
    Object.assign(this, {
      send, changed, session: null, at: null, base: null, doc: null, facts: null, queue: [], flying: null, flownAt: 0,
      held: new Map(), unborn: new Map(), undo: [], redo: [], conflicts: [], slips: [], prices: {}, count: 0, version: 0, tag: "",
      active: null, chosen: new Set(), anchor: null, inline: null, closed: new Set(), search: "", filter: "all", language: null,
      view: "list", pane: "form", sheet: null, toast: null, said: "", typing: new Map(), drag: null, lifted: null, marks: new Map(),
      pictures: new Map(), page: null, old: null, busy: "",
    })
    this.clocks = [
      setInterval(() => { if (this.flying && Date.now() - this.flownAt > PATIENCE) this.fly(true) }, 2000),
      setInterval(() => this.look(), LOOK),
    ]
  }

  // ── Python → browser: every message may repeat what is known, and nothing is applied twice ──

  receive(data) {
    const before = this.base, first = !before
    if (data.menu) {
      this.base = data.menu
      Object.assign(this, { session: data.session, at: data.n, facts: data.facts })
      if (first) this.remembered(data.tag)
    } else if (data.session === this.session && this.at != null && data.from <= this.at) {
      for (const [place, step] of data.steps.entries()) {
        if (data.from + place + 1 <= this.at) continue
        this.base = apply(this.base, step.ops)
        this.at = data.from + place + 1
        if (step.by) this.theirs(step)
      }
    } else {
      this.session = this.at = null
      if (!this.flying) setTimeout(() => this.fly(), 0)
      else this.flying = null
    }
    Object.assign(this, { slips: data.slips, prices: data.prices, count: data.count, version: data.version, tag: data.tag })
    for (const [id, reply] of Object.entries(data.replies)) this.answered(id, reply)
    if (data.menu && !first) this.rebase(before)
    this.refresh()
    if (first && data.item && this.find(ref("item", data.item))) this.open(ref("item", data.item))
    this.remember()
    if (this.session == null && !this.flying) setTimeout(() => this.fly(true), 0)
    this.repaint()
  }

  // The connection was made anew: an edit that waited overwrites nothing that somebody else wrote meanwhile.
  rebase(before) {
    const differs = (at) => JSON.stringify(held(before, at)) !== JSON.stringify(held(this.base, at))
    const kept = (op) => op.op === "set" && JSON.stringify(held(this.base, `${op.what}/${op.id}/${op.field}`)) === JSON.stringify(op.value)
    const edits = this.queue.filter((one) => one.wire.kind === "edit")
    const late = edits.filter((one) => one.ops.some((op) => !kept(op) && touches(op).some((at) => !at.endsWith("/rows") && differs(at))))
    for (const one of edits) one.wire.base = this.at
    for (const one of late) {
      if (one.unborn) this.unborn.delete(one.unborn) // it had arrived
      one.resolve?.({})
    }
    this.queue = this.queue.filter((one) => !late.includes(one))
    const told = late.filter((one) => !one.unborn).map((one) => one.words)
    if (told.length) this.tell(`While the connection was away somebody else changed the same. Not kept: ${told.join("; ")}`)
    this.flying = null
    if (this.queue.length) setTimeout(() => this.fly(), 0)
  }

  answered(id, reply) {
    const request = this.queue.find((one) => one.wire.id === id)
    // A message that was refused whole (its reply has no id) is sent again when patience ends, not at once.
    if (this.flying?.some((one) => one.wire.id === id)) { this.flying = null; setTimeout(() => this.queue.length && this.fly(), 0) }
    if (!request) { if (reply.error) this.tell(reply.error); return }
    this.queue = this.queue.filter((one) => one !== request)
    if (reply.problems) this.refused(request, reply.problems)
    else if (request.unborn) this.born(request)
    if (reply.error && !request.resolve) this.tell(reply.error)
    if (reply.conflicts) this.conflicts.push(...reply.conflicts)
    if (!request.quiet) this.undoable(request, reply)
    request.resolve?.(reply)
  }

  refused(request, problems) {
    const newborn = request.unborn && this.unborn.get(request.unborn)
    const op = request.ops?.[0], [what, id] = [op?.what, op?.id ?? request.wire.item]
    if (newborn) newborn.problems = problems
    else if (op?.op === "set" && request.ops.length === 1 && (what === "restaurant" || find(this.base, what, id)))
      this.held.set(`${what}/${id}/${op.field}`, { ops: request.ops, problems: problems.map((one) => ({ ...one, what, id, field: op.field })) })
    else this.tell(problems.map((one) => one.words).join(" "))
    if (!newborn || request.last) this.say(problems[0].words)
  }

  // An item that had no name or price is kept now; what was typed since is an edit of it.
  born(request) {
    const { unborn } = request, node = this.unborn.get(unborn)?.op.node
    this.unborn.delete(unborn)
    this.queue = this.queue.filter((one) => one.unborn !== unborn)
    const [what, id] = split(unborn), was = request.ops[0].node
    for (const field of Object.keys(node ?? {}))
      if (field !== "items" && JSON.stringify(node[field]) !== JSON.stringify(was[field])) this.set(what, id, field, node[field])
  }

  theirs(step) {
    const at = step.ops.flatMap(touches)
    for (const entry of [...this.undo, ...this.redo]) if (clash(entry.at, at)) entry.stale = step.by
    this.said = `${step.by} changed the menu`
  }

  // ── browser → Python: one message in the air; edits made meanwhile wait and go together, for of two triggers only the last arrives ──

  request(wire, more = {}) {
    const request = { wire: { id: short(), ...wire }, ...more }
    this.queue.push(request)
    this.refresh()
    clearTimeout(this.soon)
    this.soon = setTimeout(() => this.fly(), 25)
    return request
  }

  ask(wire, more = {}) {
    return new Promise((resolve) => this.request(wire, { ...more, resolve }))
  }

  fly(again) {
    if (this.flying && !again) return
    this.flying = [...this.queue]
    this.flownAt = Date.now()
    this.send({ session: this.session, at: this.at, requests: this.flying.map((one) => one.wire) })
    if (!this.flying.length) this.flying = null
    this.repaint()
  }

  look() {
    if (document.visibilityState === "visible" && !this.queue.length && this.base) this.request({ kind: "look" }, { quiet: true })
  }

  edit(ops, { toast, quiet, words } = {}) {
    ops = ops.filter((op) => !this.unfinished(op)).map((op) => (op.ids ? { ...op, ids: op.ids.filter((id) => !this.unborn.has(ref("item", id))) } : op))
    if (toast) this.tell(toast, true)
    if (!ops.length) { this.remember(); return this.refresh() }
    const key = ops.length === 1 && ops[0].op === "set" ? touches(ops[0])[0] : null, last = this.queue.at(-1)
    if (key) this.held.delete(key)
    if (key && last?.key === key && !this.flying?.includes(last)) { last.ops = last.wire.ops = ops; return this.refresh() }
    this.request({ kind: "edit", base: this.at ?? 0, ops }, { ops, key, quiet, words: words ?? this.describe(ops) })
  }

  set(what, id, field, value) { this.edit([{ op: "set", what, id, field, value }]) }

  // An edit of what isn't kept yet changes what is to be added.
  unfinished(op) {
    const at = ref(op.what, op.id), newborn = this.unborn.get(at)
    if (!newborn || !["set", "move", "remove"].includes(op.op)) return false
    if (op.op === "remove") {
      this.unborn.delete(at)
      this.queue = this.queue.filter((one) => one.unborn !== at)
    } else if (op.op === "move") newborn.op = { ...newborn.op, into: op.into, before: op.before }
    else {
      const alone = op.what === "section" ? { sections: [newborn.op.node] } : { sections: [{ id: "", items: [newborn.op.node] }] }
      const [after] = apply(alone, [op]).sections
      newborn.op = { ...newborn.op, node: op.what === "section" ? after : after.items[0] }
    }
    if (op.op !== "remove") this.add(newborn.op)
    return true
  }

  add(op, words) {
    const what = op.into == null ? "section" : "item", unborn = ref(what, op.node.id), waiting = this.queue.find((one) => one.unborn === unborn && !this.flying?.includes(one))
    this.unborn.set(unborn, { op, problems: this.unborn.get(unborn)?.problems ?? [] })
    if (waiting) { waiting.ops = waiting.wire.ops = [op]; this.refresh() } else this.request({ kind: "edit", base: this.at ?? 0, ops: [op] }, { ops: [op], unborn, words: words ?? "New" })
  }

  soldOut(items, sold_out, until = null) {
    const ops = items.flatMap((id) => [{ op: "set", what: "item", id, field: "sold_out", value: sold_out }, { op: "set", what: "item", id, field: "sold_out_until", value: until }])
    const known = items.filter((id) => !this.unborn.has(ref("item", id)))
    for (const op of ops) this.unfinished(op)
    const words = items.length === 1 ? this.name("item", items[0]) : many(items.length, "item")
    this.tell(sold_out ? `${words} ${items.length > 1 ? "are" : "is"} sold out. Guests see it within a minute` : `${words} ${items.length > 1 ? "are" : "is"} available again`, true)
    if (known.length) this.request({ kind: "sold_out", items: known, sold_out, until }, { ops, words: `${words}: ${sold_out ? "sold out" : "available"}` })
  }

  // ── undo: the operations that undo, as new edits, one stack a tab ──

  undoable(request, reply) {
    const requests = backwards(reply)
    if (!requests.length) return
    const last = this.undo.at(-1), at = (request.ops ?? []).flatMap(touches)
    if (request.key && last?.key === request.key && Date.now() - last.when < 8000) { last.when = Date.now(); return }
    this.undo.push({ words: request.words ?? "", requests, at: at.length ? at : requests.flatMap((one) => (one.ops ?? []).flatMap(touches)), key: request.key, when: Date.now() })
    this.undo = this.undo.slice(-UNDOS)
    this.redo = []
  }

  async step(from, to, done) {
    const entry = this[from].pop()
    if (!entry) return
    if (entry.stale) this.tell(`${entry.stale} changed this since, so it stays as it is.`)
    else {
      this.toast = null
      const replies = await Promise.all(entry.requests.map((wire) => this.ask({ ...wire, ...(wire.kind === "edit" ? { base: this.at } : {}) }, { ops: wire.ops, quiet: true })))
      const back = replies.flatMap(backwards).reverse(), failed = replies.find((reply) => reply.error || reply.problems)
      if (back.length) this[to].push({ ...entry, requests: back, key: null })
      if (failed) this.tell(failed.error ?? failed.problems[0].words)
      else this.say(`${done}: ${entry.words}`)
    }
    this.remember()
    this.repaint()
  }

  // ── what outlives a reload (this tab's undo) and a closed browser (what couldn't be kept yet) ──

  get drawer() { return `menulens-${this.base.restaurant.id}` }

  remember() {
    if (!this.base) return
    try {
      sessionStorage.setItem(this.drawer, JSON.stringify({ tag: this.tag, undo: this.undo, redo: this.redo }))
      const left = { held: [...this.held], unborn: [...this.unborn] }
      if (left.held.length + left.unborn.length) localStorage.setItem(this.drawer, JSON.stringify(left))
      else localStorage.removeItem(this.drawer)
    } catch { /* a browser that keeps nothing still edits */ }
  }

  remembered(tag) {
    try {
      const mine = JSON.parse(sessionStorage.getItem(this.drawer) ?? "{}"), left = JSON.parse(localStorage.getItem(this.drawer) ?? "{}")
      if (mine.tag === tag) Object.assign(this, { undo: mine.undo, redo: mine.redo })
      this.held = new Map((left.held ?? []).filter(([, { ops }]) => ops[0].what === "restaurant" || find(this.base, ops[0].what, ops[0].id)))
      this.unborn = new Map((left.unborn ?? []).filter(([at, { op }]) => !find(this.base, ...split(at)) && (op.into == null || find(this.base, "section", op.into))))
    } catch { /* as above */ }
  }

  // ── what is shown ──

  refresh() {
    if (!this.base) return
    const waiting = this.queue.filter((one) => one.ops && !one.unborn).flatMap((one) => one.ops)
    const left = [...this.held.values()].flatMap((one) => one.ops), adds = [...this.unborn.values()].map((one) => one.op)
    this.doc = apply(this.base, [...waiting, ...left, ...adds].filter((op) => op.op !== "set" || op.what === "restaurant" || find(this.base, op.what, op.id)))
    const { languages, currency } = this.doc.restaurant
    if (!languages.includes(this.language)) this.language = languages[0]
    this.coin = this.coin?.currency === currency ? this.coin : { currency, digits: this.facts.digits }
    this.problems = [
      ...[...this.held.values(), ...[...this.unborn].map(([at, one]) => ({ problems: one.problems.map((problem) => ({ ...problem, what: split(at)[0] })) }))]
        .flatMap((one) => one.problems).map((one) => ({ ...one, level: "error" })),
      ...this.slips.filter((slip) => find(this.doc, slip.what, slip.id)).map((slip) => ({ ...slip, words: slip.sentence, level: "warning" })),
    ]
    const marks = new Map()
    for (const problem of this.problems) marks.set(ref(problem.what, problem.id), [...(marks.get(ref(problem.what, problem.id)) ?? []), problem])
    for (const [at, now] of marks) { // the same marks stay the same object, so that a row isn't drawn anew
      const was = this.marks.get(at)
      if (was && JSON.stringify(was) === JSON.stringify(now)) marks.set(at, was)
    }
    this.marks = marks
    this.repaint()
  }

  repaint() {
    if (this.painting) return
    this.painting = true
    queueMicrotask(() => { this.painting = false; this.changed() })
  }

  with(change) { Object.assign(this, change); this.repaint() }
  find(at) { return at && this.doc ? find(this.doc, ...split(at)) : null }
  get house() { return this.doc.restaurant.languages[0] }
  name(what, id) { const row = what === "restaurant" ? this.doc.restaurant : find(this.doc, what, id)?.row; return (row && inLanguage(row.name, this.house)) || "No name yet" }
  get errors() { return this.problems.filter((one) => one.level === "error") }
  get saving() { return this.queue.some((one) => one.ops || one.wire.kind === "photo") }
  trouble(what, id, field) {
    return this.marks.get(ref(what, id))?.find((one) => one.field === field || (one.field === "name" && field === `name.${this.house}`))
  }
  describe(ops) {
    const [op] = ops, what = op.what ?? (op.ids ? "item" : op.into == null ? "section" : "item"), id = op.id ?? op.node?.id ?? op.ids?.[0]
    const name = op.node ? inLanguage(op.node.name, this.house) : this.name(what, id)
    const verb = { add: "added", remove: "removed", move: "moved", percent: "price" }[op.op] ?? op.field.split(".")[0].replace("_minor", "").replace("_", " ")
    const more = (op.ids?.length ?? 1) + ops.length - 2
    return `${name}: ${verb}${more ? ` and ${more} more` : ""}`
  }

  say(words) { this.said = ""; this.repaint(); setTimeout(() => { this.said = words; this.repaint() }, 50) }
  tell(words, undo) {
    this.toast = { words, undo }
    this.say(words)
    clearTimeout(this.hush)
    this.hush = setTimeout(() => this.with({ toast: null }), 10000)
  }

  // ── the outline ──

  shown() { // sections, with the items that the search and the filter leave
    const words = this.search.trim().toLocaleLowerCase(), narrowed = words || this.filter !== "all"
    const inputs = [this.doc, words, this.filter, this.marks]
    if (this.narrowed?.inputs.every((input, n) => input === inputs[n])) return this.narrowed.found
    const fits = (item) => (this.filter === "all" || (this.filter === "sold" ? item.sold_out : this.marks.has(ref("item", item.id))))
      && (!words || [...Object.values(item.name), ...Object.values(item.description)].some((text) => text.toLocaleLowerCase().includes(words)))
    const found = this.doc.sections.map((section) => ({ section, items: narrowed ? section.items.filter(fits) : section.items }))
      .filter(({ section, items }) => !narrowed || items.length || this.marks.has(ref("section", section.id)))
    this.narrowed = { inputs, found }
    return found
  }
  isOpen(section) { return !this.closed.has(section.id) || !!this.search }
  rows() { return this.shown().flatMap(({ section, items }) => [ref("section", section.id), ...(this.isOpen(section) ? items.map((item) => ref("item", item.id)) : [])]) }
  open(at, more = {}) { this.with({ active: at, view: "form", pane: "form", old: null, ...more }) }
  unfold(id) { this.closed = new Set([...this.closed].filter((one) => one !== id)) }

  choose(id, range) {
    const chosen = new Set(this.chosen)
    if (range && this.anchor) {
      const rows = this.rows(), [from, to] = [rows.indexOf(ref("item", this.anchor)), rows.indexOf(ref("item", id))].sort((a, b) => a - b)
      for (const row of rows.slice(from, to + 1)) if (row.startsWith("item/")) chosen.add(row.slice(5))
    } else if (chosen.has(id)) chosen.delete(id)
    else chosen.add(id)
    this.with({ chosen, anchor: id })
  }

  addItem(section, before = null) {
    const id = `item-${short()}`
    this.unfold(section)
    Object.assign(this, { search: "", filter: "all", active: ref("item", id), inline: { at: ref("item", id), field: "name" } })
    this.add({ op: "add", into: section, before, node: {
      id, name: {}, description: {}, price_minor: null, options: [], allergens: null, diets: [], served: [], photo: null,
      sold_out: false, sold_out_until: null, food_cost_minor: null, notes: "",
    } }, "New item")
  }
  addSection() {
    const id = `section-${short()}`
    Object.assign(this, { search: "", filter: "all", active: ref("section", id), inline: { at: ref("section", id), field: "name" } })
    this.add({ op: "add", into: null, before: null, node: { id, name: {}, description: {}, served: [], items: [] } }, "New section")
  }
  duplicate(at) {
    const { row, rows, place, section } = this.find(at), fresh = (what) => `${what}-${short()}`, name = inLanguage(row.name, this.house)
    const node = { ...row, id: fresh(section ? "item" : "section"), name: { ...row.name, [this.house]: `${name} (copy)`.slice(0, this.facts.limits.name) } }
    if (!section) node.items = row.items.map((item) => ({ ...item, id: fresh("item") }))
    this.edit([{ op: "add", into: section?.id ?? null, before: rows[place + 1]?.id ?? null, node }], { toast: `${name} duplicated` })
    this.open(ref(section ? "item" : "section", node.id))
  }
  remove(refs) {
    const words = refs.length === 1 ? `${this.name(...split(refs[0]))} removed` : `${many(refs.length, "item")} removed`
    const next = this.rows().find((row, n, all) => n > all.indexOf(refs.at(-1)) && !refs.includes(row)) ?? null
    this.edit(refs.map((at) => { const [what, id] = split(at); return { op: "remove", what, id } }), { toast: words })
    this.with({ chosen: new Set(), active: refs.includes(this.active) ? null : this.active, view: "list" })
    if (next) this.focus?.(next)
  }
  move(what, ids, into, before) {
    this.edit(ids.map((id) => ({ op: "move", what, id, into, before })))
    const { place, rows } = find(this.doc, what, ids[0])
    this.say(`${this.name(what, ids[0])}${ids.length > 1 ? ` and ${ids.length - 1} more` : ""} moved to place ${place + 1} of ${rows.length}${into ? ` in ${this.name("section", into)}` : ""}`)
  }
  nudge(at, by) { // one place up or down; an item crosses the border of its section too
    const [what, id] = split(at), { rows, place, section } = find(this.doc, what, id), { sections } = this.doc
    const target = rows[place + by]
    if (target) return this.move(what, [id], section?.id ?? null, by < 0 ? target.id : rows[place + 2]?.id ?? null)
    const next = section && sections[sections.indexOf(section) + by]
    if (!next) return this.say(`Already ${by < 0 ? "at the top" : "at the end"}`)
    this.unfold(next.id)
    return this.move(what, [id], next.id, by < 0 ? null : next.items[0]?.id ?? null)
  }

  stop() { this.clocks.forEach(clearInterval) }
}

const backwards = (reply) => (reply.undo?.length ? [{ kind: "edit", ops: reply.undo }] : (reply.was ?? []).map((was) => ({ kind: "sold_out", ...was })))
