// In an editor's frame: the page says where its reader is and what was tapped, and goes where it is told. Nothing is
// kept, counted or asked for; what is written here and read there are messages of this window and its parent alone.
(() => {
  const tell = (what, more) => parent.postMessage({ menulens: what, ...more }, '*');
  // Not scrollIntoView: it would scroll the editor's page along.
  const go = (node, below) => scrollTo({ top: scrollY + node.getBoundingClientRect().top - below, behavior: 'instant' });
  const told = {
    show({ item_id }) {
      for (const row of document.querySelectorAll('.item.shown')) row.classList.remove('shown');
      const row = document.getElementById(`item-${item_id}`);
      row?.classList.add('shown');
      if (row) go(row, (innerHeight - row.offsetHeight) / 2);
    },
    others: () => go(document.getElementById('others'), 0),
    scroll: ({ y }) => scrollTo({ top: y, behavior: 'instant' }),
    page: ({ html }) => document.dispatchEvent(new CustomEvent('menulens:page', { detail: html })),
  };
  addEventListener('message', ({ source, data }) => { if (source === parent && Object.hasOwn(told, data?.menulens)) told[data.menulens](data); });
  let due = 0;
  addEventListener('scroll', () => { due ||= requestAnimationFrame(() => { due = 0; tell('scrolled', { y: scrollY }); }); });
  // A link would lead the frame away from what was written into it.
  addEventListener('click', event => {
    const link = event.target.closest('a:not(.open)');
    if (!link) return;
    event.preventDefault();
    if (link.hreflang) tell('language', { language: link.hreflang });
    else {
      const place = document.getElementById(link.hash.slice(1));
      if (place) go(place, parseFloat(getComputedStyle(place).scrollMarginTop) || 0);
    }
  }, true);
  document.addEventListener('menulens', ({ detail: { type, item_id } }) => { if (type === 'item_open') tell('opened', { item_id }); });
  tell('ready');
})();
