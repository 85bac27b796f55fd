"""One day against its usual band: five figures, hour by hour, and which part of the day moved conversion.

Takes the reports `hourly` and `daily_attention` of one restaurant. A running day is compared with earlier days up to
the same time: of the running hour, the same share of each earlier day's hour is counted. An order belongs to the hour
when its visit began but comes ORDER_LAG later, so earlier days' orders are counted up to that much before.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import numbers
from dashboard.insights.rates import Floats, difference, normal_quantile, rate
from dashboard.insights.usual import Habit, Usual, Variance, counts, means, shares

WEEKS = 8  # how far back "usual" looks
STUCK, STALE = 10, 36  # visits that usually come, and hours, without an event, from which silence is no accident
ORDER_LAG = 0.25  # hours from opening the menu to placing an order, about
PARTS = (("Before 11:00", 0, 11), ("Lunch", 11, 15), ("Afternoon", 15, 18), ("Evening", 18, 22), ("Late", 22, 24))
MIX = "When guests came"


@dataclass(frozen=True)
class Day:
    """The day that is told about; `until` is the hour, with its fraction, up to which it has run, 24 at its end."""

    date: date
    until: float = 24.0

    @property
    def running(self) -> bool:
        return self.until < 24

    @property
    def weekday(self) -> str:
        return words.WEEKDAYS[self.date.weekday()]


@dataclass(frozen=True)
class Moment:
    """Which day a page tells about, and why: `stopped` where events fail to come, `missing` visits in that time (NaN:
    unknown); `quiet` where today has no visit yet, so that the day before is told."""

    day: Day
    stopped: bool = False
    missing: float = np.nan
    quiet: bool = False


def moment(hourly: pd.DataFrame, last_date: date, now: datetime, newest: datetime | None) -> Moment:
    """The day to tell about; `now` and `newest` (the newest event) by the restaurant's clock.

    Events fail to come when a usual day would have brought STUCK visits since the newest, or when none came in STALE
    hours: what was never heard is then not compared.
    """
    if last_date != now.date():
        return Moment(Day(last_date))
    until, stopped, missing = hour_of(now), False, np.nan
    if newest is not None:
        heard = hour_of(newest) if newest.date() == last_date else 0.0
        missing = expected_between(hours(hourly, Day(last_date, until)), heard, until)
        stopped = missing >= STUCK or (now - newest) > timedelta(hours=STALE)
        until = heard if stopped else until
    if not any(at == last_date for at in _dates(hourly)):
        return Moment(Day(last_date - timedelta(days=1)), stopped, missing, quiet=True)
    return Moment(Day(last_date, until), stopped, missing)


def hour_of(moment: datetime) -> float:
    """The hour with its fraction: 14.5 is half past two."""
    return moment.hour + moment.minute / 60


@dataclass(frozen=True)
class Figure:
    """A number of the day and its usual band; and the days up to it, each with its own (None: no number, no band)."""

    name: str
    value: float
    usual: Usual | None
    series: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]

    @property
    def verdict(self) -> int:
        """-1 below its band, 1 above, 0 within it or without one."""
        return self.usual.verdict(self.value) if self.usual else 0

    @property
    def change(self) -> float:
        """How far above the usual middle (below: negative), as a share of it; NaN without one."""
        return float(rate(self.value, self.usual.middle)) - 1 if self.usual else np.nan


# A figure is a total over an exposure, and has a way to vary.
FIGURES: dict[str, tuple[str, str, Variance]] = {
    "visits": ("visits", "day", counts),
    "orders": ("orders", "day", counts),
    "conversion": ("ordering_visits", "visits", shares),
    "skip": ("skipped", "reached", shares),
    "dwell": ("dwell_ms", "viewed", means),
}


def day_totals(hourly: pd.DataFrame, attention: pd.DataFrame, day: Day) -> pd.DataFrame:
    """One row a day, from the first one seen to `day`, with each column of FIGURES; a day without visits is zeros.

    What `hourly` counts is counted up to `day.until`; `daily_attention` knows no hours, so its rates are of whole days.
    """
    counted = pd.DataFrame({name: _counted(hourly, name, day) for name in ("visits", "ordering_visits", "orders")})
    by_day = counted.groupby(_dates(hourly)).sum()
    looked = pd.DataFrame({name: numbers(attention, name) for name in ("reached", "skipped", "viewed", "dwell_ms")})
    totals = by_day.reindex(_calendar(by_day.index, day), fill_value=0.0)
    return totals.join(looked.set_index(_dates(attention))).fillna(0.0).assign(day=1.0)


def figures(hourly: pd.DataFrame, attention: pd.DataFrame, day: Day, shown: int) -> list[Figure]:
    """The day's five figures, each with the `shown` days that end with it: earlier ones as whole days."""
    totals = day_totals(hourly, attention, day)
    whole = day_totals(hourly, attention, Day(day.date)) if day.running else totals
    last, line = totals.iloc[-1], whole.iloc[-shown:-1]
    found = []
    for name, (total, exposure, variance) in FIGURES.items():
        now = _habit(totals, total, exposure, variance).band(day.date.isoweekday(), float(last[exposure]))
        habit, exposures = _habit(whole, total, exposure, variance), numbers(line, exposure)
        bands = [habit.band(int(weekday), at) for weekday, at in zip(_weekdays(line), exposures, strict=True)] + [now]
        value = float(rate(last[total], last[exposure]))
        series = [*rate(numbers(line, total), exposures), value]
        found.append(
            Figure(
                name,
                value,
                now,
                tuple(float(at) if at == at else None for at in series),
                tuple(band.low if band else None for band in bands),
                tuple(band.high if band else None for band in bands),
            )
        )
    return found


def hours(hourly: pd.DataFrame, day: Day) -> pd.DataFrame:
    """One row an hour between the first and the last that ever had visits.

    Columns: hour, visits (NaN: still to come), over (that hour has passed), low, high, middle (NaN: too few days).
    """
    days = _calendar(_dates(hourly), day)
    hour = numbers(hourly, "hour").astype(int)
    if not len(hour):
        return pd.DataFrame(columns=["hour", "visits", "over", "low", "high", "middle"], dtype=float)
    row = np.array([(at - days[0]).days for at in _dates(hourly)])
    grid = np.bincount(row * 24 + hour, numbers(hourly, "visits"), 24 * len(days)).reshape(-1, 24).astype(float)
    weekdays = np.array([at.isoweekday() for at in days[:-1]], dtype=float)
    rows = []
    for at in range(hour.min(), hour.max() + 1):
        band = Habit(grid[:-1, at], np.ones(len(weekdays)), weekdays, counts).band(day.date.isoweekday(), 1.0)
        seen = grid[-1, at] if at < day.until else np.nan
        rows.append((at, seen, at + 1 <= day.until, *((band.low, band.high, band.middle) if band else (np.nan,) * 3)))
    return pd.DataFrame(rows, columns=["hour", "visits", "over", "low", "high", "middle"])


def expected_between(told: pd.DataFrame, since: float, until: float) -> float:
    """Visits that such a day usually brings between two of its hours (`told` of `hours`); NaN while nobody knows."""
    within = np.clip(until - numbers(told, "hour"), 0, 1) - np.clip(since - numbers(told, "hour"), 0, 1)
    return float((numbers(told, "middle") * within).sum()) if len(told) else np.nan


def parts(hourly: pd.DataFrame, day: Day) -> pd.DataFrame:
    """What moved the day's conversion away from that of earlier days of its weekday: rows that add up, exactly.

    For each part of the day, how much its own conversion differs, at the mean of its two weights; and last MIX, that
    guests came at other times (E. M. Kitagawa, "Components of a difference between two rates", JASA 50 (1955),
    1168-1194). Columns: part, points (of conversion, in 0..1), now and usual (its two rates; NaN for MIX), clear
    (beyond chance). Empty when either side has no visits.
    """
    hour = numbers(hourly, "hour")
    visits, ordering = _counted(hourly, "visits", day), _counted(hourly, "ordering_visits", day)
    today = np.array([at == day.date for at in _dates(hourly)], dtype=bool)
    alike = np.array([at < day.date and at.weekday() == day.date.weekday() for at in _dates(hourly)], dtype=bool)

    def sums(of: Floats, side: npt.NDArray[np.bool_]) -> Floats:
        return np.array([of[side & (hour >= first) & (hour < end)].sum() for _, first, end in PARTS])

    n, k, usual_n, usual_k = sums(visits, today), sums(ordering, today), sums(visits, alike), sums(ordering, alike)
    if not (n.sum() and usual_n.sum()):
        return pd.DataFrame(columns=["part", "points", "now", "usual", "clear"])
    weight, usual_weight = n / n.sum(), usual_n / usual_n.sum()
    now, before = rate(k, n), rate(usual_k, usual_n)
    now, before = np.where(n > 0, now, before), np.where(usual_n > 0, before, now)  # without visits: moved by MIX alone
    gap = difference(k, n, usual_k, usual_n, normal_quantile(among=len(PARTS)))
    told = pd.DataFrame(
        {
            "part": [name for name, _, _ in PARTS],
            "points": (now - before) * (weight + usual_weight) / 2,
            "now": now,
            "usual": before,
            "clear": (gap.low > 0) | (gap.high < 0),
        }
    )[n + usual_n > 0].reset_index(drop=True)
    mix = np.nansum((weight - usual_weight) * (now + before) / 2)
    told.loc[len(told)] = [MIX, mix, np.nan, np.nan, False]
    return told


def published(versions: pd.DataFrame, zone: tzinfo) -> dict[int, datetime]:
    """Version → when it was published, by the restaurant's clock, oldest first (`menu_versions`)."""
    known = versions[versions["published_at"].notna()].sort_values("published_at")
    at = [
        pd.Timestamp(moment).tz_localize("UTC") if moment.tzinfo is None else pd.Timestamp(moment)
        for moment in known["published_at"]
    ]
    return dict(
        zip(map(int, known["menu_version"]), (moment.tz_convert(zone).to_pydatetime() for moment in at), strict=True)
    )


def _dates(frame: pd.DataFrame) -> "pd.Index[date]":
    dates: pd.Index[date] = pd.Index(list(frame["local_date"]), dtype=object)
    return dates


def _counted(hourly: pd.DataFrame, column: str, day: Day) -> Floats:
    """What to count of each row: all of the day itself, and of earlier days what had been counted by that time."""
    until = day.until if column == "visits" or not day.running else day.until - ORDER_LAG
    own = np.array([at == day.date for at in _dates(hourly)], dtype=bool)
    counted: Floats = numbers(hourly, column) * np.where(own, 1.0, np.clip(until - numbers(hourly, "hour"), 0, 1))
    return counted


def _calendar(seen: "pd.Index[date]", day: Day) -> list[date]:
    first = min([*seen, day.date])
    return [first + timedelta(days=n) for n in range((day.date - first).days + 1)]


def _weekdays(totals: pd.DataFrame) -> Floats:
    return np.array([at.isoweekday() for at in totals.index], dtype=float)


def _habit(totals: pd.DataFrame, total: str, exposure: str, variance: Variance) -> Habit:
    earlier = totals.iloc[:-1]
    return Habit(numbers(earlier, total), numbers(earlier, exposure), _weekdays(earlier), variance)
