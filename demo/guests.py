"""Guests who behave by a known model, so that what the dashboard finds can be held against what is true.

Arrivals. A restaurant's visits on a day are Poisson with mean `visits_per_day` × its size × the weekday × a slow wave
× a log-normal day's luck; their minutes follow peaks (breakfast, lunch, coffee, dinner, late) cut to opening hours.

Attention. Guests read from the top. The depth of a visit is Weibull, so that position p is read by
    S(p) = exp(−((p − 1) / λ)^κ),    λ = 8 + 0.35 × items, times the restaurant's and the visit's patience,
which is the geometric browsing of rank-biased precision (Moffat & Zobel 2008) with a heavier tail for longer menus.
One visit in five jumps to a section and reads on from there; whatever lies above was passed, not read.
An item that is read is viewed with logit P = logit x(p) + EYE × its eye appeal + the visit's diligence, where
    x(p) = 0.40 + 0.52 × p^−0.5,
the power law of examination by rank (Joachims, Swaminathan & Schnabel 2017). Dwell is 1 s + log-normal
(Yin et al. 2013), longer for what appeals.

Appeal. Once viewed, an item is opened with logit −1.75 + 0.8 z + taste, whatever its position: examination and
attractiveness multiply as in the position-based model (Craswell et al. 2008). Its **true appeal** is the probability
that it is then opened, or ordered unopened, over the guests who come to its restaurant, in a neutral mood. An order
intent follows more often from an open than without, less often if the item is dear for its section (elasticity 0.8) or
one of many (a longer menu spreads the same hunger), and never if it is sold out.
Of intents, up to six become lines of an order. Some guests order a second time.

Guests. Each area has guests of its own with a taste in two dimensions, which draws them to restaurants and items
alike; a few come often (log-normal activity). Under GPC a guest has no id.

Every draw comes from a stream named by what it is for (`stream`), so a day's guests don't depend on any other day.
"""

import hashlib
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dashboard.menus.model import Menu, Opening, Restaurant
from ingest_stack.contract import EVENT

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TYPES: tuple[str, ...] = tuple(EVENT["type"]["enum"])
MENU_VIEW, ITEM_PASS, ITEM_VIEW, ITEM_OPEN, ITEM_ORDER, ORDER_PLACED = range(6)
GUEST, PREVIEW, BOT = range(3)

WEEKDAYS = (0.80, 0.84, 0.92, 1.00, 1.28, 1.36, 1.08)
# Minute of the day, width in minutes, weight.
PEAKS = ((570, 75, 0.7), (765, 50, 1.0), (930, 80, 0.35), (1185, 70, 1.3), (1350, 90, 0.3))
LAST_SEATING = 30
DEPTH_BASE, DEPTH_PER_ITEM, DEPTH_SHAPE = 8.0, 0.35, 1.1
BOUNCE, JUMP, JUMP_DEPTH = 0.05, 0.20, 0.4
VIEW_FLOOR, VIEW_SPAN, VIEW_DECAY = 0.40, 0.52, 0.5
EYE, DILIGENCE = 0.5, 0.4
OPEN, APPEAL_SPREAD, TASTE, DRAWN = -1.75, 0.8, 0.5, 0.6
INTENT_OPENED, INTENT_UNOPENED, ELASTICITY, LENGTH = -0.3, -4.4, 0.8, 0.6
BROWSING, BROWSING_HUNGER = 0.34, -2.2
PLACES, KEEPS, AGAIN, MAX_LINES = 0.86, 0.94, 0.14, 6
DWELL_MEDIAN_MS, DWELL_SPREAD, DWELL_MAX_MS = 1_700.0, 0.8, 118_000
GPC = 0.15
GUESTS_PER_DAILY_VISIT = 12
WIDTHS = (360, 375, 384, 390, 393, 412, 430, 768, 820, 1280, 1440)
WIDTH_RATES = (0.18, 0.12, 0.07, 0.26, 0.12, 0.13, 0.07, 0.01, 0.015, 0.015, 0.01)
MS_PER_MINUTE = 60_000


def stream(*names: object) -> np.random.Generator:
    """A random stream of its own for what `names` say, the same on every machine."""
    digest = hashlib.blake2b("/".join(map(str, names)).encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def view_rate(position: Any) -> Any:
    """x(p): how likely an item of middling appeal is to be viewed once a guest reads as far as its position."""
    return VIEW_FLOOR + VIEW_SPAN * np.asarray(position, float) ** -VIEW_DECAY


@dataclass(frozen=True)
class House:
    """A restaurant in the model: its published versions, oldest first.

    `favourites` are the items that its kitchen is proud of, `scarce` those that it runs out of during a day.
    """

    versions: tuple[Menu, ...]
    favourites: frozenset[str]
    scarce: frozenset[str]

    @property
    def restaurant(self) -> Restaurant:
        return self.versions[-1].restaurant

    @property
    def id(self) -> str:
        return self.restaurant.id


@dataclass(frozen=True)
class Traits:
    """What is true of a restaurant: size and patience are factors, appetite is a logit, taste has two dimensions."""

    size: float
    patience: float
    appetite: float
    phase: float
    taste: Floats


@dataclass(frozen=True)
class Pool:
    """The guests of an area: ids (None under GPC), tastes (guests × 2), how often they go out."""

    ids: list[str | None]
    tastes: Floats
    activity: Floats

    def odds(self, taste: Floats) -> Floats:
        """How likely each guest is to be the one who comes to a restaurant of this taste; not normed."""
        odds: Floats = self.activity * np.exp(DRAWN * self.tastes @ taste)
        return odds

    def draw(self, taste: Floats, size: int, rng: np.random.Generator) -> Ints:
        """Who comes to a restaurant of this taste."""
        odds = np.cumsum(self.odds(taste))
        chosen: Ints = np.searchsorted(odds, rng.random(size) * odds[-1]).astype(np.int64)
        return chosen


class Card:
    """A menu version as the model reads it: arrays over its items, in the order of their positions."""

    def __init__(self, menu: Menu, favourites: frozenset[str], seed: int) -> None:
        placed = menu.placed
        self.menu = menu
        self.ids = [item.id for _, _, item in placed]
        self.sections = [section.id for _, section, _ in placed]
        self.positions: Ints = np.array([position for position, _, _ in placed], np.int64)
        self.starts: Ints = np.array([n for n, s in enumerate(self.sections) if s not in self.sections[:n]], np.int64)
        self.prices: Ints = np.array([item.price_minor for _, _, item in placed], np.int64)
        traits = [stream(seed, "item", menu.restaurant.id, id).normal(size=12) for id in self.ids]
        draws = np.array(traits).reshape(-1, 12)
        self.z: Floats = np.where(self.among(favourites), 1.0 + np.abs(draws[:, 0]) / 2, draws[:, 0])
        self.eye: Floats = 0.5 * self.z + 0.85 * draws[:, 1]
        self.tastes: Floats = draws[:, 2:4]
        self.choices: Ints = self.prices[:, None] + np.array(
            [
                _option_deltas(menu, n, rng)
                for n, rng in enumerate(stream(seed, "options", menu.restaurant.id, id) for id in self.ids)
            ]
        ).reshape(-1, 8)
        middle = {s: np.median(self.prices[[t == s for t in self.sections]]) for s in set(self.sections)}
        self.dearness: Floats = np.log(
            np.maximum(self.prices, 1) / np.array([max(1, middle[s]) for s in self.sections])
        )

    def among(self, ids: Container[str]) -> Bools:
        """Which of the items these are."""
        return np.array([id in ids for id in self.ids], bool)

    def reach_rate(self, patience: float) -> Floats:
        """S(p): how likely a visit is to read as far as each position, jumps and bounces left aside."""
        scale = patience * (DEPTH_BASE + DEPTH_PER_ITEM * len(self.ids))
        rates: Floats = np.exp(-(((self.positions - 1) / scale) ** DEPTH_SHAPE))
        return rates


def _option_deltas(menu: Menu, number: int, rng: np.random.Generator) -> list[int]:
    """Eight ways to choose an item's options: what each adds to its price."""
    deltas = []
    for _ in range(8):
        total = 0
        for option in menu.placed[number][2].options:
            take = max(option.min, int(rng.random() < 0.25))
            chosen = rng.choice(len(option.choices), size=take, replace=False)
            total += sum(option.choices[n].price_delta_minor for n in chosen)
        deltas.append(total)
    return deltas


@dataclass
class Crowd:
    """The visits that begin at one restaurant on one day, and all that they do, by true clocks (ms since the epoch).

    Arrays over visits, then arrays over events sorted by visit and time; `item` is an index into the card's items, −1
    where there is none; `order` is 0 but for the lines of a visit's first (1) and second order (2).
    """

    card: Card
    began_at: Ints
    kind: Ints
    guest_id: list[str | None]
    visit_id: list[str]
    table_id: list[str | None]
    locale: list[str]
    width: Ints
    visit: Ints
    at: Ints
    seq: Ints
    type: Ints
    item: Ints
    dwell_ms: Ints
    visible_rate: Floats
    quantity: Ints
    price_minor: Ints
    order: Ints
    available: Bools


class World:
    """All restaurants and guests of one seed."""

    def __init__(self, houses: Sequence[House], visits_per_day: float, seed: int) -> None:
        self.houses = tuple(houses)
        self.visits_per_day = visits_per_day
        self.seed = seed
        self._traits = {house.id: self._invent_traits(house.id) for house in houses}
        self._cards = {
            (house.id, menu.version): Card(menu, house.favourites, seed) for house in houses for menu in house.versions
        }
        areas = [house.restaurant.area for house in houses]
        self._pools = {area: self._invent_pool(area, areas.count(area)) for area in dict.fromkeys(areas)}

    def traits(self, house: House) -> Traits:
        return self._traits[house.id]

    def card(self, house: House, version: int) -> Card:
        return self._cards[house.id, version]

    def appeal(self, house: House, card: Card) -> Floats:
        """The true appeal of each item of a card."""
        pool = self._pools[house.restaurant.area]
        odds = pool.odds(self.traits(house).taste)
        wish = APPEAL_SPREAD * card.z + TASTE * pool.tastes @ card.tastes.T
        opened, unopened = logistic(OPEN + wish), logistic(INTENT_UNOPENED + wish - ELASTICITY * card.dearness)
        appeal: Floats = odds @ (1 - (1 - opened) * (1 - unopened)) / odds.sum()
        return appeal

    def day(self, house: House, day: date) -> list[Crowd]:
        """Everybody who comes on this day of business (after midnight included), by the menu version they see."""
        rng = stream(self.seed, "day", house.id, day)
        guests = self._arrivals(house, day, rng)
        noon = _instant(house, day, 720)
        previews = noon - rng.integers(0, 240 * MS_PER_MINUTE, rng.poisson(0.8))
        bots = noon + rng.integers(-720 * MS_PER_MINUTE, 720 * MS_PER_MINUTE, rng.poisson(1.5))
        began_at = np.concatenate([guests, previews, bots]).astype(np.int64)
        kind = np.repeat([GUEST, PREVIEW, BOT], [len(guests), len(previews), len(bots)])
        # Where the kitchen runs out of something, it does so at some time of the day.
        runs_out = noon + rng.integers(-120 * MS_PER_MINUTE, 720 * MS_PER_MINUTE, 64)
        published = np.array([_ms(menu.published_at) for menu in house.versions])
        seen = np.maximum(np.searchsorted(published, began_at, side="right") - 1, 0)
        crowds = []
        for number, menu in enumerate(house.versions):
            chosen = seen == number
            if chosen.any():
                card = self.card(house, menu.version)
                gone = np.where(
                    card.among(house.scarce), runs_out[np.arange(len(card.ids)) % 64], np.iinfo(np.int64).max
                )
                mine = began_at[chosen]
                crowds.append(self.crowd(house, card, mine, kind[chosen], mine[:, None] >= gone, rng))
        return crowds

    def crowd(
        self, house: House, card: Card, began_at: Ints, kind: Ints, sold_out: Bools, rng: np.random.Generator
    ) -> Crowd:
        """The visits that begin at these instants; `sold_out` is visits × items."""
        pool = self._pools[card.menu.restaurant.area]
        traits = self.traits(house)
        who = pool.draw(traits.taste, len(began_at), rng)
        events = _behave(card, traits, pool.tastes[who], began_at, kind, sold_out, rng)
        languages = card.menu.restaurant.languages
        spoken = np.where(rng.random(len(began_at)) < 0.68, 0, len(languages) - 1)
        seated = rng.random(len(began_at)) < 0.9
        tables = rng.integers(1, max(card.menu.restaurant.tables, 1) + 1, len(began_at))
        return Crowd(
            card=card,
            began_at=began_at,
            kind=kind,
            guest_id=[pool.ids[n] if k == GUEST else None for n, k in zip(who, kind, strict=True)],
            visit_id=[rng.bytes(16).hex() for _ in began_at],
            table_id=[
                str(t) if s and k == GUEST else None for t, s, k in zip(tables, seated.tolist(), kind, strict=True)
            ],
            locale=[languages[n] for n in spoken],
            width=rng.choice(WIDTHS, len(began_at), p=WIDTH_RATES).astype(np.int64),
            **events,
        )

    def pace(self, house: House, instant: float) -> float:
        """Visits an hour that begin on average at an instant (seconds since the epoch), the day's luck included."""
        local = datetime.fromtimestamp(instant, ZoneInfo(house.restaurant.time_zone))
        pace, minute = 0.0, local.hour * 60 + local.minute
        for day, minute_of_business in ((local.date(), minute), (local.date() - timedelta(days=1), minute + 1440)):
            mean, density = self._expected(house, day, stream(self.seed, "day", house.id, day))
            pace += 60 * mean * density[minute_of_business] / max(density.sum(), 1e-9)
        return float(pace)

    def _expected(self, house: House, day: date, rng: np.random.Generator) -> tuple[float, Floats]:
        """How many visits a day of business has on average, and the weight of each minute until the next one ends."""
        hours = house.restaurant.hours
        openings = hours[day.weekday()] if hours else (Opening(opens=600, closes=1320),)
        traits = self.traits(house)
        wave = 1 + 0.15 * np.sin(2 * np.pi * day.toordinal() / 45 + traits.phase)
        luck = np.exp(rng.normal(0, 0.1))
        return self.visits_per_day * traits.size * WEEKDAYS[day.weekday()] * wave * luck, _density(openings)

    def _arrivals(self, house: House, day: date, rng: np.random.Generator) -> Ints:
        mean, density = self._expected(house, day, rng)
        if not density.any():
            return np.empty(0, np.int64)
        odds = np.cumsum(density)
        minutes = np.searchsorted(odds, rng.random(rng.poisson(mean)) * odds[-1])
        seconds = rng.integers(0, MS_PER_MINUTE, len(minutes))
        return np.sort(_instant(house, day, 0) + minutes * MS_PER_MINUTE + seconds).astype(np.int64)

    def _invent_traits(self, id: str) -> Traits:
        rng = stream(self.seed, "restaurant", id)
        size, patience, appetite = rng.uniform(0.65, 1.45), np.exp(rng.normal(0, 0.12)), rng.normal(0, 0.3)
        return Traits(float(size), float(patience), float(appetite), rng.uniform(0, 2 * np.pi), rng.normal(size=2))

    def _invent_pool(self, area: str, restaurants: int) -> Pool:
        rng = stream(self.seed, "guests", area)
        size = max(20, int(GUESTS_PER_DAILY_VISIT * self.visits_per_day * restaurants))
        ids = [None if private else rng.bytes(16).hex() for private in rng.random(size) < GPC]
        return Pool(ids, rng.normal(size=(size, 2)), np.exp(rng.normal(0, 1.1, size)))


def _instant(house: House, day: date, minute: int) -> int:
    """A minute of a local day in ms; counted from noon, so that the night when clocks change shifts nothing."""
    zone = ZoneInfo(house.restaurant.time_zone)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
    return _ms(noon) + (minute - 720) * MS_PER_MINUTE


def _ms(instant: datetime | None) -> int:
    return int(instant.timestamp() * 1000) if instant else 0


def _density(openings: Sequence[Opening]) -> Floats:
    minutes = np.arange(2 * 1440)
    weight = sum(height * np.exp(-0.5 * ((minutes - peak) / width) ** 2) for peak, width, height in PEAKS) + 0.06
    is_open = np.zeros(len(minutes), bool)
    for opening in openings:
        is_open[opening.opens : max(opening.opens, opening.closes - LAST_SEATING)] = True
    return weight * is_open


def _hunger(card: Card, traits: Traits, began_at: Ints, rng: np.random.Generator) -> Floats:
    zone = ZoneInfo(card.menu.restaurant.time_zone)
    offset = datetime.fromtimestamp(began_at[0] / 1000, zone).utcoffset() or timedelta()
    hour = (began_at / 3_600_000 + offset.total_seconds() / 3600) % 24
    meal = np.where((hour >= 11.5) & (hour < 14) | (hour >= 18) & (hour < 21), 0.35, 0.0)
    meal = np.where((hour >= 14.5) & (hour < 17.5), -0.5, meal)
    browsing = np.where(rng.random(len(began_at)) < BROWSING, BROWSING_HUNGER, 0.0)
    spread = -LENGTH * np.log(len(card.ids) / 30)
    hunger: Floats = traits.appetite + spread + meal + browsing + rng.normal(0, 0.5, len(began_at))
    return hunger


def _behave(
    card: Card,
    traits: Traits,
    tastes: Floats,
    began_at: Ints,
    kind: Ints,
    sold_out: Bools,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """What these visits do: the event arrays of a Crowd. Matrices below are visits × items."""
    visits, items = len(began_at), len(card.ids)
    shape = (visits, items)
    place = card.positions[None, :]
    person = (kind != BOT)[:, None]
    diligence = rng.normal(size=visits)
    hunger = _hunger(card, traits, began_at, rng)[:, None]
    bounced = rng.random(visits) < BOUNCE

    scale = traits.patience * np.exp(0.25 * diligence) * (DEPTH_BASE + DEPTH_PER_ITEM * items)
    depth = 1 + np.floor(scale * rng.exponential(size=visits) ** (1 / DEPTH_SHAPE))
    depth = np.where(bounced, np.minimum(depth, 3), depth)
    start = card.starts[rng.integers(0, len(card.starts), visits)] + 1
    jumps = (rng.random(visits) < JUMP) & (start > depth) & ~bounced
    beyond = np.where(jumps, start + np.floor(JUMP_DEPTH * scale * rng.exponential(size=visits)), 0)
    read = (place <= depth[:, None]) | ((place >= start[:, None]) & (place <= beyond[:, None]))
    reached = (place <= np.maximum(depth, beyond)[:, None]) | ~person

    attention = np.log(view_rate(place) / (1 - view_rate(place))) + EYE * card.eye + DILIGENCE * diligence[:, None]
    viewed = read & person & ~bounced[:, None] & (rng.random(shape) < logistic(attention))
    taste = TASTE * tastes @ card.tastes.T
    appeal = APPEAL_SPREAD * card.z + taste
    opened = viewed & (rng.random(shape) < logistic(OPEN + appeal + 0.3 * hunger))
    wants = np.where(opened, INTENT_OPENED, INTENT_UNOPENED) + appeal - ELASTICITY * card.dearness + hunger
    intent = viewed & ~sold_out & (rng.random(shape) < logistic(wants))
    places = rng.random(visits) < PLACES
    line = intent & places[:, None] & (rng.random(shape) < KEEPS)
    line &= np.cumsum(line, axis=1) <= MAX_LINES
    again = line.any(axis=1) & (rng.random(visits) < AGAIN)

    dwell = 1000 + DWELL_MEDIAN_MS * np.exp(0.3 * card.z + DWELL_SPREAD * rng.normal(size=shape))
    dwell = np.minimum(dwell, DWELL_MAX_MS)
    looking = rng.uniform(3_000, 14_000, shape)
    pace = rng.uniform(250, 700, shape)
    step = read * pace + viewed * 0.45 * dwell + opened * looking
    at = began_at[:, None] + 300 + np.cumsum(step, axis=1) - step
    opened_at = at + 0.6 * dwell
    wanted_at = opened_at + np.where(opened, looking, 400)
    ended = np.where(viewed, np.maximum(at + dwell, np.where(intent, wanted_at, 0)), at * reached).max(axis=1)
    ordered_at = np.maximum(ended, began_at) + rng.uniform(6_000, 60_000, visits)
    again_at = ordered_at + rng.uniform(6, 22, visits) * MS_PER_MINUTE

    quantity = 1 + (rng.random(shape) < 0.18) + (rng.random(shape) < 0.04)
    price = np.take_along_axis(np.broadcast_to(card.choices, (visits, items, 8)), rng.integers(0, 8, (*shape, 1)), 2)
    price = price[:, :, 0]
    seen = rng.uniform(0.55, 1.0, shape).round(2)
    second = again[:, None] & line & (np.cumsum(line, axis=1) == 1)

    every = np.arange(visits)
    parts = [_part(MENU_VIEW, every, np.full(visits, -1), began_at)]

    def add(type: int, mask: Bools, when: Floats, **fields: Any) -> None:
        rows, cells = np.nonzero(mask)
        chosen = {name: np.broadcast_to(field, shape)[rows, cells] for name, field in fields.items()}
        instants = np.broadcast_to(when if when.ndim == 2 else when[:, None], shape)[rows, cells]
        parts.append(_part(type, rows, cells, instants, available=~sold_out[rows, cells], **chosen))

    add(ITEM_PASS, reached, at)
    add(ITEM_VIEW, viewed, at + dwell, dwell_ms=dwell, visible_rate=seen)
    add(ITEM_OPEN, opened, opened_at)
    add(ITEM_ORDER, intent, wanted_at, quantity=quantity, price_minor=price)
    add(ORDER_PLACED, line, ordered_at, quantity=quantity, price_minor=price, order=1)
    add(ITEM_ORDER, second, again_at - 4_000, quantity=1, price_minor=price)
    add(ORDER_PLACED, second, again_at, quantity=1, price_minor=price, order=2)
    events = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((events["item"], events["type"], events["at"], events["visit"]))
    events = {name: column[order] for name, column in events.items()}
    first = np.searchsorted(events["visit"], every)
    return events | {"seq": np.arange(len(order)) - first[events["visit"]]}


def _part(type: int, visit: Ints, item: Ints, at: Any, **fields: Any) -> dict[str, Any]:
    size = len(visit)
    empty: dict[str, Any] = {
        "dwell_ms": -1,
        "visible_rate": np.nan,
        "quantity": -1,
        "price_minor": -1,
        "order": 0,
        "available": True,
    }
    kinds = {"visible_rate": np.float64, "available": np.bool_}
    columns = {"visit": visit, "item": item, "at": at, "type": type} | empty | fields
    return {name: np.broadcast_to(column, size).astype(kinds.get(name, np.int64)) for name, column in columns.items()}
