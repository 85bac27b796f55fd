from collections.abc import Callable

import pandas as pd

from dashboard.insights.story import rank, steps, told

Frame = Callable[..., pd.DataFrame]


def menu(items: Frame, **given: list[int]) -> pd.DataFrame:
    return items(["Soup", "Stew", "Goulash", "Tea"], sections=["Starters", "Mains", "Mains", "Drinks"], **given)


def test_each_step_stands_against_the_rest_of_the_section(items: Frame) -> None:
    shown = menu(items, reached=[990, 800, 600, 300], viewed=[900, 600, 300, 200], ordered=[90, 30, 60, 20])
    stew = steps(shown, "stew").set_index("name")
    assert stew.loc["Reached", ["rate", "section_rate"]].tolist() == [0.8, 0.6]
    assert stew.loc["Ordered", ["rate", "section_rate"]].tolist() == [0.05, 0.2]
    assert stew["verdict"].to_dict() == {"Reached": "above", "Viewed": "above", "Opened": "alike", "Ordered": "below"}
    assert stew.loc["Ordered", "low"] < 0.05 < stew.loc["Ordered", "high"]


def test_an_item_alone_in_its_section_has_nothing_to_stand_against(items: Frame) -> None:
    assert steps(menu(items), "tea")["section_rate"].isna().all()
    assert rank(menu(items), "tea") == (1, 1)


def test_the_story_says_how_long_guests_stay_and_who_never_comes(items: Frame) -> None:
    shown = menu(items, reached=[990, 800, 600, 300], viewed=[900, 500, 400, 200], dwell_ms=[0, 3_000_000, 800_000, 0])
    assert told(shown, "stew") == (
        "Guests who view it stay 6.0 s, 3.0 times the rest of Mains. 20% never get to it, at number 2."
    )
    assert rank(shown, "goulash") == (2, 2)


def test_the_story_of_a_few_visits_is_not_told(items: Frame) -> None:
    assert told(menu(items, visits=5), "soup") == "Too few visits yet to tell this item’s story."
    few = menu(items, reached=[990, 3, 600, 300])
    assert told(few, "stew") == "99.7% never get to it, at number 2. Too few guests have viewed it yet to say more."
