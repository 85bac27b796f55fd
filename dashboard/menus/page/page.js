// The page reads without this file. It adds details, search, the order and the waiter's screen; it writes no HTML,
// only moves, copies and fills in what the template holds. The tracker hears of everything through `tell`.
(() => {
  const $ = (query, within = document) => within.querySelector(query);
  const $$ = (query, within = document) => [...within.querySelectorAll(query)];
  const root = document.documentElement;
  const data = JSON.parse($('#page-data').textContent);
  const params = new URLSearchParams(location.search);
  const table = params.get('table')?.slice(0, 64) || '';
  const EVENING = 12 * 3600e3, MOST = 20, ANY = '*';
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
  const strip = words => { $('#strip p').textContent = words; $('#strip').hidden = false; };

  // ---- the dishes, as the page holds them
  const dishes = new Map($$('.item').map((row, index) => [row.dataset.itemId, {
    id: row.dataset.itemId, row, section: row.dataset.sectionId, position: index + 1, price: +row.dataset.price,
    name: $('.open', row).textContent, house: row.dataset.house || $('.open', row).textContent, soldOut: 'soldOut' in row.dataset,
    choices: new Map($$('.more input', row).map(input => [input.value, {
      delta: +input.dataset.delta, name: $('.what', input.parentNode).textContent, house: input.dataset.house || $('.what', input.parentNode).textContent,
    }])),
  }]));
  const tell = (type, fields) => document.dispatchEvent(new CustomEvent('menulens', { detail: { type, ...fields } }));
  const place = ({ id, section, position }) => ({ item_id: id, section_id: section, position });

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
  let state = remember(), undo = null;

  const priceOf = (id, picks) => Math.max(0, picks.reduce((sum, pick) => sum + dishes.get(id).choices.get(pick).delta, dishes.get(id).price));
  const each = line => priceOf(line.id, line.picks);
  const count = () => state.lines.reduce((sum, line) => sum + line.quantity, 0);
  const total = () => state.lines.reduce((sum, line) => sum + each(line) * line.quantity, 0);
  const picked = (line, name) => line.picks.map(pick => dishes.get(line.id).choices.get(pick)[name]).join(' · ');

  // ---- dialogs: whoever counts attention is told what covers the list
  const cover = () => tell('cover', sheet.open ? { item_id: shown.dish.id } : $('dialog[open]') ? { item_id: ANY } : {});
  const show = dialog => {
    if (!dialog.open) dialog.showModal();
    $('.scroll', dialog).scrollTop = 0;
    $('h2', dialog).focus({ preventScroll: true });
    cover();
  };
  for (const dialog of [sheet, order, ticket]) dialog.addEventListener('close', cover);
  const when = (dialog, state) => { for (const part of $$('[data-when]', dialog)) part.hidden = part.dataset.when !== state; };

  // ---- opening hours, in the restaurant's own time
  let open = true;
  function hours() {
    if (!data.hours.length) return;
    const parts = Object.fromEntries(new Intl.DateTimeFormat('en-GB', { timeZone: data.time_zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(new Date()).map(part => [part.type, part.value]));
    const today = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(parts.weekday), now = +parts.hour * 60 + +parts.minute;
    const on = day => data.hours[(day + 7) % 7] ?? [];
    const time = minutes => `${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
    const here = [...on(today), ...on(today - 1).map(([opens, closes]) => [opens - 1440, closes - 1440])].find(([opens, closes]) => opens <= now && now < closes);
    const next = [0, 1, 2, 3, 4, 5, 6, 7].flatMap(ahead => on(today + ahead).map(([opens]) => ({ ahead, opens })).filter(({ opens }) => ahead || opens > now).sort((a, b) => a.opens - b.opens))[0];
    const day = ({ ahead }) => ahead ? new Intl.DateTimeFormat(data.locale, { weekday: 'long', timeZone: data.time_zone }).format(Date.now() + ahead * 864e5) : say('today');
    open = !!here;
    $('[data-open]').textContent = here ? say('open_until', { time: time(here[1]) }) : next ? say('opens', { day: day(next), time: time(next.opens) }) : say('closed');
    root.classList.toggle('closed', !open);
    $('#shut').hidden = open;
    drawBar();
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
    for (const input of $$('input', sheet)) input.disabled = dish.soldOut;
    const others = dish.soldOut ? $$('.item:not(.out)', dish.row.parentNode).slice(0, 2) : [];
    $('.instead', sheet).hidden = !others.length;
    $('.instead ul', sheet).replaceChildren(...others.map(row => {
      const line = copy('swap');
      $('button', line).dataset.swap = row.dataset.itemId;
      $('span', line).textContent = $('.open', row).textContent;
      $('.price', line).replaceChildren(...$('.price', row).cloneNode(true).childNodes);
      return line;
    }));
    when(sheet, dish.soldOut ? 'sold-out' : open ? 'orderable' : 'closed');
    price();
    show(sheet);
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
      button.dataset.label ??= button.getAttribute('aria-label');
      button.classList.toggle('has', n > 0);
      button.setAttribute('aria-label', n ? `${button.dataset.label}, ${say('in_order', { n })}` : button.dataset.label);
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
      $('.gone', row).hidden = !dish.soldOut;
      $('.sum', row).textContent = money(each(line) * line.quantity);
      $('.remove', row).setAttribute('aria-label', `${$('.remove', row).textContent}: ${dish.name}`);
      $('output', row).textContent = line.quantity;
      return row;
    }));
    $('textarea', order).value = state.note;
    $('.total b', order).textContent = money(total());
    $('[data-place]', order).disabled = state.lines.some(line => dishes.get(line.id).soldOut);
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
    const fits = line => dishes.has(line.id) && !dishes.get(line.id).soldOut && line.picks.every(pick => dishes.get(line.id).choices.has(pick));
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
  function find(on) {
    const form = $('#search');
    $('#bar').classList.toggle('finding', on);
    form.hidden = !on;
    $('[data-find]').setAttribute('aria-expanded', on);
    if (on) { $('input', form).focus(); return; }
    form.reset();
    for (const chip of $$('.chip')) chip.setAttribute('aria-pressed', 'false');
    sift();
    $('[data-find]').focus();
  }
  let typing;
  $('#search')?.addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(sift, 80); });
  document.addEventListener('submit', event => { event.preventDefault(); document.activeElement.blur(); });

  // ---- every tap
  document.addEventListener('click', event => {
    const at = query => event.target.closest(query);
    const link = at('a.open'), line = at('[data-line]')?.dataset.line, by = +at('[data-step]')?.dataset.step;
    if (link) { event.preventDefault(); details(link.hash.slice(6)); }
    else if (at('[data-add]')) { const dish = dishes.get(at('.item').dataset.itemId); if (dish.choices.size || !open) details(dish.id); else add(dish, [], 1); }
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
  });
  document.addEventListener('keydown', event => {
    if (event.key === ' ' && event.target.matches('a.open')) { event.preventDefault(); event.target.click(); }
    if (event.key === 'Escape' && event.target.closest('#search')) find(false);
  });

  // ---- begin
  for (const link of $$('a.open')) { link.setAttribute('role', 'button'); link.setAttribute('aria-haspopup', 'dialog'); }
  for (const link of $$('.languages a')) link.search = location.search;
  for (const part of $$('[data-table]')) part.textContent = table && say('table', { table });
  $('#preview').hidden = !params.has('preview');
  hours();
  drawBar();
  setInterval(hours, 60e3);
  if (sections.length) {
    const watch = new IntersectionObserver(spy, { rootMargin: '-56px 0px -60% 0px' });
    for (const section of sections) watch.observe(section);
    spy();
  }
  addEventListener('storage', event => { if (event.key === KEY) { state = remember(); undo = null; drawBar(); if (order.open) drawOrder(); } });
  addEventListener('pageshow', event => { if (event.persisted) { state = remember(); hours(); drawBar(); } });
  addEventListener('offline', () => strip($('#strip p').dataset.offline));
  addEventListener('online', () => { $('#strip').hidden = true; });
  if (!navigator.onLine) strip($('#strip p').dataset.offline);
  if (state.placed?.shown) showTicket();
  else if (location.hash.startsWith('#item-')) details(location.hash.slice(6));
  root.dataset.ready = '';
})();
