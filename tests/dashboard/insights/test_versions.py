from collections.abc import Callable

import pandas as pd

from dashboard.insights.heatmap import CONVERSION
from dashboard.insights.versions import changing, compare, leaving, moving

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
    before = items(["Soup", "Stew", "Cake", "Tea"], ordered=[200, 200, 100, 50])
    compared = compare(now, now, before, before, CONVERSION)
    assert compared["verdict"].tolist() == ["up", "down", "noise", "new"]
    assert compared["item_name"].tolist() == FOUR
    assert changing(compared, 2) == "Soup rose, Stew fell since v2"


def test_too_few_visits_give_no_verdict(items: Frame) -> None:
    now, before = items(FOUR, visits=8), items(FOUR)
    compared = compare(now, now, before, before, CONVERSION)
    assert set(compared["verdict"]) == {"unknown"}
    assert changing(compared, 2) == "Too few visits or days yet to compare with v2"


def test_no_change_is_said_plainly(items: Frame) -> None:
    now = items(FOUR, ordered=[100, 104, 98, 99])
    assert changing(compare(now, now, now, now, CONVERSION), 2) == "Nothing changed beyond chance since v2"


def test_what_left_the_menu_is_named(arrow: Frame) -> None:
    assert leaving(menus(arrow), 3, 2) == "Off the menu since v2: Tea."
    assert leaving(menus(arrow), 2, 1) == ""


def test_an_items_places_and_prices_are_told_newest_first(arrow: Frame) -> None:
    assert moving(menus(arrow), "soup", "EUR") == "Number 1 since v3, 4 from v1; €9.50 since v3, €9.00 from v1."
    assert moving(menus(arrow), "tea", "EUR") == "Number 2 since v1; €3.00 since v1."
    assert moving(menus(arrow), "tea", None) == "Number 2 since v1."


def test_an_unknown_menu_has_no_places(arrow: Frame) -> None:
    assert moving(menus(arrow), "nowhere", "EUR").startswith("This restaurant’s menu isn’t known")
