from collections.abc import Callable

import pandas as pd
import pytest

from dashboard.insights.heatmap import ATTENTION, SKIPPED
from dashboard.insights.hours import by_hour, opening_hours, peaking

Frame = Callable[..., pd.DataFrame]


@pytest.fixture
def hours(arrow: Frame) -> Frame:
    """item_by_hour of two items of one section and one of another: hour → (visits, seconds of dwell, skip rate)."""

    def make(**given: tuple[int, float, float]) -> pd.DataFrame:
        rows = [
            (item, section, int(hour[1:]), visits, visits, round(visits * (1 - skips)), round(visits * skips), 0, 0,
             int(visits * seconds * 1000))
            for hour, (visits, seconds, skips) in given.items()
            for item, section in (("soup", "starters"), ("dip", "starters"), ("stew", "mains"))
        ]  # fmt: skip
        names = [
            "item_id",
            "section_id",
            "hour",
            "visits",
            "reached",
            "viewed",
            "skipped",
            "opened",
            "ordered",
            "dwell_ms",
        ]
        return arrow(**dict(zip(names, zip(*rows, strict=True), strict=True)))

    return make


def test_a_section_holds_guests_as_long_as_its_items_together(hours: Frame) -> None:
    table = by_hour(hours(h12=(200, 2, 0.5), h13=(300, 3, 0.5)), ATTENTION, "section_id", ["starters", "mains"])
    assert table.loc["starters"].tolist() == [4.0, 6.0]
    assert table.loc["mains"].tolist() == [2.0, 3.0]


def test_a_sections_rate_is_that_of_its_items_together(hours: Frame) -> None:
    table = by_hour(hours(h12=(200, 2, 0.25)), SKIPPED, "section_id", ["mains", "starters"])
    assert table[12].tolist() == [0.25, 0.25]


def test_hours_with_a_few_visits_stay_empty(hours: Frame) -> None:
    table = by_hour(hours(h12=(200, 2, 0.5), h14=(9, 9, 0.5), h15=(50, 2, 0.5)), ATTENTION, "item_id", ["soup", "stew"])
    assert table.columns.tolist() == [12, 13, 14, 15]
    assert table[14].isna().all()


def test_a_few_strays_in_the_night_make_no_opening_hours(hours: Frame) -> None:
    strays = {f"h{hour}": (3, 2, 0.5) for hour in range(6)}
    table = by_hour(hours(h18=(200, 2, 0.5), h20=(200, 2, 0.5), **strays), ATTENTION, "item_id", ["soup"])
    assert table.columns.tolist() == [18, 19, 20]
    nothing = by_hour(hours(**strays), ATTENTION, "item_id", ["soup"])
    assert nothing.columns.tolist() == [0, 1, 2, 3, 4, 5]
    assert nothing.isna().all(axis=None)


def test_a_night_begins_after_the_longest_pause() -> None:
    assert opening_hours([0, 1, 18, 19, 23]) == [18, 19, 20, 21, 22, 23, 0, 1]
    assert opening_hours([11, 14]) == [11, 12, 13, 14]
    assert opening_hours([9]) == [9]
    assert opening_hours([]) == []


def test_the_peak_is_named_where_there_is_one(hours: Frame) -> None:
    day = hours(h12=(500, 2, 0.2), h16=(500, 1, 0.5), h20=(500, 3, 0.3))
    assert peaking(day, ATTENTION) == "Attention is highest at 20:00 and lowest at 16:00"
    assert peaking(day, SKIPPED) == "Skip rate is highest at 16:00 and lowest at 12:00"


def test_an_even_day_is_said_to_be_even(hours: Frame) -> None:
    day = hours(h12=(500, 2, 0.2), h16=(500, 2.1, 0.21), h20=(500, 2, 0.2))
    assert peaking(day, ATTENTION) == "Attention is even through the day"
    assert peaking(day, SKIPPED) == "Skip rate is even through the day"


def test_hours_are_not_told_apart_from_a_few_visits(hours: Frame) -> None:
    assert peaking(hours(h12=(50, 2, 0.2), h20=(20, 9, 0.2)), ATTENTION) == "Too few visits yet to tell the hours apart"
