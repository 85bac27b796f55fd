"""A change that another page than the editor puts into a menu's draft."""

from collections.abc import Callable, Collection
from datetime import datetime

from dashboard.menus.model import Menu
from dashboard.menus.patch import Move, Op, apply
from dashboard.menus.store import Draft, MenuStore
from errors import ConflictError, PatchError

TRIES = 3


def put(store: MenuStore, restaurant_id: str, change: Callable[[Menu], tuple[Op, ...]], now: datetime) -> Draft:
    """Keep the draft with the operations that `change` wants made to it.

    Who comes second reads again and makes the change to that. Raises PatchError if it can't be made (an item is gone),
    AccessError, and ConflictError if others keep on saving meanwhile.
    """
    left = TRIES
    while True:
        draft = store.draft(restaurant_id)
        menu, _ = apply(draft.menu, change(draft.menu))
        try:
            return store.save_draft(menu, draft, now)
        except ConflictError:
            left -= 1
            if not left:
                raise


def placing(menu: Menu, item_id: str, before: Collection[str]) -> tuple[Op, ...]:
    """The operations that put an item before all of `before` that its section holds, or to its end if `before` is
    empty; none if it stands there already. Raises PatchError if the item isn't on the menu."""
    for section in menu.sections:
        ids = [item.id for item in section.items]
        if item_id in ids:
            others = [id for id in ids if id != item_id]
            goal = next((id for id in others if id in before), None)
            end = others.index(goal) if goal else len(others)
            move = Move(what="item", id=item_id, into=section.id, before=goal)
            return () if (ids.index(item_id) <= end if before else ids[-1] == item_id) else (move,)
    raise PatchError("That item is not on the draft any more.", item_id)


def holds(menu: Menu, item_id: str) -> bool:
    return any(item.id == item_id for _, _, item in menu.placed)
