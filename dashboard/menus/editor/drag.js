// Dragging a row by its handle, with a mouse or a finger: a line says where it would land.
import { ref } from "./model.js"

const EDGE = 56, STARTS = 4 // px: where the list begins to scroll; how far a press may slip before it is a drag

export function lifted(model, event, at) {
  if (event.button) return
  event.preventDefault()
  const handle = event.currentTarget, [what, id] = [at.startsWith("item/") ? "item" : "section", at.slice(at.indexOf("/") + 1)], { list } = model, from = event.clientY
  const chosen = [...model.rows()].filter((row) => row.startsWith("item/") && model.chosen.has(row.slice(5))).map((row) => row.slice(5))
  const ids = what === "item" && model.chosen.has(id) ? chosen : [id]
  let target = null, frame = 0, last = event, on = false
  handle.focus({ preventScroll: true })
  handle.setPointerCapture(event.pointerId)
  const look = () => {
    const box = list.getBoundingClientRect()
    if (last.clientY < box.top + EDGE) list.scrollTop -= (box.top + EDGE - last.clientY) / 4
    if (last.clientY > box.bottom - EDGE) list.scrollTop += (last.clientY - box.bottom + EDGE) / 4
    target = what === "section" ? amongSections(list, last.clientY) : amongItems(list, last.clientY)
    if (target?.before && ids.includes(target.before)) target.before = nextStaying(model, what, target.before, ids)
    model.with({ drag: { what, ids, x: last.clientX, y: last.clientY, line: target && target.line - box.top + list.scrollTop } })
    frame = requestAnimationFrame(look)
  }
  const end = (drop) => {
    cancelAnimationFrame(frame)
    for (const [name, heard] of Object.entries(hears)) handle.removeEventListener(name, heard)
    window.removeEventListener("keydown", escape, true)
    model.with({ drag: null })
    if (drop && on && target) model.move(what, ids, target.into, target.before)
  }
  const hears = {
    pointermove: (moved) => {
      last = moved
      if (on || Math.abs(moved.clientY - from) <= STARTS) return
      on = true
      model.say(`${model.name(what, id)} picked up`)
      look()
    },
    pointerup: () => end(true),
    pointercancel: () => end(false),
  }
  const escape = (pressed) => { if (pressed.key === "Escape") { pressed.stopPropagation(); model.say("Not moved"); end(false) } }
  for (const [name, heard] of Object.entries(hears)) handle.addEventListener(name, heard)
  window.addEventListener("keydown", escape, true)
}

function amongSections(list, y) {
  let target = null
  for (const group of list.querySelectorAll(".group")) {
    const box = group.getBoundingClientRect()
    if (y < box.top + box.height / 2) return { into: null, before: group.dataset.section, line: box.top }
    target = { into: null, before: null, line: box.bottom }
  }
  return target
}

function amongItems(list, y) {
  for (const group of list.querySelectorAll(".group")) {
    if (y > group.getBoundingClientRect().bottom && group.nextElementSibling?.matches(".group")) continue
    const rows = [...group.querySelectorAll(".row.item")]
    for (const row of rows) {
      const box = row.getBoundingClientRect()
      if (y < box.top + box.height / 2) return { into: group.dataset.section, before: row.dataset.id, line: box.top }
    }
    return { into: group.dataset.section, before: null, line: (rows.at(-1) ?? group).getBoundingClientRect().bottom }
  }
  return null
}

// A run dropped onto itself lands before the next row that isn't part of it.
function nextStaying(model, what, id, ids) {
  const { rows, place } = model.find(ref(what, id))
  return rows.slice(place).find((row) => !ids.includes(row.id))?.id ?? null
}
