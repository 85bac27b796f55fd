"""What insights become on the page: dishes on the phone, cells of tables."""

import math

import numpy as np
import pandas as pd
import pytest

from dashboard.charts import Theme
from dashboard.elements import rows
from dashboard.elements.tinted import changed, tinted
from dashboard.insights.attention import with_rates
from dashboard.insights.heatmap import CONVERSION, SKIPPED
from dashboard.insights.period import Figure

NAMES = ["Soup", "Stew", "Cake"]


@pytest.fixture
def items() -> pd.DataFrame:
    """Three items of 1,000 visits: fewer than half get to the third."""
    return pd.DataFrame(
        {
            "item_id": ["soup", "stew", "cake"], "item_name": NAMES, "section_id": ["a", "a", "b"],
            "section_name": ["Starters", "Starters", "Sweets"], "position": [1, 2, 3], "price_minor": [900, 1200, 500],
            "visits": 1000, "reached": [1000, 800, 400], "viewed": [900, 500, 8], "skipped": [100, 300, 392],
            "opened": [90, 80, 4], "ordered": [180, 20, 1], "dwell_ms": [3_000_000, 900_000, 20_000],
        }
    )  # fmt: skip


def test_a_dish_shows_its_price_its_value_and_what_that_was_counted_of(items: pd.DataFrame, theme: Theme) -> None:
    phone = tinted(items, np.array([0.2, 0.04, math.nan]), CONVERSION, theme, "House", "EUR", "stew")
    soup, stew, cake = phone["items"]
    assert (soup["price"], soup["label"], soup["note"]) == ("€9.00", "20%", "180 of 900 ordered")
    assert [dish["on"] for dish in phone["items"]] == [False, True, False]
    assert (cake["label"], cake["bg"]) == ("too few", theme.card)
    assert soup["bg"] != stew["bg"]
    assert phone["legend"]["low"] == "4.0%"


def test_the_fold_lies_below_the_last_dish_that_so_many_reach(items: pd.DataFrame, theme: Theme) -> None:
    dishes = tinted(items, np.zeros(3), CONVERSION, theme, "House", None, "")["items"]
    assert [dish["fold"] for dish in dishes] == ["", "75% and 50% of guests get this far", ""]
    assert dishes[0]["price"] == ""


def test_change_is_judged_by_what_is_better_and_chance_is_grey(items: pd.DataFrame, theme: Theme) -> None:
    compared = pd.DataFrame(
        {"before": [0.3, 0.1, math.nan], "change": [0.2, -0.05, math.nan], "verdict": ["up", "noise", "new"]}
    )
    better = changed(items, compared, CONVERSION, theme, "House", "EUR", "")
    worse = changed(items, compared, SKIPPED, theme, "House", "EUR", "")
    assert [dish["label"] for dish in better["items"]] == ["+20 pts", "≈", "new"]
    assert better["items"][0]["note"] == "was 30%"
    assert (better["items"][0]["bg"], worse["items"][0]["bg"]) == (theme.diverging[-1], theme.diverging[0])
    assert better["items"][1]["bg"] == theme.diverging[5]
    assert (better["legend"]["low"], worse["legend"]["low"]) == ("−20 pts", "+20 pts")


def test_the_parts_of_a_bar_are_all_visits_and_nobody_is_in_two(items: pd.DataFrame) -> None:
    for row in rows.attention(with_rates(items), "item_name", "section_name"):
        assert sum(row["bar"]["parts"]) == pytest.approx(1)
        assert min(row["bar"]["parts"]) >= 0


def test_too_few_views_give_no_number_and_sort_last(items: pd.DataFrame) -> None:
    cake = rows.attention(with_rates(items), "item_name", "section_name")[2]
    assert cake["conversion"] == {"text": "too few", "tone": "muted", "v": None}
    assert "conversion" not in cake["bar"]["whisk"]
    assert cake["skip"]["text"] == "98%"


def figure(**given: object) -> Figure:
    shown = {"name": "conversion", "value": 0.3, "before": 0.25, "verdict": 1, "series": [0.3], "low": [None]}
    return Figure(**{**shown, "high": [None], **given})  # type: ignore[arg-type]


def test_a_figure_says_how_it_compares_or_why_it_cannot() -> None:
    up, alike, few, alone = rows.kpis(
        [figure(), figure(verdict=0), figure(verdict=None), figure(before=math.nan, verdict=None)], "EUR", 7, {}
    )
    assert (up["words"], up["tone"]) == ("▲ 20% above the 7 days before", "good")
    assert (alike["words"], alike["tone"]) == ("Like the 7 days before", "muted")
    assert few["words"] == "Too few days to compare, the 7 days before 25.0%"
    assert alone["words"] == "No earlier days"


def test_money_of_other_currencies_is_named_beside_and_never_added() -> None:
    cell = rows.kpis([figure(name="average", value=3000.0, before=2900.0)], "EUR", 7, {"USD": 900.0})[0]
    assert (cell["value"], cell["usual"]) == ("€30.00", "€29.00 before · also US$9.00")
