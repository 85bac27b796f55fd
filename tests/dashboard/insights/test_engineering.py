import pandas as pd
import pytest

from dashboard.insights.engineering import engineered, finding, note, of_section, sections, standing_out


def menus(costs: list[int | None], prices: list[int]) -> pd.DataFrame:
    ids = [f"i{n}" for n in range(len(costs))]
    frame = {"menu_version": 2, "item_id": ids, "item_name": [id.upper() for id in ids]}
    return pd.DataFrame(frame | {"price_minor": prices, "food_cost_minor": costs}).convert_dtypes(
        dtype_backend="pyarrow"
    )


def sold(*quantities: int) -> pd.DataFrame:
    return pd.DataFrame({"item_id": [f"i{n}" for n in range(len(quantities))], "quantity": quantities})


def test_the_four_kinds_lie_about_seven_tenths_of_an_equal_share_and_the_mean_margin_of_what_is_sold() -> None:
    told = engineered(menus([500, 300, 400, 200], [2000, 800, 1900, 600]), 2, sold(400, 500, 20, 60))
    assert told is not None
    assert told.items["kind"].tolist() == ["star", "plowhorse", "puzzle", "dog"]
    assert told.fair == pytest.approx(0.7 / 4)
    assert told.margin == pytest.approx((1500 * 400 + 500 * 500 + 1500 * 20 + 400 * 60) / 980)
    assert told.items["mix"].sum() == pytest.approx(1)
    assert finding(told) == "I2 earns well and is seldom bought; I0 is a star"
    assert set(standing_out(told)) == {"I0", "I1", "I2", "I3"}
    assert "70% of an equal share (18%)" in note(told, "EUR", 4)


def test_only_items_with_a_food_cost_are_told_of_and_few_of_them_are_too_few() -> None:
    told = engineered(menus([500, 300, None, 200, 100], [2000, 800, 1900, 600, 500]), 2, sold(400, 500, 20, 60, 90))
    assert told is not None
    assert told.items["item_id"].tolist() == ["i0", "i1", "i3", "i4"]
    assert note(told, "EUR", 5).endswith("4 of 5 items have a food cost.")
    assert engineered(menus([500, None, None, 200], [2000, 800, 1900, 600]), 2, sold(400, 500, 20, 60)) is None
    assert engineered(menus([500, 300, 400, 200], [2000, 800, 1900, 600]), 2, sold(10, 5, 0, 6)) is None


def test_a_kind_within_chance_is_not_named() -> None:
    told = engineered(menus([500, 300, 400, 200], [2000, 800, 1900, 600]), 2, sold(12, 25, 9, 12))
    assert told is not None
    assert "puzzle" not in told.items[told.items["clear"]]["kind"].tolist()


def test_items_of_a_section_are_told_apart_by_its_own_lines() -> None:
    places = {"section_id": ["mains"] * 4 + ["drinks"] * 4, "section_name": ["Mains"] * 4 + ["Drinks"] * 4}
    menu = menus([500, 300, 400, 200] * 2, [2000, 800, 1900, 600] * 2).assign(**places)
    counted = sold(400, 500, 20, 60, 4000, 5000, 200, 600).assign(**places, position=[5, 6, 7, 8, 1, 2, 3, 4])
    assert list(sections(counted).items()) == [("", "The whole menu"), ("drinks", "Drinks"), ("mains", "Mains")]
    told = engineered(of_section(menu, "mains"), 2, of_section(counted, "mains"))
    assert told is not None
    assert told.items["kind"].tolist() == ["star", "plowhorse", "puzzle", "dog"]
    everything = engineered(of_section(menu, ""), 2, of_section(counted, ""))
    assert everything is not None
    assert "star" not in everything.items["kind"].tolist()[:4]
