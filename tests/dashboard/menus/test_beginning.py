"""A restaurant begins: what is typed, or what a file says, becomes its first draft."""

import csv
import io

import pytest

from dashboard.menus import beginning, headings
from dashboard.menus.importing import preview
from dashboard.menus.model import Menu, Restaurant
from dashboard.menus.reading import read
from dashboard.menus.sheets import write_xlsx
from dashboard.menus.template import template
from errors import MenuError

FACTS = {"name": "Café Luz", "area": "Lisbon", "time_zone": "Europe/Lisbon", "currency": "EUR", "languages": ("pt",)}


def test_what_was_typed_is_a_draft_without_an_item() -> None:
    menu = beginning.begun("cafe-luz", FACTS | {"tables": 9}, [])
    assert menu.restaurant.name == {"pt": "Café Luz"}
    assert (menu.restaurant.tables, menu.sections, menu.version) == (9, (), 0)


def test_an_address_is_suggested_from_the_name_and_belongs_to_one() -> None:
    assert beginning.suggested_id("Café Luz", []) == "cafe-luz"
    assert beginning.suggested_id("Café Luz", ["cafe-luz"]) == "cafe-luz-2"
    assert beginning.suggested_id("  ", []) == ""
    assert beginning.suggested_id("ครัว", []).startswith("restaurant-")
    with pytest.raises(MenuError, match="There is a restaurant cafe-luz already"):
        beginning.begun("cafe-luz", FACTS, ["cafe-luz"])


@pytest.mark.parametrize(
    "wrong", [{"currency": "XYZ"}, {"time_zone": "Mars"}, {"name": " "}, {"languages": ("Portuguese",)}]
)
def test_what_cannot_be_so_is_said(wrong: dict[str, object]) -> None:
    with pytest.raises(MenuError, match="The restaurant can't be so"):
        beginning.begun("cafe-luz", FACTS | wrong, [])


def test_what_can_be_chosen_can_be_had() -> None:
    for zone in (beginning.ZONES[0], "Asia/Bangkok"):
        for currency in (beginning.CURRENCIES[0], "THB"):
            chosen = FACTS | {"time_zone": zone, "currency": currency, "languages": ("th", "en")}
            assert beginning.begun("x", chosen, []).restaurant.currency == currency
    assert beginning.language_name("th") == "Thai (th)"
    assert beginning.currency_name("THB") == "THB, Thai Baht"
    assert beginning.missing(FACTS | {"area": "", "time_zone": None}) == ["area", "time zone"]


def test_a_file_says_what_the_form_needs_and_the_rest_is_asked(menu: Menu) -> None:
    whole = beginning.facts(read("m.json", menu.model_dump_json().encode(), {}, None).house)
    assert whole["languages"] == list(menu.restaurant.languages)
    assert whole["name"] == menu.restaurant.name[menu.restaurant.language]
    assert beginning.missing(whole) == []
    assert beginning.facts({}) == {}


# A template and the headings of a table


def house(**facts: object) -> Restaurant:
    return beginning.begun("x", FACTS | facts, []).restaurant


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_the_template_can_be_imported_as_it_is(form: str, currency: str) -> None:
    restaurant = house(currency=currency, languages=("pt", "en"))
    found = preview(f"t.{form}", template(restaurant, form), "x", Menu(restaurant=restaurant))
    assert not found.wrong
    assert not found.unused
    assert [item.id for _, _, item in found.checked().placed] == ["spring-rolls", "soup-of-the-day", "jasmine-tea"]


def test_the_template_has_a_column_for_each_language() -> None:
    [first, *_] = csv.reader(io.StringIO(template(house(languages=("pt", "en")), "csv").decode("utf-8-sig")))
    assert {"name.pt", "name.en", "section.pt", "price", "item_id"} <= set(first)


TABLE = "Store,Dish,ราคา,Remarks,Colour\n1,Soup,3,,red\n2,Tea,4,,blue\n1,Cake,5,,\n"


def test_headings_are_guessed_and_what_is_not_known_is_left() -> None:
    heads = headings.headings("t.csv", TABLE.encode())
    assert heads is not None
    assert dict(heads.fields) == {
        "Store": "restaurant", "Dish": "name", "ราคา": "price", "Remarks": "notes", "Colour": "",
    }  # fmt: skip
    assert heads.restaurants == ("1", "2")
    assert headings.headings("t.xlsx", write_xlsx([["Dish", "Pris"], ["Soup", "3"]], "x")) == headings.Headings(
        {"Dish": "name", "Pris": ""}, ()
    )
    assert headings.headings("t.json", b"{}") is None


def test_a_guess_that_is_put_right_is_what_the_import_is_told() -> None:
    guess = {"Dish": "name", "Cost": "", "Remarks": "notes"}
    assert headings.told(guess, guess) == {}
    told = headings.told(guess, {"Dish": "name.en", "Cost": "price", "Remarks": ""})
    assert told == {"name": "", "notes": "", "name.en": "Dish", "price": "Cost"}
    raw = b"Dish,Cost,Remarks\nSoup,3,hot\n"
    found = preview("t.csv", raw, "x", Menu(restaurant=house(languages=("en",))), columns=told)
    [(_, _, soup)] = found.checked().placed
    assert (soup.name, soup.price_minor, soup.notes) == ({"en": "Soup"}, 300, "")


def test_two_columns_cannot_hold_the_same() -> None:
    with pytest.raises(MenuError, match="“A” and “B” can’t both be the name"):
        headings.told({"A": "name", "B": ""}, {"A": "name", "B": "name"})


def test_a_heading_may_hold_any_field_in_any_of_the_languages() -> None:
    choices = headings.choices({"Price": "price", "Name (fr)": "name.fr"}, ["en", "th"])
    assert choices[0] == ""
    assert {"name", "name.en", "name.th", "name.fr", "price", "section.th", "allergens"} <= set(choices)
    assert [headings.label(field) for field in ("", "name.th", "sold_out")] == ["Not used", "Name (th)", "Sold out"]
