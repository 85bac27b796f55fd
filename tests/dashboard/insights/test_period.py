from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest

from dashboard.insights.period import EARLIER, figures, over_band, totals, unusual_days

Frame = Callable[..., pd.DataFrame]
FIRST, LAST = date(2026, 11, 2), date(2026, 11, 15)  # two weeks from a Monday on
TOMORROW = LAST + timedelta(days=1)


@pytest.fixture
def days(arrow: Frame) -> Frame:
    """Totals of FIRST..LAST and the weeks before, `known` days of them seen: 100 visits, 30 that order, 30 orders of
    three lines for 20.00; `odd` changes the visits that order on some days."""

    def make(
        known: int = 70, currency: str | None = "EUR", odd: dict[date, int] | None = None, today: date = TOMORROW
    ) -> pd.DataFrame:
        seen = [LAST - timedelta(days=n) for n in range(known)]
        wobble = [(n % 5) - 2 for n in range(known)]
        ordering = [(odd or {}).get(day, 30 + w) for day, w in zip(seen, wobble, strict=True)]
        daily = arrow(local_date=seen, visits=[100] * known, ordering_visits=ordering)
        orders = arrow(
            local_date=[*seen, LAST], currency=["EUR"] * known + ["USD"], orders=[*ordering, 1],
            lines=[3 * n for n in ordering] + [2], revenue_minor=[2000 * n for n in ordering] + [900],
        )  # fmt: skip
        return totals(daily, orders, FIRST, LAST, currency, today)

    return make


def test_days_before_the_first_one_seen_are_unknown_and_later_ones_without_visits_are_zero(days: Frame) -> None:
    told = days(known=20)
    assert len(told) == 14 + EARLIER.days
    assert told["visits"].isna().sum() == 14 + EARLIER.days - 20
    assert told.loc[LAST, "visits"] == 100


def test_money_of_another_currency_is_never_added(days: Frame) -> None:
    told = days()
    assert told.loc[LAST, "paid"] == 2000 * 28
    assert told.loc[LAST, "orders"] == told.loc[LAST, "paid_orders"] + 1
    average = next(f for f in figures(told, FIRST) if f.name == "average")
    assert average.value == pytest.approx(2000)
    assert days(currency=None)["paid"].sum() == 0


def test_a_running_day_is_no_whole_day_of_orders(days: Frame) -> None:
    orders = next(f for f in figures(days(today=LAST), FIRST) if f.name == "orders")
    assert orders.series[-1] is None
    assert None not in orders.series[:-1]


def test_a_period_like_the_one_before_is_no_finding(days: Frame) -> None:
    found = {figure.name: figure for figure in figures(days(), FIRST)}
    assert found["conversion"].value == pytest.approx(0.3, abs=0.01)
    assert found["conversion"].verdict == 0
    assert found["lines"].value == pytest.approx(3, abs=0.01)
    assert len(found["orders"].series) == 14


def test_a_period_that_converts_better_says_so(days: Frame) -> None:
    better = {FIRST + timedelta(days=n): 40 + n % 3 for n in range(14)}
    conversion = figures(days(odd=better), FIRST)[0]
    assert conversion.verdict == 1
    assert conversion.before == pytest.approx(0.3, abs=0.01)


def test_without_earlier_days_nothing_is_compared(days: Frame) -> None:
    conversion = figures(days(known=14), FIRST)[0]
    assert conversion.verdict is None
    assert conversion.before != conversion.before


def test_a_day_outside_its_band_is_named_when_there_are_more_than_chance_brings(days: Frame) -> None:
    odd = {date(2026, 11, 4): 5, date(2026, 11, 6): 4, date(2026, 11, 11): 6}
    shown = over_band(days(odd=odd), FIRST, "conversion")
    assert shown.loc[shown["verdict"] < 0, "date"].tolist() == list(odd)
    assert unusual_days(shown) == "Wed 4 Nov, Fri 6 Nov and Wed 11 Nov were below the usual for their weekday"


def test_a_usual_stretch_and_a_short_one_are_said_to_be_so(days: Frame) -> None:
    assert unusual_days(over_band(days(), FIRST, "conversion")) == "Every day was as usual for its weekday"
    short = over_band(days(known=3), FIRST, "conversion")
    assert unusual_days(short) == "Too few days yet to say what is usual"
    one = over_band(days(odd={date(2026, 11, 4): 5}), FIRST, "conversion")
    assert unusual_days(one) == "1 of 14 days is unusual, as chance brings"
