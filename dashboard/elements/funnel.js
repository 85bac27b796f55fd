// Steps as bars; between two steps the loss and, in words, what there is to say about it.
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('div'); root.className = 'ml'; root.replaceChildren()
  const list = el('ol', 'ml-funnel')
  data.steps.forEach((s, i) => {
    const li = el('li'), row = el('div', 'ml-step'), bar = el('div', 'ml-step-bar'), fill = el('i')
    fill.style.width = s.rate * 100 + '%'; bar.append(fill)
    row.append(el('span', 'ml-step-name', s.name), el('b', 'ml-num', s.value.toLocaleString('en')), el('span', 'ml-num ml-muted', Math.round(s.rate * 100) + '%'), bar)
    li.append(row)
    if (data.steps[i + 1] && s.rate > 0) {
      const lost = 1 - data.steps[i + 1].rate / s.rate, why = el('div', 'ml-drop')
      why.append(el('b', 'ml-drop-rate', '−' + Math.round(lost * 100) + '%'), el('span', null, data.why[i] || '')); li.append(why)
    }
    list.append(li)
  })
  root.append(list)
}
