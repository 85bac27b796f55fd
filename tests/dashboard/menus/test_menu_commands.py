"""`menulens menus import | export | publish | history | rollback | recommending`."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from openpyxl import load_workbook

from dashboard.access import Scope
from dashboard.blobs import FolderBlobs
from dashboard.menus.model import Menu
from dashboard.menus.patch import Set, apply
from dashboard.menus.store import MenuStore, open_store
from dashboard.people import People, person
from ingest_stack.lake import Lake

ID = "ton-mamuang"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(command: Run) -> Run:
    return partial(command, "menus")


@pytest.fixture
def edited(home: Path, menu: Menu, monday: datetime) -> MenuStore:
    """A published menu, and a draft in which satay costs 99 THB."""
    store = open_store(home, Lake(home / "lake"), Scope.everything("luca"))
    store.publish(menu, monday)
    price = Set(what="item", id="satay", field="price_minor", value=9_900)
    store.save_draft(apply(menu, [price])[0], store.draft(ID), monday)
    return store


def test_a_draft_is_published_and_brought_back(run: Run, edited: MenuStore, menu: Menu) -> None:
    satay = menu.placed[0][2]
    was = satay.price_minor // 100
    assert run("publish", ID) == (
        0,
        f"Version 2 of {ID} is published, with {len(menu.placed)} items.\n  {satay.name['th']} {was} → 99 THB\n",
        "",
    )
    assert run("publish", ID)[1] == "Nothing to publish: the draft is what guests see.\n"
    assert run("rollback", ID, "2")[1] == "Nothing to roll back: guests see what version 2 is.\n"
    assert run("rollback", ID, "1")[1].endswith(f"  {satay.name['th']} 99 → {was} THB\n")
    assert edited.published(ID).sections == edited.published(ID, 1).sections
    rows = list(csv.DictReader(io.StringIO(run("history", ID, "--format", "csv")[1])))
    assert [row["changes"] for row in rows] == [
        "the first version",
        f"{satay.name['th']} {was} → 99 THB",
        f"version 1 again: {satay.name['th']} 99 → {was} THB",
    ]
    assert (rows[0]["published"], rows[0]["by"]) == ("2026-11-16 11:00", "luca")
    assert rows[2]["by"] == "the owner of this machine"


def test_a_price_that_looks_like_a_slip_is_pointed_at(run: Run, edited: MenuStore, monday: datetime) -> None:
    draft = edited.draft(ID)
    slip = Set(what="item", id="satay", field="price_minor", value=990_000)
    edited.save_draft(apply(draft.menu, [slip])[0], draft, monday)
    code, _, err = run("publish", ID)
    assert code == 0
    assert err.startswith("Look again: ")
    assert "9,900 THB" in err


def test_who_may_not_edit_a_menu_is_told(run: Run, edited: MenuStore, home: Path) -> None:
    People(FolderBlobs(home)).add(person("mali", "manager", [ID]))
    People(FolderBlobs(home)).add(person("mia", "manager", ["duo"], ["duo"]))
    assert run("history", ID, "--as", "mali")[0] == 0
    for name, command in (("mali", "publish"), ("mia", "publish"), ("mia", "history")):
        code, out, err = run(command, ID, "--as", name)
        assert (code, out) == (1, "")
        assert err.startswith(f"menulens: {name} may not {'edit the menu of' if name == 'mali' else 'see'}")
    People(FolderBlobs(home)).add(person("mali", "manager", [ID], [ID]))
    assert run("publish", ID, "--as", "mali")[0] == 0
    assert edited.published(ID).published_by == "mali"


def test_what_is_not_there_is_said(run: Run, edited: MenuStore) -> None:
    assert run("history", "ton-mamuan")[2].startswith("menulens: No restaurant 'ton-mamuan' in this home. Did you mean")
    assert run("rollback", ID, "7")[2] == f"menulens: Restaurant '{ID}' has no published menu 7.\n"
    assert run("publish", "nobody")[0] == 1
    assert run("rollback", ID, "0")[0] == 2


NEW = ("--area", "On Nut", "--time-zone", "Asia/Bangkok", "--currency", "THB", "--language", "th", "--name", "Soi")


def test_a_file_becomes_a_draft_and_an_edited_export_changes_it(run: Run, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "soi.csv"
    file.write_text("section,name,price\nSoups,Tom Yum,120\n")
    assert run("import", str(file), "--restaurant", "soi", *NEW) == (
        0,
        "Columns: section, name, price\n+ Soups: new section with 1 item\nItems: 1 added.\n",
        "",
    )
    exported = tmp_path / "again.csv"
    assert run("export", "soi", "--format", "csv", "-o", str(exported))[0] == 0
    exported.write_text(exported.read_text("utf-8-sig").replace("120.00", "125.00"), "utf-8")
    assert run("import", str(exported), "--restaurant", "soi", "--dry-run")[1].splitlines()[1:] == [
        "~ Tom Yum 120 → 125 THB",
        "Items: 1 changed.",
    ]
    store = open_store(home, Lake(home / "lake"), Scope.everything())
    assert store.draft("soi").menu.placed[0][2].price_minor == 12_000
    assert run("history", "soi")[2].startswith("menulens: soi has only a draft")
    published = run("import", str(exported), "--restaurant", "soi", "--publish")[1]
    assert published.endswith("Version 1 of soi is published, with 1 item.\n")
    again = run("import", str(exported), "--restaurant", "soi", "--publish")[1]
    assert again.endswith("Nothing to publish: the draft is what guests see.\n")
    assert store.versions("soi") == [1]
    assert store.published("soi").placed[0][2].price_minor == 12_500


def test_a_wrong_row_changes_nothing(run: Run, edited: MenuStore, tmp_path: Path) -> None:
    before = edited.draft(ID)
    file = tmp_path / "menu.csv"
    file.write_text("dish,cost\nTom Yum,-5\n")
    assert run("import", str(file), "--restaurant", ID)[0] == 1
    code, out, err = run("import", str(file), "--restaurant", ID, "--column", "price=cost")
    assert (code, out.splitlines()[1]) == (1, "! row 2 (Tom Yum): the price '-5' is negative")
    assert err.startswith("menulens: Nothing was imported: row 2 (Tom Yum) can't be used")
    assert edited.draft(ID) == before
    assert run("import", str(tmp_path / "none.csv"), "--restaurant", ID)[2].endswith(
        "none.csv can't be read: No such file or directory.\n"
    )
    assert (
        "is new here, and the file doesn't say its name"
        in run("import", str(file), "--restaurant", "new", "--column", "price=cost")[2]
    )


def test_a_file_that_takes_most_of_a_menu_away_must_be_meant(run: Run, edited: MenuStore, tmp_path: Path) -> None:
    file = tmp_path / "menu.csv"
    file.write_text("item_id,name.en,price\nsatay,Satay,99\n")
    before = edited.draft(ID)
    code, out, err = run("import", str(file), "--restaurant", ID)
    assert (code, err) == (
        1,
        "menulens: Nothing was imported: most of the menu would go. Say --yes if that is meant.\n",
    )
    assert f"Most of the menu would go: {len(before.menu.placed) - 1} of {len(before.menu.placed)} items." in out
    assert edited.draft(ID) == before
    assert run("import", str(file), "--restaurant", ID, "--dry-run")[0] == 0
    assert run("import", str(file), "--restaurant", ID, "--yes")[0] == 0
    assert len(edited.draft(ID).menu.placed) == 1


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "jsonld"])
def test_what_is_private_is_exported_for_who_may_edit_alone(
    run: Run, edited: MenuStore, home: Path, tmp_path: Path, form: str
) -> None:
    People(FolderBlobs(home)).add(person("mali", "manager", [ID]))
    People(FolderBlobs(home)).add(person("mia", "manager", [ID], [ID]))
    seen = {}
    for name in ("mali", "mia"):
        file = tmp_path / f"{name}.{form}"
        assert run("export", ID, "--format", form, "--as", name, "-o", str(file)) == (0, "", "")
        seen[name] = file.read_bytes()
        if form == "xlsx":
            rows = load_workbook(file).worksheets[0].iter_rows(values_only=True)
            seen[name] = "\n".join(str(row) for row in rows).encode()
    costs = {str(item.food_cost_minor) for _, _, item in edited.draft(ID).menu.placed if item.food_cost_minor}
    assert costs
    assert b"food_cost" not in seen["mali"]
    assert (b"food_cost" in seen["mia"]) == (form != "jsonld")
    assert not [
        note for _, _, item in edited.draft(ID).menu.placed if (note := item.notes) and note.encode() in seen["mali"]
    ]


def test_an_export_replaces_a_file_at_once_or_not_at_all(run: Run, edited: MenuStore, tmp_path: Path) -> None:
    file = tmp_path / "menu.json"
    file.write_text("what was there")
    assert run("export", "nobody", "-o", str(file))[0] == 1
    assert file.read_text() == "what was there"
    assert run("export", ID, "-o", str(file))[0] == 0
    assert file.read_text() == run("export", ID)[1]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["menu.json"]
    assert "can't be kept in" in run("export", ID, "-o", str(file / "below"))[2]


def test_nothing_to_publish_is_no_way_around_leave(run: Run, edited: MenuStore, home: Path, menu: Menu) -> None:
    People(FolderBlobs(home)).add(person("mali", "manager", [ID]))
    assert run("publish", ID)[0] == 0
    assert run("publish", ID, "--as", "mali")[2].startswith("menulens: mali may not edit")
    assert run("rollback", ID, "2", "--as", "mali")[2].startswith("menulens: mali may not edit")


def test_publishing_again_mends_what_a_publish_left_undone(run: Run, edited: MenuStore, home: Path) -> None:
    assert run("publish", ID)[0] == 0
    page = home / "site" / "r" / ID / "index.html"
    whole = page.read_bytes()
    page.unlink()
    assert run("publish", ID)[1] == "Nothing to publish: the draft is what guests see.\n"
    assert page.read_bytes() == whole


def test_who_may_not_edit_a_menu_imports_none(run: Run, edited: MenuStore, home: Path, tmp_path: Path) -> None:
    People(FolderBlobs(home)).add(person("mali", "manager", [ID]))
    file = tmp_path / "menu.json"
    assert run("export", ID, "-o", str(file), "--as", "mali", "--version", "1")[0] == 0
    assert run("import", str(file), "--restaurant", ID, "--as", "mali")[2].startswith("menulens: mali may not edit")
    assert run("import", str(file), "--restaurant", "elsewhere", "--as", "mali")[2].startswith("menulens: mali may not")
    People(FolderBlobs(home)).add(person("mia", "manager", ["duo"], ["duo"]))
    assert run("import", str(file), "--restaurant", ID, "--as", "mia")[2].startswith("menulens: mia may not see")


def test_rules_of_recommendations_are_said_and_changed(run: Run, edited: MenuStore, menu: Menu, home: Path) -> None:
    said = f"{ID} shows other restaurants to its guests.\nIt is shown to guests of others.\n"
    assert run("recommending", ID) == (0, said, "")
    house = menu.restaurant.model_copy(update={"id": "som-tum", "name": {"th": "Som Tum"}})
    edited.publish(menu.model_copy(update={"restaurant": house}), datetime(2026, 11, 16, tzinfo=UTC))
    satay = f"{menu.placed[0][2].name['th']} at Som Tum"
    changed = run("recommending", ID, "--not-shown", "--pin", "som-tum/satay", "--block", "som-tum")
    assert changed[1].splitlines()[1:] == ["It is not shown to guests of others.", f"First: {satay}", "Never: Som Tum"]
    freed = ("--shown-elsewhere", "--free", "som-tum/satay", "--free", "som-tum")
    assert run("recommending", ID, *freed) == (0, said, "")


def test_a_pick_that_is_none_is_refused(run: Run, edited: MenuStore, home: Path) -> None:
    assert "'Som Tum' is no pick: write RESTAURANT or" in run("recommending", ID, "--pin", "Som Tum")[2]
    assert "has no published menu" in run("recommending", ID, "--pin", "som-tum")[2]
    assert "has no published menu" in run("recommending", "nowhere")[2]
    People(FolderBlobs(home)).add(person("mali", "manager", (ID,), may_edit=(ID,)))
    assert "may not pin or block" in run("recommending", ID, "--as", "mali", "--block", "som-tum")[2]
