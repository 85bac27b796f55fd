"""Two who changed the same menu: what each did is kept, and where both did something, both are shown."""

from hypothesis import given, settings

from dashboard.menus.merging import merge, mine_instead
from dashboard.menus.model import Item, Menu
from dashboard.menus.patch import Add, Move, Op, Remove, Set, apply
from tests.dashboard.menus.wild_menus import menus


def edited(menu: Menu, *ops: Op) -> Menu:
    return apply(menu, ops)[0]


def price(id: str, minor: int) -> Op:
    return Set(what="item", id=id, field="price_minor", value=minor)


def test_changes_to_different_fields_merge_by_themselves(menu: Menu) -> None:
    first, second = (item.id for _, _, item in menu.placed[:2])
    mine = [price(first, 100), Set(what="item", id=second, field="name.en", value="Mine")]
    theirs = [
        Set(what="item", id=first, field="name.en", value="Theirs"),
        Move(what="item", id=second, into="starters"),
    ]
    merged = merge(menu, edited(menu, *mine), edited(menu, *theirs))
    assert merged.conflicts == ()
    assert merged.menu == edited(menu, *theirs, *mine)


def test_the_same_field_in_two_hands_is_shown_with_both_values(menu: Menu) -> None:
    id = menu.placed[0][2].id
    mine, theirs = edited(menu, price(id, 13_000)), edited(menu, price(id, 12_500))
    merged = merge(menu, mine, theirs)
    (conflict,) = merged.conflicts
    assert (conflict.id, conflict.field, conflict.mine, conflict.theirs) == (id, "price_minor", "130 THB", "125 THB")
    assert merged.menu == theirs
    assert mine_instead(merged.menu, mine, conflict) == mine


def test_what_one_removed_and_the_other_changed_is_one_question(menu: Menu) -> None:
    section = menu.sections[0]
    id = section.items[0].id
    mine = edited(menu, price(id, 100), Set(what="item", id=id, field="notes", value="Less salt"))
    for gone in (Remove(what="item", id=id), Remove(what="section", id=section.id)):
        merged = merge(menu, mine, edited(menu, gone))
        (conflict,) = merged.conflicts
        assert (conflict.field, conflict.mine, conflict.theirs) == ("*", "on the menu", "not on the menu")
        back = mine_instead(merged.menu, mine, conflict)
        assert {item.id: item for _, _, item in back.placed}[id] == mine.sections[0].items[0]
        (other,) = merge(menu, edited(menu, gone), mine).conflicts[:1]
        assert (other.mine, other.theirs) == ("not on the menu", "on the menu")


def test_what_i_put_into_a_section_that_they_removed_is_not_lost(menu: Menu) -> None:
    section = menu.sections[0].id
    cake = Item(id="cake", name={"en": "Cake"}, price_minor=100)
    mine = edited(menu, Add(into=section, node=cake))
    merged = merge(menu, mine, edited(menu, Remove(what="section", id=section)))
    (conflict,) = merged.conflicts
    assert "cake" in {item.id for _, _, item in mine_instead(merged.menu, mine, conflict).placed}


@settings(max_examples=60, deadline=None)
@given(menus(), menus(), menus())
def test_nothing_that_only_one_did_is_lost(base: Menu, mine: Menu, theirs: Menu) -> None:
    assert merge(base, mine, base).menu == mine
    assert merge(base, base, theirs) == merge(base, theirs, theirs)
    assert merge(base, base, theirs).menu == theirs
    merged = merge(base, mine, theirs)
    questions = {(conflict.what, conflict.id) for conflict in merged.conflicts}
    was, now = ({item.id: item for _, _, item in menu.placed} for menu in (base, merged.menu))
    for _, _, item in mine.placed:
        for field in ("price_minor", "diets", "sold_out", "food_cost_minor"):
            asked = ("item", item.id) in questions
            changed = item.id not in was or getattr(item, field) != getattr(was[item.id], field)
            assert not changed or asked or getattr(now[item.id], field) == getattr(item, field)
    menu = merged.menu
    for conflict in merged.conflicts:
        menu = mine_instead(menu, mine, conflict)
    assert Menu.model_validate_json(menu.model_dump_json()) == menu
