import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.insights.rates import (
    FEWEST_ALIKE,
    alike,
    apart,
    daily_mean,
    difference,
    interval,
    normal_quantile,
    rate,
    share,
    shares,
    student_quantile,
)


def test_wilsons_interval_gives_the_published_limits() -> None:
    # Newcombe 1998 (two-sided intervals for the single proportion), table I, method 3: 81/263, 15/148, 0/20, 1/29
    low, high = interval([81, 15, 0, 1], [263, 148, 20, 29])
    assert low == pytest.approx([0.2553, 0.0624, 0.0, 0.0061], abs=5e-5)
    assert high == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=5e-5)


def test_newcombes_interval_of_a_difference_gives_the_published_limits() -> None:
    # Newcombe 1998, table II, method 10: 56/70 against 48/80, and 9/10 against 3/10
    gap = difference([56, 9], [70, 10], [48, 3], [80, 10])
    assert gap.value == pytest.approx([0.2, 0.6])
    assert gap.low == pytest.approx([0.0524, 0.1705], abs=5e-5)
    assert gap.high == pytest.approx([0.3339, 0.8090], abs=5e-5)


def test_a_rate_over_nothing_is_unknown() -> None:
    assert np.isnan(rate([0], [0])).all()
    assert np.isnan(interval([0], [0])).all()


def test_a_share_of_a_few_visits_is_not_told() -> None:
    assert np.isnan(share([3], [9]).value).all()
    assert np.isnan(apart(share([3], [9]), share([30], [90])).low).all()


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0.5, 6))
def test_an_interval_holds_its_rate_and_stays_inside_0_and_1(successes: int, failures: int, z: float) -> None:
    if successes + failures:
        low, high = interval(successes, successes + failures, z)
        assert 0 <= low <= rate(successes, successes + failures) + 1e-12
        assert rate(successes, successes + failures) - 1e-12 <= high <= 1


def test_many_comparisons_share_the_risk() -> None:
    assert normal_quantile() == pytest.approx(1.959964, abs=1e-6)
    assert normal_quantile(among=40) == pytest.approx(normal_quantile(1 - 0.05 / 40))


def test_students_t_is_that_of_the_tables() -> None:
    assert student_quantile(normal_quantile(), [4, 9, 29]) == pytest.approx([2.776, 2.262, 2.045], abs=2e-3)
    assert student_quantile(normal_quantile(0.999), [4, 9]) == pytest.approx([8.610, 4.781], rel=0.03)


def test_a_daily_mean_weighs_days_by_their_visits() -> None:
    mean = daily_mean([[10, 30, 20, 20, 20]], [[5, 15, 10, 10, 10]])
    assert mean.value == mean.low == mean.high == pytest.approx([2.0])


def test_days_that_differ_make_a_mean_less_sure_and_too_few_say_nothing() -> None:
    days = np.array([[8, 12, 9, 11, 10, np.nan], [8, 12, 10, np.nan, np.nan, np.nan]])
    mean = daily_mean(days, np.where(np.isnan(days), 0, 1))
    assert mean.value == pytest.approx([10, 10])
    half = 2.776 * np.std([8, 12, 9, 11, 10], ddof=1) / np.sqrt(5)
    assert mean.high[0] - 10 == pytest.approx(half, rel=1e-3)
    assert np.isnan(mean.high[1])


@given(st.lists(st.tuples(st.integers(0, 10**5), st.integers(0, 10**5)), max_size=40), st.floats(0.5, 0.999))
def test_rates_that_are_alike_stay_inside_0_and_1_between_their_own_and_the_common_one(counts, confidence) -> None:
    k, n = np.array([a for a, _ in counts]), np.array([a + b for a, b in counts])
    told = alike(k, n, confidence)
    assert np.array_equal(np.isnan(told.value), n == 0)
    tried = n > 0
    value, low, high = (part[tried] for part in told)
    assert ((low >= 0) & (low <= high) & (high <= 1)).all()
    if tried.sum() >= FEWEST_ALIKE:
        own, common = rate(k, n)[tried], (k.sum() + 0.5) / (n.sum() + 1)
        assert (np.minimum(own, common) - 1e-9 <= value).all()
        assert (value <= np.maximum(own, common) + 1e-9).all()


def test_intervals_of_rates_that_are_alike_hold_the_truth_where_walds_do_not() -> None:
    rng = np.random.default_rng(7)
    held, wald = [], []
    for _ in range(60):
        truth, n = rng.beta(1, 15, 40), rng.integers(10, 101, 40)
        k = rng.binomial(n, truth)
        told, own = alike(k, n), k / n
        held.append((told.low <= truth) & (truth <= told.high))
        wald.append(np.abs(own - truth) <= normal_quantile() * np.sqrt(own * (1 - own) / n))
    assert 0.93 < np.mean(held) < 0.97
    assert np.mean(wald) < 0.8


def test_many_rates_tell_each_more_closely_than_it_tells_itself() -> None:
    rng = np.random.default_rng(3)
    truth, n = rng.beta(10, 90, 50), np.full(50, 60)
    k = rng.binomial(n, truth)
    told, (low, high) = alike(k, n), interval(k, n)
    assert np.mean(told.high - told.low) < 0.9 * np.mean(high - low)
    assert np.mean(np.abs(told.value - truth)) < 0.8 * np.mean(np.abs(k / n - truth))


def test_a_counted_rate_lies_in_an_interval_that_knows_the_others_and_too_few_are_not_told() -> None:
    k, n = np.array([9, 2, 1, 3, 2, 1, 2]), np.array([12, 60, 60, 60, 60, 60, 9])
    told = shares(k, n)
    assert told.value[:6] == pytest.approx(k[:6] / n[:6])
    assert np.isnan(told.value[6])
    assert (told.low[:6] <= told.value[:6]).all()
    assert (told.value[:6] <= told.high[:6]).all()
    low, _ = interval(9, 12)
    assert told.low[0] < low
