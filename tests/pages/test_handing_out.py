"""Files that pages hand out: on whatever page, rights are asked for on the click, and what goes is recorded."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.access import Scope
from dashboard.audit import Audit, Entry
from dashboard.blobs import FolderBlobs
from dashboard.menus.model import Item, Menu, Restaurant, Section
from dashboard.menus.store import open_store
from dashboard.people import People, person
from errors import AccessError
from ingest_stack.lake import Lake

App = Callable[..., AppTest]
PAGES = sorted(path.stem for path in (Path(__file__).parents[2] / "pages").glob("*.py"))
ADA, MO = "ada@example.com", "mo@example.com"
WITHOUT_FILES = {"menu_editor", "menu_new", "people"}


@pytest.fixture
def blobs(lived_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderBlobs:
    home = tmp_path / "home"
    shutil.copytree(lived_in, home)
    monkeypatch.setenv("MENULENS_HOME", str(home))
    house = Restaurant(
        id="house-5", name={"en": "House"}, area="Hill", time_zone="UTC", currency="EUR", languages=("en",)
    )
    soup = Item(id="soup", name={"en": "Soup"}, price_minor=900, food_cost_minor=123)
    menu = Menu(restaurant=house, sections=(Section(id="food", name={"en": "Food"}, items=(soup,)),))
    open_store(home, Lake(home / "lake"), Scope.everything()).publish(menu, datetime.now(UTC))
    people = People(FolderBlobs(home))
    people.add(person(MO, "manager", ["house-5"], ["house-5"]))
    people.add(person("bea@example.com", "admin"))
    return FolderBlobs(home)


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the download buttons of the page hold: name of the file → what a click calls."""
    held: dict[str, Any] = {}

    def button(label: str, data: Any, file_name: str, *_: object, **__: object) -> None:
        held[file_name] = data

    monkeypatch.setattr(st, "download_button", button)
    return held


def exported(blobs: FolderBlobs) -> list[Entry]:
    today = datetime.now(UTC).date()
    return [entry for entry in Audit(blobs).read(today - timedelta(days=1), today) if entry.kind == "exported"]


@pytest.fixture
def look(app: App, files: dict[str, Any]) -> App:
    def look(who: str, page: str) -> AppTest:
        test = app(who, restaurant="house-5")
        files.clear()
        return test.switch_page(f"pages/{page}.py").run()

    return look


@pytest.mark.parametrize("page", PAGES)
def test_each_file_that_goes_is_recorded_and_none_goes_to_who_lost_the_right_while_the_page_was_open(
    look: App, blobs: FolderBlobs, files: dict[str, Any], page: str
) -> None:
    assert not look(ADA, page).exception
    assert bool(files) == (page not in WITHOUT_FILES), f"a page with other files: {sorted(files)}"
    for make in files.values():
        assert make()
    gone = exported(blobs)
    assert [(entry.who, entry.details["file"]) for entry in reversed(gone)] == [(ADA, file) for file in files]
    People(blobs).add(person(ADA, "manager", ["house-1"]))
    for make in files.values():
        with pytest.raises(AccessError, match="is less by now"):
            make()
    assert exported(blobs) == gone


def test_who_may_no_longer_edit_gets_no_food_costs(look: App, blobs: FolderBlobs, files: dict[str, Any]) -> None:
    look(MO, "menu_import")
    assert b"1.23" in files["house-5-draft.csv"]()
    People(blobs).add(person(MO, "manager", ["house-5"]))
    with pytest.raises(AccessError):
        files["house-5-draft.csv"]()
    assert [(entry.who, entry.about) for entry in exported(blobs)] == [(MO, "house-5")]


def test_who_was_taken_off_gets_nothing(look: App, blobs: FolderBlobs, files: dict[str, Any]) -> None:
    look(MO, "attention")
    People(blobs).remove(MO)
    for make in files.values():
        with pytest.raises(AccessError, match="Nobody here is called"):
            make()


def test_who_may_see_more_by_now_is_not_held_up(look: App, blobs: FolderBlobs, files: dict[str, Any]) -> None:
    look(MO, "attention")
    People(blobs).add(person(MO, "product"))
    People(blobs).add(person(MO, "admin"))
    assert all(make() for make in files.values())


def test_the_record_is_a_spreadsheet_of_its_own(look: App, blobs: FolderBlobs, files: dict[str, Any]) -> None:
    Audit(blobs).record("sign_in", "=cmd()")
    look(ADA, "audit")
    text = next(iter(files.values()))().decode("utf-8-sig")
    assert text.splitlines()[0] == "at,who,kind,about,details"
    assert ",'=cmd(),sign_in," in text
