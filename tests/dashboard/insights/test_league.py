from datetime import date, timedelta

import numpy as np
import pandas as pd

from dashboard.insights import league

Reports = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
FIRST = date(2026, 10, 26)


def reports(
    rates: list[float], falling: int | None = None, skips: dict[int, float] | None = None, visits: int = 200
) -> Reports:
    """`restaurants`, `daily` and `daily_attention` of 30 days; restaurant n is called Rn."""
    rng = np.random.default_rng(11)
    restaurants, daily, attention = [], [], []
    for n, level in enumerate(rates):
        total = 0
        for at in range(30):
            slope = 1.3 - 0.6 * at / 29 if n == falling else 1.0
            seen = int(rng.poisson(200))
            ordering = int(rng.binomial(seen, level * slope))
            daily.append((f"r{n}", FIRST + timedelta(days=at), seen, ordering, "EUR" if n else "THB"))
            skipped = int(rng.binomial(seen * 10, (skips or {}).get(n, rng.normal(0.3, 0.02))))
            attention.append((f"r{n}", skipped, seen * 10))
            total += seen
        restaurants.append((f"r{n}", f"R{n}", total, total // 3, 9000 * (total // 3), total * 60_000))
    return (
        pd.DataFrame(
            restaurants, columns=["restaurant_id", "restaurant_name", "visits", "orders", "revenue_minor", "dwell_ms"]
        ),
        pd.DataFrame(daily, columns=["restaurant_id", "local_date", "visits", "ordering_visits", "currency"]),
        pd.DataFrame(attention, columns=["restaurant_id", "skipped", "reached"]),
    )


ALIKE = [0.27, 0.28, 0.26, 0.29, 0.27, 0.25, 0.28, 0.26, 0.27, 0.28]


def test_restaurants_that_differ_as_restaurants_do_are_not_marked() -> None:
    told = league.league(*reports(ALIKE))
    assert not told[list(league.MARKS)].any(axis=None)
    assert league.headline(told) == "No restaurant stands out from the others"
    assert league.standing_out(told) == "10 restaurants, side by side"


def test_the_one_that_is_far_off_is_named() -> None:
    told = league.league(*reports([*ALIKE, 0.45]))
    assert league.headline(told) == "R10 converts best"
    assert league.standing_out(told) == "1 of 11 restaurants stands out"
    assert league.mark(told.iloc[10].to_dict()) == ("converts well", "good")


def test_falling_and_skipping_come_first() -> None:
    told = league.league(*reports([*ALIKE, 0.45], falling=2, skips={4: 0.55}))
    assert league.headline(told) == "R2 is falling; R4 is skipped most"
    assert league.mark(told.iloc[4].to_dict()) == ("skipped a lot", "bad")


def test_a_small_restaurant_gets_the_benefit_of_the_doubt() -> None:
    rates = np.array([*ALIKE, 0.42])
    small, large = (np.array([5000.0] * 10 + [n]) for n in (12.0, 5000.0))
    assert league.beyond(rates * small, small)[-1] == 0
    assert league.beyond(rates * large, large)[-1] == 1


def test_two_restaurants_are_too_few_to_stand_out() -> None:
    assert not league.beyond(np.array([10.0, 90.0]), np.array([100.0, 100.0])).any()


def test_a_trend_is_smoothed_over_a_week_and_knows_gaps() -> None:
    told = league.league(*reports(ALIKE[:3]))
    assert [len(trend) for trend in told["trend"]] == [24, 24, 24]
    restaurants, daily, attention = reports(ALIKE[:3])
    short = league.league(restaurants, daily[daily["local_date"] < FIRST + timedelta(days=5)], attention)
    assert len(short["trend"].iloc[0]) == 5


def test_a_restaurant_without_visits_stays_in_the_league() -> None:
    restaurants, daily, attention = reports(ALIKE[:3])
    restaurants.loc[0, ["visits", "orders", "revenue_minor", "dwell_ms"]] = 0
    told = league.league(restaurants, daily[daily["restaurant_id"] != "r0"], attention)
    assert len(told) == 3
    assert np.isnan(told["conversion_low"].iloc[0])
    assert np.isnan(told["average_minor"].iloc[0])


def test_no_day_at_all_breaks_nothing() -> None:
    restaurants, daily, attention = reports(ALIKE[:2])
    restaurants["visits"] = 0
    told = league.league(restaurants, daily.iloc[:0], attention.iloc[:0])
    assert league.headline(told) == "No visit yet in these days"


def test_two_marks_take_the_graver_tone() -> None:
    row = dict.fromkeys(league.MARKS, False) | {"converts_best": True, "falling": True}
    assert league.mark(row) == ("converts well, falling", "bad")
