"""Two people changed the same menu: what each did to it, in one menu. Pure."""

from dataclasses import dataclass

from dashboard.menus.changes import in_words
from dashboard.menus.model import Menu
from dashboard.menus.patch import Add, Kind, Op, Remove, apply, between, clash, touches
from errors import PatchError


@dataclass(frozen=True)
class Conflict:
    """Both changed the same thing: what it is in mine and in theirs, in words; `op` is how I changed it."""

    what: Kind
    id: str
    field: str
    mine: str
    theirs: str
    op: Op


@dataclass(frozen=True)
class Merged:
    """Their menu with all of my changes but those in `conflicts`."""

    menu: Menu
    conflicts: tuple[Conflict, ...]


def merge(base: Menu, mine: Menu, theirs: Menu) -> Merged:
    """What became of `base` in two hands. What both changed in the same way is no conflict."""
    their_ops = between(base, theirs)
    menu, conflicts = theirs, dict[tuple[Kind, str, str], Conflict]()
    for op in between(base, mine):
        if op in their_ops:
            continue
        what, id, field = next(touches(op))
        if what != "restaurant" and not _has(menu, what, id) and not isinstance(op, Add):
            field = "*"  # it is gone as a whole, however much of it I changed
        said = in_words(mine, what, id, field), in_words(theirs, what, id, field)
        if any(clash(op, other) for other in their_ops):
            if field != "place" or said[0] != said[1]:
                conflicts[what, id, field] = Conflict(what, id, field, *said, op)
            continue
        try:
            menu, _ = apply(menu, [op])
        except PatchError:  # what it needs is gone, or in a conflict itself
            conflicts[what, id, field] = Conflict(what, id, field, *said, op)
    return Merged(menu, tuple(conflicts.values()))


def mine_instead(menu: Menu, mine: Menu, conflict: Conflict) -> Menu:
    """A merged menu in which one conflict ends as I wanted it."""
    what, id = conflict.what, conflict.id
    if what == "restaurant":
        return apply(menu, [conflict.op])[0]
    if not _has(mine, what, id):
        return apply(menu, [Remove(what=what, id=id)] if _has(menu, what, id) else [])[0]
    if what == "section":
        return apply(_with_section(menu, mine, id), [] if conflict.field == "*" else [conflict.op])[0]
    section, item = next((section, item) for _, section, item in mine.placed if item.id == id)
    menu = _with_section(menu, mine, section.id)
    if conflict.field != "*":
        return apply(menu, [conflict.op])[0]
    gone = [Remove(what="item", id=id)] if _has(menu, "item", id) else []
    return apply(menu, [*gone, Add(into=section.id, node=item)])[0]


def _with_section(menu: Menu, mine: Menu, id: str) -> Menu:
    if _has(menu, "section", id):
        return menu
    section = next(section for section in mine.sections if section.id == id)
    return apply(menu, [Add(node=section.model_copy(update={"items": ()}))])[0]


def _has(menu: Menu, what: Kind, id: str) -> bool:
    rows = [item for _, _, item in menu.placed] if what == "item" else menu.sections
    return any(row.id == id for row in rows)
