import numpy as np

from dashboard.insights.usual import Habit, counts, means, shares

WEEK = np.tile(np.arange(1.0, 8.0), 4)


def test_the_band_holds_nineteen_of_twenty_days_of_chance() -> None:
    rng = np.random.default_rng(1)
    level = 40 + 20 * WEEK
    inside = []
    for _ in range(600):
        days = rng.negative_binomial(50, 50 / (50 + level))  # days differ more than chance alone lets them
        band = Habit(days.astype(float), np.ones(28), WEEK, counts).band(3, 1.0)
        assert band is not None
        inside.append(band.verdict(float(rng.negative_binomial(50, 50 / 150))) == 0)
    assert 0.92 <= np.mean(inside) <= 0.98


def test_a_weekday_has_its_own_middle() -> None:
    habit = Habit(100 * WEEK, np.ones(28), WEEK, counts)
    tuesday, sunday = habit.band(2, 1.0), habit.band(7, 1.0)
    assert tuesday is not None
    assert sunday is not None
    assert (tuesday.middle, sunday.middle, tuesday.days) == (200, 700, 4)
    assert tuesday.verdict(200) == 0
    assert tuesday.verdict(400) == 1
    assert tuesday.verdict(0) == -1


def test_a_share_over_few_visits_has_the_wider_band() -> None:
    habit = Habit(30 + 3 * np.sin(WEEK), np.full(28, 100.0), WEEK, shares)
    few, many = habit.band(1, 10.0), habit.band(1, 1000.0)
    assert few is not None
    assert many is not None
    assert few.high - few.low > many.high - many.low
    assert few.low >= 0
    assert few.high <= 1


def test_steady_days_still_have_the_spread_of_chance() -> None:
    band = Habit(np.full(28, 100.0), np.ones(28), WEEK, counts).band(1, 1.0)
    assert band is not None
    assert 75 < band.low < 82
    assert 118 < band.high < 125


def test_too_few_days_give_no_band() -> None:
    two_weeks = WEEK[:14]
    assert Habit(np.full(14, 9.0), np.ones(14), two_weeks, counts).band(1, 1.0) is None
    assert Habit(np.array([]), np.array([]), np.array([]), means).band(1, 1.0) is None


def test_a_day_without_exposure_gives_no_band() -> None:
    assert Habit(np.full(28, 9.0), np.full(28, 90.0), WEEK, shares).band(1, 0.0) is None
