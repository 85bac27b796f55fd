"""A file → a preview of the menu that it would make: what changes, and which lines are wrong. Pure; nothing is kept.

An item of the file is the one on the menu that has its id, else the one of its name in its section, so an edited
export changes a menu and doesn't replace it. What the file's format has no words for stays as it is; what stands on
the menu and not in the file goes. One wrong line, and there is no menu to take: nothing is half imported.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from dashboard.menus.changes import Change, changes
from dashboard.menus.matching import Matching
from dashboard.menus.model import Menu, Restaurant, in_language, in_words
from dashboard.menus.patch import Bulk, apply
from dashboard.menus.prices import currency_in
from dashboard.menus.reading import read
from dashboard.menus.stated import HOUSE, Line, Stated, counted
from errors import MenuError


@dataclass(frozen=True)
class Row:
    """What would become of one line of the file; `words` say what changes, or why it is wrong.

    `item_id` is the item that it becomes, "" where it is wrong.
    """

    place: str
    name: str
    state: Literal["added", "changed", "same", "wrong"]
    words: str
    item_id: str = ""


@dataclass(frozen=True)
class Preview:
    """What an import would do. `menu` is a draft; None where rows are wrong, for then nothing is imported.

    `removed`: names of the items that would go, of as many as were there `before`; `changes` are all differences, those
    of restaurant and sections and what is removed too. `columns`: field → heading, as guessed or told; `unused`:
    headings that hold nothing a menu has; `lost`: what the file says and a menu can't.
    """

    menu: Menu | None
    rows: tuple[Row, ...]
    removed: tuple[str, ...]
    changes: tuple[Change, ...]
    lost: tuple[str, ...]
    columns: Mapping[str, str]
    unused: tuple[str, ...]
    before: int

    @property
    def removes_most(self) -> bool:
        """Whether more than half of the items that are on the menu would go: is that what is meant?"""
        return 2 * len(self.removed) > self.before

    @property
    def wrong(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.state == "wrong")

    def checked(self) -> Menu:
        """The menu to keep. Raises MenuError where rows are wrong."""
        if self.menu is None:
            first, more = self.wrong[0], len(self.wrong) - 1
            name = f" ({first.name})" if first.name else ""
            raise MenuError(
                f"Nothing was imported: {first.place}{name} can't be used, for {first.words}"
                f"{f'; and {more:,} more like it' if more else ''}."
            )
        return self.menu

    def lines(self) -> list[str]:
        """The preview as text: what was understood, what would change, what is wrong, what would be lost, and a sum."""
        states = {
            state: sum(row.state == state for row in self.rows) for state in ("added", "changed", "same", "wrong")
        }
        columns = [field if field == header else f"{field} ← {header!r}" for field, header in self.columns.items()]
        shown = [f"Columns: {', '.join(columns)}"] if columns else []
        shown += [f"Columns not used: {', '.join(map(repr, self.unused))}"] if self.unused else []
        shown += [f"Not kept: {what}" for what in self.lost]
        shown += [f"! {row.place}{f' ({row.name})' if row.name else ''}: {row.words}" for row in self.wrong]
        marks = {"added": "+", "removed": "-", "changed": "~", "moved": "~"}
        shown += [f"{marks[change.kind]} {change.sentence}" for change in self.changes]
        if self.removes_most:
            shown.append(f"Most of the menu would go: {len(self.removed):,} of {self.before:,} items.")
        words = ("added", "changed", "as they are", "wrong")
        sums = [f"{count:,} {word}" for count, word in zip(states.values(), words, strict=True) if count]
        sums += [f"{len(self.removed):,} removed"] if self.removed else []
        return [*shown, f"Items: {', '.join(sums) or 'none'}."]


def preview(
    name: str,
    content: bytes,
    restaurant_id: str,
    present: Menu | None,
    *,
    columns: Mapping[str, str] | None = None,
    rows_of: str | None = None,
    house: Mapping[str, Any] | None = None,
    photos: Collection[str] = (),
) -> Preview:
    """What the file `name` would make of the menu that is there (`present`; None: the restaurant is new).

    `columns` says which heading holds which field, `rows_of` which of a file's restaurants is meant, `house` the fields
    of a new restaurant, `photos` the ids of those that are kept: others can't be shown. Raises MenuError where the file
    as a whole can't be used.
    """
    stated = read(name, content, columns or {}, rows_of)
    restaurant = _restaurant(stated, restaurant_id, present, house or {})
    matching = Matching(stated, restaurant, present)
    wrong = any(line.wrong for line in matching.lines)
    menu = None if wrong else Menu(restaurant=restaurant, sections=matching.sections)
    unseen = _without_photo(menu, photos, present) if menu else []
    if menu and unseen:
        menu, _ = apply(menu, [Bulk(ids=tuple(unseen), field="photo", value=None)])
    found = tuple(changes(present or Menu(restaurant=restaurant), menu)) if menu else ()
    said = {change.id: change.sentence for change in found if change.what == "item" and change.kind != "removed"}
    old = {item.id: item.name for _, _, item in present.placed} if present else {}
    rows = []
    for line in matching.lines:
        if line.wrong:
            rows.append(Row(line.place, line.name, "wrong", line.wrong))
        elif line.item_id and line.item_id not in old:
            rows.append(Row(line.place, line.name, "added", "", line.item_id))
        elif line.item_id:
            words = said.get(line.item_id, "")
            rows.append(Row(line.place, line.name, "changed" if words else "same", words, line.item_id))
    kept = {line.item_id for line in matching.lines}
    lost = (*stated.lost, *counted(Counter({"photos that aren't kept here": len(unseen)})))
    removed = (
        () if wrong else tuple(in_language(name, restaurant.language) for id, name in old.items() if id not in kept)
    )
    return Preview(menu, tuple(rows), removed, found, lost, stated.columns, stated.unused, len(old))


def _without_photo(menu: Menu, kept: Collection[str], present: Menu | None) -> list[str]:
    """Ids of the items whose photos are kept nowhere here."""
    there = {item.photo.id for _, _, item in present.placed if item.photo} if present else set()
    return [item.id for _, _, item in menu.placed if item.photo and item.photo.id not in {*there, *kept}]


# The restaurant

_FLAGS = {"languages": "--language"}


def _restaurant(stated: Stated, restaurant_id: str, present: Menu | None, given: Mapping[str, Any]) -> Restaurant:
    spoken = [language for line in stated.lines for language in _languages(line)]
    currency = _currency(stated)
    if present and given:
        raise MenuError(
            f"{restaurant_id} is here already: its {', '.join(map(_worded, given))} can't be imported anew."
        )
    if stated.whole:
        facts = {**stated.house, "id": restaurant_id, **_given(given, stated.house)}
    elif present:
        facts = present.restaurant.model_dump()
        if currency and currency != facts["currency"]:
            called = in_language(present.restaurant.name, present.restaurant.language)
            raise MenuError(
                f"The prices of this file are in {currency}, those of {called} in {facts['currency']}.",
                "Is it another restaurant's? Choose that one, or begin a new one with it.",
            )
        facts["languages"] = tuple(dict.fromkeys([*facts["languages"], *spoken]))
    else:
        facts = {**stated.house, **({"currency": currency} if currency else {})}
        if currency and given.get("currency") not in (None, currency):
            raise MenuError(f"The prices of this file are in {currency}, not in {given['currency']}.")
        facts |= {"id": restaurant_id, **_given(given, stated.house)}
        known = [*facts.get("languages", ()), *spoken]
        facts["languages"] = tuple(dict.fromkeys(known))
        facts["name"] = {
            language or next(iter(facts["languages"]), HOUSE): text for language, text in facts.get("name", {}).items()
        }
        needed = ("name", "area", "time_zone", "currency", "languages")
        if missing := [_worded(fact) for fact in needed if not facts.get(fact)]:
            flags = " ".join(_FLAGS.get(fact, f"--{fact.replace(' ', '-')}") for fact in missing)
            raise MenuError(
                f"{restaurant_id} is new here, and the file doesn't say its {', '.join(missing)}.", f"Say so: {flags}."
            )
    try:
        return Restaurant.model_validate(facts)
    except ValidationError as problem:
        raise MenuError(f"The restaurant {restaurant_id} can't be so: {in_words(problem)}.") from None


def _given(given: Mapping[str, Any], house: Mapping[str, Any]) -> dict[str, Any]:
    languages = given.get("languages") or house.get("languages") or (HOUSE,)
    return dict(given) | ({"name": {languages[0]: given["name"]}} if isinstance(given.get("name"), str) else {})


def _currency(stated: Stated) -> str | None:
    """The one currency that the file's prices are in, if they say."""
    if stated.whole:
        return None
    texts = [
        str(line.item[key]) for line in stated.lines if line.item for key in ("price", "food_cost") if key in line.item
    ]
    found = sorted({*filter(None, map(currency_in, texts)), *filter(None, [stated.house.get("currency")])})
    if len(found) > 1:
        raise MenuError(f"The prices of this file are in {len(found)} currencies ({', '.join(found)}): a menu has one.")
    return next(iter(found), None)


def _languages(line: Line) -> list[str]:
    texts = [line.section.get("name"), *((line.item.get("name"), line.item.get("description")) if line.item else ())]
    return [
        language for text in texts if isinstance(text, dict) for language, words in text.items() if language and words
    ]


def _worded(field: str) -> str:
    return field.replace("_", " ")
