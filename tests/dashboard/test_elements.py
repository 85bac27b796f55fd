"""What pages are made of, where it needs no page."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from dashboard.elements import ago, day, filters, keep_up, league, price_tag
from dashboard.elements.cards import as_csv
from dashboard.insights.league import MARKS
from dashboard.insights.today import MIX, Day, Figure
from dashboard.insights.usual import Usual
from dashboard.warehouse import Answer, Cost
from errors import EngineError

ELEMENTS = Path(__file__).parents[2] / "dashboard/elements"
NOW = datetime(2026, 11, 24, 21, 42, tzinfo=UTC)
TUESDAY = Day(date(2026, 11, 24))


def answer(scanned: int | None, dollars: float, *, cached: bool = False) -> Answer:
    return Answer(pd.DataFrame(), Cost("duckdb", scanned, dollars, 0.0, 0.04, cached=cached), NOW)


def figure(value: float, name: str = "visits", usual: Usual | None = None) -> Figure:
    return Figure(name, value, usual, (1.0, value), (None, None), (None, None))


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(0, "less than a minute"), (59, "59 min"), (322, "5 h 22 min"), (60 * 50, "2 days"), (-3, "less than a minute")],
)
def test_how_long_ago_is_said_in_words(minutes: int, told: str) -> None:
    assert ago(NOW - timedelta(minutes=minutes), NOW) == told


def test_a_look_at_what_is_new_that_fails_leaves_the_page_as_it_is() -> None:
    def fails() -> datetime:
        raise EngineError("The engine rests.")

    keep_up.__wrapped__(NOW, fails)


def test_a_price_tag_sums_what_the_answers_cost() -> None:
    assert price_tag((answer(1_000_000, 0.000005), answer(200_000, 0.000005))) == "1.2 MB · $0.00001 · 0.08 s"


def test_a_price_tag_says_what_came_from_memory_and_what_was_kept() -> None:
    assert price_tag((answer(None, 0, cached=True),)) == "from memory · 0.04 s · cached"


def test_a_price_tag_says_what_an_engine_let_wait_and_what_it_served_again() -> None:
    waited = Answer(pd.DataFrame(), Cost("athena", 10_000_000, 0.00005, 2.1, 3.4), NOW)
    again = Answer(pd.DataFrame(), Cost("athena", 0, 0.0, 0.1, 0.3, reused=True), NOW)
    assert price_tag((waited,)) == "10.0 MB · $0.00005 · 3.40 s · queued 2.1 s"
    assert price_tag((again,)) == "0 B · 0.30 s · reused"
    assert price_tag((waited, again)) == "10.0 MB · $0.00005 · 3.70 s · queued 2.2 s"


def test_csv_keeps_every_script_and_runs_no_formula() -> None:
    rows = pd.DataFrame({"item": ["ครัว", "=SUM(A1)", "-1 chili", None], "visits": [1, 2, -3, None]})
    for frame in (rows, rows.convert_dtypes(dtype_backend="pyarrow")):
        lines = as_csv(frame).decode("utf-8-sig").splitlines()
        assert lines[0] == "item,visits"
        assert lines[1].startswith("ครัว,1")
        assert lines[2].startswith("'=SUM(A1),2")
        assert lines[3].startswith("'-1 chili,-3")
        assert lines[4] == ","


def test_a_figure_within_its_band_is_grey_and_one_out_of_it_has_a_colour_and_words() -> None:
    band = Usual(100, 80, 120, 5)
    usual, more, fewer = day.kpis([figure(v, usual=band) for v in (110, 150, 50)], TUESDAY, [])
    assert (usual["tone"], usual["words"], usual["usual"]) == ("muted", "As usual", "usual Tuesday 80–120")
    assert (more["tone"], more["words"]) == ("good", "▲ 50% above usual")
    assert (fewer["tone"], fewer["words"]) == ("bad", "▼ 50% below usual")


def test_more_skipping_is_bad_and_longer_reading_is_neither() -> None:
    skipped, read = day.kpis(
        [figure(0.5, "skip", Usual(0.3, 0.2, 0.4, 5)), figure(5000, "dwell", Usual(3000, 2500, 3500, 5))], TUESDAY, []
    )
    assert (skipped["tone"], skipped["usual"]) == ("bad", "usual Tuesday 20.0–40.0%")
    assert (read["tone"], read["words"]) == ("muted", "▲ 67% above usual")


def test_a_figure_without_days_to_compare_says_so() -> None:
    [unknown] = day.kpis([figure(float("nan"), "conversion")], TUESDAY, [])
    assert (unknown["value"], unknown["words"], unknown["usual"]) == ("–", "Too few days to compare", "")


def test_a_menu_is_marked_on_the_day_when_it_came_out() -> None:
    [shown] = day.kpis([figure(5)], TUESDAY, [date(2026, 11, 23), date(2026, 1, 1)])
    assert shown["marks"] == [0]


def test_the_parts_of_the_day_end_with_their_sum() -> None:
    told = pd.DataFrame(
        {
            "part": ["Lunch", MIX],
            "points": [-0.04, 0.01],
            "now": [0.2, None],
            "usual": [0.3, None],
            "clear": [True, False],
        }
    )
    rows = day.parts(told, figure(0.25, "conversion", Usual(0.28, 0.26, 0.3, 5)))
    assert [row["points"]["text"] for row in rows] == ["−4.0", "+1.0", "−3.0"]
    assert [row["bar"]["tone"] for row in rows] == ["bad", "muted", "bad"]
    assert rows[0]["bar"]["share"] == 1


def test_a_restaurant_with_few_visits_has_no_rate_and_sorts_last() -> None:
    told = {
        "restaurant_id": "r", "restaurant_name": "R", "area": None, "currency": "EUR", "visits": 3, "skip_rate": 0.5,
        "conversion_rate": 0.33, "conversion_low": 0.1, "conversion_high": 0.7, "average_minor": 1250.0,
        "dwell_seconds": 9.0, "trend": [float("nan"), 0.25],
    }  # fmt: skip
    [row] = league.league(pd.DataFrame([told | dict.fromkeys(MARKS, False)]))
    assert (row["converts"]["text"], row["converts"]["v"], row["skip"]["v"]) == ("too few", None, None)
    assert row["trend"]["values"] == [None, 0.25]
    assert row["average"]["text"] == "€12.50"


def test_colours_are_written_in_the_config_alone() -> None:
    for path in [*ELEMENTS.glob("*.css"), *ELEMENTS.glob("*.js"), *ELEMENTS.glob("*.py")]:
        assert not re.search(r"#[0-9A-Fa-f]{3,8}\b|rgba?\(", path.read_text()), f"{path.name} writes a colour"


def test_restaurants_of_one_name_can_be_told_apart_in_the_picker() -> None:
    rooms = [filters.Restaurant(id, name, None, "UTC", None) for id, name in (("a", "Sen"), ("b", "Sen"), ("c", "Sai"))]
    assert filters.labels(rooms) == {"a": "Sen · a", "b": "Sen · b", "c": "Sai"}
