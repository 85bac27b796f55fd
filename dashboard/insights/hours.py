"""How guests read by the hour of their visit. Takes the report `item_by_hour`."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import numbers, plain
from dashboard.insights.heatmap import COUNTS, Measure
from dashboard.insights.rates import TOO_FEW, Estimate, Floats, apart, normal_quantile, rate, share

ENOUGH = 100  # visits under which an hour is not told apart


def opening_hours(hours: Iterable[int]) -> list[int]:
    """The hours from the first to the last; a house open past midnight begins after its longest pause."""
    seen = sorted({int(hour) for hour in hours})
    if not seen:
        return []
    pauses = [(later - earlier) % 24 for earlier, later in zip(seen, [*seen[1:], seen[0]], strict=True)]
    last = int(np.argmax(pauses))
    first = seen[(last + 1) % len(seen)]
    return [(first + step) % 24 for step in range((seen[last] - first) % 24 + 1)]


def by_hour(hours: pd.DataFrame, measure: Measure, rows: str, order: Sequence[str]) -> pd.DataFrame:
    """The measure by row (`rows` is item_id or section_id, in `order`) and hour; NaN under TOO_FEW trials.

    `hours` is item_by_hour. A section's attention is the sum of its items', its rates are all its items' together.
    """
    sums = _sums(hours[hours[rows].isin(list(order))], [rows, "hour"])
    sums["value"] = _values(sums, measure)
    table = sums.set_index([rows, "hour"])["value"].unstack()
    return table.reindex(index=list(order), columns=opening_hours(hours["hour"].unique()))


def peaking(hours: pd.DataFrame, measure: Measure) -> str:
    """When the whole menu's measure is highest and lowest, as a sentence; `hours` is item_by_hour."""
    sums = _sums(hours, ["hour"])
    sums = sums[sums["visits"] >= ENOUGH].reset_index(drop=True)
    if len(sums) < 2:
        return "Too few visits yet to tell the hours apart"
    value, visits = _values(sums, measure), numbers(sums, "visits")
    told = _told(value, visits, measure, normal_quantile(among=len(sums)))
    top, bottom = int(np.argmax(value)), int(np.argmin(value))
    highest, lowest = (Estimate(*(part[[at]] for part in told)) for at in (top, bottom))
    if not apart(highest, lowest).low[0] > 0:
        return f"{measure.name} is even through the day"
    peak, low = (words.clock(int(sums["hour"].iloc[at])) for at in (top, bottom))
    return f"{measure.name} is highest at {peak} and lowest at {low}"


def _told(value: Floats, visits: Floats, measure: Measure, z: float) -> Estimate:
    """Values with intervals as wide as so many visits leave them: what one guest does to forty items is not forty
    guests. Of dwell only sums are known: it is taken to spread as an exponential does, by as much as its mean."""
    if measure.is_rate:
        return share(value * visits, visits, z)
    half = z * value / np.sqrt(visits)
    return Estimate(value, value - half, value + half)


def _sums(hours: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    gathered = {"visits": "max"} | dict.fromkeys(COUNTS[1:], "sum")
    return plain(hours).groupby(by, as_index=False).agg(gathered)


def _values(sums: pd.DataFrame, measure: Measure) -> Floats:
    trials = sums[measure.trials].to_numpy()
    return np.where(trials >= TOO_FEW, rate(sums[measure.counts], trials) * measure.factor, np.nan)
