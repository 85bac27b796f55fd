"""What changed between two menus, in words: "Pad Thai 120 → 130 THB; moved above Green Curry". Pure.

Sections and items are the same ones if their ids are, whatever they are called and wherever they stand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale

from dashboard.menus.model import Item, Menu, Option, Photo, Restaurant, Section, Serving, in_language
from dashboard.menus.patch import Add, Kind, Move, Node, Op, Remove, sets, staying
from dashboard.menus.serving import said
from dashboard.menus.speech import locale_of

ENGLISH = Locale("en")
Moves = dict[tuple[Kind, str], tuple[str, tuple[Op, ...]]]
NOT_MOVED: tuple[str, tuple[Op, ...]] = ("", ())


@dataclass(frozen=True)
class Change:
    """All that changed about the restaurant, a section or an item; `take_back` are the operations that undo it."""

    kind: Literal["added", "changed", "moved", "removed"]
    what: Kind
    id: str
    sentence: str
    take_back: tuple[Op, ...]


@dataclass(frozen=True)
class Revision:
    """A published version in a restaurant's history; `by` is empty where it wasn't kept, `same_as` an older version."""

    version: int
    at: datetime | None
    by: str
    changes: tuple[Change, ...]
    same_as: int | None


def changes(old: Menu, new: Menu) -> list[Change]:
    """Every difference, in the order of the new menu, what was removed last. Versions and their dates are none."""
    was, now = _Places(old), _Places(new)
    moved = _moved(was, now)
    found = _kept("restaurant", old, new, old.restaurant, new.restaurant, moved)
    for section in new.sections:
        if section.id in was.sections:
            found += _kept("section", old, new, was.sections[section.id], section, moved)
        else:
            found.append(_added_section(section, was, new, moved))
        for item in section.items:
            if item.id in was.items:
                found += _kept("item", old, new, was.items[item.id], item, moved)
            elif section.id in was.sections:
                words = f"{_name(item, new)}: new in {_name(section, new)}, {money(new, item.price_minor)}"
                found.append(Change("added", "item", item.id, words, (Remove(what="item", id=item.id),)))
    return found + _removed(old, was, now)


def history(versions: Sequence[Menu]) -> list[Revision]:
    """Published versions, oldest first, as what each changed; the first one changed nothing."""
    revisions = []
    for place, menu in enumerate(versions):
        before = versions[place - 1] if place else menu
        same = next((old.version for old in versions[: max(place - 1, 0)] if not changes(old, menu)), None)
        revisions.append(
            Revision(menu.version, menu.published_at, menu.published_by, tuple(changes(before, menu)), same)
        )
    return revisions


def listed(found: Sequence[Change], at_most: int = 5) -> str:
    """Changes as one text: the first ones, and how many more there are."""
    words = [change.sentence for change in found[:at_most]]
    more = len(found) - at_most
    return " · ".join([*words, *([f"and {more} more"] if more > 0 else [])]) or "nothing"


def in_words(menu: Menu, what: Kind, id: str, field: str) -> str:
    """What a menu holds at one field ("price_minor", "name.en", "place"), for who must choose between two."""
    places = _Places(menu)
    node = menu.restaurant if what == "restaurant" else (places.sections if what == "section" else places.items).get(id)
    if node is None:
        return "not on the menu"
    if field == "*":
        return "on the menu"
    if field == "place":
        return _place(menu, places, what, id)
    name, _, language = field.partition(".")
    value = node.model_dump(mode="json").get(name)  # nothing, of a field that somebody forged
    return _said(menu, name, value.get(language) if language and isinstance(value, dict) else value)


class _Places:
    """A menu's sections and items by id, and where they stand."""

    def __init__(self, menu: Menu) -> None:
        self.menu = menu
        self.sections = {section.id: section for section in menu.sections}
        self.items = {item.id: item for _, _, item in menu.placed}
        self.section_of = {item.id: section for _, section, item in menu.placed}

    def next_kept(self, rows: Iterable[Node], id: str, kept: Iterable[str]) -> str | None:
        """Of a row's successors the first that is kept."""
        ids, still = [row.id for row in rows], set(kept)
        return next((other for other in ids[ids.index(id) + 1 :] if other in still), None)


def _kept(what: Kind, old: Menu, new: Menu, before: Node, after: Node, moves: Moves) -> list[Change]:
    moved, move_back = moves.get((what, after.id), NOT_MOVED)
    parts = [words for field in _differing(before, after) for words in _field(old, new, field, before, after)]
    if not parts and not moved:
        return []
    words = f"{_name(after, new)} {'; '.join([*parts, *([moved] if moved else [])])}"
    back = (*sets(what, after, before), *move_back)
    return [Change("changed" if parts else "moved", what, after.id, words, back)]


def _differing(before: Node, after: Node) -> list[str]:
    fields = type(after).model_fields.keys() - {"items"}
    return [
        name for name in type(after).model_fields if name in fields and getattr(before, name) != getattr(after, name)
    ]


def _added_section(section: Section, was: _Places, new: Menu, moved: Moves) -> Change:
    fresh = [item for item in section.items if item.id not in was.items]
    words = f"{_name(section, new)}: new section{_with(fresh)}"
    back = [move for item in section.items for move in moved.get(("item", item.id), NOT_MOVED)[1]]
    return Change("added", "section", section.id, words, (*back, Remove(what="section", id=section.id)))


def _removed(old: Menu, was: _Places, now: _Places) -> list[Change]:
    found = []
    for section in old.sections:
        gone = tuple(item for item in section.items if item.id not in now.items)
        if section.id not in now.sections:
            before = was.next_kept(old.sections, section.id, now.sections)
            back = Add(before=before, node=section.model_copy(update={"items": gone}))
            words = f"{_name(section, old)}: section removed{_with(gone)}"
            found.append(Change("removed", "section", section.id, words, (back,)))
            continue
        for item in gone:
            there = {other.id for other in now.sections[section.id].items}
            back = Add(into=section.id, before=was.next_kept(section.items, item.id, there), node=item)
            words = f"{_name(item, old)}: removed from {_name(section, old)}"
            found.append(Change("removed", "item", item.id, words, (back,)))
    return found


def _with(items: Sequence[Item]) -> str:
    return f" with {len(items)} {'item' if len(items) == 1 else 'items'}" if items else ""


def _moved(was: _Places, now: _Places) -> Moves:
    """Where what moved went to, and how it comes back: as few as could have moved, the others stay."""
    moves: Moves = {}
    stay = staying([*was.sections], [*now.sections])
    for id in now.sections.keys() & was.sections.keys() - stay:
        back = Move(what="section", id=id, before=was.next_kept(was.menu.sections, id, stay))
        moves["section", id] = f"moved {_beside(now, now.menu.sections, id) or 'to the end'}", (back,)
    stay = set[str]()
    for section in now.menu.sections:
        rows = was.sections[section.id].items if section.id in was.sections else ()
        stay |= staying([item.id for item in rows], [item.id for item in section.items])
    for _, section, item in now.menu.placed:
        if item.id not in was.items or item.id in stay:
            continue
        left, beside = was.section_of[item.id], _beside(now, section.items, item.id)
        if left.id == section.id:
            words = f"moved {beside or f'to the end of {_name(section, now.menu)}'}"
        else:
            route = f"moved from {_name(left, was.menu)} to {_name(section, now.menu)}"
            words = f"{route}, {beside}" if beside else route
        back = Move(what="item", id=item.id, into=left.id, before=was.next_kept(left.items, item.id, stay))
        # Where its section is gone, that has to come back first.
        moves["item", item.id] = words, (back,) if left.id in now.sections else ()
    return moves


def _beside(places: _Places, rows: Sequence[Section] | Sequence[Item], id: str) -> str:
    ids = [row.id for row in rows]
    place = ids.index(id) + 1
    return f"above {_name(rows[place], places.menu)}" if place < len(rows) else ""


def _place(menu: Menu, places: _Places, what: Kind, id: str) -> str:
    if what == "section":
        return _beside(places, menu.sections, id) or "at the end"
    section = places.section_of[id]
    beside = _beside(places, section.items, id)
    return f"in {_name(section, menu)}, {beside or 'at the end'}"


def _field(old: Menu, new: Menu, field: str, before: Node, after: Node) -> list[str]:
    """One part of a sentence, or for a text one a language."""
    a, b = getattr(before, field), getattr(after, field)
    label = _label(field)
    if isinstance(a, dict):
        return [
            _text(label, language, a.get(language), b.get(language), new.restaurant)
            for language in {**a, **b}
            if a.get(language) != b.get(language)
        ] or [f"languages of the {label} in another order"]
    match field:
        case "price_minor":
            return [_from_to(old, new, a, b)]
        case "food_cost_minor":
            return [f"{label} {_from_to(old, new, a, b)}"]
        case "sold_out":
            return [f"sold out{_until(new, after)}" if b else "no longer sold out"]
        case "sold_out_until" if isinstance(after, Item) and isinstance(before, Item):
            if before.sold_out != after.sold_out:
                return []  # said along with that
            return [f"{'' if after.sold_out else 'not '}sold out{_until(new, after) or ' until further notice'}"]
        case "photo":
            return [_photo(a, b)]
        case "served":
            return [_served(b)]
        case "allergens" | "diets":
            return [f"{label} {_members(a, b)}"]
        case "options":
            return _options(a, b, new.restaurant)
        case "notes" | "hours":
            return [f"{label} changed"]
    return [f"{label} {_said(old, field, a)} → {_said(new, field, b)}"]


def _until(menu: Menu, node: Node) -> str:
    until = getattr(node, "sold_out_until", None)
    return f" until {when(menu.restaurant, until)}" if until else ""


def when(restaurant: Restaurant, at: datetime) -> str:
    """An instant by the restaurant's clock: "24 November at 18:00"."""
    return f"{at.astimezone(ZoneInfo(restaurant.time_zone)):%-d %B at %H:%M}"


def _photo(before: Photo | None, after: Photo | None) -> str:
    if before and after:
        return "photo described anew" if before.id == after.id else "another photo"
    return "photo added" if after else "photo removed"


def _served(servings: Iterable[Serving]) -> str:
    return f"served {said(servings) or 'always'}"


def _label(field: str) -> str:
    return field.removesuffix("_minor").replace("_", " ")


def _text(label: str, language: str, before: str | None, after: str | None, restaurant: Restaurant) -> str:
    if language != restaurant.language:
        label = f"{label} in {_language(language)}"
    if label == "name" and before and after:
        return f"renamed from “{before}”"
    if not before:
        return f"{label} “{after}” added" if label.startswith("name") else f"{label} added"
    if not after:
        return f"{label} removed"
    return f"{label} “{before}” → “{after}”" if label.startswith("name") else f"{label} rewritten"


def _language(tag: str) -> str:
    return locale_of(tag).get_display_name(ENGLISH) or tag


def _members(before: frozenset[str] | None, after: frozenset[str] | None) -> str:
    if after is None:
        return "no longer declared"
    if before is None:
        return f"declared: {', '.join(sorted(after)) or 'none'}"
    came, went = sorted(after - before), sorted(before - after)
    parts = [f"now {', '.join(came)}" if came else "", f"no longer {', '.join(went)}" if went else ""]
    return ", ".join(filter(None, parts))


def _options(before: Sequence[Option], after: Sequence[Option], restaurant: Restaurant) -> list[str]:
    was, now = ({option.id: option for option in options} for options in (before, after))

    def named(option: Option) -> str:
        return f"option “{in_language(option.name, restaurant.language)}”"

    parts = [f"{named(now[id])} added" for id in now if id not in was]
    parts += [f"{named(now[id])} changed" for id in now if id in was and now[id] != was[id]]
    parts += [f"{named(was[id])} removed" for id in was if id not in now]
    return parts or ["options in another order"]


def _from_to(old: Menu, new: Menu, before: int | None, after: int | None) -> str:
    if before is None or after is None:
        return f"{money(old, before)} → {money(new, after)}"
    if old.restaurant.currency != new.restaurant.currency:
        return f"{money(old, before)} → {money(new, after)}"
    whole = _whole(old.restaurant, before) and _whole(new.restaurant, after)
    return (
        f"{_amount(old.restaurant, before, whole)} → {_amount(new.restaurant, after, whole)} {new.restaurant.currency}"
    )


def money(menu: Menu, minor: int | None) -> str:
    """An amount as people write it, such as "120 THB" or "12.50 EUR"."""
    if minor is None:
        return "not known"
    restaurant = menu.restaurant
    return f"{_amount(restaurant, minor, _whole(restaurant, minor))} {restaurant.currency}"


def _whole(restaurant: Restaurant, minor: int) -> bool:
    return not minor % 10**restaurant.minor_digits


def _amount(restaurant: Restaurant, minor: int, whole: bool) -> str:
    return f"{Decimal(minor).scaleb(-restaurant.minor_digits):,.{0 if whole else restaurant.minor_digits}f}"


def _said(menu: Menu, field: str, value: Any) -> str:
    """A field's value, as short as it can be said."""
    if field.endswith("_minor"):
        return money(menu, value)
    if field == "options":
        names = [in_language(option["name"], menu.restaurant.language) for option in value]
        return ", ".join(f"“{name}”" for name in names) or "none"
    if field == "languages":
        return ", ".join(map(_language, value))
    if field == "photo":
        return "with a photo" if value else "without a photo"
    if field == "served":
        return _served(map(Serving.model_validate, value))
    if field == "sold_out_until":
        return when(menu.restaurant, datetime.fromisoformat(str(value))) if value else "further notice"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return " / ".join(f"“{text}”" for text in value.values()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return f"“{value}”" if isinstance(value, str) else "none" if value is None else f"{value:,}"


def _name(node: Node, menu: Menu) -> str:
    return in_language(node.name, menu.restaurant.language) or node.id
