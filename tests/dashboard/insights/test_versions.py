from collections.abc import Callable
from datetime import date

import pandas as pd

from dashboard.insights.heatmap import CONVERSION
from dashboard.insights.versions import (
    before,
    changing,
    compare,
    history,
    last_days,
    leaving,
    newest_first,
    published,
    seen,
)

Frame = Callable[..., pd.DataFrame]
FOUR = ["Soup", "Stew", "Cake", "Wine"]


def menus(arrow: Frame) -> pd.DataFrame:
    """Soup moves up and gets dearer in version 3; Tea is gone in it."""
    return arrow(
        menu_version=[1, 1, 2, 2, 3, 3],
        item_id=["soup", "tea", "soup", "tea", "soup", "stew"],
        item_name=["Soup", "Tea", "Soup", "Tea", "Soup", "Stew"],
        section_name="Mains",
        position=[4, 2, 4, 2, 1, 2],
        price_minor=[900, 300, 900, 300, 950, 1200],
    )


def test_changes_are_told_apart_from_chance(items: Frame) -> None:
    now = items(FOUR, ordered=[300, 100, 105, 100])
    then = items(["Soup", "Stew", "Cake", "Tea"], ordered=[200, 200, 100, 50])
    compared = compare(now, now, then, then, CONVERSION)
    assert compared["verdict"].tolist() == ["up", "down", "noise", "new"]
    assert compared["item_name"].tolist() == FOUR
    assert changing(compared, 2) == "Soup rose, Stew fell since v2"


def test_too_few_visits_give_no_verdict(items: Frame) -> None:
    now, then = items(FOUR, visits=8), items(FOUR)
    compared = compare(now, now, then, then, CONVERSION)
    assert set(compared["verdict"]) == {"unknown"}
    assert changing(compared, 2) == "Too few visits or days yet to compare with v2"


def test_no_change_is_said_plainly(items: Frame) -> None:
    now = items(FOUR, ordered=[100, 104, 98, 99])
    assert changing(compare(now, now, now, now, CONVERSION), 2) == "Nothing changed beyond chance since v2"


def test_what_left_the_menu_is_named(arrow: Frame) -> None:
    assert leaving(menus(arrow), 3, 2) == "Off the menu since v2: Tea."
    assert leaving(menus(arrow), 2, 1) == ""


def test_an_items_places_and_prices_are_told_newest_first(arrow: Frame) -> None:
    assert history(menus(arrow), "soup", "EUR") == {
        "Position": "number 1 since v3, number 4 from v1",
        "Price": "€9.50 since v3, €9.00 from v1",
    }
    assert history(menus(arrow), "tea", None) == {"Position": "number 2 since v1"}
    assert history(menus(arrow), "nowhere", "EUR") == {}


def known(arrow: Frame) -> pd.DataFrame:
    """menu_versions: v3 is published and not read yet."""
    days = [date(2026, 10, 1), date(2026, 11, 5), None]
    return arrow(
        menu_version=[1, 2, 3], first_seen_date=days, last_seen_date=[date(2026, 11, 6), date(2026, 11, 9), None]
    )


def test_versions_are_offered_newest_first(arrow: Frame) -> None:
    told = newest_first(known(arrow))
    assert told == {"3": "v3 · not read yet", "2": "v2 · since 5 Nov", "1": "v1 · since 1 Oct"}


def test_a_version_is_compared_with_the_newest_earlier_one_that_was_read(arrow: Frame) -> None:
    assert [before(known(arrow), version) for version in (1, 2, 3)] == [None, 1, 2]
    assert last_days(known(arrow), 1, 7) == {"first_date": date(2026, 10, 31), "last_date": date(2026, 11, 6)}
    assert last_days(known(arrow), 2, 30) == {"first_date": date(2026, 11, 5), "last_date": date(2026, 11, 9)}
    assert last_days(known(arrow), 3, 30) is None
    assert seen(known(arrow), 1, date(2026, 11, 3), date(2026, 11, 9)) == "3 Nov – 6 Nov"


def test_only_versions_that_came_out_in_the_days_shown_are_marked(arrow: Frame) -> None:
    assert published(known(arrow), since=date(2026, 11, 1)) == {date(2026, 11, 5): "menu v2"}
    assert published(known(arrow), since=date(2026, 11, 6)) == {}
