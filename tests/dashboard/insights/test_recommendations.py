from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.insights.recommendations import (
    choices,
    drawn,
    effect,
    elsewhere,
    groups,
    headline,
    liked,
    matching,
    shown,
    standing_out,
    together,
)
from tests.dashboard.insights.conftest import Frame


def counted(shown: tuple[int, int], held: tuple[int, int], views: int = 0, opens: int = 0) -> pd.DataFrame:
    """recommendation_effect of one restaurant: visits and ordering visits of both groups, in two currencies."""
    rows = [
        {"restaurant_id": "r1", "group": "shown", "visits": shown[0], "ordering_visits": shown[1], "currency": "EUR"}
        | {"views": views, "opens": opens},
        {"restaurant_id": "r1", "group": "holdout", "visits": held[0] - 1, "ordering_visits": held[1]}
        | {"views": 0, "opens": 0, "currency": "EUR"},
        {"restaurant_id": "r1", "group": "holdout", "visits": 1, "ordering_visits": 0, "views": 0, "opens": 0}
        | {"currency": "CHF"},
    ]
    return pd.DataFrame(rows).convert_dtypes(dtype_backend="pyarrow")


@pytest.mark.parametrize(
    ("shown", "held", "title"),
    [
        ((9000, 4500), (1000, 400), "Guests who may see recommendations order more often here: 50% against 40%"),
        ((9000, 3600), (1000, 500), "Guests who may see recommendations order less often here: 40% against 50%"),
        ((900, 400), (100, 41), "Too few visits yet to tell whether recommendations change what guests order here"),
        ((4, 4), (3, 0), "Too few visits yet to tell whether recommendations change what guests order here"),
        ((900_000, 400_000), (100_000, 44_450), "Recommendations change nothing in what guests order here"),
    ],
)
def test_the_title_says_whether_recommendations_change_orders_and_nothing_on_noise(
    shown: tuple[int, int], held: tuple[int, int], title: str
) -> None:
    told = effect(counted(shown, held))
    assert told
    assert headline(told, "here") == title
    assert headline(told) == title.replace(" here", "")


def test_where_nobody_came_nothing_is_told() -> None:
    assert effect(counted((10, 1), (1, 0)).iloc[:0]) is None


def test_visits_are_counted_over_currencies_and_opens_of_those_who_saw() -> None:
    told = effect(counted((1000, 500), (101, 40), views=400, opens=100))
    assert told
    assert (told.shown.visits, told.held.visits, told.held.ordering) == (1000, 101, 40)
    assert float(told.opened.value) == 0.25
    assert groups(told)["value"].tolist() == [0.5, pytest.approx(40 / 101)]
    assert drawn(told).startswith("101 of 1,101 visits were drawn by chance to see no recommendations")


@pytest.mark.parametrize(
    ("shown", "held", "said"),
    [
        ((9000, 4500), (1000, 400), "The others order 6.8 to 13.2 points more often (95%)."),
        ((9000, 3600), (1000, 500), "The others order 6.7 to 13.3 points less often (95%)."),
        ((1000, 400), (1000, 400), "The others may order up to 4.3 points less often, or up to 4.3 more often (95%)."),
    ],
)
def test_how_far_apart_the_groups_are_is_said_without_a_sign(
    shown: tuple[int, int], held: tuple[int, int], said: str
) -> None:
    told = effect(counted(shown, held))
    assert told
    assert drawn(told).endswith(said)


def test_a_group_of_a_few_visits_has_no_rate_and_says_why() -> None:
    told = effect(counted((1000, 500), (4, 2)))
    assert told
    assert groups(told).empty
    assert drawn(told).startswith("4 of 1,004 visits were held out so far")


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 400), st.integers(0, 400))
def test_any_counts_make_a_sentence(n: int, k: int, m: int, j: int) -> None:
    told = effect(counted((n, min(k, n)), (m, min(j, m - 1) if m > 1 else 0)))
    assert told
    assert headline(told, "here").endswith(("here", "%"))
    assert drawn(told)[0].isdigit()


def seen(arrow: Frame, **items: tuple[int, int]) -> pd.DataFrame:
    """recommendation_views over two days: item → views and opens; beside each the rows of its whole restaurant."""
    rows = [
        {
            "recommended_restaurant_id": "somtum",
            "recommended_restaurant_name": "Som Tum",
            "recommended_item_id": item,
            "recommended_item_name": item and item.title(),
            "views": n // 2 + n % 2 * day,
            "opens": k // 2 + k % 2 * day,
            "arrivals": None,
            "ordering_visits": None,
        }
        for day, (item, (n, k)) in product((0, 1), ({None: (5000, 900)} | items).items())
    ]
    frame = pd.DataFrame(rows)
    return arrow(**{name: frame[name] for name in frame}).astype({"arrivals": "int64[pyarrow]"})


def test_what_guests_were_shown_is_summed_by_item_over_days(arrow: Frame) -> None:
    told = shown(seen(arrow, rolls=(301, 61), soup=(700, 20), tea=(4, 2)))
    assert told["item_name"].tolist() == ["Soup", "Rolls", "Tea"]
    assert told["views"].tolist() == [700, 301, 4]
    assert told["opens"].tolist() == [20, 61, 2]
    assert told["arrivals"].isna().all()
    assert np.isnan(told["open_rate"].iloc[2])
    assert (told["low"].iloc[:2] < told["open_rate"].iloc[:2]).all()


def test_what_is_opened_more_than_the_rest_is_named_and_noise_is_not(arrow: Frame) -> None:
    assert standing_out(shown(seen(arrow, rolls=(1000, 300), soup=(1000, 100), tea=(1000, 110)))) == (
        "Rolls at Som Tum is opened more than the rest"
    )
    assert standing_out(shown(seen(arrow, rolls=(100, 11), soup=(100, 9)))).startswith("Guests open 10% of what")
    assert standing_out(shown(seen(arrow, rolls=(3, 1)))) == "Too few views yet to say what guests open"


def recommended(arrow: Frame, **more: list[object]) -> pd.DataFrame:
    return arrow(
        item_id=[None, "curry", "curry"],
        item_name=[None, "Green Curry", "Green Curry"],
        recommended_restaurant_name=["Som Tum", "Som Tum", "Krua"],
        recommended_item_name=["Papaya Salad", "Papaya Salad", "Sticky Rice"],
        rank=[1, 1, 2],
        support=[40, 10, None],
        reason=["About half of the guests here also went to Som Tum", "About a third", "Popular nearby"],
        share_rate=[0.5, 0.33, None],
        **({"item_guests": [None] * 3} | more),
    )


def test_a_manager_reads_rounded_shares_without_a_false_interval(arrow: Frame) -> None:
    told = elsewhere(recommended(arrow).astype({"item_guests": "int64[pyarrow]"}), "")
    assert told[["name", "under"]].to_numpy().tolist() == [["Som Tum", "above all Papaya Salad"]]
    assert told["value"].tolist() == [0.5]
    assert told[["low", "high"]].isna().all(axis=None)
    assert liked(told) == "About half of the guests here also went to Som Tum"


def test_counts_come_with_their_interval(arrow: Frame) -> None:
    told = elsewhere(recommended(arrow, item_guests=[80, 30, 30]), "curry")
    assert told["name"].tolist() == ["Papaya Salad", "Sticky Rice"]
    assert told["value"].iloc[0] == pytest.approx(1 / 3)
    assert told["low"].iloc[0] < 1 / 3 < told["high"].iloc[0]
    assert told.iloc[1][["value", "low", "high"]].isna().all()


def test_what_is_only_popular_nearby_says_so(arrow: Frame) -> None:
    frame = recommended(arrow).astype({"item_guests": "int64[pyarrow]"})
    assert liked(elsewhere(frame.iloc[2:], "curry")) == "Too few guests in common yet: what is popular nearby"
    assert liked(elsewhere(frame, "nothing")) == "Nothing elsewhere to recommend yet"


def pairs(arrow: Frame, both: int, other_guests: int) -> pd.DataFrame:
    """goes_well_with of three items: curry and rice were taken by `both` of 100 guests each, of 1000 in all."""
    return arrow(
        item_id=["curry", "rice", "curry"],
        item_name=["Curry", "Rice", "Curry"],
        other_item_id=["rice", "curry", "tea"],
        other_item_name=["Rice", "Curry", "Tea"],
        reason=["a", "b", "Popular here"],
        support=[both, both, None],
        item_guests=[100, other_guests, 100],
        other_guests=[other_guests, 100, 500],
        restaurant_guests=[1000] * 3,
    )


def test_a_pair_stands_once_and_says_how_many_times_as_many_take_it(arrow: Frame) -> None:
    told = together(pairs(arrow, 60, 200), "")
    assert len(told) == 1
    row = told.iloc[0]
    assert (row["value"], row["usual"], row["lift"]) == (0.6, 0.2, pytest.approx(3))
    assert row["low"] < 0.6 < row["high"]
    assert matching(told) == "Rice goes well with Curry: 3.0 times as many take it as of all guests"
    assert together(pairs(arrow, 60, 200), "rice")["other_item_name"].tolist() == ["Curry"]


def test_a_pair_within_chance_is_no_match(arrow: Frame) -> None:
    told = together(pairs(arrow, 21, 200), "")
    assert (told["sure_lift"] < 1).all()
    assert matching(told) == "No two items are taken together more than chance explains"
    assert matching(together(pairs(arrow, 21, 200), "nothing")) == "Too few guests yet to say what goes well together"


def test_one_may_ask_of_every_item_that_there_is_something_to_say_of(arrow: Frame) -> None:
    told = choices(recommended(arrow), pairs(arrow, 60, 200))
    assert list(told.items()) == [("", "The whole menu"), ("curry", "Curry"), ("rice", "Rice")]
