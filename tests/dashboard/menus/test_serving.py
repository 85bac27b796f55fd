"""When something is served: by the clock, over midnight, and in words."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.menus.model import Serving, served_at
from dashboard.menus.serving import heard, said
from errors import MenuError
from tests.dashboard.menus.wild_menus import SERVINGS

LUNCH = Serving(days=(5, 1, 2, 3, 4, 4), opens=11 * 60, closes=15 * 60)
LATE = Serving(days=(7,), opens=22 * 60, closes=26 * 60)


@pytest.mark.parametrize(
    ("local", "served"),
    [
        ("2026-11-23T11:00", True),  # a Monday
        ("2026-11-23T15:00", False),
        ("2026-11-28T12:00", False),
        ("2026-11-29T23:59", True),
        ("2026-11-30T01:59", True),  # Sunday's, on Monday morning
        ("2026-11-30T02:00", False),
        ("2026-11-29T01:00", False),
    ],
)
def test_a_night_belongs_to_the_day_it_began_on(local: str, served: bool) -> None:
    assert served_at((LUNCH, LATE), datetime.fromisoformat(local)) is served


def test_what_names_no_hours_is_always_served() -> None:
    assert served_at((), datetime.fromisoformat("2026-11-23T03:00"))


def test_days_and_hours_read_as_people_write_them() -> None:
    assert LUNCH.days == (1, 2, 3, 4, 5)
    assert said((LUNCH, LATE)) == "Mon–Fri 11:00–15:00; Sun 22:00–02:00"
    assert heard("Monday - friday, 11-15; sun 22.00 – 2:00") == (LUNCH, LATE)
    assert heard("Fri-Mon 9-24:00") == (Serving(days=(1, 5, 6, 7), opens=540, closes=1440),)
    assert heard("09:00–17:00")[0].days == (1, 2, 3, 4, 5, 6, 7)
    assert heard(" ") == ()


@given(st.lists(SERVINGS, max_size=3))
def test_whatever_hours_can_be_kept_can_be_said_and_heard(servings: list[Serving]) -> None:
    assert heard(said(servings)) == tuple(servings)


@pytest.mark.parametrize("text", ["Mon", "Xyz 9-10", "Mon-Tue-Wed 9-10", "9-25", "9:70-10", "lunch"])
def test_what_says_no_hours_is_refused_in_words(text: str) -> None:
    with pytest.raises(MenuError, match="says no days and hours: write them as Mon–Fri 11:00–15:00"):
        heard(text)


@pytest.mark.parametrize(("opens", "closes"), [(600, 600), (600, 599), (1440, 1500), (600, 2041)])
def test_hours_end_within_a_day_after_they_begin(opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="begins within its day"):
        Serving(days=(1,), opens=opens, closes=closes)
