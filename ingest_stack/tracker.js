// The browser's half of the event contract; docs/tracker.md says what it reads, listens to and sends.
// Delivery is at least once: a batch is stored before it is sent and forgotten once the collector has answered.
// Every byte counts: it must fit 1,800 of them, gzipped; these comments are not served.
(() => {
  const { lang, dataset } = document.documentElement, restaurant_id = dataset.restaurantId;
  const query = new URL(location).searchParams, param = name => query.get(name)?.slice(0, 64) || null;
  const random = () => crypto.getRandomValues(new Uint32Array(4)).join('-');
  const safe = act => arg => { try { return act(arg); } catch {} };
  // Where the browser keeps nothing for us, a plain object does as long as the page lives.
  let local = safe(() => localStorage)() || {}, tab = safe(() => sessionStorage)() || {};
  const flying = {}, rows = new Map();
  let visit = {}, events = [], away = 1, until = 0, fails = 0, touched, covered;

  const emit = (type, fields, at = Date.now()) => {
    renew(at);
    visit.last = at;
    events.push({ seq: visit.seq++, type, at, ...fields });
    if (events[79]) flush();
    if (away) stash();
  };
  // A new visit begins after 30 minutes without an event, and where this tab has none to go on with.
  const renew = at => {
    if (at - visit.last < 18e5) return;
    flush();
    visit = { id: random(), seq: 0, last: at, dwell: {} };
    emit('menu_view', {}, at);
  };

  const reach = row => visit.dwell[row.item.item_id] ??= emit('item_pass', row.item) || 0;
  // Reached: it entered the viewport, or the guest is beyond it. In sight: half of it, or of the screen if it is taller.
  const look = entries => {
    renew(Date.now());
    for (const { target, intersectionRatio, intersectionRect } of entries) {
      if (intersectionRatio) for (const [element, row] of rows) {
        if (element.offsetHeight) reach(row);
        if (element == target) break;
      }
      rows.get(target).rate = 2 * intersectionRect.height < Math.min(target.offsetHeight, innerHeight) ? 0 : intersectionRatio;
    }
    settle();
  };
  // Begins and ends stretches of dwell. An idle one ended 30 s after the last touch, however late we notice.
  const settle = () => {
    const now = Date.now(), end = Math.min(now, touched + 3e4);
    rows.forEach(row => {
      const id = row.item.item_id, rate = away || end < now ? 0 : covered ? covered == id : row.rate;
      const dwell_ms = Math.min(end - row.since, 12e4 - (visit.dwell[id] || 0));
      if (rate) { row.since ||= now; row.best = Math.max(row.best || 0, rate); }
      else {
        if (dwell_ms >= 1e3) { reach(row); emit('item_view', { ...row.item, dwell_ms, visible_rate: row.best }, end); visit.dwell[id] += dwell_ms; }
        row.since = row.best = NaN;
      }
    });
  };

  const waiting = () => Object.keys(local).filter(key => /^menulens>/.test(key)).sort();
  const flush = () => {
    const key = 'menulens>' + Date.now() + Math.random(), batch = JSON.stringify({
      restaurant_id, menu_version: +dataset.menuVersion, visit_id: visit.id, guest_id: local.menulens_guest, source_restaurant_id: param('from'), table_id: param('table'),
      variant: query.has('preview') ? 'preview' : dataset.variant, locale: lang || null, viewport_width: innerWidth, events });
    // A full localStorage takes no more: from now on a copy of it does, as long as the page lives.
    if (events[0]) safe(() => local[key] = batch)() || ((local = { ...local })[key] = batch);
    events = [];
    waiting().slice(0, -40).map(key => delete local[key]);
    Object.keys(flying)[0] || post(waiting()[0]);
  };
  const post = key => {
    const sent_at = Date.now();
    if (!key || flying[key] || sent_at < until) return;
    flying[key] = fetch('/v1/events', { method: 'POST', keepalive: true, body: JSON.stringify({ ...JSON.parse(local[key]), sent_at }) })
      .catch(Response.error).then(safe(({ status, headers }) => {
        delete flying[key];
        if (/202|400|41[35]/.test(status)) { delete local[key]; fails = 0; flush(); }
        else until = Date.now() + 1e3 * Math.max(headers.get('Retry-After') | 0, 2 ** Math.min(fails++, 8) + Math.random());
      }));
  };

  // The visit lies in sessionStorage only while no page uses it, so a duplicated tab finds none and begins its own.
  const stash = safe(() => tab[restaurant_id] = JSON.stringify(visit));
  const hide = () => { away = 1; settle(); flush(); stash(); waiting().map(post); };
  const show = () => {
    if (!away || document.hidden) return;
    away = 0;
    touched = Date.now();
    visit = JSON.parse(tab[restaurant_id] || '{}');
    delete tab[restaurant_id];
    look([]);
  };
  const touch = () => { settle(); touched = Date.now(); settle(); };
  const on = {
    pagehide: hide, pageshow: show, visibilitychange: () => document.hidden ? hide() : show(),
    scroll: touch, pointerdown: touch, keydown: touch,
    menulens: ({ detail: { type, ...fields } }) => type == 'cover' ? settle(covered = fields.item_id) : emit(type, fields),
  };

  safe(() => navigator.globalPrivacyControl || navigator.doNotTrack == 1 ? delete local.menulens_guest : local.menulens_guest ||= random())();
  document.querySelectorAll('[data-item-id]').forEach(element => {
    const { itemId, sectionId, position, soldOut } = element.dataset;
    rows.set(element, { item: { item_id: itemId, section_id: sectionId, position: +position, available: soldOut && false } });
  });
  for (const type in on) addEventListener(type, safe(on[type]), true);
  setInterval(safe(() => { settle(); flush(); }), 1e4);
  safe(() => {
    show();
    const eye = new IntersectionObserver(safe(look), { threshold: [0, .1, .2, .3, .5, .8, 1], rootMargin: dataset.margin });
    for (const [element] of rows) eye.observe(element);
  })();
})();
