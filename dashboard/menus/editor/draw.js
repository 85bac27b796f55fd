// Describing elements, and bringing the page to what is described: only what differs is touched, so focus, carets and scrolling stay.
export const h = (tag, props, ...children) => ({
  tag, props: props ?? {}, key: props?.key ?? null,
  children: children.flat(Infinity).filter((child) => child != null && child !== false && child !== true && child !== ""),
})

// A part that is described anew only if one of its inputs is another one than last time.
export const same = (key, inputs, describe) => ({ key, inputs, describe, tag: null })

const SVG = "http://www.w3.org/2000/svg"

export function draw(parent, wanted) {
  const old = parent.drawn ?? [], free = new Map(), drawn = []
  for (const one of old) {
    const name = one.key ?? `/${one.tag}`
    if (!free.has(name)) free.set(name, [])
    free.get(name).push(one)
  }
  for (const want of wanted) {
    const text = typeof want !== "object", name = text ? "/#" : want.key ?? `/${want.tag}`
    let one = free.get(name)?.[0]
    if (one && !text && want.tag && one.tag !== want.tag) one = undefined
    if (one) free.get(name).shift()
    else one = { key: text ? null : want.key, tag: text ? "#" : want.tag, node: null, props: {} }
    bring(one, want, text, parent)
    drawn.push(one)
  }
  for (const left of free.values()) for (const one of left) one.node.remove()
  let next = parent.firstChild
  for (const { node } of drawn) {
    if (node === next) next = next.nextSibling
    else parent.insertBefore(node, next)
  }
  parent.drawn = drawn
}

function bring(one, want, text, parent) {
  if (text) {
    one.node ??= document.createTextNode("")
    if (one.node.data !== String(want)) one.node.data = String(want)
    return
  }
  if (want.describe) {
    if (one.inputs?.every((input, n) => input === want.inputs[n])) return
    one.inputs = want.inputs
    want = want.describe()
    one.tag = null
  }
  const fresh = !one.node
  one.node ??= want.tag === "svg" || parent.namespaceURI === SVG ? document.createElementNS(SVG, want.tag) : document.createElement(want.tag)
  const { node } = one, { props } = want
  for (const name of Object.keys(one.props)) if (!(name in props)) set(node, name, null)
  for (const [name, value] of Object.entries(props)) if (value !== one.props[name] && name !== "value") set(node, name, value)
  one.props = props
  if (!("inner" in props)) draw(node, want.children)
  if ("value" in props && node.value !== String(props.value ?? "")) node.value = props.value ?? ""
  if (fresh) props.ref?.(node)
}

function set(node, name, value) {
  if (name === "key" || name === "ref") return
  if (name.startsWith("on")) node[name] = value
  else if (name === "checked") node.checked = !!value
  else if (name === "style" && value) node.style.cssText = value
  else if (value == null || value === false) node.removeAttribute(name)
  else node.setAttribute(name, value === true ? "" : value)
}
