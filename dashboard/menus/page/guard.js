// If page.js did not come to its end, the page falls back to plain reading and says so.
if (!('ready' in document.documentElement.dataset)) {
  document.documentElement.classList.remove('js');
  document.getElementById('strip').hidden = false;
}
