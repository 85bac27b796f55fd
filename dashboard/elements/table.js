// A table for people: sorts, searches and unfolds in the browser; on a narrow card each row becomes two lines.
const cell = {
  text(c) { const d = el('div', 'ml-name'); d.append(el('span', null, c.text)); if (c.sub) d.append(el('small', null, c.sub)); return d },
  num(c) { const d = el('div', 'ml-num' + (c.tone ? ' ml-' + c.tone : ''), c.text); if (c.sub) d.append(el('small', null, c.sub)); return d },
  words(c) { return el('p', 'ml-words', c.text) },
  chip(c) { return c.text ? el('span', 'ml-chip ml-' + c.tone, c.text) : el('span') },
  bar(c) {
    const d = el('div', 'ml-bar'), i = el('i', c.tone ? 'ml-' + c.tone : ''); i.style.width = c.share * 100 + '%'; d.append(i)
    if (c.mark != null) { const u = el('u'); u.style.left = c.mark * 100 + '%'; d.append(u) }
    return d
  },
  stack(c, sort) {
    const d = el('div', 'ml-stack'); d.setAttribute('role', 'img'); d.setAttribute('aria-label', c.label); d.title = c.label
    c.parts.forEach((p, n) => { const i = el('i', 'ml-p' + n); i.style.width = p * 100 + '%'; d.append(i) })
    const w = c.whisk && c.whisk[sort]
    if (w) { const i = el('u'); i.style.left = w[0] * 100 + '%'; i.style.width = (w[1] - w[0]) * 100 + '%'; d.append(i) }
    return d
  },
  spark(c) {
    const d = el('div', 'ml-line ml-' + (c.tone || 'muted')), known = c.values.filter(v => v != null)
    if (known.length < 2) return d
    const low = Math.min(...known), span = Math.max(...known) - low || 1, last = c.values.length - 1
    d.append(svg(24, runs(c.values).map(r => ['polyline', '', r.map(i => [i / last * 100, 22 - (c.values[i] - low) / span * 20])])))
    return d
  },
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('div'); root.className = 'ml ml-table'; root.replaceChildren()
  const look = root.look ||= { sort: data.sort, up: !!data.up, find: '', all: false, group: false }
  const cols = data.columns, sortable = cols.filter(c => c.sort)
  const tools = el('div', 'ml-tools'), legend = el('div', 'ml-legend'), more = el('button', 'ml-more')
  const grid = el('div', data.fixed ? 'ml-grid' : 'ml-grid ml-loose')
  grid.style.setProperty('--cols', cols.map(c => c.width || '1fr').join(' '))
  grid.setAttribute('role', 'table'); grid.setAttribute('aria-label', data.label || '')

  if (data.search) {
    const find = el('input', 'ml-find'); find.type = 'search'; find.placeholder = data.search; find.value = look.find
    find.setAttribute('aria-label', data.search)
    find.oninput = () => { look.find = find.value.toLowerCase(); draw() }; tools.append(find)
  }
  if (data.groups) {
    const seg = el('div', 'ml-seg'); seg.setAttribute('role', 'group'); seg.setAttribute('aria-label', 'Rows')
    for (const [name, on] of [['Items', false], ['Sections', true]]) {
      const b = el('button', null, name); b.setAttribute('aria-pressed', look.group === on)
      b.onclick = () => { look.group = on; seg.childNodes.forEach(x => x.setAttribute('aria-pressed', x === b)); draw() }; seg.append(b)
    }
    tools.append(seg)
  }
  const pick = el('select', 'ml-sort'); pick.setAttribute('aria-label', 'Sort by')
  for (const c of sortable) { const o = el('option', null, 'Sort: ' + c.label); o.value = c.key; pick.append(o) }
  pick.onchange = () => { look.sort = pick.value; look.up = !!cols.find(c => c.key === pick.value).up; draw() }
  if (sortable.length > 1) tools.append(pick)
  for (const [n, text] of (data.legend || []).entries()) { const s = el('span', null, text); s.prepend(el('i', 'ml-p' + n)); legend.append(s) }
  if (data.legendNote) legend.append(el('span', 'ml-legend-note', data.legendNote))

  const value = (r, k) => { const c = r[k]; return c.v ?? (c.v === null ? null : c.text) }
  // What has no value goes last, whichever way it is sorted.
  const order = (a, b) => a == null || b == null ? (a == null) - (b == null) : (typeof a === 'string' ? a.localeCompare(b) : a - b) * (look.up ? 1 : -1)

  function header() {
    const head = el('div', 'ml-row ml-head'); head.setAttribute('role', 'row')
    for (const c of cols) {
      const h = el('div', 'ml-c ml-k-' + c.kind); h.setAttribute('role', 'columnheader')
      if (c.sort) {
        const b = el('button', null, c.label), on = look.sort === c.key
        if (on) { h.setAttribute('aria-sort', look.up ? 'ascending' : 'descending'); b.append(el('span', 'ml-arrow', look.up ? ' ↑' : ' ↓')) }
        b.onclick = () => { look.up = on ? !look.up : !!c.up; look.sort = c.key; draw() }; h.append(b)
      } else h.append(el('span', c.label ? '' : 'ml-sr', c.label || c.name || { bar: 'bar', chip: 'mark', text: 'name' }[c.kind] || 'number'))
      head.append(h)
    }
    return head
  }

  function draw() {
    grid.replaceChildren(); pick.value = look.sort
    if (cols.some(c => c.label)) grid.append(header())
    let rows = (look.group ? data.groups : data.rows).filter(r => !look.find || `${r[cols[0].key].text} ${r[cols[0].key].sub || ''}`.toLowerCase().includes(look.find))
    if (look.sort) rows = rows.toSorted((a, b) => order(value(a, look.sort), value(b, look.sort)))
    const limit = data.limit && !look.all && !look.find ? data.limit : rows.length
    for (const r of rows.slice(0, limit)) {
      const row = el('div', 'ml-row' + (r.on ? ' ml-on' : '')); row.setAttribute('role', 'row')
      for (const c of cols) {
        const d = el('div', `ml-c ml-k-${c.kind} ml-m-${c.phone || 'hide'}`), inner = cell[c.kind](r[c.key], look.sort); d.setAttribute('role', 'cell')
        if (c.pick && !look.group) {
          const b = el('button', 'ml-pick'); b.append(inner); b.onclick = () => setTriggerValue('picked', r.id)
          if (data.toggles) b.setAttribute('aria-pressed', !!r.on)
          d.append(b)
        } else d.append(inner)
        row.append(d)
      }
      grid.append(row)
    }
    if (!rows.length) { const none = el('div', 'ml-row ml-none'), d = el('div', null, look.find ? `Nothing is called “${look.find}”.` : 'Nothing to list.'); none.setAttribute('role', 'row'); d.setAttribute('role', 'cell'); none.append(d); grid.append(none) }
    more.hidden = !data.limit || rows.length <= data.limit || !!look.find
    more.textContent = look.all ? 'Show fewer' : `Show all ${rows.length}`
  }
  more.onclick = () => { look.all = !look.all; draw() }
  if (tools.childNodes.length) root.append(tools)
  if (legend.childNodes.length) root.append(legend)
  root.append(grid, more); draw()
}
