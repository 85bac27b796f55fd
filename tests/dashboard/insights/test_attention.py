from collections.abc import Callable

import pandas as pd
import pytest

from dashboard.insights.attention import (
    attention,
    folds,
    got_this_far,
    out_of_sight,
    read_and_left,
    reading_depth,
    reading_without_ordering,
    staying_out_of_sight,
    with_rates,
)

Frame = Callable[..., pd.DataFrame]
SIX = ["Soup", "Stew", "Cake", "Wine", "Beer", "Tea"]


def test_rates_carry_their_intervals_and_small_counts_carry_none(items: Frame) -> None:
    rated = with_rates(items(["Soup", "Stew"], reached=[400, 9], viewed=[300, 6], ordered=[60, 1]))
    soup, stew = rated.iloc[0], rated.iloc[1]
    assert soup["skip_rate"] == 0.25
    assert soup["skip_rate_low"] < 0.25 < soup["skip_rate_high"]
    assert soup["conversion_rate"] == 0.2
    assert pd.isna([stew["skip_rate"], stew["skip_rate_high"], stew["conversion_rate"]]).all()
    assert stew["never_rate"] == pytest.approx(0.991)


def test_rows_come_in_the_order_of_the_menu(items: Frame) -> None:
    shuffled = items(SIX).sample(frac=1, random_state=3)
    assert with_rates(shuffled)["item_name"].tolist() == SIX


def test_who_jumps_further_down_got_this_far_too(items: Frame) -> None:
    rated = with_rates(items(["Soup", "Stew", "Cake", "Wine"], reached=[900, 300, 200, 600]))
    assert got_this_far(rated).tolist() == [0.9, 0.6, 0.6, 0.6]


def test_folds_lie_above_the_first_item_that_fewer_guests_reach(items: Frame) -> None:
    assert folds(with_rates(items(SIX, reached=[1000, 800, 700, 300, 200, 90]))) == {
        2: [0.75],
        3: [0.5],
        4: [0.25],
        5: [0.1],
    }


def test_a_sharp_drop_folds_twice_in_one_place(items: Frame) -> None:
    assert folds(with_rates(items(["Soup", "Stew", "Cake"], reached=[1000, 400, 400]))) == {1: [0.75, 0.5]}


def test_a_menu_read_to_the_end_has_no_fold(items: Frame) -> None:
    assert folds(with_rates(items(SIX, reached=[900] * 6))) == {}


def sections(items: Frame, reached: list[int], visits: int = 1000) -> pd.DataFrame:
    names = ["Starters", "Mains", "Desserts"]
    return with_rates(items(names, sections=names, visits=visits, reached=reached))


def test_the_depth_names_the_first_section_that_most_guests_miss(items: Frame) -> None:
    assert reading_depth(sections(items, [990, 800, 330])) == "Two thirds of the guests never reach Desserts"
    assert reading_depth(sections(items, [990, 400, 330])) == "60% of the guests never reach Mains"


def test_the_depth_says_so_when_guests_read_on(items: Frame) -> None:
    assert reading_depth(sections(items, [990, 900, 820])) == "82% of the guests get to Desserts, the last section"


def test_the_depth_claims_nothing_from_a_few_visits(items: Frame) -> None:
    assert reading_depth(sections(items, [5, 1, 0], visits=5)) == "Too few visits yet to say how far guests read"


def test_an_item_viewed_often_and_ordered_seldom_is_read_and_left(items: Frame) -> None:
    rated = with_rates(items(SIX, viewed=[950, 500, 600, 600, 500, 700], ordered=[10, 100, 120, 130, 90, 140]))
    assert read_and_left(rated)["item_name"].tolist() == ["Soup"]
    assert reading_without_ordering(rated) == "Soup is read, not ordered"


def test_items_alike_up_to_chance_are_not_read_and_left(items: Frame) -> None:
    rated = with_rates(items(SIX, viewed=[70, 60, 65, 66, 61, 68], ordered=[6, 7, 8, 9, 7, 8], visits=100))
    assert reading_without_ordering(rated) == "No item is clearly read and left"


def test_too_few_views_are_too_few_to_say(items: Frame) -> None:
    rated = with_rates(items(["Soup", "Stew"], visits=4))
    assert reading_without_ordering(rated) == "Too few views yet to say what is read and left"
    assert staying_out_of_sight(rated) == "Too few visits yet to say what is never reached"


def test_what_sells_below_the_fold_is_named(items: Frame) -> None:
    rated = with_rates(items(SIX, reached=[990, 950, 900, 880, 300, 200], ordered=[90, 90, 80, 80, 20, 90]))
    assert out_of_sight(rated)["item_name"].tolist() == ["Tea", "Beer"]
    assert (
        staying_out_of_sight(rated) == "2 items stay out of most guests’ sight; Tea sells well to those who get there"
    )


def test_what_nobody_reached_is_named(items: Frame) -> None:
    rated = with_rates(items(SIX, reached=[990, 950, 900, 880, 800, 0]))
    assert staying_out_of_sight(rated) == "Nobody has reached Tea"


def test_a_menu_that_is_seen_whole_hides_nothing(items: Frame) -> None:
    assert staying_out_of_sight(with_rates(items(SIX))) == "Most guests get to see every item"


def test_the_title_joins_depth_and_what_is_left(items: Frame) -> None:
    rated = with_rates(items(SIX, viewed=[950, 500, 600, 600, 500, 700], ordered=[10, 100, 120, 130, 90, 140]))
    title = attention(sections(items, [990, 800, 500]), rated)
    assert title == "Half of the guests get to Desserts, the last section; Soup is read and left"
