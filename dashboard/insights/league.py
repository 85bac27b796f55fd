"""Restaurants side by side: who stands out from what restaurants do anyway, and whose conversion rises or falls.

Takes the reports `restaurants`, `daily` and `daily_attention` of the same days.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import numbers
from dashboard.insights.rates import Floats, apart, daily_mean, normal_quantile, rate, shares

FEWEST = 5  # restaurants, below which nobody can stand out from the others
SMOOTH = 7  # days that one point of a trend holds

MARKS = {
    "converts_best": ("converts well", "good"),
    "converts_least": ("converts low", "bad"),
    "skipped_most": ("skipped a lot", "bad"),
    "rising": ("rising", "good"),
    "falling": ("falling", "bad"),
}


def league(restaurants: pd.DataFrame, daily: pd.DataFrame, attention: pd.DataFrame) -> pd.DataFrame:
    """`restaurants` with conversion_low, conversion_high (95 %), average_minor (an order), dwell_seconds (a visit),
    trend (order conversion over SMOOTH days, a list that ends today; NaN: no visit) and one column a mark of MARKS."""
    ids = restaurants["restaurant_id"]
    told = restaurants.copy()
    days = daily.groupby(["restaurant_id", "local_date"])[["visits", "ordering_visits"]].sum()  # over currencies
    visits, ordering = (_grid(days[name], ids) for name in ("visits", "ordering_visits"))
    n, k = np.nansum(visits, axis=1), np.nansum(ordering, axis=1)
    _, told["conversion_low"], told["conversion_high"] = shares(k, n)
    told["average_minor"] = rate(numbers(told, "revenue_minor"), numbers(told, "orders"))
    told["dwell_seconds"] = rate(numbers(told, "dwell_ms"), numbers(told, "visits")) / 1000
    told["trend"] = list(_smooth(ordering, visits))
    looked = attention.groupby("restaurant_id")[["skipped", "reached"]].sum().reindex(ids)
    converts, skips = beyond(k, n), beyond(numbers(looked, "skipped"), numbers(looked, "reached"))
    turn = _turn(ordering, visits)
    told["converts_best"], told["converts_least"], told["skipped_most"] = converts > 0, converts < 0, skips > 0
    told["rising"], told["falling"] = turn > 0, turn < 0
    return told


def beyond(successes: Floats, trials: Floats) -> Floats:
    """1 where a share is further above the median than restaurants of that size are anyway, -1 below, 0 within.

    Funnel limits with additive over-dispersion, estimated from z-scores winsorised at a tenth, so that who stands out
    does not widen the limits: D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics
    in Medicine 24 (2005), 1185-1202.
    """
    known = trials > 0
    if known.sum() < FEWEST:
        return np.zeros(len(trials))
    own, among = rate(successes, trials), int(known.sum())
    middle = float(np.median(own[known]))
    variance = np.divide(middle * (1 - middle), trials, out=np.full(len(trials), np.nan), where=known)
    scores = (own - middle) / np.sqrt(variance)
    held = np.clip(scores[known], *np.quantile(scores[known], [0.1, 0.9]))
    weights = 1 / variance[known]
    excess = among * float(np.mean(held**2)) - (among - 1)
    between = max(0.0, excess / (weights.sum() - (weights**2).sum() / weights.sum()))
    limit = normal_quantile(among=among) * np.sqrt(variance + between)
    gap = np.where(known, own - middle, 0.0)
    marks: Floats = (gap > limit).astype(float) - (gap < -limit)
    return marks


def headline(told: pd.DataFrame) -> str:
    """The page's title: who stands out most, by name."""
    if not told["visits"].gt(0).any():
        return "No visit yet in these days"
    sentences = []
    for mark, one, more in (
        ("falling", "is falling", "are falling"),
        ("converts_least", "converts least", "convert least"),
        ("skipped_most", "is skipped most", "are skipped most"),
        ("rising", "is rising", "are rising"),
        ("converts_best", "converts best", "convert best"),
    ):
        names = told.loc[told[mark], "restaurant_name"]
        if 0 < len(names) <= 3:
            sentences.append(words.are(names, one, more))
    return "; ".join(sentences[:2]) or "No restaurant stands out from the others"


def standing_out(told: pd.DataFrame) -> str:
    """The table's title: how many stand out."""
    marked, every = int(told[list(MARKS)].any(axis=1).sum()), len(told)
    if not marked:
        return f"{every} restaurants, side by side" if every != 1 else "One restaurant"
    return f"{marked} of {every} restaurants stand{'s' if marked == 1 else ''} out"


def mark(row: Mapping[Any, Any]) -> tuple[str, str]:
    """A row's marks in words, and the tone of the gravest; `row` is one of `league`'s, by column."""
    found = [MARKS[name] for name in MARKS if row[name]]
    tone = "bad" if any(of == "bad" for _, of in found) else "good" if found else "muted"
    return ", ".join(text for text, _ in found[:2]), tone


def _grid(days: "pd.Series[float]", ids: "pd.Series[str]") -> Floats:
    """(restaurants, days); NaN: no visit that day."""
    grid = days.unstack().reindex(ids)
    if len(grid.columns):
        every = pd.date_range(min(grid.columns), max(grid.columns))
        grid = grid.reindex(columns=[at.date() for at in every])
    return np.asarray(grid.to_numpy(dtype=float, na_value=np.nan))


def _smooth(ordering: Floats, visits: Floats) -> Floats:
    """Pooled over SMOOTH days where there are that many, so that a small restaurant's line isn't all noise."""
    window = SMOOTH if visits.shape[1] >= 2 * SMOOTH else 1
    k, n = (np.cumsum(np.pad(np.nan_to_num(of), ((0, 0), (1, 0))), axis=1) for of in (ordering, visits))
    return rate(k[:, window:] - k[:, :-window], n[:, window:] - n[:, :-window])


def _turn(ordering: Floats, visits: Floats) -> Floats:
    """1 where the second half of the days converts better than the first beyond chance, -1 worse, else 0."""
    half, z = visits.shape[1] // 2, normal_quantile(among=max(len(visits), 1))
    if half == 0:
        return np.zeros(len(visits))
    gap = apart(
        daily_mean(ordering[:, half:], visits[:, half:], z), daily_mean(ordering[:, :half], visits[:, :half], z)
    )
    turns: Floats = (gap.low > 0).astype(float) - (gap.high < 0)
    return turns
