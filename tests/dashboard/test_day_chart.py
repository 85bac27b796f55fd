"""A day's hours over their usual band."""

import numpy as np
import pandas as pd
import pytest

from dashboard import charts
from dashboard.charts import Theme

TEN = tuple(f"#{n}0{n}0{n}0" for n in range(10))
THEME = Theme("#1B1714", "#6B635B", "#E5DFD7", "#FFFFFF", "#B4371F", "#0B6760", "#962458", TEN, TEN, TEN)


def hours(until: float, low: float = 5.0) -> pd.DataFrame:
    at = np.arange(11, 24)
    return pd.DataFrame(
        {
            "hour": at,
            "visits": np.where(at < until, 10.0, np.nan),
            "over": at + 1 <= until,
            "low": low,
            "high": low + 10,
        }
    )


def names(fig: charts.Figure) -> list[str]:
    return [note.text for note in fig.layout.annotations]


def test_the_running_hour_is_a_hollow_dot_on_a_dotted_line() -> None:
    fig = charts.day_over_band(hours(14.5), THEME, "usual Tuesday", "today", {})
    running, over = fig.data[2], fig.data[3]
    assert list(over.x) == [11, 12, 13]
    assert list(running.x) == [13, 14]
    assert (running.line.dash, running.marker.color) == ("dot", THEME.card)
    assert running.customdata[-1] == "so far; usual 5–15"


def test_a_day_that_is_over_has_no_running_hour() -> None:
    fig = charts.day_over_band(hours(24), THEME, "usual Tuesday", "Tuesday", {})
    assert len(fig.data[2].x) == 0
    assert len(fig.data[3].x) == 13


def test_band_line_and_menu_are_named_on_the_figure() -> None:
    fig = charts.day_over_band(hours(24), THEME, "usual Tuesday", "Tuesday", {"menu v2": 15.5})
    assert names(fig) == ["visits an hour", "usual Tuesday", "Tuesday", "menu v2"]
    assert fig.layout.shapes[0].x0 == 15.5


@pytest.mark.parametrize("told", [hours(24, low=np.nan), hours(0), hours(24).iloc[:0]])
def test_what_is_not_known_is_not_drawn(told: pd.DataFrame) -> None:
    fig = charts.day_over_band(told, THEME, "usual Tuesday", "today", {})
    assert not fig.layout.showlegend
    assert "NaN" not in fig.to_json()
