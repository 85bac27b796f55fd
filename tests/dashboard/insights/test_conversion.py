from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest

from dashboard.insights.conversion import (
    average_orders,
    by_weekday,
    converting,
    funnel,
    losing,
    losses,
    weekday_table,
)

Frame = Callable[..., pd.DataFrame]
MONDAY = date(2026, 11, 2)


@pytest.fixture
def by_day(arrow: Frame) -> Frame:
    """funnel_by_day: the five counts of each day, from a Monday on."""

    def make(*days: tuple[int, int, int, int, int]) -> pd.DataFrame:
        steps = ("visit", "viewed", "opened", "intent", "ordered")
        rows = [
            (MONDAY + timedelta(days=at), step, count)
            for at, counts in enumerate(days)
            for step, count in zip(steps, counts, strict=True)
        ]
        return arrow(**dict(zip(("local_date", "step", "visits"), zip(*rows, strict=True), strict=True)))

    return make


def test_the_funnel_sums_its_days_in_the_order_of_its_steps(by_day: Frame) -> None:
    steps = funnel(by_day((100, 90, 50, 40, 30), (100, 70, 30, 20, 10)).sample(frac=1, random_state=1))
    assert steps["visits"].tolist() == [200, 160, 80, 60, 40]
    assert steps["rate"].tolist() == [1, 0.8, 0.4, 0.3, 0.2]
    assert losing(steps) == "Half of those who view an item open none"


def test_a_funnel_of_nothing_loses_nobody(by_day: Frame) -> None:
    assert losing(funnel(by_day((3, 2, 1, 1, 0)))) == "Too few visits yet to say where guests are lost"
    assert losing(funnel(by_day((3, 2, 1, 1, 0)).iloc[:0])) == "Too few visits yet to say where guests are lost"


def test_a_weekday_that_loses_unlike_the_others_is_named(by_day: Frame) -> None:
    usual, saturday = (1000, 900, 500, 400, 300), (1000, 900, 300, 250, 200)
    said = losses(by_day(usual, usual, usual, usual, usual, saturday, usual))
    assert said[0] == "leave before an item is in view."
    assert said[1] == "view items and open none; most on Saturdays, 67%."


@pytest.fixture
def hourly(arrow: Frame) -> Frame:
    """hourly: four weeks of 12:00, 16:00 and 20:00, a hundred visits each; `ordering(weekday, hour)` of them order."""

    def make(ordering: Callable[[int, int], int], visits: int = 100) -> pd.DataFrame:
        rows = [
            (MONDAY + timedelta(days=day), hour, visits, ordering(day % 7 + 1, hour), ordering(day % 7 + 1, hour), 0)
            for day in range(28)
            for hour in (12, 16, 20)
        ]
        names = ("local_date", "hour", "visits", "ordering_visits", "orders", "revenue_minor")
        return arrow(**dict(zip(names, zip(*rows, strict=True), strict=True)))

    return make


def test_weekdays_and_hours_form_a_table(hourly: Frame) -> None:
    week = by_weekday(hourly(lambda weekday, hour: 10 * weekday))
    table = weekday_table(week, "conversion")
    assert table.index.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert table[12].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    assert table[13].isna().all()
    assert weekday_table(week, "visits")[20].tolist() == [400] * 7


def test_the_weekday_that_orders_unlike_the_rest_is_named(hourly: Frame) -> None:
    week = by_weekday(hourly(lambda weekday, hour: 20 if weekday == 6 else 30))
    assert converting(week) == "On Saturdays fewer guests order: 20%, otherwise 30%"


def test_the_hour_that_orders_unlike_the_rest_is_named(hourly: Frame) -> None:
    week = by_weekday(hourly(lambda weekday, hour: 40 if hour == 20 else 30))
    assert converting(week) == "At 20:00 more guests order: 40%, otherwise 30%"


def test_the_evening_that_orders_unlike_the_rest_is_named(hourly: Frame) -> None:
    week = by_weekday(hourly(lambda weekday, hour: 60 if (weekday, hour) == (5, 20) else 30))
    assert converting(week) == "On Fridays at 20:00 more guests order: 60%, otherwise 30%"


def test_an_even_week_and_an_empty_one_are_said_to_be_so(hourly: Frame) -> None:
    assert converting(by_weekday(hourly(lambda w, h: 30))) == "No weekday or hour orders differently beyond chance"
    few = by_weekday(hourly(lambda w, h: 0, visits=1))
    assert converting(few) == "Too few visits yet to tell hours and weekdays apart"


def test_averages_are_kept_apart_by_currency(arrow: Frame) -> None:
    orders = arrow(currency=["EUR", "EUR", "USD", None], revenue_minor=[3000, 5000, 900, 0], orders=[1, 1, 1, 0])
    assert average_orders(orders) == {"EUR": 4000, "USD": 900}
