// The menu as guests see it, tinted; fold lines say how far they get; the rail beside it is the whole menu at once.
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('div'); root.className = 'ml ml-phones'
  const kept = [...root.querySelectorAll('.ml-screen')].map(s => s.scrollTop); root.replaceChildren()
  const row = el('div', 'ml-phone-row' + (data.phones.length > 1 ? ' ml-two' : '')), screens = []

  function dish(i) {
    const b = el('button', 'ml-dish' + (i.on ? ' ml-on' : '')), words = el('span', 'ml-dish-words'), right = el('span', 'ml-dish-right')
    b.style.background = i.bg; b.style.color = i.fg
    words.append(el('b', null, i.name), el('small', null, i.note)); right.append(el('span', null, i.price), el('em', null, i.label))
    b.append(words, right); b.setAttribute('aria-label', `${i.name}, ${i.label}`); b.setAttribute('aria-pressed', !!i.on)
    b.onclick = () => setTriggerValue('picked', { id: i.id, narrow: innerWidth < 700 })
    return b
  }

  data.phones.forEach((p, at) => {
    const side = el('figure', 'ml-phone-side'), body = el('div', 'ml-phone-body'), phone = el('div', 'ml-phone'), screen = el('div', 'ml-screen')
    const rail = el('div', 'ml-rail'), strip = el('div', 'ml-strip'), view = el('div', 'ml-rail-view')
    if (p.title) { const cap = el('figcaption', null, p.title); if (p.sub) cap.append(el('small', null, p.sub)); side.append(cap) }
    screen.tabIndex = 0; screen.setAttribute('role', 'region'); screen.setAttribute('aria-label', 'Menu ' + (p.title || p.name || ''))
    screen.append(el('div', 'ml-menu-name', p.name))
    rail.setAttribute('aria-hidden', 'true')
    let section = null
    p.items.forEach((i, n) => {
      if (i.section !== section) { section = i.section; screen.append(el('div', 'ml-menu-section', section)) }
      screen.append(dish(i))
      const s = el('i'); s.style.background = i.bg; strip.append(s)
      if (!i.fold) return
      const f = el('div', 'ml-fold'), t = el('span', 'ml-rail-fold', i.short)
      f.append(el('span', null, i.fold)); screen.append(f); t.style.top = (n + 1) / p.items.length * 100 + '%'; rail.append(t)
    })
    rail.prepend(strip); rail.append(view); phone.append(screen); body.append(phone, rail); side.append(body)
    const track = () => { view.style.top = screen.scrollTop / screen.scrollHeight * 100 + '%'; view.style.height = screen.clientHeight / screen.scrollHeight * 100 + '%' }
    screen.addEventListener('scroll', () => { track(); for (const o of screens) if (o !== screen && Math.abs(o.scrollTop - screen.scrollTop) > 2) o.scrollTop = screen.scrollTop })
    rail.onclick = e => { const r = rail.getBoundingClientRect(); screen.scrollTo({ top: (e.clientY - r.top) / r.height * screen.scrollHeight - screen.clientHeight / 2, behavior: 'smooth' }) }
    if (p.legend) {
      const scale = el('div', 'ml-scale'), ramp = el('i'); ramp.style.background = `linear-gradient(90deg, ${p.legend.colors.join(',')})`
      scale.append(el('span', null, p.legend.low), ramp, el('span', null, p.legend.high)); side.append(scale)
    }
    row.append(side); screens.push(screen)
    requestAnimationFrame(() => { screen.scrollTop = kept[at] || 0; track() })
  })
  root.append(row)
}
