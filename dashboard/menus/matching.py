"""Lines of a file, matched with the menu that is there, become its new sections. Pure.

An id that the file states and the menu has is the same item; else a name within a section is. What a line doesn't
state stays as it is.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from dashboard.menus.model import UNSEEN, Diet, Id, Item, Menu, Restaurant, Section, in_language, in_words
from dashboard.menus.prices import parse_price
from dashboard.menus.stated import Line, Stated
from errors import MenuError

_UNNAMED_SECTION = "Menu"
# What an item's sizes are called where a file only says what they cost.
_SIZES = {"en": "Choice", "th": "ตัวเลือก", "de": "Auswahl", "pt": "Opção", "ar": "الاختيار"}


@dataclass(frozen=True)
class Matched:
    """What became of a line: the item that it is, or why it can't be used. Neither: a section without items."""

    place: str
    name: str
    item_id: str | None
    wrong: str


class Matching:
    """`sections` are what the lines make of the menu, without those that are wrong; `lines` what became of each."""

    def __init__(self, stated: Stated, restaurant: Restaurant, present: Menu | None) -> None:
        self.stated = stated
        self.restaurant = restaurant
        self.old_sections = {section.id: section for section in present.sections} if present else {}
        self.old_items = {item.id: (section, item) for _, section, item in present.placed} if present else {}
        item_ids = {_id(line.item) for line in stated.lines if line.item}
        # Names of the sections whose ids the file states: a row that somebody added may state the name alone.
        self.stated_sections = {_id(line.section): self._name(line.section) for line in reversed(stated.lines)}
        self.stated_sections.pop("", None)
        self.section_ids = {*self.old_sections, *self.stated_sections}
        self.item_ids = {*self.old_items, *item_ids}
        self.claimed = item_ids & self.old_items.keys()
        self.sections, self.lines = self._match()

    def _match(self) -> tuple[tuple[Section, ...], tuple[Matched, ...]]:
        found: dict[str, dict[str, Any]] = {}
        places: dict[str, str] = {}
        lines = []
        for line in self.stated.lines:
            item = None
            why = list(line.wrong)
            section_id = self._section(line, found, why)
            if line.item is not None:
                item = self._item(line.item, section_id, found[section_id]["items"], why)
                if item and item.id in places:
                    why.append(f"the same item stands in {places[item.id]} already")
                elif item:
                    places[item.id] = line.place
                    found[section_id]["items"].append(item)
            name = in_language(self._name(line.item or line.section), self.restaurant.language)
            lines.append(Matched(line.place, UNSEEN.sub("", name)[:60], item.id if item else None, "; ".join(why)))
        wrong = any(line.wrong for line in lines)
        return () if wrong else tuple(Section.model_validate(section) for section in found.values()), tuple(lines)

    def _section(self, line: Line, found: dict[str, dict[str, Any]], why: list[str]) -> str:
        """The id of a line's section, which is in `found` from then on."""
        about = dict(line.section) if self.stated.whole else self._spoken(line.section)
        id, name = _id(about), self._name(about)
        if not id and not any(name.values()):
            known = self.old_items.get(_id(line.item or {}))
            id = known[0].id if known else ""
            name = {} if known else {self.restaurant.language: _UNNAMED_SECTION}
        same = self._section_named(name, found)
        renewed = id not in self.old_sections and same in self.old_sections and same not in self.stated_sections
        if not self.stated.whole and (not id or renewed):
            id = same or id or new_id(in_language(name, self.restaurant.language), "section", self.section_ids)
        self.section_ids.add(id)
        if id in found:
            for language, text in name.items():
                if text and found[id]["name"].get(language, text) != text:
                    why.append(f"its section is called {text!r} here and {found[id]['name'][language]!r} further up")
            return id
        old = self.old_sections.get(id)
        fields = {**about, "id": id}
        if not self.stated.whole:
            kept = old.model_dump() if old else {"name": {}, "description": {}}
            if old and not _id(about):  # it was found by its name, and that isn't told anew by another spelling
                name = {**name, **old.name}
            fields = {**kept, **fields, "name": _merged(kept["name"], name)}
            fields["description"] = _merged(kept["description"], about.get("description", {}))
        fields["items"] = []
        why += _faults(Section, fields, "its section")
        found[id] = fields
        return id

    def _section_named(self, name: Mapping[str, str], found: Mapping[str, Any]) -> str | None:
        above = {id: self._name(section) for id, section in found.items()}
        present = {id: section.name for id, section in self.old_sections.items()}
        for names in (above, self.stated_sections, present):
            if found_id := next((id for id, other in names.items() if _same(name, other)), None):
                return found_id
        return None

    def _item(self, about: Mapping[str, Any], section_id: str, above: list[Item], why: list[str]) -> Item | None:
        stated = dict(about) if self.stated.whole else self._spoken(about)
        id, name = _id(stated), self._name(stated)
        if not self.stated.whole and id not in self.old_items:
            same = self._item_named(name, section_id)
            if same:
                self.claimed.add(same)
            elif not id and any(_same(name, item.name) for item in above):
                why.append("the same name stands in this section already")
                return None
            id = same or id or new_id(in_language(name, self.restaurant.language), "item", self.item_ids)
        self.item_ids.add(id)
        old = self.old_items[id][1] if id in self.old_items else None
        fields = stated | {"id": id}
        if not self.stated.whole:
            kept = old.model_dump() if old else {"name": {}, "description": {}, "options": ()}
            fields = {**kept, **fields} | {
                key: _merged(kept[key], stated.get(key, {})) for key in ("name", "description")
            }
            fields |= self._money(stated, why)
            price = fields.get("price_minor", 0)
            if "options" in stated:
                fields["options"] = self._options(stated["options"], price, kept, why)
            if sizes := fields.pop("sizes", None):
                fields |= self._sized(sizes, price, kept, why)
        if "suits" in fields:
            fields["diets"] = [*fields.pop("suits"), *(old.diets & {Diet.SPICY} if old else ())]
        if old:
            # Of what is on the menu the kitchen knows better than any file.
            fields |= {"sold_out": old.sold_out, "sold_out_until": old.sold_out_until}
        fields = {key: value for key, value in fields.items() if key not in ("price", "food_cost")}
        why += _faults(Item, fields, "it")
        return None if why else Item.model_validate(fields)

    def _item_named(self, name: Mapping[str, str], section_id: str) -> str | None:
        section = self.old_sections.get(section_id)
        items = section.items if section else ()
        return next((item.id for item in items if item.id not in self.claimed and _same(name, item.name)), None)

    def _spoken(self, about: Mapping[str, Any]) -> dict[str, Any]:
        """Fields whose texts all name their language."""
        texts = {key: about[key] for key in ("name", "description") if key in about}
        return {**about} | {
            key: {language or self.restaurant.language: words for language, words in text.items()}
            for key, text in texts.items()
        }

    def _name(self, about: Mapping[str, Any]) -> dict[str, str]:
        name = about.get("name")
        texts = self._spoken({"name": name})["name"].items() if isinstance(name, dict) else ()
        return {language: words for language, words in texts if isinstance(words, str)}

    def _money(self, stated: Mapping[str, Any], why: list[str]) -> dict[str, int | None]:
        minor: dict[str, int | None] = {}
        for key in ("price", "food_cost"):
            text = str(stated.get(key, ""))
            if key not in stated:
                continue
            if key == "food_cost" and not text.strip():
                minor["food_cost_minor"] = None
                continue
            try:
                minor[f"{key}_minor"] = parse_price(text, self.restaurant.currency, self.restaurant.languages)
            except MenuError as problem:
                why.append(str(problem) if key == "price" else f"its food cost: {problem}")
                minor[f"{key}_minor"] = 0
        return minor

    def _options(
        self, stated: Iterable[Mapping[str, Any]], price: int, kept: Mapping[str, Any], why: list[str]
    ) -> list[dict[str, Any]]:
        """Options as a file states them; what a choice adds to the item's price, or costs as a whole, is its delta."""
        olds = {option["id"]: option for option in kept["options"]}
        options = []
        for option in stated:
            old = olds.get(option["id"], {"name": {}, "choices": ()})
            names = {choice["id"]: choice["name"] for choice in old["choices"]}
            choices: list[dict[str, Any]] = []
            for choice in option["choices"]:
                name = self._spoken(choice)["name"]
                called = next(iter(name.values()), "")
                id = _id(choice) or new_id(called, "choice", {other["id"] for other in choices})
                try:
                    minor = parse_price(choice.get("price_delta", choice.get("price")), self.restaurant.currency)
                except MenuError as problem:
                    why.append(f"its choice {called!r}: {problem}")
                    minor = 0
                delta = minor if "price_delta" in choice else minor - price
                choices.append({"id": id, "name": _merged(names.get(id, {}), name), "price_delta_minor": delta})
            name = _merged(old["name"], self._spoken(option)["name"])
            unnamed = {self.restaurant.language: _SIZES.get(self.restaurant.language, _SIZES["en"])}
            options.append({**option, "name": name or unnamed, "choices": choices})
        return options

    def _sized(self, stated: Mapping[str, Any], price: int, kept: Mapping[str, Any], why: list[str]) -> dict[str, Any]:
        """An item's price and options, where a file says no options but its sizes: the others stay as they are.

        Sizes that cost what they did stay as they are too, whatever price the item has beside them.
        """
        old = next((option for option in kept["options"] if option["sizes"]), None)
        (new,) = self._options([{**stated, "id": old["id"]} if old else stated], price, kept, why)
        if old and _whole(old, kept["price_minor"]) == _whole(new, price):
            price, new = (
                kept["price_minor"],
                new
                | {
                    "choices": [
                        was | {"name": now["name"]} for was, now in zip(old["choices"], new["choices"], strict=True)
                    ]
                },
            )
        others = [new if option is old else option for option in kept["options"]]
        return {"price_minor": price, "options": others if old else [new, *others]}


def _whole(option: Mapping[str, Any], price: int) -> list[tuple[str, int]]:
    return [(choice["id"], price + choice["price_delta_minor"]) for choice in option["choices"]]


def _merged(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """A text of which some languages are said anew; an empty one takes its language away."""
    return {language: words for language, words in {**old, **new}.items() if words.strip()}


def _same(name: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return any(
        words and words.strip().casefold() == other.get(language, "").strip().casefold()
        for language, words in name.items()
    )


_ID = TypeAdapter(Id)


def _id(about: Mapping[str, Any]) -> str:
    """The id that a line states, as an id may be: "SKU 12/3" is sku-12-3."""
    id = str(about.get("id") or "").strip()
    try:
        return _ID.validate_python(id)
    except ValidationError:
        return _slug(id) or _hashed(id) if id else ""


def new_id(name: str, what: str, taken: set[str]) -> str:
    """An id for a name, the same each time; where letters aren't Latin, a hash stands for them."""
    slug = _slug(name)
    if not slug or any(letter.isalpha() and not letter.isascii() for letter in unicodedata.normalize("NFKD", name)):
        slug = f"{slug or what}-{_hashed(name)}"
    return next(id for id in (slug, *(f"{slug}-{n}" for n in range(2, len(taken) + 3))) if id not in taken)


def _slug(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:48].strip("-")


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _faults(part: type[BaseModel], fields: Mapping[str, Any], whose: str) -> list[str]:
    """Why fields can't be an item or a section, in words."""
    if not fields.get("name"):
        return [f"{whose} has no name"]
    try:
        part.model_validate({key: value for key, value in fields.items() if key != "items"})
    except ValidationError as problem:
        return [in_words(problem, whose)]
    return []
