"""Some days as a whole against as many days before, and day by day against what is usual.

Takes the reports `daily` and `orders`, both from EARLIER days before the first shown day on.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import plain
from dashboard.insights.rates import Estimate, Floats, apart, daily_mean, rate
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
    daily, orders = plain(daily), plain(orders)
    counts = daily.groupby("local_date")[["visits", "ordering_visits"]].sum()
    held = orders.groupby("local_date")[["orders", "lines"]].sum()
    own = orders[orders["currency"] == currency] if currency else orders.iloc[:0]
    paid = own.groupby("local_date")[["revenue_minor", "orders"]].sum()
    days = [first - EARLIER + timedelta(days=n) for n in range((last - first + EARLIER).days + 1)]
    joined = counts.join(held).join(paid.rename(columns={"revenue_minor": "paid", "orders": "paid_orders"}))
    seen = joined.index.min() if len(joined) else last
    joined = joined.reindex(days).astype(float).fillna(0.0).assign(day=1.0)
    joined.loc[[day < seen for day in days]] = np.nan
    joined.loc[joined["visits"] == 0, "day"] = 0.0
    if first < last == today:
        joined.loc[last, "day"] = 0.0
    return joined


def figures(days: pd.DataFrame, first: date) -> list[Figure]:
    """Every figure of FIGURES over the days from `first` on; `days` is from totals."""
    now = days[[day >= first for day in days.index]]
    then = days[[first - timedelta(days=len(now)) <= day < first for day in days.index]]
    found = []
    for name, (total, exposure, _) in FIGURES.items():
        own, earlier = (daily_mean(_floats(of, total), _floats(of, exposure)) for of in (now, then))
        shown = over_band(days, first, name)
        found.append(
            Figure(
                name,
                float(own.value[0]),
                float(earlier.value[0]) if then["day"].notna().all() else float("nan"),
                _verdict(own, earlier),
                *(_listed(shown[column].to_numpy(dtype=float)) for column in ("value", "low", "high")),
            )
        )
    return found


def over_band(days: pd.DataFrame, first: date, name: str) -> pd.DataFrame:
    """One row a day from `first` on: date, value, low, high (NaN: unknown) and verdict (-1, 0, 1 outside its band).

    What is usual for a weekday is learnt from all days of `days`, the shown ones too: a day is one of many.
    """
    total, exposure, variance = FIGURES[name]
    known = days.dropna()
    sums, over = _floats(known, total), _floats(known, exposure)
    habit = Habit(sums, over, np.array([day.isoweekday() for day in known.index]), variance)
    rows = []
    for day, value, weight in zip(known.index, rate(sums, over), over, strict=True):
        band = habit.band(day.isoweekday(), float(weight)) if day >= first else None
        if day >= first:
            rows.append((day, value, *((band.low, band.high, band.verdict(value)) if band else (np.nan, np.nan, 0))))
    return pd.DataFrame(rows, columns=["date", "value", "low", "high", "verdict"])


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


def _listed(values: Floats) -> list[float | None]:
    return [None if value != value else float(value) for value in values]


def _floats(frame: pd.DataFrame, column: str) -> Floats:
    return frame[column].to_numpy(dtype=float, na_value=np.nan)
