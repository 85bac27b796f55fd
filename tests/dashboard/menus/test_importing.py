"""What a file would make of a menu: matched by id or name, said row by row, and nothing taken if a row is wrong."""

import io
import json
import zipfile
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from dashboard.menus.exporting import to_csv, to_xlsx
from dashboard.menus.importing import Preview, preview
from dashboard.menus.model import Menu, to_json
from dashboard.menus.schema_org import to_jsonld
from errors import MenuError

NEW = {"name": "Bistro", "area": "Mitte", "time_zone": "Europe/Berlin", "languages": ["en"]}
PLAIN = "section,name,price\nSoups,Tom Yum,120\nSoups,Tom Kha,130.50\nSweets,Mango,90\n"


def made(text: str | bytes, name: str = "menu.csv", present: Menu | None = None, **more: Any) -> Preview:
    content = text.encode() if isinstance(text, str) else text
    house = more.pop("house", None if present else NEW | {"currency": "EUR"})
    return preview(name, content, "bistro", present, house=house, **more)


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


@pytest.fixture
def bistro() -> Menu:
    return made(PLAIN).checked()


def item(menu: Menu, id: str) -> Any:
    return next(item for _, _, item in menu.placed if item.id == id)


def test_a_row_becomes_an_item_in_its_section(bistro: Menu) -> None:
    assert [(section.id, [item.id for item in section.items]) for section in bistro.sections] == [
        ("soups", ["tom-yum", "tom-kha"]),
        ("sweets", ["mango"]),
    ]
    assert [item.price_minor for _, _, item in bistro.placed] == [12000, 13050, 9000]


def test_an_edited_export_changes_items_and_replaces_none(menu: Menu) -> None:
    text = to_csv(menu).decode("utf-8-sig").replace("Chicken satay", "Satay of chicken")
    found = made(text, present=menu)
    assert [row.words for row in found.rows if row.state != "same"] == [
        "ไก่สะเต๊ะ name in English “Chicken satay” → “Satay of chicken”"
    ]
    satay = item(found.checked(), "satay")
    assert (satay.name["en"], satay.options) == ("Satay of chicken", item(menu, "satay").options)


def test_without_ids_an_item_is_known_by_its_name_in_its_section(bistro: Menu) -> None:
    found = made("section,name,price\nsoups,tom yum,125\nSoups,Laab,99\n", present=bistro)
    assert [(row.name, row.state) for row in found.rows] == [("tom yum", "changed"), ("Laab", "added")]
    assert found.removed == ("Tom Kha", "Mango")
    assert [item.id for _, _, item in found.checked().placed] == ["tom-yum", "laab"]


def test_a_foreign_id_does_not_replace_the_one_that_an_item_has(bistro: Menu) -> None:
    found = made("sku,section,name,price\n4711,Soups,Tom Yum,120\n12/3,Soups,Tom Saab,99\n", present=bistro)
    assert [item.id for _, _, item in found.checked().placed] == ["tom-yum", "12-3"]


def test_what_a_table_has_no_column_for_stays_as_it_is(menu: Menu) -> None:
    private = next(item for _, _, item in menu.placed if item.food_cost_minor)
    rows = ["item_id,name.en,price", *(f"{item.id},{item.name['en']},77" for _, _, item in menu.placed)]
    kept = item(made("\n".join(rows).replace("Fish, ", "Fish "), present=menu).checked(), private.id)
    assert (kept.price_minor, kept.food_cost_minor, kept.allergens) == (
        7700,
        private.food_cost_minor,
        private.allergens,
    )
    assert kept.name["th"] == private.name["th"]


def test_a_second_language_is_added_to_what_is_there(bistro: Menu) -> None:
    found = made(PLAIN.replace("name,", "name.th,").replace("Tom Yum", "ต้มยำ"), present=bistro)
    assert found.menu is not None
    assert found.menu.restaurant.languages == ("en", "th")
    # Names in another language alone are other items: nothing says that they are the same.
    rows = "item_id,name.th,price\ntom-yum,ต้มยำ,120\ntom-kha,ต้มข่า,130.50\nmango,มะม่วง,90\n"
    assert item(made(rows, present=bistro).checked(), "tom-yum").name == {"en": "Tom Yum", "th": "ต้มยำ"}


def test_what_is_sold_out_is_the_kitchens_word_but_for_new_items(bistro: Menu) -> None:
    rows = "section,name,price,sold out\nSoups,Tom Yum,120,yes\nSoups,Laab,90,yes\n"
    menu = made(rows, present=bistro).checked()
    assert (item(menu, "tom-yum").sold_out, item(menu, "laab").sold_out) == (False, True)


def test_names_in_other_letters_get_ids_that_stay(bistro: Menu) -> None:
    text = "section,name,price\nแกง,แกงเขียวหวาน,120\nแกง,Curry แดง,110\n"
    first, again = made(text).checked(), made(text).checked()
    assert first == again
    assert all(item.id.startswith(start) for (_, _, item), start in zip(first.placed, ("item-", "curry-"), strict=True))


def test_a_name_in_two_sections_is_two_items_with_ids_that_stay() -> None:
    text = "section,name,price\nPicked for you,Soup,5\nSoups,Soup,5\n"
    menu = made(text).checked()
    assert [item.id for _, _, item in menu.placed] == ["soup", "soup-2"]
    assert made(text, present=menu).changes == ()


def test_html_entities_are_read_as_the_letters_they_mean() -> None:
    menu = made("section,name,price\nSubs,Ham &amp; Cheese,8.99\n").checked()
    assert item(menu, "ham-cheese").name == {"en": "Ham & Cheese"}


@pytest.mark.parametrize(
    ("headings", "columns"),
    [
        ("Category;Dish name;Price (EUR)", {"section": "Category", "name": "Dish name", "price": "Price (EUR)"}),
        ("หมวด\tชื่อเมนู\tราคา", {"section": "หมวด", "name": "ชื่อเมนู", "price": "ราคา"}),
        ("name_en,name (TH),preis", {"name.en": "name_en", "name.th": "name (TH)", "price": "preis"}),
        ("Item,Unit Price,Rating", {"name": "Item", "price": "Unit Price"}),
    ],
)
def test_columns_are_guessed_from_their_headings(headings: str, columns: dict[str, str]) -> None:
    mark = max(",;\t", key=headings.count)
    assert made(f"{headings}\n{mark.join(['A', 'B', '3'])}\n").columns == columns


def test_a_guess_can_be_corrected() -> None:
    text = "name,title,price\nSoups,Tom Yum,120\n"
    found = made(text, columns={"section": "name", "name": "title"})
    assert [row.name for row in found.rows] == ["Tom Yum"]
    with pytest.raises(MenuError, match="This file has no column 'dish': it has 'name', 'title', 'price'"):
        made(text, columns={"name": "dish"})
    with pytest.raises(MenuError, match="An item has no field 'calories'"):
        made(text, columns={"calories": "title"})


def test_of_many_restaurants_one_must_be_named() -> None:
    text = "restaurant_id,section,name,price\n1,Soups,Tom Yum,120\n2,Soups,Laab,90\n"
    with pytest.raises(MenuError, match=r"holds 2 restaurants \(1, 2\)"):
        made(text)
    assert [row.name for row in made(text, rows_of="2").rows] == ["Laab"]
    with pytest.raises(MenuError, match=r"no rows of '3': it has 1, 2\."):
        made(text, rows_of="3")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Soups,,120", "it has no name"),
        ("Soups,Laab,", "there is no price"),
        ("Soups,Laab,-5", "the price '-5' is negative"),
        ("Soups,Laab,free", "'free' is no price"),
        ("Soups,Laab,12.3456", "the price '12.3456' has more than 2 decimals, and EUR has 2"),
        ("Soups,<script>alert(1)</script>,120", r"its name \(en\) holds HTML: <script>"),
        ("Soups,&lt;img src=x&gt;,120", r"its name \(en\) holds HTML: <img src=x>"),
        (
            "Soups,La\u202eab,120",
            r"row 5 \(Laab\) can't be used, for its name \(en\) holds a character that can't be seen",
        ),
        ("Soups,=1+1,120", "name holds a formula: paste its value in its place"),
        ("Soups,Tom Yum,99", "the same name stands in this section already"),
        (f"Soups,{'a' * 150},120", r"its name \(en\) is 10 characters too long"),
    ],
)
def test_a_wrong_row_says_why_and_nothing_is_imported(row: str, why: str) -> None:
    found = made(f"{PLAIN}{row}\n")
    assert [(wrong.place, wrong.state) for wrong in found.wrong] == [("row 5", "wrong")]
    with pytest.raises(MenuError, match=rf"^Nothing was imported: (?=row 5.* can't be used, for ).*{why}"):
        found.checked()
    assert sum(line.startswith("! row 5") for line in found.lines()) == 1


def test_each_wrong_row_is_told() -> None:
    found = made(f"{PLAIN}Soups,Laab,-5\nSoups,Som Tam,\n")
    assert [row.place for row in found.wrong] == ["row 5", "row 6"]
    with pytest.raises(MenuError, match="and 1 more like it"):
        found.checked()


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 70_000_000)
    return out.getvalue()


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>"""


def laughing() -> bytes:
    whole = zipfile.ZipFile(io.BytesIO(workbook(("name", "price"), ("Soup", 5))))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        for part in whole.namelist():
            parts.writestr(part, LAUGHS if part.endswith("sheet1.xml") else whole.read(part))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("menu.csv", b"", "This file is empty."),
        ("menu.csv", b" \n\n", "This file is empty."),
        ("menu.csv", b"name,price\n", "a heading and no rows"),
        (
            "menu.csv",
            b"Tom Yum,120\nTom Kha,130\n",
            "No column says what an item's name is: the first row has 'Tom Yum'",
        ),
        ("menu.csv", "name,price\nต้มยำ,5\n".encode("cp874"), "can't be read from line 2 on: it isn't UTF-8"),
        ("menu.csv", b"name,price\nSoup,5 EUR\nStew,6 USD\nPie,7 THB\n", r"in 3 currencies \(EUR, THB, USD\)"),
        ("menu.csv", b"name,price\nSoup,5 USD\n", "prices of this file are in USD, not in EUR"),
        ("menu.csv", b"x" * 50_000_000, "This file has 50 MB; the most that is read is 10 MB"),
        ("menu.csv", b"name,price\n" + b"a,1\n" * 10_001, "more than 10,000 rows"),
        ("menu.csv", b"name,price\n" + b"," * 300 + b"a\n", "has 301 cells"),
        ("menu.csv", b"\x00\x01\x02", "This file is no text"),
        ("menu.xlsx", b"not a zip", "no workbook that can be opened"),
        ("menu.xlsx", b"\xd0\xcf\x11\xe0rest", "a workbook of the old kind, or one with a password"),
        ("menu.xlsx", bomb(), "unpacks to more than 60 MB"),
        ("menu.xlsx", laughing(), "no workbook that can be opened"),
        ("menu.xlsx", workbook(), "This file is empty."),
        ("menu.json", b"{", "Line 1 of this file is no JSON"),
        ("menu.json", b"[" * 100_000, "nested too deeply|is no JSON"),
        ("menu.json", rb'{"restaurant": {"name": {"en": "\ud83d"}}}', "half a letter"),
        ("menu.json", b'{"restaurant": {}, "Sections": []}', "no field 'Sections'"),
        ("menu.json", b'{"a": 1}', "This JSON is no menu"),
        ("menu.json", b'{"restaurant": 5, "sections": 7}', "has another shape than a menu"),
        ("menu.json", b'{"restaurant": {}, "sections": {}}', "has another shape than a menu"),
        ("menu.json", b'{"restaurant": {}, "modifier_groups": []}', "somewhere 'sections' is missing"),
        ("menu.json", b'{"@context": "https://schema.org", "@type": "Person"}', "no Menu of schema.org"),
        ("menu.pdf", b"%PDF", "not from '.pdf'"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(MenuError, match=sentence):
        made(content, name)


def test_a_formula_in_a_workbook_is_wrong_even_where_its_value_is_known() -> None:
    found = made(workbook(("name", "price"), ("Soup", "=2+3"), ("Stew", 6)), "menu.xlsx")
    assert [(row.place, row.words) for row in found.wrong] == [
        ("row 2", "price holds a formula: paste its value in its place; '=2+3' is no price")
    ]


def test_an_export_runs_nothing_in_a_spreadsheet(bistro: Menu) -> None:
    evil = '=HYPERLINK("http://evil.example","Soup")'
    data = json.loads(to_json(bistro))
    data["sections"][0]["items"][0]["name"]["en"] = evil
    menu = made(json.dumps(data), "menu.json", bistro).checked()
    assert f'"\'{evil.replace(chr(34), chr(34) * 2)}"' in to_csv(menu).decode("utf-8-sig")
    cells = [cell for row in load_workbook(io.BytesIO(to_xlsx(menu))).active for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert f"'{evil}" in [cell.value for cell in cells]
    assert made(to_csv(menu), present=menu).changes == made(to_xlsx(menu), "menu.xlsx", menu).changes == ()


def test_a_new_restaurant_needs_what_the_file_does_not_say() -> None:
    with pytest.raises(MenuError, match="bistro is new here, and the file doesn't say its area, time zone, currency"):
        made(PLAIN, house={"name": "Bistro", "languages": ["en"]})
    with pytest.raises(MenuError, match="can't be so: its time zone can't be 'Mars': that is no IANA time zone"):
        made(PLAIN, house=NEW | {"currency": "EUR", "time_zone": "Mars"})
    assert made(PLAIN.replace("120", "120 THB"), house=NEW).checked().restaurant.currency == "THB"


def test_a_restaurant_that_is_here_keeps_its_facts(bistro: Menu) -> None:
    with pytest.raises(MenuError, match="bistro is here already: its area can't be imported anew"):
        made(PLAIN, present=bistro, house={"area": "Kreuzberg"})
    with pytest.raises(MenuError, match="prices of this file are in THB, those of Bistro in EUR"):
        made(PLAIN.replace("120", "฿120"), present=bistro)


def test_our_json_says_which_item_is_wrong(bistro: Menu) -> None:
    data = json.loads(to_json(bistro))
    data["sections"][0]["items"][1] |= {"price_minor": -1}
    data["sections"][1]["items"][0] |= {"colour": "red"}
    found = made(json.dumps(data), "menu.json", bistro)
    assert [(row.place, row.name) for row in found.wrong] == [
        ("section 1, item 2", "Tom Kha"),
        ("section 2, item 1", "Mango"),
    ]
    assert found.wrong[1].words == "'colour' is no field that a menu has"


DELIVERY = {
    "restaurant": {"name": "Soi &amp; Co"},
    "language": "th",
    "currency": "THB",
    "modifier_groups": [
        {"id": 7, "name": "เนื้อ", "min": 1, "max": 5, "options": [{"id": 8, "name": "หมู", "price": 10}]},
        {"id": 9, "name": "ว่าง", "min": 0, "max": 1, "options": []},
    ],
    "sections": [
        {
            "id": 1,
            "position": 1,
            "name": "ส้มตำ",
            "description": None,
            "items": [
                {
                    "id": 2,
                    "position": 1,
                    "name": "ตำไทย",
                    "description": "",
                    "has_photo": True,
                    "is_sold_out": True,
                    "is_alcoholic_item": False,
                    "variations": [
                        {"id": 3, "name": "เล็ก", "price": 58.5, "price_before_discount": 65, "topping_ids": [7, 9]},
                        {"id": 4, "name": "ใหญ่", "price": 80, "topping_ids": [7, 9]},
                    ],
                }
            ],
        }
    ],
}  # fmt: skip


def test_a_delivery_platforms_menu_keeps_sizes_and_modifiers_and_says_what_it_loses() -> None:
    found = made(json.dumps(DELIVERY), "soi.json", house={"area": "On Nut", "time_zone": "Asia/Bangkok"})
    menu = found.checked()
    assert (menu.restaurant.name, menu.restaurant.currency, menu.restaurant.languages) == (
        {"th": "Soi & Co"},
        "THB",
        ("th",),
    )
    dish = item(menu, "2")
    assert (dish.price_minor, dish.sold_out) == (5850, True)
    assert [(o.id, o.sizes, o.min, o.max, [c.price_delta_minor for c in o.choices]) for o in dish.options] == [
        ("choice", True, 1, 1, [0, 2150]),
        ("7", False, 1, 1, [1000]),
    ]
    assert dish.options[0].name == {"th": "ตัวเลือก"}
    assert made(json.dumps(DELIVERY), "soi.json", menu).changes == ()
    assert found.lost == (
        "leave to take one modifier several times (1)",
        "groups of modifiers without any (1)",
        "prices before a discount (1)",
        "photos, of which the file only says that there are some (1)",
    )


def test_json_ld_of_other_makers_is_read() -> None:
    menu = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "Restaurant", "name": "Forno", "hasMenu": {"@id": "#menu"}},
            {
                "@type": "Menu",
                "inLanguage": "it",
                "hasMenuSection": {
                    "@type": "MenuSection",
                    "name": "Pizze",
                    "hasMenuSection": [
                        {
                            "@type": "MenuSection",
                            "name": "Rosse",
                            "hasMenuItem": [
                                {
                                    "@type": "MenuItem",
                                    "name": "Marinara &amp; basilico",
                                    "image": "x.jpg",
                                    "suitableForDiet": "http://schema.org/VeganDiet",
                                    "offers": [{"@type": "Offer", "price": 7.5, "priceCurrency": "EUR"}],
                                }
                            ],
                        }
                    ],
                },
            },
        ],
    }
    found = made(json.dumps(menu), "menu.jsonld", house={"area": "Roma", "time_zone": "Europe/Rome"})
    made_of_it = found.checked()
    assert (made_of_it.restaurant.name, made_of_it.sections[0].name) == ({"it": "Forno"}, {"it": "Pizze – Rosse"})
    pizza = made_of_it.placed[0][2]
    assert (pizza.name, pizza.price_minor, sorted(pizza.diets)) == ({"it": "Marinara & basilico"}, 750, ["vegan"])
    assert found.lost == ("photos (1)",)


def test_hours_of_serving_are_read_from_a_table(bistro: Menu) -> None:
    text = "section,name,price,served\nSoups,Tom Yum,120,Mon-Fri 11-15\nSoups,Tom Kha,130.50,\nSweets,Mango,90,\n"
    found = made(text, present=bistro)
    assert [change.sentence for change in found.changes] == ["Tom Yum served Mon–Fri 11:00–15:00"]
    assert made(to_csv(found.checked()), present=bistro).menu == found.menu
    assert made(text.replace("11-15", "noon"), present=bistro).wrong[0].words.startswith("'Mon-Fri noon' says no days")


def test_a_photo_that_is_kept_nowhere_here_is_left_out_and_said(bistro: Menu) -> None:
    data = json.loads(to_json(bistro))
    for each, id in zip(data["sections"][0]["items"], ("0" * 16, "1" * 16), strict=True):
        each["photo"] = {"id": id, "width": 640, "height": 480}
    found = made(json.dumps(data), "menu.json", bistro, photos={"0" * 16})
    assert found.lost == ("photos that aren't kept here (1)",)
    photos = [item.photo and item.photo.id for _, _, item in found.checked().placed]
    assert photos == ["0" * 16, None, None]
    assert made(json.dumps(data), "menu.json", found.menu).lost == ("photos that aren't kept here (1)",)


def test_sizes_are_offers_each_with_its_price(bistro: Menu) -> None:
    offers = [{"@type": "Offer", "name": size, "price": price} for size, price in (("Cup", "5"), ("Bowl", "8"))]
    node = {"@type": "MenuItem", "name": "Tom Yum", "offers": offers}
    document = {"@type": "Menu", "hasMenuSection": {"name": "Soups", "hasMenuItem": node}}
    soup = item(made(json.dumps(document), "menu.jsonld", bistro).checked(), "tom-yum")
    (sizes,) = soup.options
    assert (soup.price_minor, sizes.sizes, sizes.min) == (500, True, 1)
    assert [(choice.id, choice.price_delta_minor) for choice in sizes.choices] == [("cup", 0), ("bowl", 300)]


def test_a_file_that_takes_most_of_a_menu_away_says_so(bistro: Menu) -> None:
    rows = PLAIN.splitlines(keepends=True)
    found = made("".join(rows[:2]), present=bistro)
    assert (found.removes_most, found.removed, found.before) == (True, ("Tom Kha", "Mango"), 3)
    assert not made("".join(rows[:3]), present=bistro).removes_most
    assert not made(PLAIN).removes_most


JUNK = [None, 0, -1, 1.5, 10**400, "", "x", "<b>", [], {}, [None], {"th": 5}, {"th": None}, {"": "x"}, True]


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [*([path] if path else []), *(place for key, value in below for place in places(value, (*path, key)))]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_stands_in_a_json_it_is_a_preview_or_a_sentence(menu: Menu, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([json.loads(to_json(menu)), json.loads(to_jsonld(menu)), DELIVERY]))
    document = json.loads(json.dumps(whole))
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from(places(document)))
        node = document
        for key in path:
            node = node[key]
        node[last] = deepcopy(data.draw(st.sampled_from(JUNK)))
    present = data.draw(st.sampled_from([menu, None]))
    with suppress(MenuError):
        made(json.dumps(document), "menu.json", present).lines()


WORKBOOK = workbook(("name", "price"), *((f"Soup {number}", number) for number in range(40)))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_befell_a_workbook_it_is_a_preview_or_a_sentence(menu: Menu, data: st.DataObject) -> None:
    content = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(MenuError):
        made(bytes(content), "menu.xlsx", menu).lines()
