"""A file → what it states of a menu, line by line, before any of it is compared with the menu that is there.

    our JSON        everything about a restaurant and its menu
    CSV, XLSX       one row an item; columns by name
    JSON-LD         schema.org Menu, MenuSection, MenuItem
    delivery JSON   a delivery platform's sections, items, variations and modifier groups

A format states only what it has words for: a CSV without a column of allergens says nothing of allergens.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path, PurePath
from typing import Any

from dashboard.menus.columns import NO_ALLERGENS, guessed
from dashboard.menus.model import Allergen, Diet, Menu
from dashboard.menus.sheets import MOST_BYTES, MOST_ROWS, Grid, decoded, is_formula, literal, read_csv, read_xlsx
from errors import MenuError

HOUSE = ""  # stands for the restaurant's own language in a text whose language the file doesn't tell


@dataclass(frozen=True)
class Line:
    """One item as a file states it; without `item`, a section that has none.

    `section` and `item` hold fields of the model by name, texts as {language: text}; `price` and `food_cost` are still
    as somebody wrote them, and `suits` are diets of a format that has no word for spicy. `wrong`: why it can't be used.
    """

    place: str
    section: Mapping[str, Any]
    item: Mapping[str, Any] | None
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stated:
    """What a file states: `house` of the restaurant, `lost` of what no menu can hold, in sentences.

    `whole`: the file states everything, so nothing that it leaves out is kept.
    """

    lines: tuple[Line, ...]
    house: Mapping[str, Any] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    whole: bool = False


def contents(path: Path) -> bytes:
    """The bytes of a file on this machine. Raises MenuError, before it reads what is too large."""
    try:
        _bounded(path.stat().st_size)
        return path.read_bytes()
    except OSError as problem:
        raise MenuError(f"{path} can't be read: {problem.strerror}.") from None


def _bounded(size: int) -> None:
    if size > MOST_BYTES:
        raise MenuError(
            f"This file has {size / 10**6:,.0f} MB; the most that is read is {MOST_BYTES // 10**6} MB.",
            "A menu of 1,000 items needs about half a megabyte.",
        )


def read(name: str, content: bytes, columns: Mapping[str, str], rows_of: str | None) -> Stated:
    """What a file states; `name` tells its kind, `columns` which column holds which field, `rows_of` whose rows count.

    Raises MenuError where the file as a whole can't be used.
    """
    _bounded(len(content))
    if not content.strip():
        raise MenuError("This file is empty.")
    kind = PurePath(name).suffix.lower()
    if kind in (".json", ".jsonld"):
        if columns or rows_of:
            raise MenuError("Columns and rows are what a CSV or a workbook has: this file is JSON.")
        return _read_json(decoded(content))
    if kind in (".xlsx", ".xlsm", ".xls"):
        return _read_table(read_xlsx(content), columns, rows_of)
    if kind in (".csv", ".tsv", ".txt"):
        return _read_table(read_csv(content), columns, rows_of)
    raise MenuError(f"A menu is read from .json, .jsonld, .csv, .tsv or .xlsx, not from {kind or name!r}.")


# Tables


def _read_table(grid: Grid, told: Mapping[str, str], rows_of: str | None) -> Stated:
    if not grid:
        raise MenuError("This file is empty.")
    headers = [literal(cell.strip()) for cell in grid[0][1]]
    columns = guessed(headers, told)
    # Who names our ids had the file from us, or from our template: its letters mean themselves.
    text = (lambda cell: cell) if "item_id" in headers else unescape
    rows = [
        (number, {field: literal(row[index]) if index < len(row) else "" for field, index in columns.items()}, row)
        for number, row in grid[1:]
    ]
    if not rows:
        raise MenuError("This file has a heading and no rows below it.")
    rows = _rows_of(rows, rows_of, "restaurant" in columns)
    lines = []
    for number, cells, row in rows:
        formulas = [headers[index] for index in columns.values() if index < len(row) and is_formula(row[index])]
        wrong = tuple(f"{header} holds a formula: paste its value in its place" for header in formulas)
        lines.append(_table_line(f"row {number}", {key: text(cell).strip() for key, cell in cells.items()}, wrong))
    return Stated(
        tuple(lines),
        columns={field: headers[index] for field, index in columns.items()},
        unused=tuple(head for index, head in enumerate(headers) if head and index not in columns.values()),
    )


_Rows = list[tuple[int, dict[str, str], list[str]]]


def _rows_of(rows: _Rows, wanted: str | None, named: bool) -> _Rows:
    houses = list(dict.fromkeys(cells["restaurant"].strip() for _, cells, _ in rows)) if named else []
    several = f"{', '.join(houses[:12])}{' …' if len(houses) > 12 else ''}"
    if wanted is None:
        if len(houses) > 1:
            raise MenuError(f"This file holds {len(houses)} restaurants ({several}): say whose rows are meant.")
        return rows
    if wanted not in houses:
        there = f"it has {several}" if houses else "no column says whose a row is"
        raise MenuError(f"This file has no rows of {wanted!r}: {there}.")
    return [row for row in rows if row[1]["restaurant"].strip() == wanted]


def _table_line(place: str, cells: Mapping[str, str], wrong: tuple[str, ...]) -> Line:
    section: dict[str, Any] = {"id": cells.get("section_id", "")}
    item: dict[str, Any] = {"id": cells.get("item_id", "")}
    more: list[str] = []
    for key, cell in cells.items():
        what, _, language = key.partition(".")
        if what == "section":
            section.setdefault("name", {})[language or HOUSE] = cell
        elif what in ("name", "description"):
            item.setdefault(what, {})[language or HOUSE] = cell
        elif what in ("price", "food_cost", "notes"):
            item[what] = cell
        elif what == "sold_out":
            item[what] = _yes(cell)
            if item[what] is None:
                more.append(f"{cell!r} is neither yes nor no")
        elif what == "allergens":
            item[what], unknown = _among(Allergen, cell)
            more += unknown
            if not cell:
                item[what] = None
        elif what == "diets":
            item[what], unknown = _among(Diet, cell)
            more += unknown
    if not any(item.get("name", {}).values()) and not cells.get("price") and any(section.get("name", {}).values()):
        return Line(place, section, None, wrong)
    return Line(place, section, item, (*wrong, *more))


def _yes(cell: str) -> bool | None:
    word = cell.casefold()
    if word in ("", "no", "n", "false", "0", "in stock", "available"):
        return False
    return True if word in ("yes", "y", "true", "1", "x", "sold out", "out of stock") else None


def _among(kinds: type[Allergen] | type[Diet], cell: str) -> tuple[list[str], list[str]]:
    words = [word for word in re.split(r"[,;/|\s]+", cell.casefold()) if word and word != NO_ALLERGENS]
    known = {kind.value for kind in kinds}
    unknown = [f"{word!r} is none of {', '.join(sorted(known))}" for word in words if word not in known]
    return [word for word in words if word in known], unknown


# JSON


def _read_json(text: str) -> Stated:
    try:
        data = json.loads(text)
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, escaped: no text can be written that holds it
        raise MenuError("This JSON holds half a letter: an escape such as \\ud83d without its other half.") from None
    except RecursionError:
        raise MenuError("This JSON is nested too deeply to be a menu.") from None
    except json.JSONDecodeError as problem:
        raise MenuError(f"Line {problem.lineno} of this file is no JSON: {problem.msg}.") from None
    except ValueError as problem:  # a number of thousands of digits
        raise MenuError(f"This file is no JSON that can be read: {problem}.") from None
    reader: Callable[[Any], Stated] | None = None
    if isinstance(data, list) or (isinstance(data, dict) and ("@context" in data or "@type" in data)):
        reader = _read_schema_org
    elif isinstance(data, dict) and "restaurant" in data:
        reader = _read_delivery if "modifier_groups" in data else _read_own
    if reader is None:
        raise MenuError(
            "This JSON is no menu: it has neither “restaurant” and “sections” nor a schema.org Menu.",
            "`menulens menus export` shows what one looks like.",
        )
    try:
        stated = reader(data)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as problem:
        raise MenuError(f"This JSON has another shape than a menu ({type(problem).__name__}: {problem}).") from None
    if len(stated.lines) > MOST_ROWS:
        raise MenuError(f"This file has more than {MOST_ROWS:,} items: no menu is so long.")
    return stated


def _read_own(data: dict[str, Any]) -> Stated:
    if unknown := sorted(data.keys() - Menu.model_fields.keys()):  # a slip in “sections” would empty the menu
        raise MenuError(f"A menu has no field {unknown[0]!r}: it has {', '.join(Menu.model_fields)}.")
    lines = []
    for number, section in enumerate(data.get("sections", []), start=1):
        about = {key: value for key, value in section.items() if key != "items"}
        items = section.get("items", [])
        if not items:
            lines.append(Line(f"section {number}", about, None))
        for place, item in enumerate(items, start=1):
            lines.append(Line(f"section {number}, item {place}", about, dict(item)))
    return Stated(tuple(lines), house=dict(data["restaurant"]), whole=True)


# schema.org


_SUITS = {f"{diet.value}diet": diet.value for diet in Diet if diet is not Diet.SPICY}


def _read_schema_org(data: Any) -> Stated:
    menu, house = _menu_node(data)
    language = next(iter(_listed(menu.get("inLanguage"))), HOUSE) if _plain_names(menu) else HOUSE
    lines: list[Line] = []
    lost: Counter[str] = Counter()

    def walk(section: Mapping[str, Any], name: Mapping[str, str], place: str) -> None:
        about = {"id": _identifier(section), "name": name, "description": _texts(section.get("description"), language)}
        items = [item for item in _listed(section.get("hasMenuItem")) if isinstance(item, dict)]
        parts = [part for part in _listed(section.get("hasMenuSection")) if isinstance(part, dict)]
        if not items and not parts:
            lines.append(Line(place, about, None))
        for number, item in enumerate(items, start=1):
            lines.append(Line(f"{place}, item {number}", about, _schema_org_item(item, language, lost)))
        for number, part in enumerate(parts, start=1):
            below = _texts(part.get("name"), language)
            walk(part, {tag: f"{name[tag]} – {text}" if name.get(tag) else text for tag, text in below.items()},
                 f"{place}.{number}")  # fmt: skip

    sections = [part for part in _listed(menu.get("hasMenuSection")) if isinstance(part, dict)]
    for number, section in enumerate(sections, start=1):
        walk(section, _texts(section.get("name"), language), f"section {number}")
    loose = [item for item in _listed(menu.get("hasMenuItem")) if isinstance(item, dict)]
    for number, item in enumerate(loose, start=1):
        lines.append(Line(f"item {number}", {"id": "", "name": {}}, _schema_org_item(item, language, lost)))
    if not lines:
        raise MenuError("This JSON-LD has a Menu without sections or items.")
    languages = [language] if language else [tag for tag in _listed(menu.get("inLanguage")) if isinstance(tag, str)]
    facts = {"name": _texts(house.get("name"), language)} | ({"languages": languages} if languages else {})
    return Stated(tuple(lines), house=facts, lost=_counted(lost))


def _menu_node(data: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The Menu in a document, and the restaurant that has it, if that is there."""
    nodes = [node for node in _listed(data) if isinstance(node, dict)]
    nodes += [node for top in nodes for node in _listed(top.get("@graph")) if isinstance(node, dict)]
    for node in nodes:
        for menu in _listed(node.get("hasMenu")):
            if isinstance(menu, dict) and ("hasMenuSection" in menu or "hasMenuItem" in menu):
                return menu, node
    for node in nodes:
        if "Menu" in _listed(node.get("@type")):
            return node, next((other for other in nodes if "hasMenu" in other), {})
    raise MenuError("This JSON-LD has no Menu of schema.org.")


def _schema_org_item(item: Mapping[str, Any], language: str, lost: Counter[str]) -> dict[str, Any]:
    offers = [offer for offer in _listed(item.get("offers")) if isinstance(offer, dict)]
    offer = offers[0] if offers else {}
    price = offer.get("price", "")
    stated: dict[str, Any] = {
        "id": _identifier(item),
        "name": _texts(item.get("name"), language),
        "description": _texts(item.get("description"), language),
        "price": f"{price} {offer.get('priceCurrency', '')}".strip(),
        "sold_out": str(offer.get("availability", "")).rsplit("/", 1)[-1] in ("SoldOut", "OutOfStock"),
    }
    suits = [str(diet).rsplit("/", 1)[-1].casefold() for diet in _listed(item.get("suitableForDiet"))]
    stated["suits"] = [_SUITS[diet] for diet in suits if diet in _SUITS]
    lost["diets of which a menu knows no name"] += sum(diet not in _SUITS for diet in suits)
    lost["offers beside an item's first"] += max(0, len(offers) - 1)
    for key, what in (("image", "photos"), ("nutrition", "nutrition facts"), ("menuAddOn", "add-ons")):
        lost[what] += key in item
    return stated


def _plain_names(menu: Mapping[str, Any]) -> bool:
    return isinstance(menu.get("inLanguage"), str) or len(_listed(menu.get("inLanguage"))) == 1


def _identifier(node: Mapping[str, Any]) -> str:
    return str(node.get("identifier") or node.get("@id") or "").rsplit("#", 1)[-1].rsplit("/", 1)[-1]


def _texts(value: Any, language: str) -> dict[str, str]:
    """JSON-LD's strings, with or without a language."""
    texts: dict[str, str] = {}
    for text in _listed(value):
        if isinstance(text, str):
            texts.setdefault(language, unescape(text))
        elif isinstance(text, dict) and isinstance(text.get("@value"), str):
            texts[str(text.get("@language") or language)] = text["@value"]
    return texts


# A delivery platform's menu


# What a group of variations is called: the platform gives it no name.
_VARIATION = {"en": "Choice", "th": "ตัวเลือก", "de": "Auswahl", "pt": "Opção", "ar": "الاختيار"}


def _read_delivery(data: dict[str, Any]) -> Stated:
    language = str(data.get("language") or HOUSE)
    lost: Counter[str] = Counter()
    groups = {group["id"]: _group(group, language, lost) for group in data["modifier_groups"]}
    lines = []
    for number, section in enumerate(_placed(data["sections"]), start=1):
        about = {
            "id": str(section.get("id") or ""),
            "name": {language: _text(section["name"])},
            "description": {language: _text(section.get("description"))},
        }
        for place, item in enumerate(_placed(section["items"]), start=1):
            lines.append(
                Line(f"section {number}, item {place}", about, _delivery_item(item, groups, language, data, lost))
            )
        if not section["items"] and section["name"]:
            lines.append(Line(f"section {number}", about, None))
        lost["sections without items or a name"] += not section["items"] and not section["name"]
    house: dict[str, Any] = {"name": {language: _text(data["restaurant"]["name"])}}
    house |= {"languages": [language]} if language else {}
    house |= {"currency": str(data["currency"])} if data.get("currency") else {}
    return Stated(tuple(lines), house=house, lost=_counted(lost))


def _placed(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(parts, key=lambda part: part.get("position", 0))


def _delivery_item(
    item: dict[str, Any], groups: Mapping[Any, Any], language: str, data: Mapping[str, Any], lost: Counter[str]
) -> dict[str, Any]:
    variations = item["variations"]
    prices = [variation["price"] for variation in variations]
    lowest = min(prices)
    toppings = dict.fromkeys(topping for variation in variations for topping in variation.get("topping_ids", ()))
    options = [groups[topping] for topping in toppings if groups.get(topping)]
    if len(variations) > 1 or variations[0].get("name"):
        choices = [
            {
                "id": str(variation["id"]),
                "name": {language: _text(variation.get("name")) or str(place)},
                "price_delta": f"{variation['price'] - lowest:g}",
            }
            for place, variation in enumerate(variations, start=1)
        ]
        name = _VARIATION.get(language, _VARIATION["en"])
        options.insert(0, {"id": "choice", "name": {language: name}, "min": 1, "max": 1, "choices": choices})
    lost["prices before a discount"] += sum(bool(variation.get("price_before_discount")) for variation in variations)
    lost["prices of a container"] += sum(bool(variation.get("container_price")) for variation in variations)
    lost["photos, of which the file only says that there are some"] += bool(item.get("has_photo"))
    lost["marks of alcohol"] += bool(item.get("is_alcoholic_item"))
    return {
        "id": str(item["id"]),
        "name": {language: _text(item["name"])},
        "description": {language: _text(item.get("description"))},
        "price": f"{lowest} {data.get('currency') or ''}".strip(),
        "sold_out": bool(item.get("is_sold_out")),
        "options": options,
    }


def _group(group: dict[str, Any], language: str, lost: Counter[str]) -> dict[str, Any] | None:
    choices = group["options"]
    if not choices:
        lost["groups of modifiers without any"] += 1
        return None
    lost["modifiers' sold-out marks"] += sum(bool(choice.get("is_sold_out")) for choice in choices)
    lost["leave to take one modifier several times"] += (group.get("max") or 1) > len(choices)
    most = max(1, min(group.get("max") or 1, len(choices)))
    return {
        "id": str(group["id"]),
        "name": {language: _text(group["name"])},
        "min": min(group.get("min") or 0, most),
        "max": most,
        "choices": [
            {
                "id": str(choice["id"]),
                "name": {language: _text(choice["name"])},
                "price_delta": f"{choice.get('price') or 0}",
            }
            for choice in choices
        ],
    }


def _text(value: str | None) -> str:
    if not isinstance(value, str | None):
        raise TypeError(f"{str(value)[:40]} is no text")
    return unescape(value or "").strip()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _counted(lost: Counter[str]) -> tuple[str, ...]:
    return tuple(f"{what} ({count:,})" for what, count in lost.items() if count)
