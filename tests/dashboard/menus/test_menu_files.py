"""Export → import gives the same menu, for any menu the model allows, as far as the format can say it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.menus.exporting import export, to_csv, to_xlsx
from dashboard.menus.importing import preview
from dashboard.menus.model import MARKUP, Allergen, Choice, Diet, Menu, to_json
from dashboard.menus.schema_org import to_jsonld
from tests.dashboard.menus.wild_menus import PHOTOS, SERVED, UNTIL

LANGUAGES = ("th", "en", "zh-Hant")
CALM = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
# Control characters have no place on a menu, nor have those that turn text round.
UNSEEN = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
PLAIN = Choice(id="plain", name={"en": "as it is"})
letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Co"], exclude_characters=UNSEEN)
words = (
    (
        st.text(letters, min_size=1, max_size=40)
        | st.sampled_from(["=1+1", "'=1", "-5", "@home", "Ham &amp; Eggs", "a,b;c"])
    )
    .map(str.strip)
    .filter(lambda text: text and not MARKUP.search(text))
)
ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
prices = st.integers(0, 10**9)


def texts(least: int) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(LANGUAGES), words, min_size=least)


choices = st.fixed_dictionaries({"id": ids, "name": texts(1), "price_delta_minor": st.integers(-500, 500)})
options = st.builds(
    lambda id, name, choices, least, most: {
        "id": id,
        "name": name,
        "min": min(least, len(choices)),
        "max": max(1, min(max(least, most), len(choices))),
        "choices": choices,
        "sizes": least == most == 1,
    },
    ids,
    texts(1),
    st.lists(choices, min_size=1, max_size=3, unique_by=lambda choice: choice["id"]),
    st.integers(0, 2),
    st.integers(1, 3),
)
items = st.fixed_dictionaries(
    {
        "id": ids,
        "name": texts(1),
        "description": texts(0),
        "price_minor": st.integers(3_000, 10**8),  # choices add or take off 500 each
        "options": st.lists(
            options, max_size=2, unique_by=(lambda each: each["id"], lambda each: each["sizes"] or each["id"])
        ),
        "allergens": st.none() | st.frozensets(st.sampled_from(list(Allergen)), max_size=3),
        "diets": st.frozensets(st.sampled_from(list(Diet)), max_size=3),
        "photo": PHOTOS.map(lambda photo: photo and photo.model_dump()),
        "served": SERVED.map(lambda served: [each.model_dump() for each in served]),
        "sold_out": st.booleans(),
        "sold_out_until": UNTIL,
        "food_cost_minor": st.none() | prices,
        "notes": st.just("") | words,
    }
)
sections = st.fixed_dictionaries(
    {
        "id": ids,
        "name": texts(1),
        "description": texts(0),
        "served": SERVED.map(lambda served: [each.model_dump() for each in served]),
        "items": st.lists(items, max_size=4),
    }
)


@st.composite
def menus(draw: st.DrawFn) -> Menu:
    found = draw(st.lists(sections, max_size=4, unique_by=lambda section: section["id"]))
    seen: set[str] = set()
    for section in found:
        section["items"] = [item for item in section["items"] if not (item["id"] in seen or seen.add(item["id"]))]
    restaurant = {
        "id": "house",
        "name": {"th": "บ้าน", "en": "House"},
        "area": "Ari",
        "time_zone": "Asia/Bangkok",
        "currency": draw(st.sampled_from(["THB", "JPY", "KWD"])),
        "languages": LANGUAGES,
    }
    return Menu.model_validate({"restaurant": restaurant, "sections": found})


def again(menu: Menu, form: str, present: Menu | None) -> Menu:
    house = {fact: getattr(menu.restaurant, fact) for fact in ("name", "area", "time_zone", "currency", "languages")}
    return preview(
        f"menu.{form}",
        export(menu, form, private=True),
        "house",
        present,
        house=None if present or form == "json" else house,
        photos={item.photo.id for _, _, item in menu.placed if item.photo},
    ).checked()


def said(menu: Menu, *lost: str, items_only: bool = False) -> list[dict[str, Any]]:
    """The menu's sections as a format that loses these fields can say them."""
    found = menu.model_dump()["sections"]
    for section in found:
        if items_only:
            section |= {"description": {}, "served": ()}
        section["items"] = [
            {field: value for field, value in item.items() if field not in lost} for item in section["items"]
        ]
        if "spicy" in lost:
            for item in section["items"]:
                item["diets"] -= {Diet.SPICY}
    return found


def whole_prices(menu: Menu) -> list[tuple[str, dict[str, str], int]]:
    """What each item costs, or each of its sizes."""
    return [
        (choice.id, choice.name, item.price_minor + choice.price_delta_minor)
        for _, _, item in menu.placed
        for choice in next((option.choices for option in item.options if option.sizes), (PLAIN,))
    ]


@CALM
@given(menus())
def test_our_json_says_everything(menu: Menu) -> None:
    assert again(menu, "json", None) == menu
    assert again(menu, "json", menu) == menu
    assert again(menu, "json", Menu(restaurant=menu.restaurant)) == menu


@CALM
@given(menus(), st.sampled_from(["csv", "xlsx"]))
def test_a_table_says_all_of_an_item_but_its_photo_and_options(menu: Menu, form: str) -> None:
    if menu.sections:
        lost = ("options", "photo", "sold_out_until")
        assert said(again(menu, form, None), *lost) == said(menu, *lost, items_only=True)
        assert again(menu, form, menu) == menu


@CALM
@given(menus())
def test_json_ld_says_what_schema_org_has_words_for_and_nothing_private(menu: Menu) -> None:
    if menu.sections:
        lost = ("options", "allergens", "food_cost_minor", "notes", "spicy", "sold_out_until", "price_minor")
        read = again(menu, "jsonld", None)
        assert said(read, *lost) == said(menu, *lost)
        assert whole_prices(read) == whole_prices(menu)
        assert again(menu, "jsonld", menu) == menu


def test_what_is_private_is_in_no_json_ld(menu: Menu) -> None:
    public = to_jsonld(menu).decode()
    notes = [item.notes for _, _, item in menu.placed if item.notes]
    assert notes
    assert not any(note in public for note in notes)
    assert "cost" not in public


@pytest.mark.parametrize("write", [to_csv, to_xlsx, to_json, to_jsonld], ids=lambda write: write.__name__)
def test_the_same_menu_is_the_same_file(menu: Menu, write: Any) -> None:
    if write is not to_xlsx:  # a workbook names the moment when it was made
        assert write(menu) == write(Menu.model_validate_json(menu.model_dump_json()))
