"""The folder store: what is published stays, what is sold out shows, and two people don't overwrite each other."""

import json
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.menus.model import Menu
from dashboard.menus.store import FolderStore, dimensions
from errors import MenuError, StorageError
from ingest_stack.lake import COLUMNS, Lake

ID = "ton-mamuang"


def moved(menu: Menu) -> Menu:
    """The menu with its sections turned round and one item dropped."""
    first, *rest = menu.sections
    return menu.model_copy(update={"sections": (*rest, first.model_copy(update={"items": first.items[1:]}))})


def page(home: Path, language: str = "") -> str:
    return (home / "site" / "r" / ID / language / "index.html").read_text()


def test_publishing_numbers_versions_and_writes_pages(
    store: FolderStore, menu: Menu, monday: datetime, home: Path
) -> None:
    first = store.publish(menu, monday)
    second = store.publish(moved(first), monday + timedelta(days=1))
    assert (first.version, second.version) == (1, 2)
    assert store.versions(ID) == [1, 2]
    assert 'data-menu-version="2"' in page(home)
    assert "/r/ton-mamuang/" in (home / "site" / "index.html").read_text()
    assert store.restaurants() == [ID]


def test_a_published_version_never_changes(store: FolderStore, menu: Menu, monday: datetime, home: Path) -> None:
    store.publish(menu, monday)
    path = home / "menus" / ID / "versions" / "000001.json"
    before = path.read_bytes()
    store.mark_sold_out(ID, "rolls")
    store.publish(moved(store.published(ID)), monday + timedelta(days=1))
    assert path.read_bytes() == before
    assert store.published(ID, 1).sections == store.published(ID, 1).sections


def test_past_versions_keep_their_items(store: FolderStore, menu: Menu, monday: datetime, lake: Any) -> None:
    store.publish(menu, monday)
    store.publish(moved(menu), monday + timedelta(days=1))
    rows = lake.items[ID]
    assert {row["menu_version"] for row in rows} == {1, 2}
    assert next(row["item_id"] for row in rows if row["menu_version"] == 1) == "satay"
    assert "satay" not in {row["item_id"] for row in rows if row["menu_version"] == 2}


def test_dimensions_have_the_lakes_columns(menu: Menu, monday: datetime) -> None:
    restaurant, items = dimensions(menu.model_copy(update={"version": 7, "published_at": monday}))
    assert list(restaurant) == list(COLUMNS["restaurants"])
    assert all(list(item) == list(COLUMNS["menu_items"]) for item in items)
    assert items[1] | {"item_name": ""} == {
        "restaurant_id": ID,
        "menu_version": 7,
        "published_at": int(monday.timestamp() * 1000),
        "item_id": "som-tum",
        "item_name": "",
        "section_id": "starters",
        "section_name": "ของทานเล่น",
        "section_position": 1,
        "position": 2,
        "price_minor": 9000,
        "food_cost_minor": 3219,
    }


def test_a_drafts_items_are_not_counted(menu: Menu) -> None:
    with pytest.raises(MenuError, match="draft"):
        dimensions(menu)


def test_publishing_fills_the_lake(menu: Menu, monday: datetime, home: Path) -> None:
    FolderStore(home, Lake(home / "lake")).publish(menu, monday)
    assert (home / "lake" / "menu_items" / f"{ID}.parquet").exists()


def test_sold_out_shows_at_once_without_a_publish(store: FolderStore, menu: Menu, monday: datetime, home: Path) -> None:
    store.publish(menu, monday)
    assert store.sold_out(ID) == {"tofu"}
    store.mark_sold_out(ID, "rolls")
    store.mark_sold_out(ID, "tofu", sold_out=False)
    assert store.versions(ID) == [1]
    assert store.sold_out(ID) == {"rolls"}
    assert 'item out" id="item-rolls"' in page(home, "en")
    assert 'item out" id="item-tofu"' not in page(home, "en")


def test_publishing_leaves_sold_out_to_the_kitchen(store: FolderStore, menu: Menu, monday: datetime) -> None:
    draft = store.publish(menu, monday)
    store.mark_sold_out(ID, "rolls")
    published = store.publish(draft, monday + timedelta(days=1))
    assert {item.id for _, _, item in published.placed if item.sold_out} == {"tofu", "rolls"}


def test_an_unknown_item_cannot_be_sold_out(store: FolderStore, menu: Menu, monday: datetime) -> None:
    store.publish(menu, monday)
    with pytest.raises(MenuError, match="'pizza'"):
        store.mark_sold_out(ID, "pizza")


def test_publishing_over_somebody_elses_version_is_refused(store: FolderStore, menu: Menu, monday: datetime) -> None:
    mine = store.publish(menu, monday)
    store.publish(mine, monday)
    with pytest.raises(MenuError, match="made from version 1, but 2 is published"):
        store.publish(mine, monday)


def test_two_who_publish_at_once_get_two_versions(home: Path, menu: Menu, monday: datetime, lake: Any) -> None:
    threads = [
        threading.Thread(target=FolderStore(home, lake).publish, args=(menu, monday + timedelta(hours=hour)))
        for hour in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert FolderStore(home, lake).versions(ID) == [1, 2, 3, 4]
    assert {row["menu_version"] for row in lake.items[ID]} == {1, 2, 3, 4}


def test_a_draft_changed_by_somebody_else_is_not_overwritten(store: FolderStore, menu: Menu) -> None:
    tag = store.save_draft(menu, "")
    later = store.save_draft(moved(menu), tag)
    with pytest.raises(MenuError, match="somebody else"):
        store.save_draft(menu, tag)
    assert store.draft(ID) == (moved(menu), later)


def test_a_draft_begins_as_what_is_published(store: FolderStore, menu: Menu, monday: datetime) -> None:
    store.publish(menu, monday)
    draft, tag = store.draft(ID)
    assert (draft, tag) == (menu, "")


def test_a_language_that_goes_takes_its_page_along(
    store: FolderStore, menu: Menu, monday: datetime, home: Path
) -> None:
    store.publish(menu, monday)
    fewer = menu.model_copy(update={"restaurant": menu.restaurant.model_copy(update={"languages": ("th", "en")})})
    store.publish(fewer, monday)
    assert sorted(path.name for path in (home / "site" / "r" / ID).iterdir()) == ["en", "index.html"]


@pytest.mark.parametrize("id", ["../people", "", "a/b", "A"])
def test_an_id_never_leaves_the_folder(store: FolderStore, id: str) -> None:
    with pytest.raises(MenuError, match="no restaurant's id"):
        store.published(id)


def test_a_broken_file_is_named(store: FolderStore, menu: Menu, monday: datetime, home: Path) -> None:
    store.publish(menu, monday)
    path = home / "menus" / ID / "versions" / "000001.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"sections": [{}]}))
    with pytest.raises(MenuError, match=r"000001\.json holds no menu that can be read: sections\.0\.id"):
        store.published(ID)


def test_what_was_never_published_is_said(store: FolderStore) -> None:
    with pytest.raises(MenuError, match="no published menu"):
        store.published(ID)


def test_a_time_without_a_zone_is_refused(store: FolderStore, menu: Menu, monday: datetime) -> None:
    with pytest.raises(MenuError, match="names no time zone"):
        store.publish(menu, monday.replace(tzinfo=None))


def test_a_disk_that_says_no_is_said_in_words(menu: Menu, monday: datetime, home: Path, lake: Any) -> None:
    (home / "menus").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="Menus can't be kept"):
        FolderStore(home, lake).publish(menu, monday)
