// The guest's page in a phone, at what it shows of other restaurants.
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('div'); root.className = 'ml ml-guest'
  if (root.html === data.html) return
  root.html = data.html
  const phone = el('div', 'ml-phone'), frame = el('iframe'); frame.title = data.label; frame.setAttribute('sandbox', 'allow-scripts')
  removeEventListener('message', root.heard)
  root.heard = ({ source, data: said }) => { if (source === frame.contentWindow && said?.menulens === 'ready') source.postMessage({ menulens: 'others' }, '*') }
  addEventListener('message', root.heard)
  frame.srcdoc = data.html; phone.append(frame); root.replaceChildren(phone)
}
