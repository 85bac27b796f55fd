"""How guests read by the hour of their visit. Takes the report `item_by_hour`."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import numbers, places
from dashboard.insights.heatmap import Measure
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


def known_hours(values: Floats, rows: Sequence[object], seen: Iterable[int]) -> pd.DataFrame:
    """`values` (row × hour of the day) as a table, from the first to the last hour of which anything is known; where
    nothing is, of those `seen`."""
    opened = opening_hours(np.flatnonzero(np.isfinite(values).any(axis=0))) or opening_hours(seen)
    return pd.DataFrame(values[:, opened], index=list(rows), columns=opened)


def by_hour(hours: pd.DataFrame, measure: Measure, rows: str, order: Sequence[str]) -> pd.DataFrame:
    """The measure by row (`rows` is item_id or section_id, in `order`) and hour; NaN under TOO_FEW trials.

    `hours` is item_by_hour; its first and last hours are left out if nothing is known of them. A section's attention is
    the sum of its items', its rates are all its items' together.
    """
    values, _ = _by_hour(hours, measure, places(hours[rows], order), len(order))
    return known_hours(values, order, hours["hour"].unique())


def peaking(hours: pd.DataFrame, measure: Measure) -> str:
    """When the whole menu's measure is highest and lowest, as a sentence; `hours` is item_by_hour."""
    [values], [visits] = _by_hour(hours, measure, np.zeros(len(hours), dtype=int), 1)
    busy = np.flatnonzero(visits >= ENOUGH)
    if len(busy) < 2:
        return "Too few visits yet to tell the hours apart"
    value = values[busy]
    told = _told(value, visits[busy], measure, normal_quantile(among=len(busy)))
    top, bottom = int(np.argmax(value)), int(np.argmin(value))
    highest, lowest = (Estimate(*(part[[at]] for part in told)) for at in (top, bottom))
    if not apart(highest, lowest).low[0] > 0:
        return f"{measure.name} is even through the day"
    return f"{measure.name} is highest at {words.clock(int(busy[top]))} and lowest at {words.clock(int(busy[bottom]))}"


def _told(value: Floats, visits: Floats, measure: Measure, z: float) -> Estimate:
    """Values with intervals as wide as so many visits leave them: what one guest does to forty items is not forty
    guests. Of dwell only sums are known: it is taken to spread as an exponential does, by as much as its mean."""
    if measure.is_rate:
        return share(value * visits, visits, z)
    half = z * value / np.sqrt(visits)
    return Estimate(value, value - half, value + half)


def _by_hour(hours: pd.DataFrame, measure: Measure, at: npt.NDArray[np.intp], rows: int) -> tuple[Floats, Floats]:
    """row × hour of the day: the measure (NaN under TOO_FEW trials), and visits; `at` is the row in which each line of
    item_by_hour counts, -1 for none."""
    counted = at >= 0
    cells, size = (at * 24 + hours["hour"].to_numpy(dtype=int))[counted], rows * 24
    visits = np.zeros(size)
    np.maximum.at(visits, cells, numbers(hours, "visits")[counted])  # each item of a menu says them anew
    counts, trials = (
        visits if of == "visits" else np.bincount(cells, numbers(hours, of)[counted], size)
        for of in (measure.counts, measure.trials)
    )
    values = np.where(trials >= TOO_FEW, rate(counts, trials) * measure.factor, np.nan)
    return values.reshape(rows, 24), visits.reshape(rows, 24)
