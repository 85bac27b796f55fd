// Numbers against their usual band: grey when it is noise, a colour and words when it is not.
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('div')
  root.className = 'ml ml-kpis' + (data.many ? ' ml-many' : ''); root.replaceChildren()
  for (const k of data.kpis) {
    const box = el('section', 'ml-kpi ml-' + k.tone); box.setAttribute('aria-label', k.label)
    const label = el('div', 'ml-kpi-label', k.label), value = el('div', 'ml-kpi-value', k.value)
    const words = el('div', 'ml-kpi-words', k.words), usual = el('div', 'ml-kpi-usual', k.usual), spark = el('div', 'ml-spark')
    const known = (data.scale || [...k.series, ...k.low, ...k.high]).filter(v => v != null)
    if (known.length) {
      const low = Math.min(...known), span = Math.max(...known) - low || 1, last = k.series.length - 1
      const y = v => 34 - (v - low) / span * 32, point = of => i => [last ? i / last * 100 : 50, y(of[i])]
      const band = runs(k.high).map(r => ['polygon', 'band', [...r.map(point(k.high)), ...r.toReversed().map(point(k.low))]])
      spark.append(svg(36, [...band, ...runs(k.series).map(r => ['polyline', '', r.map(point(k.series))])]))
      for (const at of k.marks || []) { const mark = el('u'); mark.style.left = at / last * 100 + '%'; spark.append(mark) }
      if (k.series[last] != null) { const dot = el('i'); dot.style.top = y(k.series[last]) / 36 * 100 + '%'; spark.append(dot) }
    }
    if (data.many) box.append(label, value, spark, words)
    else box.append(label, value, words, spark, usual)
    root.append(box)
  }
}
