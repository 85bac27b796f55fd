// Stands before every component's own script: making an element, and a line in a box of 100 × height.
const el = (tag, cls, text) => { const e = document.createElement(tag); if (cls) e.className = cls; if (text != null) e.textContent = text; return e }

const svg = (height, parts) => {
  const at = 'http://www.w3.org/2000/svg', root = document.createElementNS(at, 'svg')
  root.setAttribute('viewBox', `0 0 100 ${height}`); root.setAttribute('preserveAspectRatio', 'none'); root.setAttribute('aria-hidden', 'true')
  for (const [tag, cls, points] of parts) {
    const part = document.createElementNS(at, tag)
    if (cls) part.setAttribute('class', cls)
    part.setAttribute('points', points.map(p => p.map(n => n.toFixed(2)).join()).join(' ')); root.append(part)
  }
  return root
}

// Runs of neighbours that have a value: a missing day is a gap, not a zero.
const runs = values => values.reduce((all, v, i) => { if (v == null) all.push([]); else all.at(-1).push(i); return all }, [[]]).filter(r => r.length)
