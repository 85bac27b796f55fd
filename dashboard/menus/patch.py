"""Edits as small operations, all or none of them, each with the operations that undo it. Pure.

    {"op": "add",     "into": SECTION or null, "before": ID or null, "node": an item, or a section}
    {"op": "remove",  "what": "item" or "section", "id": ID}
    {"op": "move",    "what": …, "id": ID, "into": SECTION or null, "before": ID or null}
    {"op": "set",     "what": … or "restaurant", "id": ID, "field": "price_minor", "name.th" …, "value": …}
    {"op": "bulk",    "ids": [ITEM, …], "field": …, "value": …}
    {"op": "percent", "ids": [ITEM, …], "percent": "2.5", "round_to": 50}       prices, halves up
Places are neighbours, not numbers, so an operation still means the same after somebody else's edit; `before` null, or
a neighbour that is gone, is the end. `between` gives the operations from one menu to another.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import to_json

from dashboard.menus.model import KEPT, SPOKEN, Id, Item, Menu, Restaurant, Section, verdict
from errors import PatchError

Row = Section | Item
Node = Restaurant | Section | Item
RowKind = Literal["section", "item"]
Kind = Literal["restaurant", "section", "item"]
Touched = tuple[Kind, str, str]


class _Op(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Add(_Op):
    op: Literal["add"] = "add"
    into: Id | None = None
    before: Id | None = None
    node: Item | Section


class Remove(_Op):
    op: Literal["remove"] = "remove"
    what: RowKind
    id: Id


class Move(_Op):
    op: Literal["move"] = "move"
    what: RowKind
    id: Id
    into: Id | None = None
    before: Id | None = None


class Set(_Op):
    """`field` is the model's; of a text "name.en" is one language, where None and "" remove it."""

    op: Literal["set"] = "set"
    what: Kind
    id: Id
    field: str
    value: Any = None


class Bulk(_Op):
    op: Literal["bulk"] = "bulk"
    ids: tuple[Id, ...]
    field: str
    value: Any = None


class Percent(_Op):
    op: Literal["percent"] = "percent"
    ids: tuple[Id, ...]
    percent: Decimal = Field(ge=-100, le=1000, decimal_places=4)  # 1E-9999999 would take all memory to reckon with
    round_to: int = Field(default=1, ge=1, le=10**6, description="minor units that prices are whole multiples of")


Op = Add | Remove | Move | Set | Bulk | Percent
_PATCH: TypeAdapter[tuple[Op, ...]] = TypeAdapter(tuple[Annotated[Op, Field(discriminator="op")], ...])


def read_patch(raw: bytes | str) -> tuple[Op, ...]:
    """The operations in a JSON array. Raises PatchError."""
    try:
        return _PATCH.validate_json(raw)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PatchError(f"That edit can't be understood: {where}: {first['msg']}.") from None


def apply(menu: Menu, patch: Iterable[Op]) -> tuple[Menu, tuple[Op, ...]]:
    """The menu after all operations, and the patch that undoes them. Raises PatchError, and then none was made."""
    undo: tuple[Op, ...] = ()
    for op in patch:
        menu, back = _done(menu, op)
        undo = (*back, *undo)
    return menu, undo


def between(old: Menu, new: Menu) -> tuple[Op, ...]:
    """The operations that make `old` hold what `new` holds, each about one place or one field."""
    ops: list[Op] = []

    def do(*these: Op) -> None:
        nonlocal old
        old, _ = apply(old, these)
        ops.extend(these)

    before = old
    do(*sets("restaurant", old.restaurant, new.restaurant))
    _order(old.sections, new.sections, lambda row: row.model_copy(update={"items": ()}), None, do)
    kept = {section.id: section for section in before.sections}
    for section in new.sections:
        do(*(sets("section", kept[section.id], section) if section.id in kept else ()))
        there = next(each for each in old.sections if each.id == section.id)
        _order(there.items, section.items, lambda row: row, section.id, do, {item.id for _, _, item in old.placed})
    items = {item.id: item for _, _, item in new.placed}
    for _, _, item in before.placed:
        do(*(sets("item", item, items[item.id]) if item.id in items else [Remove(what="item", id=item.id)]))
    wanted = {section.id for section in new.sections}
    do(*(Remove(what="section", id=section.id) for section in before.sections if section.id not in wanted))
    return tuple(ops)


def staying(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The ids that need not have moved for `before` to become `after`: the longest run that is in order in both."""
    ranks = {id: rank for rank, id in enumerate(before)}
    kept = [id for id in after if id in ranks]
    ends: list[int] = []  # the lowest rank that a run of each length ends with
    lengths = []
    for id in kept:
        place = bisect_left(ends, ranks[id])
        ends[place : place + 1] = [ranks[id]]
        lengths.append(place + 1)
    stay: set[str] = set()
    length, below = len(ends), len(ranks)
    for id, reached in zip(reversed(kept), reversed(lengths), strict=True):
        if reached == length and ranks[id] < below:
            stay.add(id)
            length, below = length - 1, ranks[id]
    return stay


def touches(op: Op) -> Iterator[Touched]:
    """What an operation writes, as (kind, id, field): "place", "*" all of it, "rows" only that it must be there."""
    match op:
        case Add():
            yield _kind(op.node), op.node.id, "*"
        case Remove():
            yield op.what, op.id, "*"
        case Move():
            yield op.what, op.id, "place"
        case Set():
            yield op.what, op.id, op.field
        case Bulk() | Percent():
            yield from (("item", id, op.field if isinstance(op, Bulk) else "price_minor") for id in op.ids)
    if isinstance(op, Add | Move) and op.into is not None:
        yield "section", op.into, "rows"


def clash(mine: Op, theirs: Op) -> bool:
    """Whether two operations write the same thing, so that the later one would undo the earlier one."""
    return any(
        one[:2] == other[:2] and _overlap(one[2], other[2]) for one in touches(mine) for other in touches(theirs)
    )


def _overlap(one: str, other: str) -> bool:
    if one == other:
        return one != "rows"
    return "*" in (one, other) or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _done(menu: Menu, op: Op) -> tuple[Menu, tuple[Op, ...]]:
    match op:
        case Add():
            return _add(menu, op), (Remove(what=_kind(op.node), id=op.node.id),)
        case Remove():
            menu, row, into, before = _lift(menu, op.what, op.id)
            return menu, (Add(into=into, before=before, node=row),)
        case Move():
            return _move(menu, op)
        case Set():
            return _set(menu, op)
        case Bulk():
            return apply(menu, [Set(what="item", id=id, field=op.field, value=op.value) for id in op.ids])
        case Percent():
            prices = {item.id: item.price_minor for _, _, item in menu.placed}
            return apply(menu, [_raised(op, id, prices.get(id, 0)) for id in op.ids])


def _kind(row: Row) -> RowKind:
    return "section" if isinstance(row, Section) else "item"


def _add(menu: Menu, op: Add) -> Menu:
    if isinstance(op.node, Section) != (op.into is None):
        raise PatchError("An item has a price and goes into a section; a section goes into the menu.", op.node.id)
    sections = {section.id for section in menu.sections}
    items = {item.id for _, _, item in menu.placed}
    new = [item.id for item in op.node.items] if isinstance(op.node, Section) else [op.node.id]
    if (op.into is None and op.node.id in sections) or items & {*new} or len({*new}) < len(new):
        raise PatchError("That is on the menu already.", op.node.id)
    return _insert(menu, op.node, op.into, op.before)


def _move(menu: Menu, op: Move) -> tuple[Menu, tuple[Op, ...]]:
    if (op.what == "section") != (op.into is None):
        raise PatchError("An item moves into a section, a section within the menu.", op.id)
    if op.into is not None:
        _rows(menu, op.into)  # it must be there before the item is lifted
    left, row, into, before = _lift(menu, op.what, op.id)
    if op.before == op.id:
        return menu, ()
    return _insert(left, row, op.into, op.before), (Move(what=op.what, id=op.id, into=into, before=before),)


def _raised(op: Percent, id: str, price: int) -> Set:
    exact = price * (100 + Fraction(op.percent)) / 100 / op.round_to
    return Set(what="item", id=id, field="price_minor", value=floor(exact + Fraction(1, 2)) * op.round_to)


def _rows(menu: Menu, into: str | None) -> tuple[Row, ...]:
    if into is None:
        return menu.sections
    for section in menu.sections:
        if section.id == into:
            return section.items
    raise PatchError("That section is no longer on the menu.", into)


def _with_rows(menu: Menu, into: str | None, rows: tuple[Row, ...]) -> Menu:
    if into is not None:
        rows = tuple(
            section.model_copy(update={"items": rows}) if section.id == into else section for section in menu.sections
        )
    return menu.model_copy(update={"sections": rows})


def _find(menu: Menu, what: RowKind, id: str) -> tuple[str | None, int]:
    """The section (None: the menu) that holds a row, and its place there."""
    holders = [None] if what == "section" else [section.id for section in menu.sections]
    for into in holders:
        for place, row in enumerate(_rows(menu, into)):
            if row.id == id:
                return into, place
    raise PatchError(f"That {what} is no longer on the menu.", id)


def _lift(menu: Menu, what: RowKind, id: str) -> tuple[Menu, Row, str | None, str | None]:
    """The menu without a row; the row, where it was, and what it was before."""
    into, place = _find(menu, what, id)
    rows = _rows(menu, into)
    after = rows[place + 1].id if place + 1 < len(rows) else None
    return _with_rows(menu, into, rows[:place] + rows[place + 1 :]), rows[place], into, after


def _insert(menu: Menu, row: Row, into: str | None, before: str | None) -> Menu:
    rows = _rows(menu, into)
    place = next((place for place, other in enumerate(rows) if other.id == before), len(rows))
    return _with_rows(menu, into, (*rows[:place], row, *rows[place:]))


def _set(menu: Menu, op: Set) -> tuple[Menu, tuple[Op, ...]]:
    if op.what == "restaurant":
        if op.id != menu.restaurant.id:
            raise PatchError("That is another restaurant's.", op.id, op.field)
        restaurant, undo = _with_field(menu.restaurant, op)
        return menu.model_copy(update={"restaurant": restaurant}), undo
    into, place = _find(menu, op.what, op.id)
    rows = _rows(menu, into)
    row, undo = _with_field(rows[place], op)
    return _with_rows(menu, into, (*rows[:place], row, *rows[place + 1 :])), undo


def _with_field(node: Node, op: Set) -> tuple[Any, tuple[Op, ...]]:
    """A node with one field changed. Its items stay out of it: what they hold was checked when they came."""
    name, _, language = op.field.partition(".")
    fields = node.model_dump(mode="json", exclude={"items"})
    before: Any = fields.get(name)
    if name == "id" or name not in fields or (language and name not in SPOKEN):
        raise PatchError(f"There is no {op.field!r} here to set.", op.id, op.field)
    value, undo = op.value, Set(what=op.what, id=op.id, field=name, value=before)
    if language:
        text = value.strip() if isinstance(value, str) else value
        if text:
            value = before | {language: text}
            undo = undo.model_copy(update={"field": op.field, "value": before.get(language)})
        else:  # undone as a whole, so that its place among the other languages comes back too
            value = {other: before[other] for other in before if other != language}
    if name == "name" and value == {}:
        raise PatchError("A name is needed in one language at least.", op.id, op.field)
    raw = to_json(fields | {name: value})
    try:
        changed = type(node).model_validate_json(raw, strict=True)
    except ValidationError as problem:
        if fault := next((each for each in problem.errors() if each["loc"][:1] in ((), (name,))), None):
            raise PatchError(f"That {verdict(fault)}.", op.id, op.field) from None
        changed = type(node).model_validate_json(
            raw, strict=True, context=KEPT
        )  # what is wrong is older, and elsewhere
    return node.model_copy(update={name: getattr(changed, name)}), (undo,)


def sets(what: Kind, old: Node, new: Node) -> list[Op]:
    """The fields in which two nodes differ; of a text one operation a language, if that gives the same order too."""
    was, now = (node.model_dump(mode="json", exclude={"id", "items"}) for node in (old, new))
    ops: list[Op] = []
    for field, value in now.items():
        before = was[field]
        if field in SPOKEN and [*value][: len(before)] == [*before]:
            texts = [language for language, text in value.items() if text and text != before.get(language)]
            if before | {language: value[language] for language in texts} == value:
                ops += [Set(what=what, id=new.id, field=f"{field}.{each}", value=value[each]) for each in texts]
                continue
        if to_json(before) != to_json(value):
            ops.append(Set(what=what, id=new.id, field=field, value=value))
    return ops


def _order(
    there: Sequence[Row],
    wanted: Sequence[Row],
    made: Callable[[Any], Row],
    into: str | None,
    do: Callable[..., None],
    known: set[str] | None = None,
) -> None:
    """Add or move the rows of one list, last first, so that each one's neighbour is in its place already."""
    stay = staying([row.id for row in there], [row.id for row in wanted])
    known = {row.id for row in there} if known is None else known
    before = None
    for row in reversed(wanted):
        if row.id not in known:
            do(Add(into=into, before=before, node=made(row)))
        elif row.id not in stay:
            do(Move(what=_kind(row), id=row.id, into=into, before=before))
        before = row.id
