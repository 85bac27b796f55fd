"""What a menu may not be, in words; and that a menu from before a rule is read all the same."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from dashboard.menus.model import Item, Menu, Restaurant, in_words, public, read_kept, to_json
from dashboard.menus.patch import Set, apply
from errors import PatchError

SIZE = {"id": "size", "name": {"en": "Size"}, "choices": [{"id": "s", "name": {"en": "S"}}]}
HOUSE = {
    "id": "bistro",
    "name": {"en": "Bistro"},
    "area": "Ari",
    "time_zone": "Asia/Bangkok",
    "currency": "THB",
    "languages": ["en"],
}


def item(**fields: Any) -> dict[str, Any]:
    return {"id": "soup", "name": {"en": "Soup"}, "price_minor": 100, **fields}


def choices(**more: Any) -> list[Any]:
    return [SIZE | more]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (item(name={"en": "So\u202eup"}), r"its name (en) holds a character that can't be seen (U+202E): type it anew"),
        (item(name={"en": "So\x00up"}), r"its name (en) holds a character that can't be seen (U+0000): type it anew"),
        (item(name={"en": "<b>Soup"}), "its name (en) holds HTML: <b>"),
        (item(notes="ask <a href=x>"), "its notes hold HTML: <a href=x>"),
        (item(name={"en": " "}), "its name (en) is empty"),
        (item(name={"en": "x" * 141}), "its name (en) is 1 character too long: 140 at most"),
        (item(price_minor=True), "its price is no whole number"),
        (item(price_minor="120"), "its price is no whole number"),
        (item(price_minor=1.0), "its price is no whole number"),
        (item(price_minor=-1), "its price is less than 0, the least that it may be"),
        (item(sold_out="yes"), "its sold out is neither true nor false"),
        (item(sold_out_until="2026-11-24T18:00"), "its sold out until names no time zone"),
        (item(options=[SIZE, SIZE]), "its options can't hold the option 'size' twice"),
        (item(options=choices(choices=SIZE["choices"] * 2)), "its option 1's choices can't hold the choice 's' twice"),
        (item(options=choices(max=2)), "its option 1 wants 0 to 2 of 1 choices"),
        (item(options=choices(sizes=True)), "its option 1 holds sizes, of which a guest takes exactly one"),
        (
            item(options=[each | {"sizes": True, "min": 1} for each in (SIZE, SIZE | {"id": "other"})]),
            "it has two options that hold its sizes: one does at most",
        ),
        (
            item(options=choices(choices=[{"id": "s", "name": {"en": "S"}, "price_delta_minor": -101}])),
            "it costs less than nothing with some of its choices",
        ),
        (item(colour="red"), "'colour' is no field that a menu has"),
        (item(served=[{"days": [8], "opens": 0, "closes": 60}]), "its served 1's day 1 is more than 7"),
        (item(photo={"id": "../x", "width": 1, "height": 1}), "its photo's id can't be '../x'"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_what_an_item_may_not_be_is_said_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Item.model_validate(fields)
    assert in_words(refused.value).startswith(words)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"languages": ["en", "th", "en"]}, "its languages can't hold the language 'en' twice"),
        ({"hours": [[]] * 8}, "its hours has 8 days: a week has seven"),
        ({"name": {"en": "<script>alert(1)</script>"}}, "its name (en) holds HTML: <script>"),
        ({"area": "A\u2066ri"}, "its area holds a character that can't be seen"),
        ({"time_zone": "Mars"}, "its time zone can't be 'Mars': that is no IANA time zone"),
        ({"time_zone": "localtime"}, "its time zone can't be 'localtime': that is no IANA time zone"),
        ({"tables": True}, "its tables is no whole number"),
    ],
)
def test_what_a_restaurant_may_not_be_is_said_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Restaurant.model_validate(HOUSE | fields)
    assert in_words(refused.value).startswith(words)


def test_a_name_stands_in_one_line_and_may_join_letters() -> None:
    name = "Tom\n\tYum \u200d\u0e33 \u200fمانجو"
    assert Item.model_validate(item(name={"en": name})).name["en"] == name.replace("\n\t", " ")
    assert Item.model_validate(item(description={"en": "a\nb"})).description["en"] == "a\nb"


def test_no_choice_that_can_be_made_costs_less_than_nothing() -> None:
    off = [{"id": each, "name": {"en": each}, "price_delta_minor": -60} for each in "abc"]
    assert Item.model_validate(item(options=choices(choices=off, max=1))).options[0].cheapest_minor == -60
    with pytest.raises(ValidationError, match="less than nothing"):
        Item.model_validate(item(options=choices(choices=off, max=2)))


OLD: list[Callable[[dict[str, Any]], Any]] = [
    lambda menu: menu["restaurant"].update(languages=["en", "th", "en"], hours=[[]] * 9, area="<b>Ari"),
    lambda menu: menu["sections"][0]["items"][0]["name"].update(en="So\u202eup"),
    lambda menu: menu["sections"][0]["items"][0].update(options=[SIZE, SIZE]),
    lambda menu: menu["sections"][0]["items"][0].update(
        options=choices(choices=[{"id": "s", "name": {"en": "S"}, "price_delta_minor": -(10**8)}] * 2)
    ),
]


@pytest.mark.parametrize("spoil", OLD, ids=range(len(OLD)))
def test_a_menu_from_before_a_rule_is_read_and_can_be_mended(menu: Menu, spoil: Callable[..., Any]) -> None:
    old = json.loads(to_json(menu))
    spoil(old)
    with pytest.raises(ValidationError):
        Menu.model_validate(old)
    kept = read_kept(json.dumps(old).encode())
    assert read_kept(to_json(kept)) == kept
    id = kept.placed[0][2].id
    mended, _ = apply(kept, [Set(what="item", id=id, field="notes", value="what is wrong elsewhere stays")])
    good = menu.placed[0][2].model_dump(mode="json")
    for field in ("options", "name"):
        mended, _ = apply(mended, [Set(what="item", id=id, field=field, value=good[field])])
    assert mended.placed[0][2].options == menu.placed[0][2].options
    with pytest.raises(PatchError, match="holds HTML"):
        apply(kept, [Set(what="item", id=id, field="notes", value="<b>")])


def test_what_is_public_has_nothing_private(menu: Menu) -> None:
    shown = to_json(public(menu.model_copy(update={"published_by": "ada"}))).decode()
    assert not {"food_cost", "notes", "ada"} & set(shown.replace('"', " ").split())
    assert public(public(menu)) == public(menu)
