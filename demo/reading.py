"""How a guest reads a menu and orders from it: the part of the model that begins where a visit has begun.

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
"""

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dashboard.menus.model import Menu
from ingest_stack.contract import EVENT

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TYPES: tuple[str, ...] = tuple(EVENT["type"]["enum"])
MENU_VIEW, ITEM_PASS, ITEM_VIEW, ITEM_OPEN, ITEM_ORDER, ORDER_PLACED = range(6)
RECOMMENDATION_VIEW, RECOMMENDATION_OPEN = 6, 7
GUEST, PREVIEW, BOT = range(3)

DEPTH_BASE, DEPTH_PER_ITEM, DEPTH_SHAPE = 8.0, 0.35, 1.1
BOUNCE, JUMP, JUMP_DEPTH = 0.05, 0.20, 0.4
VIEW_FLOOR, VIEW_SPAN, VIEW_DECAY = 0.40, 0.52, 0.5
EYE, DILIGENCE = 0.5, 0.4
OPEN, APPEAL_SPREAD, TASTE = -1.75, 0.8, 0.5
INTENT_OPENED, INTENT_UNOPENED, ELASTICITY, LENGTH = -0.3, -4.4, 0.8, 0.6
BROWSING, BROWSING_HUNGER = 0.34, -2.2
PLACES, KEEPS, AGAIN, MAX_LINES = 0.86, 0.94, 0.14, 6
DWELL_MEDIAN_MS, DWELL_SPREAD, DWELL_MAX_MS = 1_700.0, 0.8, 118_000
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
class Traits:
    """What is true of a restaurant: size and patience are factors, appetite is a logit, taste has two dimensions."""

    size: float
    patience: float
    appetite: float
    phase: float
    taste: Floats


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


def behave(
    card: Card,
    traits: Traits,
    tastes: Floats,
    began_at: Ints,
    kind: Ints,
    sold_out: Bools,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """What visits that begin at these instants do: the event arrays of a Crowd. Matrices below are visits × items."""
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
    parts = [part(MENU_VIEW, every, np.full(visits, -1), began_at)]

    def add(type: int, mask: Bools, when: Floats, **fields: Any) -> None:
        rows, cells = np.nonzero(mask)
        chosen = {name: np.broadcast_to(field, shape)[rows, cells] for name, field in fields.items()}
        instants = np.broadcast_to(when if when.ndim == 2 else when[:, None], shape)[rows, cells]
        parts.append(part(type, rows, cells, instants, available=~sold_out[rows, cells], **chosen))

    add(ITEM_PASS, reached, at)
    add(ITEM_VIEW, viewed, at + dwell, dwell_ms=dwell, visible_rate=seen)
    add(ITEM_OPEN, opened, opened_at)
    add(ITEM_ORDER, intent, wanted_at, quantity=quantity, price_minor=price)
    add(ORDER_PLACED, line, ordered_at, quantity=quantity, price_minor=price, order=1)
    add(ITEM_ORDER, second, again_at - 4_000, quantity=1, price_minor=price)
    add(ORDER_PLACED, second, again_at, quantity=1, price_minor=price, order=2)
    return in_order(parts, visits)


def in_order(parts: Sequence[Mapping[str, Any]], visits: int) -> dict[str, Any]:
    """All events of some visits by visit and time, counted from 0 in each."""
    events = {name: np.concatenate([part[name] for part in parts]) for name in parts[-1]}
    order = np.lexsort((events["item"], events["type"], events["at"], events["visit"]))
    events = {name: column[order] for name, column in events.items()}
    first = np.searchsorted(events["visit"], np.arange(visits))
    return events | {"seq": np.arange(len(order)) - first[events["visit"]]}


def part(type: int, visit: Ints, item: Ints, at: Any, **fields: Any) -> dict[str, Any]:
    """Events of one type, as arrays; what isn't given is what it is of an event that has no such field."""
    size = len(visit)
    empty: dict[str, Any] = {
        "dwell_ms": -1,
        "visible_rate": np.nan,
        "quantity": -1,
        "price_minor": -1,
        "order": 0,
        "offer": -1,
        "available": True,
    }
    kinds = {"visible_rate": np.float64, "available": np.bool_}
    columns = {"visit": visit, "item": item, "at": at, "type": type} | empty | fields
    return {name: np.broadcast_to(column, size).astype(kinds.get(name, np.int64)) for name, column in columns.items()}
