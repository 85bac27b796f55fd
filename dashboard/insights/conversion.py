"""Where guests are lost on the way to an order, and which weekdays and hours order unlike the rest.

Takes the reports `funnel_by_day`, `hourly` and `orders`.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import numbers
from dashboard.insights.hours import known_hours
from dashboard.insights.rates import TOO_FEW, Floats, against_rest, normal_quantile, rate, share, surest

STEPS = {
    "visit": "Visits",
    "viewed": "Viewed an item",
    "opened": "Opened an item",
    "intent": "Wanted to order",
    "ordered": "Ordered",
}
_LOST = {
    "viewed": "leave before an item is in view",
    "opened": "view items and open none",
    "intent": "open items and tap none to order",
    "ordered": "tap to order and place no order",
}
_LOSERS = {
    "viewed": "the guests leave before an item is in view",
    "opened": "those who view an item open none",
    "intent": "those who open an item tap none to order",
    "ordered": "those who tap to order place no order",
}
ENOUGH = 100  # visits under which weekdays and hours are not told apart


def funnel(by_day: pd.DataFrame) -> pd.DataFrame:
    """One row a step, in order: step, name, visits, rate (of all visits)."""
    visits = _steps(by_day).sum(axis=0).astype(int)
    return pd.DataFrame(
        {"step": list(STEPS), "name": list(STEPS.values()), "visits": visits, "rate": rate(visits, visits[0])}
    )


def losses(by_day: pd.DataFrame) -> list[str]:
    """What happens between two steps, one sentence each, with the weekday that loses unlike the others, if any."""
    steps = _steps(by_day)
    z = normal_quantile(among=int(steps.any(axis=1).sum()) * len(_LOST))
    return [_loss(step, steps[:, at], steps[:, at] - steps[:, at + 1], z) for at, step in enumerate(_LOST)]


def _steps(by_day: pd.DataFrame) -> Floats:
    """weekday (Monday first) × step: visits."""
    places = {step: at for at, step in enumerate(STEPS)}
    table = np.zeros((len(words.WEEKDAYS), len(STEPS)))
    at = np.array([places[step] for step in by_day["step"]], dtype=int)
    np.add.at(table, (_weekdays(by_day["local_date"]) - 1, at), numbers(by_day, "visits"))
    return table


def _loss(step: str, tried: Floats, lost: Floats, z: float) -> str:
    gap = against_rest(lost, tried, z)
    at = surest(gap)
    if at is None:
        return f"{_LOST[step]}."
    way = "most" if gap.value[at] > 0 else "fewest"
    return f"{_LOST[step]}; {way} on {words.WEEKDAYS[at]}s, {words.percent(lost[at] / tried[at])}."


def losing(steps: pd.DataFrame) -> str:
    """At which step most guests are lost, as a sentence; `steps` is from funnel."""
    visits = steps["visits"].to_numpy()
    if visits[0] < TOO_FEW:
        return "Too few visits yet to say where guests are lost"
    worst = int(np.argmax(visits[:-1] - visits[1:])) + 1
    gone = 1 - visits[worst] / visits[worst - 1]
    return f"{words.share(gone)} of {_LOSERS[steps['step'].iloc[worst]]}"


def converted(steps: pd.DataFrame) -> str:
    """How many of the guests order, as a sentence; `steps` is from funnel."""
    visits, ordered = steps["visits"].iloc[0], steps["visits"].iloc[-1]
    if visits < TOO_FEW:
        return "Too few visits yet to say how many order"
    return f"{words.percent(ordered / visits)} of the visits end in an order"


def by_weekday(hourly: pd.DataFrame) -> pd.DataFrame:
    """The report `hourly`, one row a weekday (1 = Monday) and hour: visits, ordering_visits, orders."""
    places = _weekdays(hourly["local_date"]) * 24 + hourly["hour"].to_numpy(dtype=int)
    seen, at = np.unique(places, return_inverse=True)
    sums = {
        name: np.bincount(at, numbers(hourly, name)).astype(int) for name in ("visits", "ordering_visits", "orders")
    }
    return pd.DataFrame({"weekday": seen // 24, "hour": seen % 24, **sums})


def weekday_table(week: pd.DataFrame, value: str) -> pd.DataFrame:
    """weekday × hour of `visits` or of `conversion` (NaN under TOO_FEW visits); `week` is from by_weekday.

    Hours of the night are left out if nothing is known of them.
    """
    table = np.full((len(words.WEEKDAYS), 24), np.nan)
    values = share(week["ordering_visits"], week["visits"]).value if value == "conversion" else week[value]
    table[week["weekday"] - 1, week["hour"]] = values
    return known_hours(table, range(1, 8), week["hour"])


def converting(week: pd.DataFrame) -> str:
    """Which weekday, hour, or hour of a weekday orders most clearly unlike the rest, as a sentence."""
    ordering, visits = numbers(week, "ordering_visits"), numbers(week, "visits")
    every, tried = float(ordering.sum()), float(visits.sum())
    if tried < ENOUGH:
        return "Too few visits yet to tell hours and weekdays apart"
    days, day = np.unique(week["weekday"], return_inverse=True)
    hours, hour = np.unique(week["hour"], return_inverse=True)
    names = [(d, None) for d in days] + [(None, h) for h in hours] + list(zip(days[day], hours[hour], strict=True))
    successes, trials = (
        np.concatenate([np.bincount(day, counts), np.bincount(hour, counts), counts]) for counts in (ordering, visits)
    )
    gap = against_rest(successes, trials, normal_quantile(among=len(names)), (every, tried))
    at = surest(gap)
    if at is None:
        return "No weekday or hour orders differently beyond chance"
    own, rest = (
        rate(k, n).item() for k, n in ((successes[at], trials[at]), (every - successes[at], tried - trials[at]))
    )
    way = "fewer" if own < rest else "more"
    return f"{_when(*names[at])} {way} guests order: {words.percent(own)}, otherwise {words.percent(rest)}"


def average_orders(orders: pd.DataFrame) -> dict[str, float]:
    """Minor units an order, per currency: they are never added. `orders` is that report."""
    at, currencies = pd.factorize(orders["currency"].to_numpy(dtype=object), sort=True)
    known = at >= 0
    paid, held = (np.bincount(at[known], numbers(orders, name)[known]) for name in ("revenue_minor", "orders"))
    return {
        str(currency): minor / count for currency, minor, count in zip(currencies, paid, held, strict=True) if count
    }


def _weekdays(dates: pd.Series) -> npt.NDArray[np.int64]:
    """1 = Monday."""
    return np.array([day.isoweekday() for day in dates], dtype=int)


def _when(weekday: int | None, hour: int | None) -> str:
    at = "" if hour is None else words.clock(hour)
    if weekday is None:
        return f"At {at}"
    on = f"On {words.WEEKDAYS[weekday - 1]}s"
    return f"{on} at {at}" if at else on
