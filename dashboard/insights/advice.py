"""What to change on the menu: each change with its evidence and what it would bring, none that chance could explain.

Takes the reports `menus`, `item_attention` of one menu version, and `item_positions`. Where an item is compared with
its section, its interval holds with 90 % for all items of the menu at once, and must lie further off than FAR.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.appeal import CONFIDENCE, Codes, Method, appeal
from dashboard.insights.attention import numbers, places
from dashboard.insights.heatmap import on_menu
from dashboard.insights.rates import TOO_FEW, alike, difference, interval, normal_quantile, rate

Kind = Literal["up", "down", "words", "price", "sold_out", "long"]
Unit = Literal["margin", "revenue", "orders"]

FAR = 0.15  # an interval must lie further off its section's mean than this share of it
CLIMB = 0.05  # a move must change by as many of all visits how many reach the item, beyond chance
LONG = 8  # items from which on a section can be too long
MOST = 8  # cards a menu gets, those that bring most
KINDS: dict[Kind, tuple[str, str]] = {
    "up": ("Move up", "arrow_upward"),
    "down": ("Move down", "arrow_downward"),
    "words": ("Words or photo", "add_a_photo"),
    "price": ("Price", "sell"),
    "sold_out": ("Sold out", "remove_shopping_cart"),
    "long": ("Too long", "content_cut"),
}


@dataclass(frozen=True)
class Advice:
    """One change. `gain` is a week's, low and high, in the unit of the menu's `Advised`: minor units, or orders.

    A move puts the item `before` these others of its section, the first of them in front (none: to its end); whatever
    else is advised takes a person's words, at the item.
    """

    kind: Kind
    item_id: str
    section_id: str
    title: str
    why: str
    do: str
    evidence: str
    gain: tuple[float, float]
    before: tuple[str, ...] = ()

    @property
    def is_move(self) -> bool:
        return self.kind in ("up", "down")


@dataclass(frozen=True)
class Advised:
    """A menu's advice, most gain first; what gains are counted in, how appeal was found, and the items `judged`."""

    advice: tuple[Advice, ...]
    unit: Unit
    method: Method
    items: pd.DataFrame


def advise(
    menus: pd.DataFrame,
    version: int,
    counted: pd.DataFrame,
    placed: pd.DataFrame,
    elsewhere: pd.DataFrame | None,
    weeks: float,
    sold_out: Collection[str] = (),
) -> Advised:
    """What to change on a menu version.

    `counted` is item_attention of that version, which guests read for so many `weeks`; `placed` and `elsewhere` are as
    `appeal` takes them; `sold_out` are ids of the items that are sold out just now.
    """
    items, method = judged(menus, version, counted, placed, elsewhere)
    if not len(items):
        return Advised((), "orders", method, items)
    plate = _Plate(items, max(weeks, 1 / 7))
    among, _ = pd.factorize(items["section_id"].to_numpy(dtype=object))
    sections = [_Section(plate, np.flatnonzero(among == n)) for n in range(among.max() + 1)]
    found: dict[str, Advice] = {}
    for cards in (
        plate.sold_out(sold_out), *(s.up() for s in sections), *(s.down() for s in sections), plate.price(sold_out),
        plate.words(), *(s.long() for s in sections),
    ):  # fmt: skip
        for card in cards:
            found.setdefault(f"{card.section_id}/" if card.kind == "long" else card.item_id, card)
    most = sorted(found.values(), key=lambda card: -sum(card.gain))[:MOST]
    return Advised(tuple(most), plate.unit, method, items)


def judged(
    menus: pd.DataFrame, version: int, counted: pd.DataFrame, placed: pd.DataFrame, elsewhere: pd.DataFrame | None
) -> tuple[pd.DataFrame, Method]:
    """The items of a version in its order with all that advice is made from, and how their appeal was found.

    reach is that of this version; opens and orders are those of all versions of the window, at whatever place:
    appeal, low, high (CONFIDENCE for all items at once), section_appeal; order (of those who view it), order_low,
    order_high (CONFIDENCE); food_cost_minor (NaN: unknown). missed are visits that opened it while it was sold out.
    """
    items = on_menu(menus, version, counted)
    own = menus[numbers(menus, "menu_version") == version]
    costs = np.append(numbers(own, "food_cost_minor"), np.nan)[places(items["item_id"], own["item_id"])]
    told, method = appeal(items, placed, elsewhere, 1 - (1 - CONFIDENCE) / max(len(items), 1))
    at = places(placed["item_id"], items["item_id"])
    sums = {
        name: np.bincount(at[at >= 0], numbers(placed, name)[at >= 0], len(items))
        for name in ("viewed", "opened", "ordered")
    }
    order = alike(sums["ordered"], sums["viewed"], CONFIDENCE)
    return items.assign(
        food_cost_minor=costs,
        missed=np.append(numbers(counted, "opened_sold_out"), 0)[places(items["item_id"], counted["item_id"])],
        **sums,
        **{name: told[name].to_numpy() for name in ("appeal", "low", "high", "section_appeal")},
        order=order.value,
        order_low=order.low,
        order_high=order.high,
    ), method


class _Plate:
    """The judged items of a menu as arrays, and the advice that looks at each item alone."""

    def __init__(self, items: pd.DataFrame, weeks: float) -> None:
        self.items, self.weeks = items, weeks
        self.ids, self.names, self.section_ids, self.section_names = (
            items[name].to_numpy(dtype=object) for name in ("item_id", "item_name", "section_id", "section_name")
        )
        self.visits, self.reached, self.viewed, self.opened, self.ordered = (
            numbers(items, name) for name in ("visits", "reached", "viewed", "opened", "ordered")
        )
        self.appeal, self.low, self.high, self.mean = (
            numbers(items, name) for name in ("appeal", "low", "high", "section_appeal")
        )
        self.prices, cost = numbers(items, "price_minor"), numbers(items, "food_cost_minor")
        self.unit: Unit = "orders"
        self.value = np.ones(len(items))
        if np.isfinite(self.prices - cost).all():
            self.unit, self.value = "margin", self.prices - cost
        elif np.isfinite(self.prices).all():
            self.unit, self.value = "revenue", self.prices
        self.reach = np.nan_to_num(rate(self.reached, self.visits))
        self.enough = (self.visits >= TOO_FEW) & (self.viewed >= TOO_FEW)
        self.weekly = self.visits / weeks
        self.look = np.nan_to_num(rate(self.reached - numbers(items, "skipped"), self.reached))
        self.looks = self.weekly * self.reach * self.look  # views a week, where it stands
        self.draws = self.enough & (self.low > (1 + FAR) * self.mean)
        self.repels = self.enough & (self.high < (1 - FAR) * self.mean)

    def evidence(self, at: int | np.intp) -> str:
        return (
            f"{self.visits[at]:,.0f} visits · {self.viewed[at]:,.0f} views · appeal {words.percent(self.appeal[at])} "
            f"({_between(self.low[at], self.high[at])}), {self.section_names[at]} {words.percent(self.mean[at])}"
        )

    def card(
        self, kind: Kind, at: int | np.intp, title: str, why: str, do: str, gain: tuple[float, float],
        evidence: str | None = None, before: tuple[str, ...] = (),
    ) -> Advice:  # fmt: skip
        """A card about one item; its evidence is its views and its appeal, unless something else speaks for it."""
        evidence = self.evidence(at) if evidence is None else evidence
        return Advice(kind, self.ids[at], self.section_ids[at], title, why, do, evidence, gain, before)

    def sold_out(self, sold_out: Collection[str]) -> list[Advice]:
        """Items that guests open while none is left, as often as or more often than the rest of their section."""
        bought = np.nan_to_num(rate(self.ordered.sum(), self.opened.sum())).item()
        wanted, now = self.enough & (self.low > (1 - FAR) * self.mean), np.isin(self.ids, [*sold_out])
        missed = numbers(self.items, "missed")
        fewest, most = interval(missed, self.visits)
        return [
            self.card(
                "sold_out",
                at,
                title=f"Have {self.names[at]} again",
                why=f"It is sold out, and about {self.looks[at] * self.appeal[at]:,.0f} guests a week open it: it "
                f"draws them as well as the rest of {self.section_names[at]}, or better.",
                do="Have more of it, or take it off the menu while there is none.",
                gain=_times(self.looks[at] * bought * self.value[at], self.low[at], self.high[at]),
            )
            for at in np.flatnonzero(wanted & now)
        ] + [
            self.card(
                "sold_out",
                at,
                title=f"Have enough of {self.names[at]}",
                why=f"It was sold out at times, and {missed[at]:,.0f} guests opened it then: it draws them as well as "
                f"the rest of {self.section_names[at]}, or better.",
                do="Have more of it for the hours when it runs out.",
                gain=_times(self.weekly[at] * bought * self.value[at], fewest[at], most[at]),
            )
            for at in np.flatnonzero(wanted & ~now & (missed >= TOO_FEW))
        ]

    def words(self) -> list[Advice]:
        """Items that are viewed and not opened."""
        # So few open such an item that its own orders ÷ opens says little: its section's stands for it.
        opened, ordered = (self.items.groupby("section_id")[name].transform("sum") for name in ("opened", "ordered"))
        after = np.minimum(np.nan_to_num(rate(ordered, opened)), 1)
        return [
            self.card(
                "words",
                at,
                title=f"Give {self.names[at]} other words, or a photo",
                why=f"Those who view it seldom open it: {words.percent(self.appeal[at])}, against "
                f"{words.percent(self.mean[at])} in {self.section_names[at]}.",
                do="Say what is good about it first, or show it. The gain is what it brings if it comes to draw and "
                "sell as the rest of its section does.",
                gain=_times(
                    self.looks[at] * after[at] * self.value[at],
                    self.mean[at] - self.high[at],
                    self.mean[at] - self.low[at],
                ),
            )
            for at in np.flatnonzero(self.repels)
        ]

    def price(self, sold_out: Collection[str]) -> list[Advice]:
        """Items opened as often as others and then ordered less, which cost more than the middle of their section.

        Not those that are sold out: who opens one of them can't order it, whatever it costs.
        """
        bought, tried = np.minimum(self.ordered, self.opened), self.opened
        told = alike(bought, tried, 1 - (1 - CONFIDENCE) / len(self.ids))
        sections, section = np.unique(self.section_ids, return_inverse=True)
        usual = rate(np.bincount(section, bought), np.bincount(section, tried))[section]
        middle = np.array([np.median(self.prices[section == n]) for n in range(len(sections))])[section]
        dear = (self.prices > middle) & (middle > 0) & (tried >= TOO_FEW) & (self.low > (1 - FAR) * self.mean)
        dear &= ~np.isin(self.ids, [*sold_out])
        return [
            self.card(
                "price",
                at,
                title=f"Check the price of {self.names[at]}",
                why=f"Guests open it as they open others, but {words.percent(told.value[at])} of those order it, "
                f"against {words.percent(usual[at])} in {self.section_names[at]}. It costs "
                f"{words.percent(self.prices[at] / middle[at] - 1)} more than the middle there.",
                do="See first that it wasn’t sold out at times. Then try a lower price or a smaller portion, or say "
                "what makes it worth it. The gain is what it brings if those who open it order as elsewhere in it.",
                evidence=f"{self.visits[at]:,.0f} visits · {tried[at]:,.0f} opens · ordered by "
                f"{words.percent(told.value[at])} of them ({_between(told.low[at], told.high[at])})",
                gain=_times(
                    self.looks[at] * self.appeal[at] * self.value[at],
                    usual[at] - told.high[at],
                    usual[at] - told.low[at],
                ),
            )
            for at in np.flatnonzero(dear & (told.high < (1 - FAR) * usual))
        ]


class _Section:
    """One section of a plate: the advice that is about places in it. `rows` are those of its items, in menu order."""

    def __init__(self, plate: _Plate, rows: Codes) -> None:
        self.plate, self.rows = plate, rows

    def up(self) -> list[Advice]:
        """The item that draws most, if it stands where clearly fewer guests get than to one that it clearly beats."""
        p = self.plate
        for at in sorted(np.flatnonzero(p.draws[self.rows]), key=lambda at: -p.low[self.rows[at]]):
            item = self.rows[at]
            beaten = np.flatnonzero(p.low[item] > np.nan_to_num(p.high[self.rows[:at]], nan=np.inf))
            if not beaten.size or not self._climbs(self.rows[beaten[0]], item):
                continue
            goal = int(beaten[0])
            gain = self._gain(np.r_[self.rows[:goal], item, np.delete(self.rows, at)[goal:]])
            if sum(gain) <= 0:
                continue
            other = self.rows[goal]
            times, never = p.appeal[item] / p.mean[item], 1 - p.reach[item]
            return [
                p.card(
                    "up",
                    item,
                    title=f"Move {p.names[item]} up to number {goal + 1} in {p.section_names[item]}",
                    why=f"Guests who view it open it {times:.1f} times as often as {p.section_names[item]} on average, "
                    f"and {words.percent(never)} never get that far down.",
                    do=f"Put it before {p.names[other]}, which {words.percent(p.reach[other])} get to.",
                    gain=gain,
                    before=tuple(p.ids[np.delete(self.rows, at)[goal:]]),
                )
            ]
        return []

    def down(self) -> list[Advice]:
        """The item that draws least, if it stands in the upper half, where clearly more guests get than to the end."""
        p = self.plate
        upper = self.rows[: len(self.rows) // 2]
        for at in sorted(np.flatnonzero(p.repels[upper]), key=lambda at: p.high[self.rows[at]]):
            item, last = self.rows[at], self.rows[-1]
            gain = self._gain(np.r_[np.delete(self.rows, at), item])
            if not self._climbs(item, last) or sum(gain) <= 0:
                continue
            share = p.appeal[item] / p.mean[item]
            return [
                p.card(
                    "down",
                    item,
                    title=f"Move {p.names[item]} to the end of {p.section_names[item]}, or drop it",
                    why=f"{words.percent(p.reach[item])} of the guests get to it, and it draws them "
                    f"{words.percent(share)} as well as {p.section_names[item]} on average.",
                    do="What stands below it moves up by one.",
                    gain=gain,
                )
            ]
        return []

    def long(self) -> list[Advice]:
        """A section of which most of those who begin it never see the end."""
        p, rows = self.plate, self.rows
        if len(rows) < LONG or p.reached[rows[0]] < TOO_FEW:
            return []
        begun, ended = p.reached[rows[0]], min(p.reached[rows[-1]], p.reached[rows[0]])
        z = normal_quantile(CONFIDENCE, len(np.unique(p.section_ids)))
        low, high = (float(end) for end in interval(ended, begun, z))
        if high >= 0.5:
            return []
        lost = int(np.flatnonzero(p.reached[rows] < begun / 2)[0])
        tail, middle = rows[lost:], p.reach[rows[len(rows) // 2]]
        more = p.weekly[tail] * np.maximum(middle - p.reach[tail], 0) * p.look[tail] * p.value[tail]
        order = p.items.iloc[tail]
        gain = (float(more @ numbers(order, "order_low")), float(more @ numbers(order, "order_high")))
        name = p.section_names[rows[0]]
        return [
            p.card(
                "long",
                tail[0],
                title=f"Shorten {name}, or split it in two",
                why=f"{words.percent(ended / begun)} of those who begin it see its end: of its {len(rows)} items, "
                f"{len(tail)} from {p.names[tail[0]]} on are seen by fewer than half.",
                do="Drop what draws least, or give its second half a heading of its own. The gain is what its last "
                "items bring if they are read as often as its middle one.",
                evidence=f"{begun:,.0f} visits began it · {words.percent(ended / begun)} ended it "
                f"({_between(low, high)})",
                gain=gain,
            )
        ]

    def _climbs(self, upper: int, lower: int) -> bool:
        """Whether clearly more guests get to `upper` than to `lower`."""
        p = self.plate
        gap = difference(
            p.reached[upper], p.visits[upper], p.reached[lower], p.visits[lower], normal_quantile(CONFIDENCE)
        )
        return bool(gap.low > CLIMB)

    def _gain(self, after: Codes) -> tuple[float, float]:
        """What a week brings more with the section's items in this order: each is reached as its new place is now."""
        p = self.plate
        there = np.empty(len(p.ids))
        there[after] = p.reach[self.rows]
        more = (there - p.reach)[self.rows] * (p.weekly * p.look * p.value)[self.rows]
        of = p.items.iloc[self.rows]
        low, high = numbers(of, "order_low"), numbers(of, "order_high")
        return float((more * np.where(more > 0, low, high)).sum()), float((more * np.where(more > 0, high, low)).sum())


def headline(told: Advised, currency: str | None) -> str:
    """The page's title: how many changes, and what they would bring a week together."""
    count = len(told.advice)
    if not count:
        return "Nothing to change: no item stands out beyond chance"
    low, high = (sum(card.gain[end] for card in told.advice) for end in (0, 1))
    changes = "One change" if count == 1 else f"{_COUNTS[count]} changes"
    return f"{changes} could bring {gained(low, high, told.unit, currency, sign=False)} more {told.unit} a week"


def gained(low: float, high: float, unit: Unit, currency: str | None, *, sign: bool = True) -> str:
    """ "+€480 to +€1,240": a week's gain as people read it, in whole units of the currency; orders without one."""
    return " to ".join(("+" if sign and end > 0 else "") + _amount(end, unit, currency) for end in (low, high))


_COUNTS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")


def _amount(value: float, unit: Unit, currency: str | None) -> str:
    if unit == "orders" or currency is None:
        return f"{value:,.0f}".replace("-", "−")
    return words.about(value, currency)


def _times(factor: float, low: float, high: float) -> tuple[float, float]:
    return float(factor * low), float(factor * high)


def _between(low: float, high: float) -> str:
    return f"{words.percent(low)}–{words.percent(high)}"


def rule(told: Advised) -> str:
    """By which rule something is advised, as two sentences."""
    return (
        f"A change stands here only if its interval lies more than {FAR:.0%} off its section’s mean, with "
        f"{CONFIDENCE:.0%} certainty for all {len(told.items)} items at once. Gains hold {CONFIDENCE:.0%}."
    )
