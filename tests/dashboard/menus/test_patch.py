"""Edits: all or nothing, undone to the byte, and the shortest way from one menu to another."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.menus.model import Menu
from dashboard.menus.patch import (
    Add,
    Bulk,
    Move,
    Op,
    Percent,
    Remove,
    Set,
    apply,
    between,
    clash,
    read_patch,
    staying,
)
from errors import PatchError
from tests.dashboard.menus.wild_menus import OPS, menus

PATCHES = st.lists(st.lists(OPS, min_size=1, max_size=3), max_size=6)


def raw(menu: Menu) -> bytes:
    return menu.model_dump_json().encode()


def price(menu: Menu, id: str) -> int:
    return next(item.price_minor for _, _, item in menu.placed if item.id == id)


def order(menu: Menu, section: str) -> list[str]:
    return next([item.id for item in each.items] for each in menu.sections if each.id == section)


@settings(max_examples=60, deadline=None)
@given(menus(), PATCHES)
def test_any_edits_and_their_undos_give_the_old_bytes_back(old: Menu, patches: list[list[Op]]) -> None:
    before, menu, undos = raw(old), old, []
    for patch in patches:
        try:
            menu, undo = apply(menu, patch)
            undos.append(undo)
        except PatchError:
            pass
    after, redos = raw(menu), []
    assert Menu.model_validate_json(after) == menu
    for undo in reversed(undos):
        menu, redo = apply(menu, read_patch(json.dumps([op.model_dump(mode="json") for op in undo])))
        redos.append(redo)
    assert raw(menu) == raw(old) == before
    for redo in reversed(redos):
        menu, _ = apply(menu, redo)
    assert raw(menu) == after


@settings(max_examples=60, deadline=None)
@given(menus(), menus())
def test_what_is_between_two_menus_leads_from_one_to_the_other(old: Menu, new: Menu) -> None:
    there, back = apply(old, between(old, new))
    assert raw(there) == raw(new)
    assert raw(apply(new, back)[0]) == raw(old)
    assert between(new, new) == ()


@given(st.permutations("abcdefg"))
def test_as_many_rows_as_can_stay_where_they_are(after: list[str]) -> None:
    stay = staying([*"abcdefg"], after)
    assert [id for id in after if id in stay] == sorted(stay)
    runs = [1] * len(after)
    for n, id in enumerate(after):
        runs[n] += max((runs[m] for m in range(n) if after[m] < id), default=0)
    assert len(stay) == max(runs)


def test_an_item_moves_beside_its_neighbour(menu: Menu) -> None:
    first, second, *_ = menu.sections
    id, last = first.items[0].id, second.items[-1].id
    moved, undo = apply(menu, [Move(what="item", id=id, into=second.id, before=last)])
    assert order(moved, second.id)[-2:] == [id, last]
    assert apply(moved, undo)[0] == menu


def test_one_edit_that_cannot_be_made_undoes_the_others_of_its_patch(menu: Menu) -> None:
    id = menu.placed[0][2].id
    with pytest.raises(PatchError, match="no longer on the menu"):
        apply(menu, [Set(what="item", id=id, field="price_minor", value=1), Remove(what="item", id="nobody")])
    assert price(menu, id) != 1


@pytest.mark.parametrize(
    ("start", "percent", "round_to", "end"),
    [(1050, "5", 1, 1103), (1010, "5", 1, 1061), (999, "2.5", 50, 1000), (1025, "0", 50, 1050), (9000, "-100", 1, 0)],
)
def test_prices_rise_by_percent_with_halves_up(menu: Menu, start: int, percent: str, round_to: int, end: int) -> None:
    ids = tuple(item.id for _, _, item in menu.placed[:2])
    menu, _ = apply(menu, [Bulk(ids=ids, field="price_minor", value=start)])
    raised, _ = apply(menu, [Percent(ids=ids, percent=Decimal(percent), round_to=round_to)])
    assert [price(raised, id) for id in ids] == [end, end]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("price_minor", -1, "less than 0"),
        ("price_minor", None, "no whole number"),
        ("price_minor", "12", "no whole number"),
        ("name.en", "x" * 141, "140 at most"),
        ("name", {}, "name is needed"),
        ("diets", ["carnivore"], "vegan"),
        ("id", "other", "no 'id'"),
        ("price_minor.en", 1, "no 'price_minor.en'"),
    ],
)
def test_a_value_that_cannot_stand_says_why_and_where(menu: Menu, field: str, value: object, words: str) -> None:
    id = menu.placed[0][2].id
    with pytest.raises(PatchError, match=words) as refused:
        apply(menu, [Set(what="item", id=id, field=field, value=value)])
    assert (refused.value.id, refused.value.field) == (id, field)


def test_nothing_is_on_a_menu_twice(menu: Menu) -> None:
    item = menu.placed[0][2]
    for op in (Add(into=menu.sections[1].id, node=item), Add(node=menu.sections[0])):
        with pytest.raises(PatchError, match="on the menu already"):
            apply(menu, [op])


@pytest.mark.parametrize(
    "raw",
    [
        *("[{}]", '[{"op": "fly"}]', "nonsense", '[{"op": "remove", "what": "item"}]'),
        '[{"op": "percent", "ids": ["tea"], "percent": "1E-9999999"}]',
    ],
)
def test_what_is_no_patch_is_refused_in_words(raw: str) -> None:
    with pytest.raises(PatchError, match="can't be understood"):
        read_patch(raw)


def test_edits_clash_where_they_write_the_same(menu: Menu) -> None:
    def named(field: str, id: str = "tea") -> Op:
        return Set(what="item", id=id, field=field, value="x")

    gone = Remove(what="section", id="soups")
    assert clash(named("name"), named("name.en"))
    assert clash(named("name.en"), Remove(what="item", id="tea"))
    assert clash(Move(what="item", id="tea", into="soups"), gone)
    assert not clash(named("name.en"), named("name.th"))
    assert not clash(named("notes"), named("notes", "soup"))
    assert not clash(named("notes"), Remove(what="section", id="tea"))
    assert not clash(Move(what="item", id="tea", into="soups"), Move(what="item", id="cake", into="soups"))
