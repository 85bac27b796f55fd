from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from dashboard.insights import findings
from dashboard.insights.today import Day, day_totals, expected_between, figures, hours, parts

LAST = date(2026, 11, 24)  # a Tuesday
SHAPE = {11: 10, 12: 40, 13: 30, 18: 20, 19: 50, 20: 40}


def reports(days: int = 57, seed: int = 3, **last: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`hourly` and `daily_attention` up to LAST; `last` multiplies visits, rate or skip of the last day."""
    rng = np.random.default_rng(seed)
    hourly, attention = [], []
    for n in range(days):
        at = LAST - timedelta(days=days - 1 - n)
        on = last if at == LAST else {}
        seen = 0
        for hour, level in SHAPE.items():
            visits = int(rng.poisson(level * on.get("visits", 1)))
            ordering = int(rng.binomial(visits, 0.3 * on.get("rate", 1)))
            hourly.append((at, hour, visits, ordering, ordering))
            seen += visits
        reached = seen * 10
        skipped = int(rng.binomial(reached, min(1.0, 0.3 * on.get("skip", 1))))
        attention.append((at, reached, reached - skipped, skipped, (reached - skipped) * 3000))
    return (
        pd.DataFrame(hourly, columns=["local_date", "hour", "visits", "ordering_visits", "orders"]),
        pd.DataFrame(attention, columns=["local_date", "reached", "viewed", "skipped", "dwell_ms"]),
    )


def verdicts(hourly: pd.DataFrame, attention: pd.DataFrame, day: Day) -> dict[str, int]:
    return {figure.name: figure.verdict for figure in figures(hourly, attention, day, 30)}


def test_a_usual_day_is_said_to_be_usual() -> None:
    hourly, attention = reports()
    day = Day(LAST)
    assert set(verdicts(hourly, attention, day).values()) == {0}
    assert findings.headline(figures(hourly, attention, day, 30), day) == "Tuesday 24 November was as usual"
    assert (
        findings.headline(figures(hourly, attention, Day(LAST, 21.0), 30), Day(LAST, 21.0)) == "A usual Tuesday so far"
    )


def test_more_guests_and_fewer_orders_become_the_title() -> None:
    hourly, attention = reports(visits=1.5, rate=0.6)
    day = Day(LAST, 21.0)
    found = figures(hourly, attention, day, 30)
    assert findings.headline(found, day) == "More guests look than usual, but fewer of them order"


def test_a_skipped_menu_becomes_the_title() -> None:
    hourly, attention = reports(skip=1.4)
    found = figures(hourly, attention, Day(LAST), 30)
    assert findings.headline(found, Day(LAST)) == "More was skipped than usual"


def test_a_running_day_is_compared_with_earlier_days_up_to_the_same_time() -> None:
    hourly, attention = reports()
    noon = Day(LAST, 12.5)
    so_far = hourly[(hourly["local_date"] < LAST) | (hourly["hour"] <= 12)].copy()
    now = (so_far["local_date"] == LAST) & (so_far["hour"] == 12)
    so_far.loc[now, "visits"] = 20  # half of the hour has passed
    visits = figures(so_far, attention, noon, 30)[0]
    assert visits.usual is not None
    assert 25 < visits.usual.middle < 35  # 10 at eleven and half of 40 at noon
    assert visits.value == so_far.loc[so_far["local_date"] == LAST, "visits"].sum()  # its own hour counts in full
    assert visits.verdict == 0


def test_the_line_of_a_figure_ends_with_the_day_and_starts_as_early_as_asked() -> None:
    hourly, attention = reports()
    visits = figures(hourly, attention, Day(LAST), 30)[0]
    assert len(visits.series) == len(visits.low) == len(visits.high) == 30
    assert visits.series[-1] == visits.value


def test_a_day_without_visits_is_a_zero_and_has_no_rates() -> None:
    hourly, attention = reports()
    closed = LAST - timedelta(days=1)
    hourly, attention = hourly[hourly["local_date"] != closed], attention[attention["local_date"] != closed]
    totals = day_totals(hourly, attention, Day(LAST))
    assert totals["visits"].loc[closed] == 0
    found = {figure.name: figure for figure in figures(hourly, attention, Day(LAST), 30)}
    assert found["visits"].series[-2] == 0
    assert found["conversion"].series[-2] is None


def test_too_few_days_are_said_to_be_too_few() -> None:
    hourly, attention = reports(days=10)
    found = figures(hourly, attention, Day(LAST), 30)
    assert findings.headline(found, Day(LAST)) == "Too few Tuesdays yet to say what is usual"


def test_nothing_at_all_breaks_nothing() -> None:
    hourly, attention = (report.iloc[:0] for report in reports())
    day = Day(LAST, 10.0)
    found = figures(hourly, attention, day, 30)
    assert all(figure.usual is None for figure in found)
    assert hours(hourly, day).empty
    assert parts(hourly, day).empty
    assert findings.hour_by_hour(hours(hourly, day), found[0], day) == "Visits hour by hour"


def test_hours_still_to_come_have_a_band_and_no_visits() -> None:
    hourly, _ = reports()
    told = hours(hourly[(hourly["local_date"] < LAST) | (hourly["hour"] <= 13)], Day(LAST, 14.0)).set_index("hour")
    assert told["visits"].notna().tolist() == [True] * 3 + [False] * 7
    assert told["low"].notna().all()
    assert told["over"].tolist() == [True] * 3 + [False] * 7
    assert told.loc[19, "middle"] == pytest.approx(50, rel=0.2)


def test_hours_out_of_the_band_are_named() -> None:
    hourly, attention = reports(visits=2)
    day = Day(LAST)
    found = figures(hourly, attention, day, 30)
    assert findings.hour_by_hour(hours(hourly, day), found[0], day) == (
        "Visits were above the usual Tuesday at 12:00, 13:00 and 20:00"
    )


def test_visits_that_should_have_come_since_are_counted() -> None:
    hourly, _ = reports()
    told = hours(hourly, Day(LAST))
    assert expected_between(told, 12.0, 12.5) == pytest.approx(20, rel=0.2)
    assert expected_between(told, 14.0, 17.0) == pytest.approx(0, abs=1)


@pytest.mark.parametrize("until", [24.0, 12.25])
def test_the_parts_of_the_day_add_up_to_the_difference_in_conversion(until: float) -> None:
    hourly, attention = reports(visits=1.3, rate=0.7)
    day = Day(LAST, until)
    conversion = next(f for f in figures(hourly, attention, day, 30) if f.name == "conversion")
    assert conversion.usual is not None
    told = parts(hourly, day)
    assert told["points"].sum() == pytest.approx(conversion.value - conversion.usual.middle, abs=1e-12)


def test_the_part_that_carries_the_difference_is_named() -> None:
    hourly, attention = reports()
    evening = (hourly["local_date"] == LAST) & (hourly["hour"] >= 18)
    hourly.loc[evening, "ordering_visits"] = hourly.loc[evening, "ordering_visits"] // 4
    conversion = next(f for f in figures(hourly, attention, Day(LAST), 30) if f.name == "conversion")
    told = parts(hourly, Day(LAST))
    assert findings.explanation(told, conversion) == "Evening explains most of the lower conversion"
    assert told.set_index("part").loc["Evening", "clear"]
    assert not told.set_index("part").loc["Lunch", "clear"]


def test_noise_is_not_explained() -> None:
    hourly, attention = reports()
    conversion = next(f for f in figures(hourly, attention, Day(LAST), 30) if f.name == "conversion")
    assert findings.explanation(parts(hourly, Day(LAST)), conversion) == "Order conversion is within its usual range"
