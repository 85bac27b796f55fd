from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.access import Scope
from dashboard.menus.drafting import TRIES, holds, placing, put
from dashboard.menus.model import Menu
from dashboard.menus.patch import Set, apply
from dashboard.menus.store import MenuStore, open_store
from errors import AccessError, ConflictError, PatchError


def starters(menu: Menu) -> list[str]:
    return [item.id for item in menu.sections[0].items]


def placed(menu: Menu, item_id: str, before: tuple[str, ...] = ()) -> list[str]:
    return starters(apply(menu, placing(menu, item_id, before))[0])


def test_an_item_goes_before_all_that_it_shall_precede_or_to_the_end(menu: Menu) -> None:
    assert starters(menu) == ["satay", "som-tum", "tofu", "rolls"]
    assert placed(menu, "rolls", ("som-tum", "tofu")) == ["satay", "rolls", "som-tum", "tofu"]
    assert placed(menu, "satay") == ["som-tum", "tofu", "rolls", "satay"]


def test_what_stood_first_may_have_moved_meanwhile(menu: Menu) -> None:
    moved, _ = apply(menu, placing(menu, "satay", ()))
    assert placed(moved, "tofu", ("satay", "som-tum")) == ["tofu", "som-tum", "rolls", "satay"]


def test_what_stands_there_already_takes_no_operation(menu: Menu) -> None:
    assert placing(menu, "satay", ("tofu", "rolls")) == ()
    assert placing(menu, "rolls", ()) == ()
    assert placing(menu, "rolls", ("long-gone",)) == ()


def test_an_item_that_is_gone_is_said_to_be(menu: Menu) -> None:
    assert not holds(menu, "long-gone")
    with pytest.raises(PatchError):
        placing(menu, "long-gone", ())


def test_a_change_joins_the_edits_that_the_draft_holds(store: MenuStore, menu: Menu, monday: datetime) -> None:
    store.publish(menu, monday)
    edited, _ = apply(
        store.draft(menu.restaurant.id).menu, [Set(what="item", id="tofu", field="price_minor", value=123)]
    )
    store.save_draft(edited, store.draft(menu.restaurant.id), monday)
    put(store, menu.restaurant.id, lambda menu: placing(menu, "rolls", ("satay",)), monday + timedelta(hours=1))
    draft = store.draft(menu.restaurant.id).menu
    assert starters(draft) == ["rolls", "satay", "som-tum", "tofu"]
    assert {item.id: item.price_minor for _, _, item in draft.placed}["tofu"] == 123


class Racing:
    """A store in which somebody else saves right before each of the first `times` saves."""

    def __init__(self, store: MenuStore, times: int) -> None:
        self.store, self.times = store, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def save_draft(self, menu: Menu, base: Any, at: datetime) -> Any:
        if self.times:
            self.times -= 1
            theirs = self.store.draft(menu.restaurant.id)
            price = Set(what="item", id="tofu", field="price_minor", value=100 + self.times)
            self.store.save_draft(apply(theirs.menu, [price])[0], theirs, at)
        return self.store.save_draft(menu, base, at)


def test_who_comes_second_makes_the_change_to_what_others_saved(store: MenuStore, menu: Menu, monday: datetime) -> None:
    store.publish(menu, monday)
    racing: Any = Racing(store, TRIES - 1)
    put(racing, menu.restaurant.id, lambda menu: placing(menu, "rolls", ("satay",)), monday)
    draft = store.draft(menu.restaurant.id).menu
    assert starters(draft)[0] == "rolls"
    assert {item.id: item.price_minor for _, _, item in draft.placed}["tofu"] == 100
    busy: Any = Racing(store, TRIES)
    with pytest.raises(ConflictError):
        put(busy, menu.restaurant.id, lambda menu: placing(menu, "tofu", ("rolls",)), monday)


def test_who_may_not_edit_puts_nothing(home: Any, lake: Any, store: MenuStore, menu: Menu, monday: datetime) -> None:
    store.publish(menu, monday)
    looking = open_store(home, lake, Scope("mia", "manager", frozenset({menu.restaurant.id})))
    with pytest.raises(AccessError):
        put(looking, menu.restaurant.id, lambda menu: placing(menu, "rolls", ("satay",)), monday)
