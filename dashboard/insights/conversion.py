"""Where guests are lost on the way to an order, and which weekdays and hours order unlike the rest.

Takes the reports `funnel_by_day`, `hourly` and `orders`.
"""

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import plain
from dashboard.insights.hours import opening_hours
from dashboard.insights.rates import TOO_FEW, against_rest, normal_quantile, rate, share, surest

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
    sums = plain(by_day).groupby("step")["visits"].sum().reindex(list(STEPS), fill_value=0)
    visits = sums.to_numpy()
    return pd.DataFrame(
        {"step": list(STEPS), "name": list(STEPS.values()), "visits": visits, "rate": rate(visits, visits[0])}
    )


def losses(by_day: pd.DataFrame) -> list[str]:
    """What happens between two steps, one sentence each, with the weekday that loses unlike the others, if any."""
    days = plain(by_day).assign(weekday=_weekdays(by_day["local_date"]))
    table = days.groupby(["weekday", "step"])["visits"].sum().unstack(fill_value=0)
    table = table.reindex(columns=list(STEPS), fill_value=0)
    z = normal_quantile(among=len(table) * len(_LOST))
    return [_loss(table, before, step, z) for before, step in zip(STEPS, list(STEPS)[1:], strict=False)]


def _loss(table: pd.DataFrame, before: str, step: str, z: float) -> str:
    tried = table[before].to_numpy()
    lost = tried - table[step].to_numpy()
    gap = against_rest(lost, tried, z)
    at = surest(gap)
    if at is None:
        return f"{_LOST[step]}."
    way = "most" if gap.value[at] > 0 else "fewest"
    return (
        f"{_LOST[step]}; {way} on {words.WEEKDAYS[int(table.index[at]) - 1]}s, {words.percent(lost[at] / tried[at])}."
    )


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
    sums = plain(hourly[["hour", "visits", "ordering_visits", "orders"]])
    return sums.assign(weekday=_weekdays(hourly["local_date"])).groupby(["weekday", "hour"], as_index=False).sum()


def weekday_table(week: pd.DataFrame, value: str) -> pd.DataFrame:
    """weekday × hour of `visits` or of `conversion` (NaN under TOO_FEW visits); `week` is from by_weekday."""
    told = week.assign(conversion=share(week["ordering_visits"], week["visits"]).value)
    table = told.set_index(["weekday", "hour"])[value].unstack()
    return table.reindex(index=range(1, 8), columns=opening_hours(week["hour"]))


def converting(week: pd.DataFrame) -> str:
    """Which weekday, hour, or hour of a weekday orders most clearly unlike the rest, as a sentence."""
    every, tried = float(week["ordering_visits"].sum()), float(week["visits"].sum())
    if tried < ENOUGH:
        return "Too few visits yet to tell hours and weekdays apart"
    days = week.groupby("weekday", as_index=False).sum().assign(hour=np.nan)
    hours = week.groupby("hour", as_index=False).sum().assign(weekday=np.nan)
    groups = pd.concat([days, hours, week], ignore_index=True)
    gap = against_rest(groups["ordering_visits"], groups["visits"], normal_quantile(among=len(groups)), (every, tried))
    at = surest(gap)
    if at is None:
        return "No weekday or hour orders differently beyond chance"
    group = groups.iloc[at]
    own = rate(group["ordering_visits"], group["visits"]).item()
    rest = rate(every - group["ordering_visits"], tried - group["visits"]).item()
    way = "fewer" if own < rest else "more"
    return f"{_when(group)} {way} guests order: {words.percent(own)}, otherwise {words.percent(rest)}"


def average_orders(orders: pd.DataFrame) -> dict[str, float]:
    """Minor units an order, per currency: they are never added. `orders` is that report."""
    sums = orders.groupby("currency")[["revenue_minor", "orders"]].sum().astype(float)
    return {str(currency): row["revenue_minor"] / row["orders"] for currency, row in sums.iterrows() if row["orders"]}


def _weekdays(dates: pd.Series) -> list[int]:
    """1 = Monday."""
    return [day.isoweekday() for day in dates]


def _when(group: pd.Series) -> str:
    if np.isnan(group["hour"]):
        return f"On {words.WEEKDAYS[int(group['weekday']) - 1]}s"
    if np.isnan(group["weekday"]):
        return f"At {words.clock(int(group['hour']))}"
    return f"On {words.WEEKDAYS[int(group['weekday']) - 1]}s at {words.clock(int(group['hour']))}"
