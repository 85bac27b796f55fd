import math
from datetime import date, timedelta

import numpy as np
import pandas as pd

from dashboard import charts
from dashboard.charts import Theme
from dashboard.insights import words

CORNERS = ("Hidden gem", "Crowd favourite", "Passed by", "Read, not ordered")


def texts(fig: object) -> list[str]:
    return [note.text for note in fig.layout.annotations]  # type: ignore[attr-defined]


def test_heat_says_every_value_in_words_and_leaves_the_unknown_empty(theme: Theme) -> None:
    table = pd.DataFrame([[1.0, math.nan], [2.0, 3.0]], index=["Soups", "Soups"], columns=[23, 0])
    fig = charts.heat(table, theme, words.seconds, "of dwell a visit")
    assert fig.data[0].text[0] == [
        "<b>Soups</b> 23:00<br>1.0 s of dwell a visit",
        "<b>Soups</b> 0:00<br>too few visits",
    ]
    assert fig.layout.yaxis.ticktext == ("Soups", "Soups")
    assert fig.layout.xaxis.ticktext == ("23:00", "0:00")


def test_one_hot_cell_does_not_wash_out_the_rest(theme: Theme) -> None:
    values = np.linspace(0.1, 0.2, 100).reshape(10, 10)
    values[0, 0] = 9
    fig = charts.heat(pd.DataFrame(values), theme, words.percent, "")
    assert fig.data[0].zmax < 0.5


def test_heat_of_nothing_still_draws(theme: Theme) -> None:
    assert charts.heat(pd.DataFrame([[math.nan]], columns=[12]), theme, words.percent, "").data


def test_hour_bars_follow_the_night_in_its_order(theme: Theme) -> None:
    fig = charts.hour_bars(pd.Series([1.0, math.nan, 3.0], index=[23, 0, 1]), theme, words.seconds)
    assert fig.data[0].text == ("23:00: 1.0 s", "0:00: –", "1:00: 3.0 s")
    assert fig.layout.yaxis.ticktext == ("0.0 s", "1.5 s", "3.0 s")


def days(**columns: list[float]) -> pd.DataFrame:
    first = date(2026, 11, 2)
    return pd.DataFrame({"date": [first + timedelta(days=n) for n in range(len(columns["value"]))], **columns})


def test_only_days_outside_their_band_have_colour(theme: Theme) -> None:
    frame = days(value=[0.3, 0.1, 0.5], low=[0.2] * 3, high=[0.4] * 3, verdict=[0, -1, 1])
    fig = charts.days_over_band(frame, theme, words.percent, "of visits", {date(2026, 11, 3): "menu v2"})
    assert fig.data[-1].marker.color == (theme.muted, theme.bad, theme.good)
    assert fig.data[-1].text[1] == "<b>Tue 3 Nov</b>  10%<br>usual 20%–40%"
    assert texts(fig) == ["of visits", "menu v2"]


def test_days_without_a_band_leave_a_gap_in_it(theme: Theme) -> None:
    nan = math.nan
    frame = days(value=[0.3] * 5, low=[0.2, 0.2, nan, 0.2, 0.2], high=[0.4, 0.4, nan, 0.4, 0.4], verdict=[0] * 5)
    assert len(charts.days_over_band(frame, theme, words.percent, "of visits", {}).data) == 5
    assert len(charts.days_over_band(frame.assign(low=nan, high=nan), theme, words.percent, "of visits", {}).data) == 1


def dots(views: list[float], orders: list[float]) -> pd.DataFrame:
    names = [f"Item {n}" for n in range(len(views))]
    return pd.DataFrame({"item_name": names, "view_rate": views, "conversion_rate": orders})


def draw(frame: pd.DataFrame, theme: Theme) -> object:
    titles = ("viewed of reached", "ordered of viewed")
    return charts.quadrant(frame, "view_rate", "conversion_rate", "item_name", theme, CORNERS, titles)


def test_the_quadrant_names_its_corners_and_the_dots_that_stand_out(theme: Theme) -> None:
    frame = dots([0.5, 0.51, 0.49, 0.5, 0.9], [0.1, 0.11, 0.09, 0.1, 0.02])
    said = texts(draw(frame, theme))
    assert all(f"<b>{corner}</b>" in said for corner in CORNERS)
    assert "Item 4" in said


def test_what_the_title_speaks_of_is_named(theme: Theme) -> None:
    crowd = dots([0.5 + n / 100 for n in range(30)], [0.1 + (n % 7) / 100 for n in range(30)])
    titles = ("viewed of reached", "ordered of viewed")
    fig = charts.quadrant(crowd, "view_rate", "conversion_rate", "item_name", theme, CORNERS, titles, ["Item 17"])
    assert "Item 17" in texts(fig)


def test_names_in_the_quadrant_never_touch(theme: Theme) -> None:
    crowd = dots([0.5 + n / 1000 for n in range(30)], [0.1 + n / 1000 for n in range(30)])
    fig = draw(crowd, theme)
    named = [note for note in fig.layout.annotations if note.text.startswith("Item")]  # type: ignore[attr-defined]
    assert 1 <= len(named) <= 12
    places = [(note.x, note.y) for note in named]
    assert len(set(places)) == len(places)


def test_a_skewed_share_goes_on_a_log_axis_that_says_so_and_keeps_what_is_never_ordered(theme: Theme) -> None:
    fig = draw(dots([0.5, 0.6, 0.7, 0.8, 0.9], [0.01, 0.01, 0.012, 0.0, 0.3]), theme)
    assert "↑ ordered of viewed, log scale" in texts(fig)
    heights = np.concatenate([trace.y for trace in fig.data])  # type: ignore[attr-defined]
    assert np.isfinite(heights).all()


def test_a_quadrant_may_be_split_elsewhere_than_at_the_medians_and_be_about_money(theme: Theme) -> None:
    frame = dots([300.0, 500.0, 900.0], [0.1, 0.2, 0.3])
    fig = charts.quadrant(
        frame, "view_rate", "conversion_rate", "item_name", theme, CORNERS, ("margin", "of portions"), ["Item 2"],
        (700.0, 0.25), lambda minor: f"€{minor / 100:.2f}",
    )  # fmt: skip
    assert fig.layout.shapes[0].x0 == 700  # type: ignore[attr-defined]
    assert list(fig.layout.xaxis.ticktext) == ["€4.00", "€6.00", "€8.00"]  # type: ignore[attr-defined]
    assert "€9.00 margin" in str(fig.data)


def test_a_quadrant_of_one_item_still_draws(theme: Theme) -> None:
    assert draw(dots([0.5], [0.1]), theme).data  # type: ignore[attr-defined]
