"""Some days as a whole against as many days before, and day by day against what is usual.

Takes the reports `daily` and `orders`, both from EARLIER days before the first shown day on.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import numbers
from dashboard.insights.rates import Estimate, apart, daily_mean, rate
from dashboard.insights.usual import Habit, Variance, means, shares

EARLIER = timedelta(weeks=8)
# figure → (what is summed, over what, how it varies from day to day)
FIGURES: dict[str, tuple[str, str, Variance]] = {
    "conversion": ("ordering_visits", "visits", shares),
    "orders": ("orders", "day", means),
    "average": ("paid", "paid_orders", means),
    "lines": ("lines", "orders", means),
    "revenue": ("paid", "visits", means),
}


@dataclass(frozen=True)
class Figure:
    """A mean over the days shown, the same over as many days before, and its days with their usual bands.

    verdict: 1 above the days before, -1 below, 0 no more apart than chance; None if that can't be said.
    """

    name: str
    value: float
    before: float
    verdict: int | None
    series: list[float | None]
    low: list[float | None]
    high: list[float | None]


def totals(
    daily: pd.DataFrame, orders: pd.DataFrame, first: date, last: date, currency: str | None, today: date
) -> pd.DataFrame:
    """One row a day from EARLIER before `first` to `last`: visits, ordering_visits, orders, lines, day, and paid and
    paid_orders, which are of one currency only. Before the first day ever seen there is nothing to count: NaN.

    `day` is 1, but 0 for a closed day (without a visit) and for a running one among others, which is no day yet.
    """
    days = [first - EARLIER + timedelta(days=n) for n in range((last - first + EARLIER).days + 1)]
    told = {
        name: np.zeros(len(days)) for name in ("visits", "ordering_visits", "orders", "lines", "paid", "paid_orders")
    }
    at, orders_at = ([(day - days[0]).days for day in report["local_date"]] for report in (daily, orders))
    own = np.asarray(orders["currency"] == currency, dtype=bool) if currency else np.zeros(len(orders), dtype=bool)
    for name in ("visits", "ordering_visits"):
        np.add.at(told[name], at, numbers(daily, name))
    for name, count, counted in (
        ("orders", "orders", 1), ("lines", "lines", 1), ("paid", "revenue_minor", own), ("paid_orders", "orders", own),
    ):  # fmt: skip
        np.add.at(told[name], orders_at, numbers(orders, count) * counted)
    told["day"] = (told["visits"] > 0).astype(float)
    if first < last == today:
        told["day"][-1] = 0.0
    seen = min(at, default=len(days) - 1)
    for values in told.values():
        values[:seen] = np.nan
    return pd.DataFrame(told, index=days)


def figures(days: pd.DataFrame, first: date) -> list[Figure]:
    """Every figure of FIGURES over the days from `first` on; `days` is from totals."""
    begin = (first - days.index[0]).days
    now, then = slice(begin, None), slice(max(0, 2 * begin - len(days)), begin)
    compared = bool(days["day"].iloc[then].notna().all())
    found = []
    for name, (total, exposure, _) in FIGURES.items():
        sums, over = numbers(days, total), numbers(days, exposure)
        own, earlier = (daily_mean(sums[of], over[of]) for of in (now, then))
        before = float(earlier.value[0]) if compared else float("nan")
        bands = zip(*(row[1:4] for row in _over_band(days, first, name)), strict=True)
        series, low, high = ([None if value != value else float(value) for value in values] for values in bands)
        found.append(Figure(name, float(own.value[0]), before, _verdict(own, earlier), series, low, high))
    return found


def over_band(days: pd.DataFrame, first: date, name: str) -> pd.DataFrame:
    """One row a day from `first` on: date, value, low, high (NaN: unknown) and verdict (-1, 0, 1 outside its band).

    What is usual for a weekday is learnt from all days of `days`, the shown ones too: a day is one of many.
    """
    return pd.DataFrame(_over_band(days, first, name), columns=["date", "value", "low", "high", "verdict"])


def _over_band(days: pd.DataFrame, first: date, name: str) -> list[tuple[date, float, float, float, int]]:
    total, exposure, variance = FIGURES[name]
    sums, over = numbers(days, total), numbers(days, exposure)
    values, weekdays = rate(sums, over), np.array([day.isoweekday() for day in days.index])
    known = np.isfinite(sums)
    habit = Habit(sums[known], over[known], weekdays[known], variance)
    rows = []
    for at in np.flatnonzero(known & (days.index >= first)).tolist():
        band = habit.band(int(weekdays[at]), float(over[at]))
        told = (band.low, band.high, band.verdict(values[at])) if band else (np.nan, np.nan, 0)
        rows.append((days.index[at], float(values[at]), *told))
    return rows


def unusual_days(shown: pd.DataFrame) -> str:
    """Which days' conversion is outside its band, if they are more than chance brings, as a sentence."""
    judged = shown[shown["low"].notna()]
    if judged.empty:
        return "Too few days yet to say what is usual"
    odd = judged[judged["verdict"] != 0]
    by_chance = 1 + len(judged) // 20  # bands hold 19 of 20 days
    if odd.empty:
        return "Every day was as usual for its weekday"
    if len(odd) <= by_chance:
        return f"{len(odd)} of {len(judged)} days {'is' if len(odd) == 1 else 'are'} unusual, as chance brings"
    furthest = odd.assign(far=np.maximum(odd["value"] - odd["high"], odd["low"] - odd["value"])).nlargest(3, "far")
    named = words.listed(f"{row['date']:%a %-d %b}" for row in furthest.sort_values("date").to_dict("records"))
    side = "above" if (furthest["verdict"] > 0).all() else "below" if (furthest["verdict"] < 0).all() else "outside"
    return f"{named} {'was' if len(furthest) == 1 else 'were'} {side} the usual for their weekday"


def _verdict(own: Estimate, earlier: Estimate) -> int | None:
    gap = apart(own, earlier)
    if np.isnan(gap.low[0]):
        return None
    return int(gap.low[0] > 0) - int(gap.high[0] < 0)
