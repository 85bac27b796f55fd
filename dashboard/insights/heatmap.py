"""What the menu is tinted by: four measures of an item, and which items stand out.

Takes the reports `menus`, and `item_attention` and `item_daily` of one menu version.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import UNPLACED, numbers, places, plain
from dashboard.insights.rates import Z95, Estimate, Floats, daily_mean, normal_quantile, share

COUNTS = ["visits", "reached", "viewed", "skipped", "opened", "ordered", "dwell_ms"]


@dataclass(frozen=True)
class Measure:
    """counts ÷ trials, said in words; `good` is +1 where more is better and -1 where less is."""

    key: str
    name: str
    unit: str
    counts: str
    trials: str
    leads: str  # said of an item that stands out
    lead: str  # said of several
    good: int = 1

    @property
    def is_rate(self) -> bool:
        return self.counts != "dwell_ms"

    @property
    def factor(self) -> float:
        """From counts ÷ trials to what is shown: milliseconds become seconds."""
        return 1 if self.is_rate else 1 / 1000

    def label(self, value: float) -> str:
        return words.percent(value) if self.is_rate else words.seconds(value)

    def change(self, value: float) -> str:
        """A difference: "+4 pts", "−0.8 s"."""
        return f"{words.signed(value * 100)} pts" if self.is_rate else f"{words.signed(value, 1)} s"


ATTENTION = Measure(
    "attention", "Attention", "seconds of dwell a visit", "dwell_ms", "visits",
    "holds guests longest", "hold guests longest",
)  # fmt: skip
SKIPPED = Measure(
    "skipped", "Skip rate", "skipped of reached", "skipped", "reached", "is skipped most", "are skipped most", good=-1
)
OPENED = Measure("opened", "Opens", "opened of viewed", "opened", "viewed", "is opened most", "are opened most")
CONVERSION = Measure(
    "conversion", "Conversion", "ordered of viewed", "ordered", "viewed",
    "sells best once viewed", "sell best once viewed",
)  # fmt: skip
MEASURES = {measure.key: measure for measure in (ATTENTION, SKIPPED, OPENED, CONVERSION)}


def on_menu(menus: pd.DataFrame, version: int, items: pd.DataFrame) -> pd.DataFrame:
    """The items of one menu version in its order, with that version's names and prices, and what was counted.

    Items that nobody met count 0; where the menu isn't known, the counted items stand alone, without a price.
    """
    on_it = np.flatnonzero(numbers(menus, "menu_version") == version)
    if not on_it.size:
        rows, unpriced = np.argsort(numbers(items, "position"), kind="stable"), np.full(len(items), np.nan)
        return plain(items.fillna({"section_name": UNPLACED}), rows, {"price_minor": unpriced})
    menu = menus[["item_id", "item_name", "section_id", "section_name", "position", "price_minor"]]
    rows = on_it[np.argsort(numbers(menu, "position")[on_it], kind="stable")]
    at = places(menu["item_id"].iloc[rows], items["item_id"])
    counts = {name: np.append(numbers(items, name), 0)[at].astype(int) for name in COUNTS}  # -1 takes the last: 0
    return plain(menu, rows, counts)


def estimates(items: pd.DataFrame, daily: pd.DataFrame, measure: Measure, z: float = Z95) -> Estimate:
    """The measure of each row of `items` with its interval; dwell's comes from the days of `daily` (item_daily)."""
    if measure.is_rate:
        return share(numbers(items, measure.counts), numbers(items, measure.trials), z)
    rows = places(daily["item_id"], items["item_id"])
    columns, days = pd.factorize(daily["local_date"].to_numpy(dtype=object))
    totals, visits = np.zeros((len(items), len(days))), np.zeros((len(items), len(days)))
    for table, column in ((totals, "dwell_ms"), (visits, "visits")):
        np.add.at(table, (rows[rows >= 0], columns[rows >= 0]), numbers(daily, column)[rows >= 0])
    mean = daily_mean(totals, visits, z)
    return Estimate(*(part * measure.factor for part in mean))


def leading(items: pd.DataFrame, daily: pd.DataFrame, measure: Measure) -> str:
    """Which one or two items lead by this measure, each beyond chance above the median item, as a sentence."""
    told = estimates(items, daily, measure, normal_quantile(among=len(items)))
    if not np.isfinite(told.value).any():
        return "Too few visits yet to tell the items apart"
    usual = np.nanmedian(told.value)
    first = [at for at in np.argsort(-np.nan_to_num(told.value, nan=-np.inf))[:2] if told.low[at] > usual]
    names = items["item_name"].iloc[first].tolist()
    return words.are(names, measure.leads, measure.lead) if names else f"No item stands out by {measure.name.lower()}"


def spread(values: Floats) -> tuple[float, float]:
    """The lowest value and the 98th percentile: the ends of a scale that one outlier can't stretch."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(np.quantile(known, 0.98))) if known.size else (0.0, 1.0)
    return low, high if high > low else low + 1


def highest(items: pd.DataFrame, values: Floats) -> str:
    """The id of the item whose value is highest; the first one's while none is known."""
    return str(items["item_id"].iloc[int(np.argmax(np.nan_to_num(values, nan=-np.inf)))])
