// The page reads without this file. It adds details, search, the order and the waiter's screen; it writes no HTML,
// only moves, copies and fills in what the template holds. The tracker hears of everything through `tell`.
// It begins anew when another language, or an editor's newer draft, takes the page's place: `handed` is what stays.
(function begin(handed = {}) {
  const $ = (query, within = document) => within.querySelector(query);
  const $$ = (query, within = document) => [...within.querySelectorAll(query)];
  const root = document.documentElement;
  const data = JSON.parse($('#page-data').textContent);
  const live = data.folder; // where the kitchen's marks are; a preview has none, and asks nobody for anything
  const params = new URLSearchParams(location.search);
  const table = params.get('table')?.slice(0, 64) || '';
  const EVENING = 12 * 3600e3, MOST = 20, ANY = '*';
  const ended = new AbortController();
  const listen = (type, act, target = window) => target.addEventListener(type, act, { signal: ended.signal });
  const sheet = $('#sheet'), order = $('#order'), ticket = $('#ticket'), orderbar = $('#orderbar');

  // ---- words and numbers
  const plural = new Intl.PluralRules(data.locale);
  const decimals = locale => new Intl.NumberFormat(locale, { minimumFractionDigits: data.digits, maximumFractionDigits: data.digits, useGrouping: 'always' });
  const cash = (locale, [before, after], numbers = decimals(locale)) => minor => before + numbers.format(minor / 10 ** data.minor_digits) + after;
  const money = cash(data.locale, data.money), houseMoney = cash(data.house_locale, data.house_money);
  const clock = new Intl.DateTimeFormat(data.locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: data.time_zone });
  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const say = (word, values = {}) => {
    const words = data.words[word];
    return fill(typeof words === 'string' ? words : words[plural.select(values.n)] ?? words.other, values);
  };
  const announce = words => { const live = $('#live'); live.textContent = ''; setTimeout(() => { live.textContent = words; }, 30); };
  const copy = id => $(`#${id}`).content.firstElementChild.cloneNode(true);
  const strip = words => { $('#strip p').textContent = words; $('#strip').hidden = !words; };

  // ---- the dishes, as the page holds them
  const dishes = new Map($$('.item').map((row, index) => [row.dataset.itemId, {
    id: row.dataset.itemId, row, section: row.dataset.sectionId, position: index + 1, price: +row.dataset.price,
    name: $('.open', row).textContent, house: row.dataset.house || data.foreign && $('.alt', row)?.textContent || $('.open', row).textContent,
    served: [row, row.parentNode.parentNode].flatMap(({ dataset }) => dataset.served ? [JSON.parse(dataset.served)] : []),
    times: ($('.served', row) ?? $('.head .served', row.parentNode.parentNode))?.textContent,
    choices: new Map($$('.more input', row).map(input => [input.value, {
      delta: +input.dataset.delta, name: $('.what', input.parentNode).textContent, house: input.dataset.house || $('.what', input.parentNode).textContent,
    }])),
  }]));
  const tell = (type, fields) => document.dispatchEvent(new CustomEvent('menulens', { detail: { type, ...fields } }));
  const place = ({ id, section, position }) => ({ item_id: id, section_id: section, position });
  const gone = dish => dish.soldOut || dish.resting;

  // ---- what this browser keeps: an order being written and the last one placed, for one evening
  const KEY = `menulens:${root.dataset.restaurantId}:order`;
  const blank = { lines: [], note: '', placed: null };
  const remember = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY));
      if (!kept || Date.now() - kept.at > EVENING) return { ...blank };
      return { ...kept, lines: kept.lines.filter(line => line.picks.every(pick => dishes.get(line.id)?.choices.has(pick)) && dishes.has(line.id)) };
    } catch { return { ...blank }; }
  };
  const keep = () => { try { localStorage.setItem(KEY, JSON.stringify({ ...state, at: Date.now() })); } catch { /* it lives as long as the page */ } };
  let state = handed.state ?? remember(), undo = null;

  const priceOf = (id, picks) => Math.max(0, picks.reduce((sum, pick) => sum + dishes.get(id).choices.get(pick).delta, dishes.get(id).price));
  const each = line => priceOf(line.id, line.picks);
  const count = () => state.lines.reduce((sum, line) => sum + line.quantity, 0);
  const total = () => state.lines.reduce((sum, line) => sum + each(line) * line.quantity, 0);
  const picked = (line, name) => line.picks.map(pick => dishes.get(line.id).choices.get(pick)[name]).join(' · ');

  // ---- dialogs: whoever counts attention is told what covers the list
  const cover = () => {
    tell('cover', sheet.open ? { item_id: shown.dish.id } : $('dialog[open]') ? { item_id: ANY } : {});
    watchOffers();
  };
  const show = dialog => {
    if (!dialog.open) dialog.showModal();
    $('.scroll', dialog).scrollTop = 0;
    $('h2', dialog).focus({ preventScroll: true });
    cover();
  };
  for (const dialog of [sheet, order, ticket]) dialog.addEventListener('close', cover);
  const when = (dialog, state) => { for (const part of $$('[data-when]', dialog)) part.hidden = part.dataset.when !== state; };

  // ---- opening hours, in the restaurant's own time
  const clockIn = zone => new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const local = clockIn(data.time_zone);
  const weekday = (width, at) => new Intl.DateTimeFormat(data.locale, { weekday: width, timeZone: data.time_zone }).format(at);
  function localTime(at = Date.now(), clock = local) {
    const parts = Object.fromEntries(clock.formatToParts(at).map(part => [part.type, part.value]));
    return { today: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(parts.weekday), now: +parts.hour * 60 + +parts.minute };
  }
  const openingNow = (week, { today, now }) => [0, 1].flatMap(ago => (week[(today - ago + 7) % 7] ?? []).map(([opens, closes]) => [opens - ago * 1440, closes - ago * 1440]))
    .find(([opens, closes]) => opens <= now && now < closes);
  const servedNow = (times, { today, now }) => times.some(([days, opens, closes]) =>
    [0, 1].some(ago => days.includes((today - ago + 7) % 7 + 1) && opens <= now + ago * 1440 && now + ago * 1440 < closes));
  const isSoldOut = (marks, id) => marks.has(id) && (marks.get(id) === null || marks.get(id) > Date.now());
  let open = true;
  function hours() {
    if (!data.hours.length) return;
    const { today, now } = localTime();
    const on = day => data.hours[(day + 7) % 7] ?? [];
    const time = minutes => `${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
    const here = openingNow(data.hours, { today, now });
    let ends = here?.[1];
    for (let ahead = 1; ahead < 8 && ends === ahead * 1440; ahead++) ends += on(today + ahead).find(([opens]) => !opens)?.[1] ?? 0;
    const next = [0, 1, 2, 3, 4, 5, 6, 7].flatMap(ahead => on(today + ahead).map(([opens]) => ({ ahead, opens })).filter(({ opens }) => ahead || opens > now).sort((a, b) => a.opens - b.opens))[0];
    const day = ({ ahead }) => ahead ? weekday('long', Date.now() + ahead * 864e5) : say('today');
    open = !!here;
    $('[data-open]').textContent = ends >= 7 * 1440 ? '' : here ? say('open_until', { time: time(ends) }) : next ? say('opens', { day: day(next), time: time(next.opens) }) : say('closed');
    root.classList.toggle('closed', !open);
    $('#shut').hidden = open;
    drawBar();
  }

  // ---- what can be had now: the kitchen's marks (id → the instant until which it is sold out, null: not known), and
  // the hours in which a dish, or its section, is served. A text keeps its height: nothing moves under a thumb.
  let marks = handed.marks || new Map($$('.item[data-sold-out]').map(({ dataset: { itemId, until } }) => [itemId, +until || null]));
  function stock() {
    const now = localTime(), lost = [];
    let news = false;
    for (const dish of dishes.values()) {
      const { row } = dish, until = marks.get(dish.id), tag = $('.tag', row);
      const soldOut = isSoldOut(marks, dish.id);
      const words = !soldOut ? '' : until ? say('sold_out_until', { time: moment(until) }) : say('sold_out');
      const resting = !dish.served.every(times => servedNow(times, now));
      if (soldOut && !dish.soldOut && state.lines.some(({ id }) => id === dish.id)) lost.push(dish);
      news ||= soldOut !== dish.soldOut || resting !== dish.resting;
      Object.assign(dish, { soldOut, resting });
      row.classList.toggle('rest', resting);
      if (tag.textContent === words) continue;
      $('.txt', row).style.blockSize = `${$('.txt', row).offsetHeight}px`;
      row.classList.toggle('out', soldOut);
      tag.textContent = words;
    }
    if (lost.length) strip(`${lost.map(dish => dish.name).join(' · ')}: ${say('gone')}`);
    if (news && order.open) drawOrder(document.activeElement.closest('.lines') && 'h2');
    if (news && sheet.open) offer(false);
  }
  const width = innerWidth;
  listen('resize', () => { if (innerWidth !== width) for (const text of $$('.txt[style]')) text.style.blockSize = ''; });
  const moment = at => (localTime(at).today === localTime().today && at - Date.now() < 864e5 ? '' : `${weekday('short', at)} `) + clock.format(at);
  function look() {
    if (!live || document.hidden) return;
    fetch(`${live}availability.json`, { cache: 'no-cache' }).then(answer => answer.json()).then(({ sold_out }) => {
      if (ended.signal.aborted) return;
      marks = new Map(Object.entries(sold_out));
      stock();
    }).catch(() => { /* offline, or nothing there yet: what the page says stands */ });
  }

  // ---- details
  let shown = null;
  function details(id) {
    const dish = dishes.get(id);
    if (!dish) return;
    shown = { dish, quantity: 1 };
    tell('item_open', place(dish));
    $('#sheet-name').textContent = dish.name;
    $('[data-details]', sheet).replaceChildren(...['.alt', '.desc', '.meta', 'fieldset', '.allergens'].flatMap(query => $$(query, dish.row)).map(part => part.cloneNode(true)));
    $('[data-picture]', sheet).replaceChildren(...$$('.picture', dish.row).map(part => part.cloneNode(true)));
    offer(true);
    price();
    show(sheet);
  }
  function offer(instead) { // whether what is shown can be ordered just now; and what could be instead, if nobody reads yet
    const { dish } = shown, tag = $('.tag', sheet), words = $('.tag', dish.row).textContent;
    if (tag) tag.textContent = words;
    for (const input of $$('input', sheet)) input.disabled = dish.soldOut;
    const others = instead && dish.soldOut ? $$('.item:not(.out, .rest)', dish.row.parentNode).slice(0, 2) : [];
    $('.instead', sheet).hidden = !others.length;
    $('.instead ul', sheet).replaceChildren(...others.map(row => {
      const line = copy('swap');
      $('button', line).dataset.swap = row.dataset.itemId;
      $('span', line).textContent = $('.open', row).textContent;
      $('.price', line).replaceChildren(...$('.price', row).cloneNode(true).childNodes);
      return line;
    }));
    $('[data-when="sold-out"] p', sheet).textContent = words;
    $('[data-when="resting"] p', sheet).textContent = dish.times;
    when(sheet, dish.soldOut ? 'sold-out' : !open ? 'closed' : dish.resting ? 'resting' : 'orderable');
  }
  const picksNow = () => $$('input:checked', sheet).map(input => input.value);
  function price() {
    $('.step output', sheet).textContent = shown.quantity;
    $('.main .sum', sheet).textContent = money(priceOf(shown.dish.id, picksNow()) * shown.quantity);
  }
  sheet.addEventListener('change', ({ target }) => {
    const group = target.closest('fieldset'), on = $$('input:checked', group), most = +group.dataset.most;
    if (on.length > most) { if (most === 1) on.forEach(input => { input.checked = input === target; }); else target.checked = false; }
    delete group.dataset.missing;
    price();
  });
  function orderShown() {
    const missing = $$('fieldset', sheet).find(group => $$('input:checked', group).length < +group.dataset.least);
    if (missing) {
      missing.dataset.missing = '';
      $('input', missing).focus();
      announce(say('pick_missing', { name: $('legend span', missing).textContent }));
      return;
    }
    const picks = picksNow();
    sheet.close();
    add(shown.dish, picks, shown.quantity);
  }

  // ---- the order
  function add(dish, picks, quantity) {
    const line = state.lines.find(other => other.id === dish.id && other.picks.join() === picks.join());
    if (line) line.quantity = Math.min(MOST, line.quantity + quantity); else state.lines.push({ id: dish.id, picks, quantity });
    tell('item_order', { ...place(dish), quantity, price_minor: priceOf(dish.id, picks), currency: data.currency });
    changed();
    announce(say('added', { name: dish.name, count: say('items', { n: count() }), total: money(total()) }));
    orderbar.classList.remove('bump');
    void orderbar.offsetWidth;
    orderbar.classList.add('bump');
  }
  function changed() { keep(); drawBar(); }
  function drawBar() {
    for (const button of $$('.add')) {
      const dish = dishes.get(button.closest('.item').dataset.itemId);
      const n = state.lines.filter(line => line.id === dish.id).reduce((sum, line) => sum + line.quantity, 0);
      const label = `${say(dish.choices.size ? 'choose' : 'order')}: ${dish.name}`;
      button.classList.toggle('has', n > 0);
      button.setAttribute('aria-label', n ? `${label}, ${say('in_order', { n })}` : label);
      $('.quantity', button).textContent = n || '';
    }
    const n = count();
    $('.count', orderbar).textContent = n;
    $('.sr', orderbar).textContent = n ? say('items', { n }) : '';
    $('.label', orderbar).textContent = n ? $('#order-name').textContent : state.placed ? say('show_order', { code: state.placed.code }) : '';
    $('.sum', orderbar).textContent = n ? money(total()) : '';
    orderbar.classList.toggle('placed', !n);
    $('#dock').classList.toggle('up', n ? open : !!state.placed);
  }
  function drawOrder(focus) {
    when(order, state.lines.length ? 'lines' : 'empty');
    $('.undo', order).hidden = !undo;
    if (undo) $('.undo span', order).textContent = say('removed', { name: dishes.get(undo.line.id).name });
    $('.lines', order).replaceChildren(...state.lines.map((line, index) => {
      const row = copy('line'), dish = dishes.get(line.id), words = picked(line, 'name');
      row.dataset.line = index;
      $('h3', row).textContent = dish.name;
      $('.small', row).textContent = words;
      $('.small', row).hidden = !words;
      $('.gone', row).textContent = dish.soldOut ? say('gone') : dish.resting ? dish.times : '';
      $('.sum', row).textContent = money(each(line) * line.quantity);
      $('.remove', row).setAttribute('aria-label', `${$('.remove', row).textContent}: ${dish.name}`);
      $('output', row).textContent = line.quantity;
      return row;
    }));
    if ($('textarea', order).value !== state.note) $('textarea', order).value = state.note;
    $('.total b', order).textContent = money(total());
    $('[data-place]', order).disabled = state.lines.some(line => gone(dishes.get(line.id)));
    if (focus) ($(focus, order) ?? $('h2', order)).focus({ preventScroll: true });
  }
  function step(index, by) {
    const line = state.lines[index];
    if (line.quantity + by < 1) { remove(index); return; }
    line.quantity = Math.min(MOST, line.quantity + by);
    undo = null;
    changed();
    drawOrder(`[data-line="${index}"] [data-step="${by}"]`);
    announce(`${line.quantity} × ${dishes.get(line.id).name}, ${money(total())}`);
  }
  function remove(index) {
    undo = { line: state.lines[index], index };
    state.lines.splice(index, 1);
    changed();
    drawOrder('[data-undo]');
    announce(say('removed', { name: dishes.get(undo.line.id).name }));
  }
  function putBack() {
    state.lines.splice(undo.index, 0, undo.line);
    undo = null;
    changed();
    drawOrder('h2');
  }
  order.addEventListener('input', ({ target }) => { state.note = target.value; keep(); });
  order.addEventListener('close', () => { undo = null; });

  // ---- the waiter's screen: in the house's language first, since the waiter reads it; names and prices as they were
  function placeOrder() {
    const signs = 'CDFHJKMNPRTVWXY34679', random = n => [...crypto.getRandomValues(new Uint32Array(n))];
    const order_id = random(4).map(n => n.toString(36)).join('');
    state.placed = {
      code: random(4).map(n => signs[n % signs.length]).join(''), at: Date.now(), table, note: state.note.trim(), total: total(),
      lines: state.lines.map(line => ({
        id: line.id, picks: line.picks, quantity: line.quantity, sum: each(line) * line.quantity,
        name: dishes.get(line.id).name, house: dishes.get(line.id).house, picked: picked(line, 'house'),
      })),
    };
    for (const line of state.lines) tell('order_placed', { ...place(dishes.get(line.id)), quantity: line.quantity, price_minor: each(line), currency: data.currency, order_id });
    Object.assign(state, { lines: [], note: '' });
    changed();
    order.close();
    showTicket();
  }
  function showTicket() {
    state.placed.shown = true; // until it is closed: a reload brings it back
    keep();
    drawTicket();
    show(ticket);
    awaken();
  }
  function drawTicket() {
    const { code, at, lines, note, total, table } = state.placed;
    const put = (query, values) => { const part = $(query, ticket); part.textContent = fill(part.dataset.word, values); };
    put('.at', { table });
    $('.at', ticket).hidden = !table;
    put('.when', { time: clock.format(at) });
    $('.code', ticket).setAttribute('aria-label', `${$('.code', ticket).dataset.word} ${[...code].join(' ')}`);
    $('.code bdi', ticket).textContent = code;
    $('.paper ul', ticket).replaceChildren(...lines.map(line => {
      const row = copy('slip'), [picks, guest] = $$('.sub', row);
      $('.q', row).textContent = `${line.quantity}×`;
      $('.nm', row).textContent = line.house;
      picks.textContent = line.picked;
      picks.hidden = !line.picked;
      guest.textContent = line.name;
      guest.hidden = line.name === line.house;
      $('.sum', row).textContent = houseMoney(line.sum);
      return row;
    }));
    $('.kitchen', ticket).hidden = !note;
    $('.kitchen b', ticket).textContent = note;
    $('.total b', ticket).textContent = houseMoney(total);
    $('[data-again]', ticket).hidden = !open;
    $('.after .small', ticket).hidden = !open;
  }
  let awake = null;
  const awaken = () => navigator.wakeLock?.request('screen').then(lock => { awake = lock; }, () => {});
  ticket.addEventListener('close', () => { if (state.placed) { state.placed.shown = false; keep(); } awake?.release(); awake = null; });
  function orderAgain() {
    const fits = line => dishes.has(line.id) && !gone(dishes.get(line.id)) && line.picks.every(pick => dishes.get(line.id).choices.has(pick));
    state.lines = state.placed.lines.filter(fits).map(({ id, picks, quantity }) => ({ id, picks, quantity }));
    changed();
    ticket.close();
    drawOrder();
    show(order);
  }

  // ---- sections follow the scroll
  const tabs = $$('.tabs a'), sections = $$('.section');
  function spy() {
    const line = $('#bar').offsetHeight + innerHeight * .35;
    const at = Math.max(0, sections.findLastIndex(section => !section.hidden && section.getBoundingClientRect().top < line));
    if (tabs[at].hasAttribute('aria-current')) return;
    tabs.forEach((tab, index) => index === at ? tab.setAttribute('aria-current', 'true') : tab.removeAttribute('aria-current'));
    const box = tabs[at].getBoundingClientRect(), nav = $('.tabs').getBoundingClientRect();
    $('.tabs').scrollBy({ left: box.left + box.width / 2 - nav.left - nav.width / 2, behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  }

  // ---- search: words in any language of the page, accents aside; "without" leaves out what is not declared
  const bare = text => text.normalize('NFD').replace(/[\u0300-\u036f\u064b-\u0652\u0640’']/g, '').toLowerCase();
  const text = new Map();
  function sift() {
    const query = $('#search input').value.trim(), words = bare(query).split(/\s+/).filter(Boolean), on = $$('.chip[aria-pressed=true]');
    const fits = row => {
      if (!text.has(row)) text.set(row, bare($$('h3, .desc, .alt, .diet', row).map(part => part.textContent).join(' ')));
      const diets = row.dataset.diets.split(' '), holds = row.dataset.allergens?.split(' ');
      return words.every(word => text.get(row).includes(word)) && on.every(({ dataset: { diet, without } }) => diet
        ? diets.includes(diet) || diet === 'vegetarian' && diets.includes('vegan')
        : holds && !holds.includes(without));
    };
    let n = 0;
    for (const section of sections) {
      const rows = $$('.item', section), left = rows.filter(fits);
      for (const row of rows) row.hidden = !left.includes(row);
      section.hidden = !left.length;
      n += left.length;
    }
    const sifting = words.length + on.length > 0;
    root.classList.toggle('sifting', sifting);
    $('#none').hidden = n > 0;
    $('#none .big').textContent = say('none', { query: query ? `“${query}”` : on.map(chip => chip.textContent).join(' + ') });
    if (sifting) announce(say('found', { n }));
    const top = $('.mast').offsetHeight;
    if (scrollY > top) scrollTo({ top, behavior: 'instant' });
  }
  const sought = ({ dataset: { diet, without } }) => diet || without;
  function find(on, kept) {
    const form = $('#search');
    $('#bar').classList.toggle('finding', on);
    form.hidden = !on;
    $('[data-find]').setAttribute('aria-expanded', on);
    if (on && !kept) { $('input', form).focus(); return; }
    $('input', form).value = kept?.words ?? '';
    for (const chip of $$('.chip')) chip.setAttribute('aria-pressed', !!kept?.chips.includes(sought(chip)));
    sift();
    if (!on) $('[data-find]').focus();
  }
  let typing;
  $('#search')?.addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(sift, 80); });
  listen('submit', event => { event.preventDefault(); document.activeElement.blur(); }, document);

  // ---- dishes of other restaurants: the first three that can be had now. A few tabs, drawn by chance, are shown none and
  // say so, since what their guests order tells whether it does any good to show some.
  const MOST_OFFERS = 3, NEAR = '0px 0px 300% 0px', CLEAR = '0px 0px 100px 0px';
  const house = root.dataset.restaurantId, others = $('#others'), offers = new Map(); // card → what it offers
  const told = handed.told ?? new Set();
  let offered = handed.offered ?? data.offers;
  function heldOut() {
    const key = `menulens:${house}:variant`, drawn = Math.random() < data.holdout ? 'holdout' : '';
    try { return sessionStorage[key] ??= drawn; } catch { return drawn; }
  }
  const ask = url => fetch(url, { cache: 'no-cache', priority: 'low' }).then(answer => answer.json());
  async function choose() {
    const { items } = await ask(`${live}recommendations.json`), kitchens = new Map(), chosen = [];
    for (const offer of items) {
      // Of a house that can't be asked nothing is shown: the others still are.
      if (await isThere(offer, kitchens).catch(() => false) && chosen.push(offer) === MOST_OFFERS) break;
    }
    return chosen;
  }
  async function isThere({ restaurant_id: id, item_id, time_zone, hours, served }, kitchens) {
    const now = localTime(Date.now(), clockIn(time_zone));
    if (hours.length && !openingNow(hours, now) || !served.every(times => servedNow(times, now))) return false;
    if (!kitchens.has(id)) kitchens.set(id, new Map(Object.entries((await ask(`/r/${id}/availability.json`)).sold_out)));
    return !isSoldOut(kitchens.get(id), item_id);
  }
  // They take their place below what is on the screen, at once or when the guest has left the end: so they move nothing.
  async function recommend() {
    const chosen = await choose().catch(() => []);
    const end = new IntersectionObserver(([{ isIntersecting }]) => {
      if (isIntersecting || ended.signal.aborted) return;
      end.disconnect();
      drawOffers(chosen);
    }, { rootMargin: CLEAR });
    if (chosen.length) end.observe($('#foot'));
  }
  const near = new IntersectionObserver(([{ isIntersecting }]) => { if (isIntersecting) { near.disconnect(); recommend(); } }, { rootMargin: NEAR });
  function drawOffers(chosen) {
    const { lang } = root, search = `?from=${house}${params.has('preview') ? '&preview' : ''}`;
    const put = (part, names) => { part.lang = lang in names ? lang : Object.keys(names)[0]; part.textContent = names[part.lang]; };
    $('.items', others).replaceChildren(...chosen.map((offer, index) => {
      const card = copy('offer'), link = $('a', card), photo = $('.photo', card), { restaurant_id: id, item_id, currency } = offer;
      const format = new Intl.NumberFormat(data.locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', trailingZeroDisplay: 'stripIfInteger' });
      const digits = currency === data.currency ? data.minor_digits : format.resolvedOptions().maximumFractionDigits;
      const [before, after] = offer.ranged ? data.words.from.split('{price}') : ['', ''];
      const parts = [['from', before], ...format.formatToParts(offer.price_minor / 10 ** digits).map(({ type, value }) => [type === 'currency' ? 'cur' : '', value]), ['from', after]];
      link.href = `/r/${id}/${offer.languages.indexOf(lang) > 0 ? `${lang}/` : ''}${search}#item-${item_id}`;
      put(link, offer.item_name);
      put($('.house', card), offer.restaurant_name);
      $('.price', card).append(...parts.map(([className, textContent]) => Object.assign(document.createElement('span'), { className, textContent })));
      $('.why', card).textContent = say(offer.kind);
      if (offer.photo) photo.src = offer.photo; else photo.remove();
      offers.set(card, { recommended_restaurant_id: id, recommended_item_id: item_id, position: index + 1 });
      eye.observe(card);
      return card;
    }));
    others.hidden = false;
    offered = chosen;
  }
  // Seen: half of a card for a second, and nothing over it. Told once; a reload may tell it again, and is counted once.
  const seconds = new Map(); // card in sight → the timer of its second
  const eye = new IntersectionObserver(entries => {
    for (const { target, intersectionRatio } of entries) {
      clearTimeout(seconds.get(target));
      if (intersectionRatio >= .5) seconds.set(target, 0); else seconds.delete(target);
    }
    watchOffers();
  }, { threshold: .5 });
  function watchOffers() {
    const clear = !document.hidden && !$('dialog[open]');
    for (const [card, timer] of seconds) {
      const offer = offers.get(card), name = `${offer.recommended_restaurant_id}/${offer.recommended_item_id}`;
      if (clear && !timer && !told.has(name)) seconds.set(card, setTimeout(() => { told.add(name); tell('recommendation_view', offer); }, 1000));
      else if (!clear) { clearTimeout(timer); seconds.set(card, 0); }
    }
  }

  // ---- every tap
  listen('click', event => {
    const at = query => event.target.closest(query);
    const tongue = live && !event.metaKey && !event.ctrlKey && !event.shiftKey && at('.languages a');
    const link = at('a.open'), offer = offers.get(at('.offer')), line = at('[data-line]')?.dataset.line, by = +at('[data-step]')?.dataset.step;
    if (link) { event.preventDefault(); details(link.hash.slice(6)); }
    else if (offer && at('a')) tell('recommendation_open', offer);
    else if (tongue) { event.preventDefault(); speak(tongue); }
    else if (at('[data-add]')) { const dish = dishes.get(at('.item').dataset.itemId); if (dish.choices.size || !open || gone(dish)) details(dish.id); else add(dish, [], 1); }
    else if (at('[data-swap]')) details(at('[data-swap]').dataset.swap);
    else if (at('[data-order]')) orderShown();
    else if (by && line) step(+line, by);
    else if (by) { shown.quantity = Math.min(MOST, Math.max(1, shown.quantity + by)); price(); }
    else if (at('.remove')) remove(+line);
    else if (at('[data-undo]')) putBack();
    else if (at('[data-place]')) { if (open) placeOrder(); else order.close(); }
    else if (at('[data-again]')) orderAgain();
    else if (at('[data-close]')) at('dialog').close();
    else if (at('#orderbar')) { if (state.lines.length) { drawOrder(); show(order); } else showTicket(); }
    else if (at('[data-find]')) find(true);
    else if (at('[data-unfind]')) find(false);
    else if (at('.chip')) { at('.chip').setAttribute('aria-pressed', at('.chip').getAttribute('aria-pressed') !== 'true'); sift(); }
    else if (at('[data-dismiss]')) $('#strip').hidden = true;
    else if (event.target === sheet || event.target === order) event.target.close(); // a tap on the backdrop
  }, document);
  listen('keydown', event => {
    if (event.key === ' ' && event.target.matches('a.open')) { event.preventDefault(); event.target.click(); }
    if (event.key === 'Escape' && event.target.closest('#search')) find(false);
  }, document);

  // ---- another language: its page takes the place of this one around the same rows, which the tracker goes on watching.
  // Without this, or where its menu is a newer one, the link leads there.
  const pages = handed.pages ?? new Map();
  const page = url => pages.get(url) ?? pages.set(url, fetch(url).then(answer => answer.ok ? answer.text() : '').catch(() => { pages.delete(url); return null; })).get(url);
  async function speak(link) {
    const { lang } = root, html = await page(link.href);
    if (html === null) { strip($('#strip p').dataset.offline); return; }
    const next = new DOMParser().parseFromString(html, 'text/html');
    if (next.documentElement.dataset.menuVersion !== root.dataset.menuVersion) { location.assign(link.href); return; }
    history.replaceState(null, '', link.href);
    turn(next);
    $(`.languages a[hreflang="${lang}"]`).focus({ preventScroll: true });
  }
  const TITLES = 'title, meta[name=description], meta[property], link[rel=canonical]';
  function turn(next) {
    const form = $('#search'), top = scrollY, under = $('.mast').offsetHeight;
    const mark = top > under && $$('.item').find(row => row.getBoundingClientRect().bottom > 56), at = mark && mark.getBoundingClientRect().top;
    // A preview's marks are those of the draft that it is of; on a guest's page the kitchen's, whatever the language.
    const kept = { state, marks: live && marks, pages, offered, told, finding: form && !form.hidden && { words: $('input', form).value, chips: $$('.chip[aria-pressed=true]', form).map(sought) } };
    const rows = new Map($$('.item').map(row => [row.id, row]));
    ended.abort();
    for (const name of ['lang', 'dir']) root[name] = next.documentElement[name];
    for (const part of $$(TITLES, document.head)) part.remove();
    document.head.append(...$$(TITLES, next.head));
    document.body.replaceChildren(...next.body.childNodes);
    for (const row of $$('.item')) {
      const own = rows.get(row.id);
      if (!own) continue;
      for (const { name } of [...own.attributes]) own.removeAttribute(name);
      for (const { name, value } of row.attributes) own.setAttribute(name, value);
      own.replaceChildren(...row.childNodes);
      row.replaceWith(own);
    }
    begin(kept);
    scrollTo({ top: mark?.isConnected ? scrollY + mark.getBoundingClientRect().top - at : top, behavior: 'instant' });
  }

  // ---- begin
  for (const link of $$('a.open')) { link.setAttribute('role', 'button'); link.setAttribute('aria-haspopup', 'dialog'); }
  for (const link of $$('.languages a')) link.search = location.search;
  for (const part of $$('[data-table]')) part.textContent = table && say('table', { table });
  $('#preview').hidden = !params.has('preview');
  hours();
  drawBar();
  stock();
  const timers = [setInterval(() => { hours(); stock(); }, 60e3), setInterval(look, 45e3)];
  const watch = new IntersectionObserver(spy, { rootMargin: '-56px 0px -60% 0px' });
  ended.signal.onabort = () => { for (const timer of [...timers, ...seconds.values()]) clearTimeout(timer); for (const observer of [watch, near, eye]) observer.disconnect(); };
  if (sections.length) {
    for (const section of sections) watch.observe(section);
    spy();
  }
  if (handed.finding) find(true, handed.finding);
  listen('storage', event => { if (event.key === KEY) { state = remember(); undo = null; drawBar(); if (order.open) drawOrder(); } });
  listen('pageshow', event => { if (event.persisted) { state = remember(); hours(); drawBar(); look(); } });
  listen('visibilitychange', look, document);
  listen('offline', () => strip($('#strip p').dataset.offline));
  listen('online', () => { strip(''); look(); });
  listen('menulens:page', ({ detail }) => turn(new DOMParser().parseFromString(detail, 'text/html')), document);
  for (const type of ['pointerdown', 'focusin']) listen(type, ({ target }) => { const link = live && target.closest?.('.languages a'); if (link) page(link.href); }, document);
  listen('visibilitychange', watchOffers, document);
  if (live && !params.has('preview') && heldOut()) root.dataset.variant = 'holdout';
  else if (offered?.length) drawOffers(offered);
  else if (live) near.observe($('#foot'));
  if (!navigator.onLine) strip($('#strip p').dataset.offline);
  if (state.placed?.shown) showTicket();
  else if (!handed.state && location.hash.startsWith('#item-')) details(location.hash.slice(6));
  root.dataset.ready = '';
})();
