"""The pages at the desk: who gets there, importing, exporting, codes, and beginning a restaurant; no browser."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard.access import Scope
from dashboard.blobs import FolderBlobs
from dashboard.menus.model import Item, Menu, Restaurant, Section
from dashboard.menus.sheets import write_xlsx
from dashboard.menus.store import MenuStore, open_store
from dashboard.people import People, person
from ingest_stack.lake import Lake

App = Callable[..., AppTest]
PAGES = ["menu_editor", "menu_import", "codes"]
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def words(test: AppTest) -> str:
    kinds = ("title", "header", "markdown", "caption", "warning", "error")
    return " ".join(element.value for kind in kinds for element in test.get(kind))


def links(test: AppTest) -> list[str]:
    return [link.label for link in test.get("page_link")]


def menu(id: str, *names: str) -> Menu:
    house = Restaurant(
        id=id, name={"en": id.title()}, area="Harbour", time_zone="UTC", currency="EUR", languages=("en",)
    )
    items = tuple(Item(id=name.lower(), name={"en": name}, price_minor=900) for name in names)
    return Menu(restaurant=house, sections=(Section(id="food", name={"en": "Food"}, items=items),))


@pytest.fixture
def store(lived_in: Path, tmp_path: Path) -> MenuStore:
    """Menus of house-1 and house-2, published, and of a house that has a draft only."""
    home = tmp_path / "home"
    shutil.copytree(lived_in, home)
    people = People(FolderBlobs(home))
    people.add(person("mo@example.com", "manager", ("house-2",), ("house-2",)))
    people.add(person("noi@example.com", "manager", ("house-9",), ("house-9",)))
    store = open_store(home, Lake(home / "lake"), Scope.everything("ada@example.com"))
    for id in ("house-1", "house-2"):
        store.publish(menu(id, "Soup", "Tea", "Cake"), NOW)
    store.save_draft(menu("new-house", "Pie"), None, NOW)
    return store


@pytest.fixture
def at_desk(app: App, store: MenuStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setenv("MENULENS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MENULENS_SITE_URL", "https://menu.example")
    return app


def upload(test: AppTest, name: str, content: bytes | str) -> AppTest:
    raw = content.encode() if isinstance(content, str) else content
    test.file_uploader[0].set_value((name, raw, "application/octet-stream"))
    return test.run()


def button(test: AppTest, label: str):
    return next(button for button in test.button if button.label == label)


# Who gets there


@pytest.mark.parametrize("page", [*PAGES, "menu_new"])
@pytest.mark.parametrize("who", ["mia@example.com", "pat@example.com"])
def test_who_may_not_edit_sees_no_entry_and_by_url_words_and_nothing_else(at_desk: App, page: str, who: str) -> None:
    assert "Edit menu" not in links(at_desk(who))
    test = at_desk(who, page=page)
    assert [title.value for title in test.title] == ["You may not edit a menu"]
    assert not test.file_uploader
    assert not test.selectbox
    assert not test.get("download_button")
    assert not test.exception


@pytest.mark.parametrize("page", PAGES)
def test_who_may_edit_sees_the_own_menus_alone(at_desk: App, page: str) -> None:
    test = at_desk("mo@example.com", page=page, restaurant="house-1")
    assert "Edit menu" in links(test)
    assert "New restaurant" not in links(test)
    assert test.selectbox(key="pick_restaurant").options == ["House-2"]
    assert not test.exception
    assert "Something broke" not in words(test)


def test_only_admins_begin_restaurants(at_desk: App) -> None:
    assert "New restaurant" in links(at_desk("ada@example.com", page="codes"))
    assert [title.value for title in at_desk("mo@example.com", page="menu_new").title] == [
        "You may not begin a restaurant"
    ]


def test_a_manager_whose_restaurant_has_no_menu_is_told(at_desk: App) -> None:
    assert "An admin begins it" in words(at_desk("noi@example.com", page="menu_import"))


def test_a_restaurant_that_was_never_published_can_be_picked_at_the_desk(at_desk: App) -> None:
    test = at_desk("ada@example.com", page="codes", restaurant="new-house")
    assert test.selectbox(key="pick_restaurant").options == ["House-1", "House-2", "New-House"]
    assert test.selectbox(key="pick_restaurant").value == "new-house"
    assert "never published" in words(test)
    test.switch_page("pages/overview.py").run()
    assert "New-House has no visits yet" in words(test)
    assert "isn't among yours" not in words(test)


def test_no_days_are_chosen_at_the_desk(at_desk: App) -> None:
    test = at_desk("ada@example.com", page="menu_import")
    assert not [group for group in test.button_group if group.key == "pick_days"]


# Importing

CSV = "section,name,price\nFood,Soup,9\nFood,Tea,10\nFood,Pie,7.50\n"


def test_a_file_is_looked_at_and_taken_into_the_draft(at_desk: App, store: MenuStore) -> None:
    test = upload(at_desk("ada@example.com", page="menu_import", restaurant="house-1"), "menu.csv", CSV)
    assert "This file: 1 item removed, 1 added, 1 changed" in words(test)
    assert [item.id for _, _, item in store.draft("house-1").menu.placed] == ["soup", "tea", "cake"]
    button(test, "Take into the draft").click().run()
    assert "1 item removed, 1 added, 1 changed" in words(test)
    assert "Go to the draft" in links(test)
    draft = store.draft("house-1")
    assert [(item.id, item.price_minor) for _, _, item in draft.menu.placed] == [
        ("soup", 900), ("tea", 1000), ("pie", 750),
    ]  # fmt: skip
    assert draft.by == "ada@example.com"
    assert store.versions("house-1") == [1]


def test_who_lost_the_right_while_the_page_was_open_takes_nothing(
    at_desk: App, store: MenuStore, tmp_path: Path
) -> None:
    test = upload(at_desk("mo@example.com", page="menu_import", restaurant="house-2"), "menu.csv", CSV)
    People(FolderBlobs(tmp_path / "home")).add(person("mo@example.com", "manager", ("house-2",)))
    button(test, "Take into the draft").click().run()
    assert [item.id for _, _, item in store.draft("house-2").menu.placed] == ["soup", "tea", "cake"]


def test_a_workbook_and_our_json_are_taken_too(at_desk: App, store: MenuStore) -> None:
    rows = [line.split(",") for line in CSV.splitlines()]
    test = at_desk("ada@example.com", page="menu_import", restaurant="house-1")
    assert "1 added" in words(upload(test, "menu.xlsx", write_xlsx(rows, "Menu")))
    whole = menu("house-1", "Soup", "Tea", "Cake", "Flan").model_dump_json()
    assert "This file: 1 item added" in words(upload(test, "menu.json", whole))


def test_our_json_brings_the_photos_back_that_are_kept_here(at_desk: App, store: MenuStore) -> None:
    raw = BytesIO()
    Image.new("RGB", (40, 30), "tomato").save(raw, "PNG")
    kept = store.keep_photo("house-1", raw.getvalue())
    photos = (kept, kept.model_copy(update={"id": "0" * 16}), None)
    (section,) = menu("house-1", "Soup", "Tea", "Cake").sections
    shown = [item.model_copy(update={"photo": photo}) for item, photo in zip(section.items, photos, strict=True)]
    file = store.published("house-1").model_copy(
        update={"sections": (section.model_copy(update={"items": tuple(shown)}),)}
    )
    test = upload(
        at_desk("ada@example.com", page="menu_import", restaurant="house-1"), "menu.json", file.model_dump_json()
    )
    assert "Not kept: photos that aren't kept here (1)" in words(test).replace("\\", "")
    button(test, "Take into the draft").click().run()
    assert [item.photo for _, _, item in store.draft("house-1").menu.placed] == [kept, None, None]


def test_one_wrong_row_and_nothing_can_be_taken(at_desk: App, store: MenuStore) -> None:
    before = store.draft("house-1")
    test = upload(
        at_desk("ada@example.com", page="menu_import", restaurant="house-1"), "m.csv", f"{CSV}Food,Eel,cheap\n"
    )
    assert "1 row can’t be used, so nothing is taken" in words(test)
    assert "Take into the draft" not in [button.label for button in test.button]
    assert store.draft("house-1") == before


def test_removing_most_of_the_menu_is_asked_about(at_desk: App, store: MenuStore) -> None:
    test = upload(
        at_desk("ada@example.com", page="menu_import", restaurant="house-1"),
        "m.csv",
        "section,name,price\nFood,Soup,9\n",
    )
    assert "Take into the draft" not in [button.label for button in test.button]
    sure = test.checkbox[0]
    assert sure.label == "Yes, remove 2 of the 3 items that are on the menu now."
    sure.check().run()
    button(test, "Take into the draft").click().run()
    assert len(store.draft("house-1").menu.placed) == 1


def test_columns_are_put_right(at_desk: App, store: MenuStore) -> None:
    raw = "Group,Dish,What it costs\nFood,Soup,9\nFood,Tea,9\nFood,Cake,8\n"
    test = upload(at_desk("ada@example.com", page="menu_import", restaurant="house-1"), "m.csv", raw)
    assert "No column says what an item's price is" in words(test).replace("\\", "")
    column = next(box for box in test.selectbox if box.label == "What it costs")
    assert column.value == ""
    column.set_value("price").run()
    assert "This file: 1 item changed" in words(test)


def test_of_a_file_with_many_restaurants_the_rows_of_one_are_meant(at_desk: App) -> None:
    raw = "restaurant,section,name,price\n1,Food,Soup,9\n2,Food,Soup,9\n2,Food,Tea,9\n2,Food,Cake,9\n"
    test = upload(at_desk("ada@example.com", page="menu_import", restaurant="house-1"), "m.csv", raw)
    whose = next(box for box in test.selectbox if "whose rows" in box.label)
    assert whose.options == ["1", "2"]
    whose.set_value("2").run()
    assert "The file changes nothing" in words(test)


def test_who_changed_the_draft_meanwhile_is_not_overruled(at_desk: App, store: MenuStore) -> None:
    test = upload(at_desk("ada@example.com", page="menu_import", restaurant="house-1"), "m.csv", CSV)
    theirs = menu("house-1", "Soup", "Tea", "Cake", "Flan")
    store.save_draft(theirs, store.draft("house-1"), NOW)
    button(test, "Take into the draft").click().run()
    assert "changed this menu of house-1" in words(test).replace("\\", "")
    assert "Flan" in words(test)
    assert store.draft("house-1").menu == theirs
    button(test, "Look at it again").click().run()
    assert "This file: 2 items removed, 1 added, 1 changed" in words(test)
    button(test, "Take into the draft").click().run()
    assert [item.id for _, _, item in store.draft("house-1").menu.placed] == ["soup", "tea", "pie"]


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("m.csv", "name,price\nCafé,3\n".encode("latin-1"), "it isn't UTF-8"),
        ("m.csv", b"", "empty"),
        ("m.csv", b"name,price\n" + b"x,1\n" * 2_600_000, "MB"),
        ("m.xlsx", b"PK\x03\x04 no workbook", "no workbook"),
        ("m.json", b"{]", "no JSON"),
        ("m.json", b'{"a": 1}', "no menu"),
        ("m.csv", b"name,price\nSoup,THB 3\nTea,EUR 4\n", "2 currencies"),
        ("m.csv", b"name,price\nSoup,USD 3\n", "in USD"),
    ],
)
def test_a_bad_file_gets_one_sentence_and_changes_nothing(
    at_desk: App, store: MenuStore, name: str, raw: bytes, said: str
) -> None:
    before = store.draft("house-1")
    test = upload(at_desk("ada@example.com", page="menu_import", restaurant="house-1"), name, raw)
    assert not test.exception
    assert len(test.error) == 1
    assert said in test.error[0].value.replace("\\", "")
    assert store.draft("house-1") == before


def test_what_a_file_says_is_shown_as_it_is_said(at_desk: App) -> None:
    raw = "name,price,![x](http://evil.example/x)\nSoup,$3,1\n"
    test = upload(at_desk("ada@example.com", page="menu_import", restaurant="house-1"), "m.csv", raw)
    assert "![x](http" not in words(test)
    assert "![x](http" not in " ".join(box.label for box in test.selectbox)


@pytest.mark.parametrize("page", ["menu_import", "codes"])
def test_a_restaurants_name_is_shown_as_it_is_written(at_desk: App, store: MenuStore, page: str) -> None:
    named = menu("odd", "Soup")
    house = named.restaurant.model_copy(update={"name": {"en": "![x](http://evil.example/x)"}, "tables": 2})
    store.save_draft(named.model_copy(update={"restaurant": house}), None, NOW)
    shown = words(at_desk("ada@example.com", page=page, restaurant="odd"))
    assert "evil" in shown
    assert "![x](http" not in shown


# Exporting, codes


def test_templates_and_menus_can_be_had_in_every_form(at_desk: App) -> None:
    labels = [button.label for button in at_desk("ada@example.com", page="menu_import").get("download_button")]
    assert labels == ["Template, CSV", "Template, Excel", "CSV", "Excel", "JSON", "JSON-LD"]


def test_codes_say_how_many_and_where_they_lead(at_desk: App, monkeypatch: pytest.MonkeyPatch) -> None:
    test = at_desk("ada@example.com", page="codes", restaurant="house-1")
    assert "10 codes for House-1" in words(test).replace("\\", "")
    assert "no guest’s phone gets there" not in words(test)
    test.text_input[0].set_value("1-3, Terrace 2").run()
    assert "4 codes for House-1" in words(test).replace("\\", "")
    assert next(box for box in test.selectbox if box.label == "Table").options[-1] == "Table Terrace 2"
    monkeypatch.setenv("MENULENS_SITE_URL", "http://127.0.0.1:8801")
    assert "which only this machine reaches: no guest’s phone gets there" in words(test.run())


@pytest.mark.parametrize(("tables", "said"), [("9-1", "run backwards"), (",", "1 to 1,000 tables"), ("x" * 65, "64")])
def test_tables_that_cannot_be_are_told_in_a_sentence(at_desk: App, tables: str, said: str) -> None:
    test = at_desk("ada@example.com", page="codes", restaurant="house-1")
    test.text_input[0].set_value(tables).run()
    assert not test.exception
    assert said in test.error[0].value.replace("\\", "")
    assert not test.get("download_button")


# Beginning a restaurant


def fill(test: AppTest, **facts: object) -> AppTest:
    for kind in ("text_input", "selectbox", "multiselect"):
        for widget in test.get(kind):
            if (fact := str(widget.key).removeprefix("house-")) in facts:
                widget.set_value(facts[fact])
    return test.run()


LUZ = {"name": "Café Luz", "area": "Lisbon", "time_zone": "Europe/Lisbon", "currency": "EUR", "languages": ["pt", "en"]}


def test_an_admin_begins_a_restaurant_and_the_picker_has_it(at_desk: App, store: MenuStore) -> None:
    test = at_desk("ada@example.com", page="menu_new")
    assert button(test, "Begin").disabled
    fill(test, **LUZ)
    next(button for button in test.button if button.label.startswith("Begin Café")).click().run()
    assert not test.exception
    assert "Café Luz has a draft" in words(test)
    house = store.draft("cafe-luz").menu.restaurant
    assert (house.name, house.languages, house.currency) == ({"pt": "Café Luz"}, ("pt", "en"), "EUR")
    test.switch_page("pages/menu_import.py").run()
    assert test.selectbox(key="pick_restaurant").value == "cafe-luz"


def test_a_file_fills_the_form_and_its_menu_comes_along(at_desk: App, store: MenuStore) -> None:
    whole = json.loads(menu("old-id", "Soup", "Tea").model_dump_json())
    test = upload(at_desk("ada@example.com", page="menu_new"), "m.json", json.dumps(whole))
    assert next(widget for widget in test.text_input if widget.key == "house-name").value == "Old-Id"
    assert "2 items added" in words(test)
    next(button for button in test.button if button.label.startswith("Begin Old")).click().run()
    assert not test.exception
    assert len(store.draft("old-id").menu.placed) == 2


def test_an_address_that_another_has_is_refused(at_desk: App, store: MenuStore) -> None:
    before = store.draft("house-1")
    test = fill(at_desk("ada@example.com", page="menu_new"), **LUZ, id="house-1")
    next(button for button in test.button if button.label.startswith("Begin Café")).click().run()
    assert "There is a restaurant house-1 already" in words(test).replace("\\", "")
    assert store.draft("house-1") == before


def test_in_an_empty_home_an_admin_is_led_to_begin(
    at_desk: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "empty"
    People(FolderBlobs(home)).add(person("ada@example.com", "admin", ()))
    monkeypatch.setenv("MENULENS_HOME", str(home))
    test = at_desk("ada@example.com")
    assert "There is no restaurant here yet" in words(test)
    assert "New restaurant" in links(test)
    test.switch_page("pages/menu_import.py").run()
    assert "There is no menu to edit yet" in words(test)
    test.switch_page("pages/menu_new.py").run()
    assert "Begin a restaurant" in words(test)
    assert not test.exception
