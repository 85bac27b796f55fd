import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.insights.network import houses, networks, showing, strongest, ties
from tests.dashboard.insights.conftest import Frame

AREAS = {"a": "Harbour", "b": "Harbour", "c": "Harbour", "d": "Hill", "e": "Hill", "f": None}


def report(arrow: Frame, *rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """recommendation_network: from, to, guests, arrivals; each seen 100 times, opened 10 times."""
    one, other, guests, arrivals = zip(*rows, strict=True)
    return arrow(
        restaurant_id=one,
        restaurant_name=[id.upper() for id in one],
        recommended_restaurant_id=other,
        recommended_restaurant_name=[id.upper() for id in other],
        guests=guests,
        views=[100] * len(rows),
        opens=[10] * len(rows),
        arrivals=arrivals,
        ordering_visits=[each // 2 for each in arrivals],
    )


def test_a_tie_stands_once_with_the_visits_of_both_ways(arrow: Frame) -> None:
    rows = report(arrow, ("a", "b", 40, 8), ("b", "a", 40, 2), ("b", "c", 0, 3), ("d", "e", 7, 0))
    harbour, hill = networks(rows, AREAS, "guests")
    assert (harbour.area, hill.area) == ("Harbour", "Hill")
    assert harbour.edges[["guests", "arrivals", "weight"]].to_numpy().tolist() == [[40, 10, 40]]
    assert harbour.nodes["restaurant_name"].tolist() == ["A", "B"]
    assert harbour.edges["words"].tolist() == [
        "A and B: 40 guests in common, 10 visits that came of a recommendation",
    ]
    [harbour] = networks(rows, AREAS, "arrivals")
    assert sorted(harbour.edges["weight"]) == [3, 10]
    assert any("too few guests in common to tell" in told for told in harbour.edges["words"])


def test_who_is_tied_to_most_stands_beside_it(arrow: Frame) -> None:
    ids = [f"r{n}" for n in range(8)]
    rows = report(arrow, *((ids[n], ids[n + 1], 100 - n, 0) for n in range(7)), ("r0", "r7", 5, 0))
    [found] = networks(rows, dict.fromkeys(ids, "Harbour"), "guests")
    places = found.nodes.reset_index().set_index("restaurant_id")["index"]
    assert all(abs(places[ids[n]] - places[ids[n + 1]]) in (1, 7) for n in range(7))


def test_the_title_names_the_strongest_tie_or_says_what_came_of_recommendations(arrow: Frame) -> None:
    rows = report(arrow, ("a", "b", 40, 8), ("b", "a", 40, 2), ("d", "e", 70, 0))
    assert strongest(networks(rows, AREAS, "guests"), rows, "guests") == "D and E share most guests: 70"
    came = strongest(networks(rows, AREAS, "arrivals"), rows, "arrivals")
    assert came == "10 visits came of a recommendation, and 5 of them ordered"
    assert strongest([], rows, "guests") == "Too few guests in common yet"
    assert strongest([], rows, "arrivals") == "No visit came of a recommendation yet"


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from("abcdef")] * 2, st.integers(0, 50), st.integers(0, 50)), max_size=30))
def test_any_network_keeps_its_ties_within_areas_and_its_sums(rows: list[tuple[str, str, int, int]]) -> None:
    known = {(one, other): (one, other, guests, came) for one, other, guests, came in rows if one != other}
    frame = report(lambda **columns: pd.DataFrame(columns), *(known.values() or [("a", "b", 0, 0)]))
    for by in ("guests", "arrivals"):
        for found in networks(frame, AREAS, by):
            assert {*found.nodes["restaurant_id"]} <= {id for id, area in AREAS.items() if (area or "") == found.area}
            assert found.nodes["weight"].sum() == 2 * found.edges["weight"].sum()
            assert (found.edges["one"] != found.edges["other"]).all()
    told = ties(frame, AREAS)
    assert told["open_rate"].between(0, 1).all()


def effects(arrow: Frame, **counts: tuple[int, int, int, int]) -> pd.DataFrame:
    """recommendation_effect: restaurant → visits and ordering visits, shown and held out; half of the shown saw one."""
    rows = [
        {"restaurant_id": id, "group": group, "visits": n, "ordering_visits": k, "views": seen, "opens": seen // 10}
        for id, (n, k, m, j) in counts.items()
        for group, n, k, seen in (("shown", n, k, n // 2), ("holdout", m, j, 0))
    ]
    return arrow(**pd.DataFrame(rows).to_dict("list"))


def test_restaurants_are_told_by_what_they_show_and_where_it_leads(arrow: Frame) -> None:
    places = {id: (id.upper(), area) for id, area in AREAS.items()}
    tied = ties(report(arrow, ("a", "b", 40, 8), ("b", "a", 40, 2), ("c", "b", 0, 1)), places)
    counted = effects(arrow, a=(9000, 4500, 1000, 400), b=(900, 300, 100, 30), c=(100, 20, 4, 1))
    told = houses(counted, tied, places).set_index("restaurant_id")
    assert told.index[0] == "a"
    assert told.loc["a", ["views", "opens", "sent", "came", "ordered"]].tolist() == [4500, 450, 8, 2, 1]
    assert told.loc["b", ["sent", "came", "ordered"]].tolist() == [2, 9, 4]
    assert told.loc["f", ["views", "sent", "came"]].tolist() == [0, 0, 0]
    assert told["area"].tolist() == [AREAS[id] or "" for id in told.index]
    assert told.loc["a", "gap_low"] > 0 > told.loc["b", "gap_low"]
    assert np.isnan(told.loc["c", "gap"])
    assert showing(told.reset_index()) == "A orders more with recommendations"


def test_a_loss_is_said_before_a_gain_and_chance_is_neither(arrow: Frame) -> None:
    places = {id: (id.upper(), area) for id, area in AREAS.items()}
    none = ties(report(arrow, ("a", "b", 40, 0)), places)
    both = effects(arrow, a=(9000, 4500, 1000, 400), b=(9000, 3600, 1000, 500))
    assert showing(houses(both, none, places)) == "B orders less with recommendations"
    alike = effects(arrow, a=(900, 450, 100, 49))
    assert showing(houses(alike, none, places)) == "Nowhere do recommendations change orders beyond chance"
