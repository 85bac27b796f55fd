from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from dashboard.insights.heatmap import ATTENTION, CONVERSION, MEASURES, SKIPPED, estimates, leading, on_menu, spread

Frame = Callable[..., pd.DataFrame]
SIX = ["Soup", "Stew", "Cake", "Wine", "Beer", "Tea"]


@pytest.fixture
def daily(arrow: Frame) -> Frame:
    """item_daily: each item's seconds of dwell on each day, a hundred visits a day."""

    def make(**seconds: list[float]) -> pd.DataFrame:
        rows = [
            (name.lower(), date(2026, 11, 1) + timedelta(days=day), 100, int(value * 100_000))
            for name, values in seconds.items()
            for day, value in enumerate(values)
        ]
        item_id, local_date, visits, dwell_ms = zip(*rows, strict=True)
        return arrow(item_id=item_id, local_date=local_date, visits=visits, dwell_ms=dwell_ms)

    return make


def test_the_menu_of_a_version_shows_what_nobody_met_as_zero(items: Frame, arrow: Frame) -> None:
    menus = arrow(
        menu_version=[1, 2, 2], item_id=["soup", "stew", "soup"], item_name=["Soup", "Stew", "Fish soup"],
        section_id="s", section_name="Starters", position=[1, 1, 2], price_minor=[500, 900, 550],
    )  # fmt: skip
    shown = on_menu(menus, 2, items(["Soup"], ordered=[7]))
    assert shown["item_name"].tolist() == ["Stew", "Fish soup"]
    assert shown["price_minor"].tolist() == [900, 550]
    assert shown["ordered"].tolist() == [0, 7]


def test_without_a_known_menu_what_was_counted_stands_alone(items: Frame, arrow: Frame) -> None:
    none = arrow(menu_version=[1], item_id=["x"]).iloc[:0]
    shown = on_menu(none, 3, items(SIX))
    assert shown["item_name"].tolist() == SIX
    assert shown["price_minor"].isna().all()


def test_rates_come_with_wilsons_and_dwell_with_its_days_interval(items: Frame, daily: Frame) -> None:
    soup = items(["Soup"], viewed=[500], ordered=[100])
    assert estimates(soup, daily(Soup=[1]), CONVERSION).value == pytest.approx([0.2])
    dwell = estimates(soup, daily(Soup=[2, 3, 2, 3, 2.5]), ATTENTION)
    assert dwell.value == pytest.approx([2.5])
    assert dwell.low[0] < 2.5 < dwell.high[0]


def test_dwell_of_an_item_without_days_is_unknown(items: Frame, daily: Frame) -> None:
    assert np.isnan(estimates(items(SIX), daily(Soup=[1] * 6), ATTENTION).value).tolist() == [False] + [True] * 5


def test_the_items_that_hold_guests_longest_are_named(items: Frame, daily: Frame) -> None:
    days = daily(
        Soup=[3.0, 3.1] * 4, Stew=[1.0, 1.1] * 4, Cake=[2.0, 2.1] * 4, Wine=[0.9, 1.0] * 4, Beer=[0.8, 0.9] * 4
    )
    assert leading(items(SIX[:5]), days, ATTENTION) == "Soup and Cake hold guests longest"


def test_no_item_is_named_where_chance_would_do(items: Frame, daily: Frame) -> None:
    menu = items(SIX, reached=[100] * 6, viewed=[70, 68, 72, 66, 71, 69], visits=100)
    assert leading(menu, daily(Soup=[1]), SKIPPED) == "No item stands out by skip rate"
    assert leading(items(SIX, visits=3), daily(Soup=[1]), SKIPPED) == "Too few visits yet to tell the items apart"


def test_one_outlier_does_not_stretch_the_scale() -> None:
    assert spread(np.append(np.linspace(1, 2, 100), 50))[1] == pytest.approx(2, abs=0.05)
    assert spread(np.array([np.nan])) == (0, 1)


def test_every_measure_writes_its_values_and_changes() -> None:
    assert [measure.label(0.25) for measure in MEASURES.values()] == ["0.2 s", "25%", "25%", "25%"]
    assert ATTENTION.change(-0.84) == "−0.8 s"
    assert SKIPPED.change(0.04) == "+4 pts"
