"""No report, menu or message gives or takes what isn't one's own: each one there is, as every role.

Reports, ways to read and write a menu, and messages are found where they are: what comes later is held to it too.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, get_args

import pandas as pd
import pytest

import queries
from dashboard.access import Scope
from dashboard.menus.editor import messages
from dashboard.menus.editor.editor import Editor
from dashboard.menus.store import MenuStore
from dashboard.warehouse import Warehouse, open_warehouse
from errors import AccessError, ParameterError
from tests.security.conftest import OWN, RIVAL, Town, menu, scope

Towns = tuple[Town, Town]
REPORTS = queries.names("report")
PUBLIC = {"directory", "menus", "recommendations"}
"""Reports that say of a rival only what the public knows, or was made to be told."""
TO_ALL = {"recommendations": {"score", "support", "reason", "item_guests", "area_guests"}} | {
    "recommendation_views": {"arrivals", "ordering_visits"}
}
"""Columns that hold more for who sees all restaurants."""
OF_TWO = {"recommendation_network"}
"""Reports of pairs of restaurants: no restaurant's."""
NOW = datetime.now(UTC)


# Reports


@pytest.fixture(scope="module")
def warehouses(towns: Towns) -> tuple[Warehouse, Warehouse]:
    one, other = (open_warehouse("duckdb", town.home, now=lambda: NOW) for town in towns)
    return one, other


def rows(warehouse: Warehouse, report: str, who: Scope, **given: object) -> pd.DataFrame:
    return warehouse.ask(report, who, **given).frame


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_tells_a_manager_all_of_the_own_restaurant_and_nothing_of_rivals(
    warehouses: tuple[Warehouse, Warehouse], report: str
) -> None:
    one, other = warehouses
    for who in ("reads", "edits"):
        seen = rows(one, report, scope(who))
        assert seen.equals(rows(other, report, scope(who))), "the rivals' numbers show"
        if report in OF_TWO:
            assert seen.empty
            continue
        everything = rows(one, report, scope("product"))
        own = everything[everything["restaurant_id"] == OWN].reset_index(drop=True)
        told = [name for name in seen if name not in TO_ALL.get(report, ())]
        assert len(seen), "this town can't tell"
        assert seen[told].equals(own[told])


@pytest.mark.parametrize("report", sorted(set(REPORTS) - PUBLIC))
def test_who_sees_all_would_see_the_difference(warehouses: tuple[Warehouse, Warehouse], report: str) -> None:
    one, other = warehouses
    for who in ("product", "admin"):
        assert not rows(one, report, scope(who)).equals(rows(other, report, scope(who)))


@pytest.mark.parametrize("report", REPORTS)
def test_a_scope_of_no_restaurant_and_a_forged_parameter_get_no_row(
    warehouses: tuple[Warehouse, Warehouse], report: str
) -> None:
    nobody = Scope("nobody", "manager", frozenset())
    assert rows(warehouses[0], report, nobody).empty
    with pytest.raises(ParameterError):
        rows(warehouses[0], report, scope("edits"), restaurant_id=RIVAL)
    if "item_id" in {parameter.name for parameter in queries.load(report).parameters}:
        assert rows(warehouses[0], report, scope("edits"), item_id=f"{RIVAL}-soup").empty


# Writes


def kept(town: Town) -> dict[str, bytes]:
    """Every file of the menus and their site, but for the record of who did what."""
    return {
        str(path): path.read_bytes()
        for folder in ("menus", "site", "lake/restaurants", "lake/menu_items")
        for path in (town.home / folder).rglob("*")
        if path.is_file()
    }


def calls(store: MenuStore, house: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """Every public way to read or change one restaurant's menu."""
    values: dict[str, Any] = {"restaurant_id": house, "menu": menu(house, 9), "at": NOW, "version": 1, "base": None}
    values |= {
        "items": f"{house}-soup",
        "change": lambda rules: rules,
        "raw": b"",
        "file": "menu.csv",
        "photo_id": "0" * 16,
        "width": 96,
    }
    for name, method in inspect.getmembers(store, inspect.ismethod):
        wanted = {
            parameter.name
            for parameter in inspect.signature(method).parameters.values()
            if parameter.default is parameter.empty
        }
        if not name.startswith("_") and {"restaurant_id", "menu"} & wanted:
            yield name, lambda method=method, wanted=wanted: method(**{name: values[name] for name in wanted})


LOOKS = {
    "draft",
    "exported",
    "history",
    "may_edit",
    "offers",
    "photo",
    "photos",
    "published",
    "recommending",
    "sold_out",
    "versions",
}
SHOWN_TO_GUESTS = {"dishes"}  # of any restaurant: what recommendations are picked from


def test_nothing_of_a_rival_s_menu_is_read_or_written_by_any_way_there_is(towns: Towns) -> None:
    before, refused = kept(towns[0]), set()
    for who in ("reads", "edits"):
        for name, call in calls(towns[0].store(who), RIVAL):
            if name in SHOWN_TO_GUESTS:
                continue
            with pytest.raises(AccessError):
                call()
            refused.add(name)
    assert refused > LOOKS
    assert kept(towns[0]) == before


@pytest.mark.parametrize("who", ["reads", "product"])
def test_who_may_only_look_changes_nothing_by_any_way_there_is(towns: Towns, who: str) -> None:
    before = kept(towns[0])
    for name, call in calls(towns[0].store(who), OWN):
        if name not in LOOKS | SHOWN_TO_GUESTS:
            with pytest.raises(AccessError):
                call()
    assert kept(towns[0]) == before


SAID = {
    "edit": {"base": 0, "ops": [{"op": "set", "what": "item", "id": "x", "field": "price_minor", "value": 1}]},
    "mine": {"conflict": "x"},
    "photo": {"item": "x", "data": "AAAA"},
    "sold_out": {"items": [f"{RIVAL}-soup"], "sold_out": True},
    "look": {},
    "review": {},
    "publish": {"seen": 0},
    "history": {},
    "roll_back": {"version": 1},
    "preview": {"language": "en"},
    "picture": {"photo": "0" * 16, "width": 96},
}


def kinds() -> list[str]:
    """What a browser may ask an editor for."""
    asked = get_args(get_args(messages.Request)[0])
    return [kind for request in asked for kind in get_args(request.model_fields["kind"].annotation)]


@pytest.mark.parametrize("kind", kinds())
def test_a_message_about_a_rival_s_menu_is_answered_with_a_refusal(towns: Towns, kind: str) -> None:
    before = kept(towns[0])
    editing = Editor(RIVAL, towns[0].store("rival").draft(RIVAL))  # as if it had got hold of it
    raw = {"session": editing.session, "at": 0, "requests": [{"id": "1", "kind": kind, **SAID[kind]}]}
    for who in ("reads", "edits"):
        editing.receive(towns[0].store(who), raw)
        assert list(editing.replies) == [""]
        assert "may not see" in json.dumps(editing.replies)
    assert kept(towns[0]) == before


def test_a_message_of_who_may_only_look_changes_nothing(towns: Towns) -> None:
    before, store = kept(towns[0]), towns[0].store("reads")
    editing = Editor(OWN, store.draft(OWN))
    priced = [{"op": "set", "what": "item", "id": f"{OWN}-soup", "field": "price_minor", "value": 1}]
    for n, (kind, said) in enumerate({**SAID, "edit": {"base": 0, "ops": priced}}.items()):
        editing.receive(
            store, {"session": editing.session, "at": 0, "requests": [{"id": str(n), "kind": kind, **said}]}
        )
    assert kept(towns[0]) == before
