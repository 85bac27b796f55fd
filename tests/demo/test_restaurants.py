import unicodedata

import pytest

from demo.restaurants import invent_menus, moved_items, read_house
from errors import MenuError

HOUSES = invent_menus(12)


def test_twelve_restaurants_stand_in_three_areas_zones_and_two_currencies():
    restaurants = [first.restaurant for first, _ in HOUSES]
    assert len({restaurant.id for restaurant in restaurants}) == 12
    assert len({restaurant.color for restaurant in restaurants}) == 12
    assert len({restaurant.area for restaurant in restaurants}) == 3
    assert len({restaurant.time_zone for restaurant in restaurants}) == 3
    assert {restaurant.currency for restaurant in restaurants} == {"THB", "EUR"}
    assert all(len(restaurant.hours) == 7 and restaurant.tables for restaurant in restaurants)


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house[0].restaurant.id)
def test_a_menu_is_long_enough_to_scroll_and_names_everything_in_the_house_language(house):
    first, _ = house
    language = first.restaurant.language
    assert 15 <= len(first.placed) <= 80
    assert all(section.name[language] and item.name[language] for _, section, item in first.placed)
    assert any(item.sold_out for _, _, item in first.placed)
    assert any(item.options for _, _, item in first.placed)
    assert any(item.diets for _, _, item in first.placed)
    assert any(item.allergens for _, _, item in first.placed)


def test_half_of_the_restaurants_know_what_their_food_costs():
    known = [all(item.food_cost_minor for _, _, item in first.placed) for first, _ in HOUSES]
    unknown = [not any(item.food_cost_minor for _, _, item in first.placed) for first, _ in HOUSES]
    assert sum(known) == sum(unknown) == 6


def test_one_house_writes_its_menu_in_another_script_and_translates_all_of_it():
    first, _ = next(house for house in HOUSES if house[0].restaurant.language == "th")
    for _, _, item in first.placed:
        assert any("THAI" in unicodedata.name(letter, "") for letter in item.name["th"])
        assert item.name["en"].isascii()
        assert item.id.isascii()


def test_the_second_version_moves_items_up_and_down_and_changes_prices_but_keeps_every_item():
    for first, second in HOUSES:
        was = {item.id: position for position, _, item in first.placed}
        now = {item.id: position for position, _, item in second.placed}
        moved = moved_items(first, second)
        prices = {item.id: item.price_minor for _, _, item in first.placed}
        assert was.keys() == now.keys()
        assert {now[id] < was[id] for id in moved} == {True, False}
        assert any(prices[item.id] != item.price_minor for _, _, item in second.placed)
        assert (first.version, second.version) == (1, 2)


def test_beyond_twelve_a_house_opens_a_second_place_the_same_every_time():
    many = invent_menus(30)
    assert many == invent_menus(30)
    assert many[:12] == HOUSES
    assert len({first.restaurant.id for first, _ in many}) == 30
    for first, second in many[12:]:
        assert 15 <= len(first.placed) <= 80
        assert moved_items(first, second)


def test_a_line_that_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "corner.md"
    path.write_text("# Corner\nlanguages: en\ncurrency: EUR\n## Soups\n- Broth = 4.50 celery crumbs\n")
    with pytest.raises(MenuError, match=r"corner\.md, line 5: .*crumbs"):
        read_house(path)
