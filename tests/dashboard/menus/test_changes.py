"""What changed, in words."""

from hypothesis import given, settings

from dashboard.menus.changes import changes, history, in_words, listed
from dashboard.menus.model import Item, Menu, Section
from dashboard.menus.patch import Add, Bulk, Move, Op, Remove, Set, apply
from tests.dashboard.menus.wild_menus import menus


def said(menu: Menu, *ops: Op) -> list[str]:
    return [change.sentence for change in changes(menu, apply(menu, ops)[0])]


def item(id: str, **fields: object) -> list[Op]:
    return [Set(what="item", id=id, field=field, value=value) for field, value in fields.items()]


def in_english(menu: Menu) -> Menu:
    return apply(menu, [Set(what="restaurant", id=menu.restaurant.id, field="languages", value=["en", "th", "ar"])])[0]


def test_a_price_and_a_place_are_one_sentence(menu: Menu) -> None:
    menu = in_english(menu)
    rows = menu.sections[0].items
    ops = [
        *item(rows[-1].id, price_minor=13_000),
        Move(what="item", id=rows[-1].id, into="starters", before=rows[0].id),
    ]
    was, name, first = rows[-1].price_minor // 100, rows[-1].name["en"], rows[0].name["en"]
    assert said(menu, *ops) == [f"{name} {was} → 130 THB; moved above {first}"]


def test_each_field_is_said_in_plain_words(menu: Menu) -> None:
    menu = in_english(menu)
    menu = apply(menu, [Add(into="starters", node=Item(id="pad", name={"en": "Pad Thai"}, price_minor=12_000))])[0]
    assert said(menu, *item("pad", price_minor=12_050)) == ["Pad Thai 120.00 → 120.50 THB"]
    assert said(menu, *item("pad", **{"name.en": "Phat Thai"})) == ["Phat Thai renamed from “Pad Thai”"]
    assert said(menu, *item("pad", **{"name.th": "ผัดไทย"})) == ["Pad Thai name in Thai “ผัดไทย” added"]
    assert said(menu, *item("pad", **{"description.en": "Sour"})) == ["Pad Thai description added"]
    assert said(menu, *item("pad", allergens=["nuts", "eggs"])) == ["Pad Thai allergens declared: eggs, nuts"]
    assert said(menu, *item("pad", diets=["vegan"], sold_out=True)) == ["Pad Thai diets now vegan; sold out"]
    assert said(menu, *item("pad", food_cost_minor=900)) == ["Pad Thai food cost not known → 9 THB"]
    size = [{"id": "size", "name": {"en": "Size"}, "choices": [{"id": "big", "name": {"en": "Big"}}]}]
    assert said(menu, *item("pad", options=size)) == ["Pad Thai option “Size” added"]


def test_photos_hours_and_what_is_sold_out_until_when_are_said(menu: Menu) -> None:
    menu = apply(in_english(menu), [Add(into="starters", node=Item(id="pad", name={"en": "Pad"}, price_minor=1_000))])[
        0
    ]
    photo = {"id": "0123456789abcdef", "width": 640, "height": 480}
    lunch = [{"days": [1, 2, 3, 4, 5], "opens": 660, "closes": 900}]
    until = item("pad", sold_out=True, sold_out_until="2026-11-24T11:00:00Z")
    assert said(menu, *item("pad", photo=photo)) == ["Pad photo added"]
    assert said(menu, *item("pad", served=lunch)) == ["Pad served Mon–Fri 11:00–15:00"]
    assert said(menu, Set(what="section", id="starters", field="served", value=lunch))[0].endswith("11:00–15:00")
    assert said(menu, *until) == ["Pad sold out until 24 November at 18:00"]
    out = apply(menu, [*until, *item("pad", photo=photo, served=lunch)])[0]
    assert said(out, *item("pad", sold_out_until=None)) == ["Pad sold out until further notice"]
    assert said(out, *item("pad", sold_out=False, sold_out_until=None)) == ["Pad no longer sold out"]
    assert said(out, *item("pad", photo=photo | {"alt": {"en": "Noodles"}})) == ["Pad photo described anew"]
    assert said(out, *item("pad", photo=photo | {"id": "f" * 16})) == ["Pad another photo"]
    assert said(out, *item("pad", photo=None, served=[])) == ["Pad photo removed; served always"]
    assert in_words(out, "item", "pad", "served") == "served Mon–Fri 11:00–15:00"
    assert in_words(out, "item", "pad", "sold_out_until") == "24 November at 18:00"


def test_what_came_and_went_is_said_once(menu: Menu) -> None:
    menu = in_english(menu)
    tea = Section(id="tea", name={"en": "Tea"}, items=(Item(id="oolong", name={"en": "Oolong"}, price_minor=5_000),))
    assert said(menu, Add(node=tea)) == ["Tea: new section with 1 item"]
    with_tea = apply(menu, [Add(node=tea)])[0]
    assert said(with_tea, Remove(what="section", id="tea")) == ["Tea: section removed with 1 item"]
    assert said(with_tea, Remove(what="item", id="oolong")) == ["Oolong: removed from Tea"]
    cake = Item(id="cake", name={"en": "Cake"}, price_minor=8_000)
    assert said(with_tea, Add(into="tea", node=cake)) == ["Cake: new in Tea, 80 THB"]
    assert said(with_tea, Move(what="section", id="tea", before=menu.sections[0].id)) == [
        f"Tea moved above {menu.sections[0].name['en']}"
    ]
    first = menu.sections[0]
    assert said(with_tea, Move(what="item", id="oolong", into=first.id)) == [
        f"Oolong moved from Tea to {first.name['en']}"
    ]


def test_a_house_that_changed_says_so_first(menu: Menu) -> None:
    menu = in_english(menu)
    sentence, *_ = said(menu, Set(what="restaurant", id=menu.restaurant.id, field="area", value="Thonglor"))
    assert sentence == "Ton Mamuang area “Ari” → “Thonglor”"


@settings(max_examples=60, deadline=None)
@given(menus(), menus())
def test_every_difference_is_said_and_can_be_taken_back(old: Menu, new: Menu) -> None:
    found = changes(old, new)
    assert bool(found) == (old != new)
    assert changes(new, new) == []
    if {section.id for section in new.sections} >= {section.id for section in old.sections}:
        for change in found:
            left = changes(old, apply(new, change.take_back)[0])
            assert (change.what, change.id) not in {(each.what, each.id) for each in left if each.kind == change.kind}


def test_a_history_tells_versions_that_came_back(menu: Menu) -> None:
    menu = in_english(menu)
    ids = tuple(item.id for _, _, item in menu.placed)
    cheap = apply(menu, [Bulk(ids=ids, field="price_minor", value=100)])[0]
    versions = [
        each.model_copy(update={"version": number, "published_by": "ada"})
        for number, each in enumerate([menu, cheap, menu], start=1)
    ]
    first, second, third = history(versions)
    assert (first.changes, first.by, first.same_as) == ((), "ada", None)
    assert len(second.changes) == len(ids)
    assert third.same_as == 1
    assert listed(second.changes, 2).endswith(f" · and {len(ids) - 2} more")


def test_both_values_of_a_field_can_be_shown(menu: Menu) -> None:
    menu = apply(in_english(menu), [Add(into="starters", node=Item(id="pad", name={"en": "Pad"}, price_minor=12_050))])[
        0
    ]
    assert in_words(menu, "item", "pad", "price_minor") == "120.50 THB"
    assert in_words(menu, "item", "pad", "name.en") == "“Pad”"
    assert in_words(menu, "item", "pad", "place") == f"in {menu.sections[0].name['en']}, at the end"
    assert in_words(menu, "item", "gone", "place") == "not on the menu"
