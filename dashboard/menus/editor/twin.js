// The twin of patch.py: applies operations here at once, while Python checks and keeps them. The tests compare the two.
export function apply(menu, ops) {
  for (const op of ops) menu = done(menu, op)
  return menu
}

function done(menu, op) {
  switch (op.op) {
    case "add": return insert(menu, op.node, op.into, op.before)
    case "remove": return lift(menu, op.what, op.id)
    case "move": {
      const row = find(menu, op.what, op.id)?.row
      return !row || op.before === op.id ? menu : insert(lift(menu, op.what, op.id), row, op.into, op.before)
    }
    case "set": return put(menu, op.what, op.id, op.field, op.value)
    case "bulk": return op.ids.reduce((all, id) => put(all, "item", id, op.field, op.value), menu)
    case "percent": return op.ids.reduce((all, id) => {
      const price = find(menu, "item", id)?.row.price_minor
      return Number.isInteger(price) ? put(all, "item", id, "price_minor", raised(price, op.percent, op.round_to)) : all
    }, menu)
  }
  return menu
}

// A row, its neighbours, its place among them, and the section that holds it.
export function find(menu, what, id) {
  for (const [place, section] of menu.sections.entries()) {
    if (what === "section" && section.id === id) return { row: section, rows: menu.sections, place, section: null }
    const at = what === "item" ? section.items.findIndex((item) => item.id === id) : -1
    if (at >= 0) return { row: section.items[at], rows: section.items, place: at, section }
  }
  return null
}

// Prices change by whole numbers: to the nearest multiple of `step`, halves up, as exactly as Python's fractions.
export function raised(price, percent, step = 1) {
  const [whole, digits = ""] = String(percent).split("."), scale = 10n ** BigInt(digits.length)
  const exact = BigInt(price) * (100n * scale + BigInt(whole + digits)), unit = 100n * scale * BigInt(step)
  return Number((2n * exact + unit) / (2n * unit)) * step
}

// What an operation writes, as "item/pad-thai/price_minor": "*" is all of it, "rows" only that it must be there.
export function touches(op) {
  const into = (op.op === "add" || op.op === "move") && op.into != null ? [`section/${op.into}/rows`] : []
  switch (op.op) {
    case "add": return [`${"price_minor" in op.node ? "item" : "section"}/${op.node.id}/*`, ...into]
    case "remove": return [`${op.what}/${op.id}/*`]
    case "move": return [`${op.what}/${op.id}/place`, ...into]
    case "set": return [`${op.what}/${op.id}/${op.field}`]
    default: return op.ids.map((id) => `item/${id}/${op.op === "bulk" ? op.field : "price_minor"}`)
  }
}

// What stands on the menu where an operation writes; a place is the section and the next row.
export function held(menu, at) {
  const [what, id, field] = at.split("/"), found = what === "restaurant" ? { row: menu.restaurant } : find(menu, what, id)
  if (!found || field === "*") return found?.row ?? null
  if (field === "place") return [found.section?.id, found.rows[found.place + 1]?.id]
  const [name, language] = field.split(/\.(.*)/s)
  return (language ? found.row[name]?.[language] : found.row[name]) ?? null
}

// Whether what one wrote and what another wrote undo one another.
export function clash(mine, theirs) {
  const parts = (at) => [at.slice(0, at.lastIndexOf("/")), at.slice(at.lastIndexOf("/") + 1)]
  return mine.some((one) => theirs.some((other) => {
    const [[row, field], [row2, field2]] = [parts(one), parts(other)]
    if (row !== row2) return false
    return field === field2 ? field !== "rows" : field === "*" || field2 === "*" || field.startsWith(`${field2}.`) || field2.startsWith(`${field}.`)
  }))
}

function insert(menu, row, into, before) {
  const among = (rows) => {
    const at = rows.findIndex((other) => other.id === before), place = at < 0 ? rows.length : at
    return [...rows.slice(0, place), row, ...rows.slice(place)]
  }
  return into == null ? { ...menu, sections: among(menu.sections) } : within(menu, (section) => (section.id === into ? among(section.items) : section.items))
}

const lift = (menu, what, id) => what === "section" ? { ...menu, sections: menu.sections.filter((section) => section.id !== id) }
  : within(menu, (section) => (section.items.some((item) => item.id === id) ? section.items.filter((item) => item.id !== id) : section.items))

const within = (menu, items) => ({ ...menu, sections: menu.sections.map((section) => {
  const now = items(section)
  return now === section.items ? section : { ...section, items: now }
}) })

function put(menu, what, id, field, value) {
  const change = (node) => {
    const [name, language] = field.split(/\.(.*)/s)
    if (!language) return { ...node, [name]: name === "allergens" || name === "diets" ? value && [...new Set(value)].sort() : value }
    const { [language]: _, ...others } = node[name], text = typeof value === "string" ? value.trim() : value
    return { ...node, [name]: text ? { ...node[name], [language]: text } : others }
  }
  if (what === "restaurant") return { ...menu, restaurant: change(menu.restaurant) }
  if (what === "section") return { ...menu, sections: menu.sections.map((section) => (section.id === id ? change(section) : section)) }
  return within(menu, (section) => (section.items.some((item) => item.id === id) ? section.items.map((item) => (item.id === id ? change(item) : item)) : section.items))
}
