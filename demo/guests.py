"""Guests who behave by a known model, so that what the dashboard finds can be held against what is true.

Arrivals. A restaurant's visits on a day are Poisson with mean `visits_per_day` × its size × the weekday × a slow wave
× a log-normal day's luck; their minutes follow peaks (breakfast, lunch, coffee, dinner, late) cut to opening hours.

Reading and ordering are in reading.py, what guests do with dishes of other restaurants in offers.py.

Guests. Each area has guests of its own with a taste in two dimensions, which draws them to restaurants and items
alike; a few come often (log-normal activity). Under GPC a guest has no id.

Every draw comes from a stream named by what it is for (`stream`), so a day's guests don't depend on any other day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.menus.model import Menu, Opening, Restaurant
from demo.offers import ARRIVE_MS, LAST_SEATING, MOST_OFFERS, Offer, meet, offer
from demo.reading import (
    APPEAL_SPREAD,
    BOT,
    ELASTICITY,
    GUEST,
    INTENT_UNOPENED,
    MS_PER_MINUTE,
    OPEN,
    PREVIEW,
    RECOMMENDATION_OPEN,
    TASTE,
    Bools,
    Card,
    Floats,
    Ints,
    Traits,
    behave,
    logistic,
    stream,
)

WEEKDAYS = (0.80, 0.84, 0.92, 1.00, 1.28, 1.36, 1.08)
# Minute of the day, width in minutes, weight.
PEAKS = ((570, 75, 0.7), (765, 50, 1.0), (930, 80, 0.35), (1185, 70, 1.3), (1350, 90, 0.3))
DRAWN = 0.6
GPC = 0.15
GUESTS_PER_DAILY_VISIT = 12
WIDTHS = (360, 375, 384, 390, 393, 412, 430, 768, 820, 1280, 1440)
WIDTH_RATES = (0.18, 0.12, 0.07, 0.26, 0.12, 0.13, 0.07, 0.01, 0.015, 0.015, 0.01)


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


@dataclass
class Crowd:
    """The visits that begin at one restaurant on one day, and all that they do, by true clocks (ms since the epoch).

    Arrays over visits, then arrays over events sorted by visit and time; `item` is an index into the card's items and
    `offer` into `offers`, −1 where there is none; `order` is 0 but for the lines of a visit's first (1) and second (2)
    order. `who` are the guests' places in their area's pool.
    """

    card: Card
    began_at: Ints
    kind: Ints
    who: Ints
    guest_id: list[str | None]
    source_id: list[str | None]
    held: Bools
    sparked: Bools
    offers: tuple[Offer, ...]
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
    offer: Ints
    available: Bools

    def opened(self) -> list[tuple[int, int, Offer]]:
        """Each opening of an offer: by whom (a place in the pool), when, and of which."""
        return [
            (int(self.who[self.visit[n]]), int(self.at[n]), self.offers[self.offer[n]])
            for n in np.flatnonzero(self.type == RECOMMENDATION_OPEN)
        ]


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
        self._offers = {house.id: self._offers_at(house) for house in houses}
        self._came: dict[date, dict[str, tuple[list[Crowd], dict[int, Ints]]]] = {}

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
        """Everybody who comes on this day of business (after midnight included), by the menu version they see: first
        those who come by themselves, then those whom other houses' offers bring."""
        crowds, runs_out = self._by_themselves(house, day)
        followed = sorted(
            (at + ARRIVE_MS, who, other.id)
            for other in self._neighbours(house)
            for crowd in self._by_themselves(other, day)[0]
            for who, at, offer in crowd.opened()
            if offer.restaurant.id == house.id
        )
        began_at, who = (np.array([each[n] for each in followed], np.int64) for n in (0, 1))
        sources = np.array([source for _, _, source in followed], object)
        rng = stream(self.seed, "arrivals", house.id, day)
        arrived = []
        for card, mine in self._by_version(house, began_at):
            gone = began_at[mine, None] >= runs_out[card.menu.version]
            kind = np.full(int(mine.sum()), GUEST)
            arrived.append(
                self.crowd(house, card, began_at[mine], kind, gone, rng, who=who[mine], source=sources[mine].tolist())
            )
        return crowds + arrived

    def _by_themselves(self, house: House, day: date) -> tuple[list[Crowd], dict[int, Ints]]:
        """The crowds of a day that no offer brings; and when each item of each version runs out."""
        if day not in self._came:
            self._came = {day: {}}
        if house.id not in self._came[day]:
            self._came[day][house.id] = self._invent_day(house, day)
        return self._came[day][house.id]

    def _invent_day(self, house: House, day: date) -> tuple[list[Crowd], dict[int, Ints]]:
        rng = stream(self.seed, "day", house.id, day)
        guests = self._arrivals(house, day, rng)
        noon = _instant(house, day, 720)
        previews = noon - rng.integers(0, 240 * MS_PER_MINUTE, rng.poisson(0.8))
        bots = noon + rng.integers(-720 * MS_PER_MINUTE, 720 * MS_PER_MINUTE, rng.poisson(1.5))
        began_at = np.concatenate([guests, previews, bots]).astype(np.int64)
        kind = np.repeat([GUEST, PREVIEW, BOT], [len(guests), len(previews), len(bots)])
        # Where the kitchen runs out of something, it does so at some time of the day.
        at = noon + rng.integers(-120 * MS_PER_MINUTE, 720 * MS_PER_MINUTE, 64)
        runs_out = {
            menu.version: np.where(card.among(house.scarce), at[np.arange(len(card.ids)) % 64], np.iinfo(np.int64).max)
            for menu in house.versions
            for card in [self.card(house, menu.version)]
        }
        offers = self._offers[house.id]
        crowds = []
        for card, mine in self._by_version(house, began_at):
            gone = began_at[mine, None] >= runs_out[card.menu.version]
            crowds.append(self.crowd(house, card, began_at[mine], kind[mine], gone, rng, offers))
        return crowds, runs_out

    def _by_version(self, house: House, began_at: Ints) -> Iterator[tuple[Card, Bools]]:
        """Each version that visits see, and which of those that begin at these instants do."""
        published = np.array([_ms(menu.published_at) for menu in house.versions])
        seen = np.maximum(np.searchsorted(published, began_at, side="right") - 1, 0)
        for number, menu in enumerate(house.versions):
            if (seen == number).any():
                yield self.card(house, menu.version), seen == number

    def crowd(
        self,
        house: House,
        card: Card,
        began_at: Ints,
        kind: Ints,
        sold_out: Bools,
        rng: np.random.Generator,
        offers: Sequence[Offer] = (),
        *,
        who: Ints | None = None,
        source: Sequence[str | None] | None = None,
    ) -> Crowd:
        """The visits that begin at these instants; `sold_out` is visits × items, `offers` what may be shown of others.

        `who` are their guests, and `source` the restaurants whose offers brought them: else they come by themselves.
        """
        pool = self._pools[card.menu.restaurant.area]
        traits = self.traits(house)
        brought = who is not None
        who = pool.draw(traits.taste, len(began_at), rng) if who is None else who
        events = behave(card, traits, pool.tastes[who], began_at, kind, sold_out, rng)
        languages = card.menu.restaurant.languages
        spoken = np.where(rng.random(len(began_at)) < 0.68, 0, len(languages) - 1)
        seated = (rng.random(len(began_at)) < 0.9) & (kind == GUEST) & (not brought)
        tables = rng.integers(1, max(card.menu.restaurant.tables, 1) + 1, len(began_at))
        visit_id = [rng.bytes(16).hex() for _ in began_at]
        width = rng.choice(WIDTHS, len(began_at), p=WIDTH_RATES).astype(np.int64)
        met = meet(card, offers, pool.tastes[who], kind, events, rng)
        return Crowd(
            card=card,
            began_at=began_at,
            kind=kind,
            who=who,
            guest_id=[pool.ids[n] if k == GUEST else None for n, k in zip(who, kind, strict=True)],
            source_id=list(source) if source is not None else [None] * len(began_at),
            held=met.held,
            sparked=met.sparked,
            offers=tuple(offers),
            visit_id=visit_id,
            table_id=[str(table) if sits else None for table, sits in zip(tables.tolist(), seated, strict=True)],
            locale=[languages[n] for n in spoken],
            width=width,
            **met.events,
        )

    def offer(self, restaurant_id: str, item_id: str) -> Offer | None:
        """An item as other restaurants offer it; None where the model doesn't know it."""
        house = next((house for house in self.houses if house.id == restaurant_id), None)
        card = house and self.card(house, house.versions[-1].version)
        return offer(card, item_id) if card and item_id in card.ids else None

    def _neighbours(self, house: House) -> list[House]:
        return [each for each in self.houses if each.restaurant.area == house.restaurant.area and each is not house]

    def _offers_at(self, house: House) -> list[Offer]:
        """What a house's guests are shown while nobody has recommended anything yet."""
        taste = self.traits(house).taste
        near = sorted(self._neighbours(house), key=lambda each: float(np.sum((self.traits(each).taste - taste) ** 2)))
        offers = []
        for other in near[:MOST_OFFERS]:
            cards = [self.card(other, menu.version) for menu in other.versions]
            lasting = [id for id in cards[-1].ids if all(id in card.ids for card in cards) and id not in other.scarce]
            appeal = dict(zip(cards[-1].ids, self.appeal(other, cards[-1]), strict=True))
            offers.append(offer(cards[-1], max(lasting, key=lambda id: appeal[id])))
        return offers

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
