"""Pull and position told apart on menus whose true pull is known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.insights.appeal import BY_CHANCE, appeal, curve, shrunk

Frame = Callable[..., pd.DataFrame]
ITEMS = 40


def planted(seed: int, versions: int, bias: float, restaurant: str = "r1") -> tuple[np.ndarray, pd.DataFrame]:
    """The true pull of each item, and item_positions of a menu put into another order with each version: of those who
    view an item at position p, its pull × p^−bias open it."""
    rng = np.random.default_rng(seed)
    pull, order, rows = rng.beta(2, 8, ITEMS), np.arange(ITEMS), []
    for version in range(1, versions + 1):
        position = np.argsort(order) + 1
        viewed = rng.binomial(1500, 0.95 * np.exp(-position / 30))
        opened = rng.binomial(viewed, pull * position**-bias)
        counts = {"menu_version": version, "position": position, "viewed": viewed, "opened": opened}
        names = [f"{restaurant}-{n}" for n in range(ITEMS)]
        rows.append(pd.DataFrame({"restaurant_id": restaurant, "item_id": names, "section_id": "all", **counts}))
        order = rng.permutation(ITEMS)
    return pull, pd.concat(rows).convert_dtypes(dtype_backend="pyarrow")


def on_the_menu(placed: pd.DataFrame) -> pd.DataFrame:
    return placed[placed["menu_version"] == placed["menu_version"].max()]


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(np.argsort(np.argsort(one)), np.argsort(np.argsort(other)))[0, 1])


def as_counted(placed: pd.DataFrame) -> np.ndarray:
    sums = placed.groupby("item_id", sort=False)[["opened", "viewed"]].sum()
    return (sums["opened"] / sums["viewed"]).to_numpy(dtype=float)


@pytest.mark.parametrize("seed", range(4))
def test_items_that_stood_at_several_positions_are_freed_of_them(seed: int) -> None:
    pull, placed = planted(seed, versions=3, bias=0.6)
    told, method = appeal(on_the_menu(placed), placed)
    assert method == "own"
    assert rank_correlation(told["appeal"].to_numpy(), pull) > 0.9
    assert rank_correlation(as_counted(placed), pull) < 0.88


@pytest.mark.parametrize("seed", range(4))
def test_a_menu_of_one_version_is_left_as_counted(seed: int) -> None:
    _, placed = planted(seed, versions=1, bias=0.6)
    told, method = appeal(on_the_menu(placed), placed)
    assert method == "plain"
    assert told["expected"].tolist() == placed["viewed"].tolist()
    assert rank_correlation(told["appeal"].to_numpy(), as_counted(placed)) > 0.99


def test_positions_that_change_nothing_are_not_corrected_for() -> None:
    methods = [appeal(on_the_menu(placed), placed)[1] for _, placed in (planted(s, 3, 0.0) for s in range(30))]
    assert methods.count("flat") >= 29


def test_a_curve_of_other_restaurants_serves_a_menu_that_never_changed() -> None:
    pull, placed = planted(1, versions=1, bias=0.6)
    others = [planted(seed, 3, 0.6, f"r{seed}")[1] for seed in (2, 3)]
    told, method = appeal(on_the_menu(placed), placed, pd.concat([placed, *others]))
    assert method == "pooled"
    assert rank_correlation(told["appeal"].to_numpy(), pull) > rank_correlation(as_counted(placed), pull) + 0.1


def test_what_was_taken_in_all_is_what_the_corrected_appeal_explains() -> None:
    _, placed = planted(5, versions=3, bias=0.5)
    told, _ = appeal(on_the_menu(placed), placed)
    assert told["expected"].sum() == pytest.approx(float(placed["viewed"].sum()))
    assert told["taken"].sum() == placed["opened"].sum()


def test_only_items_still_on_the_menu_are_told_of_and_those_never_seen_stand_at_the_mean() -> None:
    _, placed = planted(2, versions=2, bias=0.5)
    items = pd.DataFrame({"item_id": ["r1-3", "new"], "section_id": ["all", "all"]})
    told, _ = appeal(items, placed)
    assert told["item_id"].tolist() == ["r1-3", "new"]
    assert told["expected"].iloc[1] == 0
    assert told["appeal"].iloc[1] == pytest.approx(told["section_appeal"].iloc[1])
    assert told["low"].iloc[1] < told["low"].iloc[0] or told["high"].iloc[1] > told["high"].iloc[0]


def test_a_section_that_nobody_viewed_is_unknown() -> None:
    told, mean = shrunk([0, 0, 5], [0, 0, 50], np.array([0, 0, 1]))
    assert np.isnan(told.value[:2]).all()
    assert np.isnan(mean[:2]).all()
    assert told.low[2] < told.value[2] < told.high[2]


def test_the_gamma_interval_holds_nine_of_ten_truths() -> None:
    rng = np.random.default_rng(11)
    held = []
    for _ in range(60):
        truth, n = rng.gamma(6, 0.04, ITEMS), rng.integers(40, 400, ITEMS)
        told, _ = shrunk(rng.poisson(truth * n), n, np.zeros(ITEMS, dtype=int))
        held.append((told.low <= truth) & (truth <= told.high))
    assert 0.87 < np.mean(held) < 0.93


cells = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=60
)


@given(cells)
def test_a_curve_is_finite_and_fits_the_totals(rows: list[tuple[int, int, int, int]]) -> None:
    items, positions, viewed, taken = (np.array(column) for column in zip(*rows, strict=True))
    taken = np.minimum(taken, viewed)
    found = curve(items, positions, viewed, taken)
    assert np.isfinite(found.pulls).all()
    assert (found.pulls >= 0).all()
    assert 0 <= found.chance <= 1


@given(st.lists(st.tuples(st.integers(0, 10**5), st.integers(0, 10**5), st.integers(0, 4)), min_size=1, max_size=40))
def test_a_shrunk_rate_lies_between_its_own_and_its_groups(rows: list[tuple[int, int, int]]) -> None:
    c, extra, groups = (np.array(column) for column in zip(*rows, strict=True))
    e = c + extra
    told, mean = shrunk(c, e, groups)
    known = np.isfinite(mean) & (e > 0)
    own = c[known] / e[known]
    assert (np.minimum(own, mean[known]) - 1e-9 <= told.value[known]).all()
    assert (told.value[known] <= np.maximum(own, mean[known]) + 1e-9).all()
    assert (told.low[known] <= told.high[known]).all()


def test_where_nothing_moved_no_position_is_told_from_another() -> None:
    found = curve(np.arange(5), np.arange(5), [100] * 5, [50, 40, 30, 20, 10])
    assert found.pulls.tolist() == [1] * 5
    assert found.chance == 1 > BY_CHANCE
