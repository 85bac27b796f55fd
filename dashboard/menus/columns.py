"""Which column of a table holds which field of an item: guessed from its heading, correctable.

A field is `name`, or `name.th` for the same in one language; a text without one is in the restaurant's own language.
"""

import re
from collections.abc import Mapping, Sequence

from errors import MenuError

NO_ALLERGENS = "none"
NEEDED = ("name", "price")
SPOKEN = ("name", "description", "section")
# field → what else tables call it, in small letters, first ours
FIELDS: dict[str, tuple[str, ...]] = {
    "restaurant": ("restaurant", "restaurant id", "store", "store id", "location", "branch", "venue"),
    "section_id": ("section_id", "section id", "category id", "group id"),
    "section": (
        *("section", "section name", "category", "category name", "menu section", "group", "course", "kategorie"),
        *("rubrik", "categoria", "secção", "seção", "หมวด", "หมวดหมู่", "القسم", "الفئة"),
    ),
    "item_id": ("item_id", "item id", "id", "sku", "plu", "item code", "code"),
    "name": (
        *("name", "item", "item name", "dish", "dish name", "title", "product", "product name", "menu item", "gericht"),
        *("speise", "artikel", "prato", "nome", "ชื่อ", "ชื่อเมนู", "เมนู", "รายการ", "الاسم", "الطبق"),
    ),
    "description": (
        *("description", "item description", "details", "desc", "beschreibung", "descrição", "ingredients"),
        *("รายละเอียด", "คำอธิบาย", "الوصف"),
    ),
    "price": ("price", "item price", "unit price", "base price", "preis", "preço", "ราคา", "السعر"),
    "allergens": ("allergens", "allergen", "allergene", "alergénios", "สารก่อภูมิแพ้"),
    "diets": ("diets", "diet", "dietary", "tags", "labels"),
    "sold_out": ("sold_out", "sold out", "86", "86'd", "out of stock", "ausverkauft", "esgotado", "หมด"),
    "served": ("served", "serving hours", "served at"),
    "food_cost": ("food_cost", "food cost", "cost of goods", "cogs", "wareneinsatz"),
    "notes": ("notes", "note", "remarks", "comment", "notizen"),
}
_TAG = r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"


def guessed(headers: Sequence[str], told: Mapping[str, str] | None = None) -> dict[str, int]:
    """Field → index of its column. What is `told` (field → heading, "" for none) comes before what is guessed.

    Raises MenuError where a name or a price has no column, or what is told isn't there.
    """
    columns = guesses(headers, told)
    for need in NEEDED:
        if not any(field.partition(".")[0] == need for field in columns):
            shown = ", ".join(repr(header) for header in headers if header)
            raise MenuError(
                f"No column says what an item's {need} is: the first row has {shown or 'nothing'}.",
                "Name the column (--column), or put a heading above the rows.",
            )
    return columns


def guesses(headers: Sequence[str], told: Mapping[str, str] | None = None) -> dict[str, int]:
    """The same, as far as it goes: a name or a price may have no column yet."""
    columns: dict[str, int] = {}
    shown = ", ".join(repr(header) for header in headers if header)
    for field, header in (told or {}).items():
        what, _, language = field.partition(".")
        if what not in FIELDS or (language and (what not in SPOKEN or not re.fullmatch(_TAG, language))):
            raise MenuError(f"An item has no field {field!r}: it has {', '.join(FIELDS)}, and name.th, name.en, ….")
        if header and header not in headers:
            raise MenuError(f"This file has no column {header!r}: it has {shown}.")
        if header:
            columns[field] = headers.index(header)
    silent = {field for field, header in (told or {}).items() if not header}
    for guess in (_by_name, _by_word):
        for index, header in enumerate(headers):
            found = guess(header)
            if found and found not in columns and found not in silent and index not in columns.values():
                columns[found] = index
    return columns


def header_of(field: str) -> str:
    """The heading that our own files give a field."""
    what, _, language = field.partition(".")
    return f"{FIELDS[what][0]}.{language}" if language else FIELDS[what][0]


def _by_name(header: str) -> str | None:
    if field := _called(header.strip().lower()):
        return field
    what, language = _parted(header)
    field = _called(what)
    if field and language:
        return f"{field}.{language}" if field in SPOKEN else None
    return field


def _called(name: str) -> str | None:
    return next((field for field, names in FIELDS.items() if name in names or name.replace("_", " ") in names), None)


def _by_word(header: str) -> str | None:
    """The one field that a heading of several words names: "Dish name (English)", "Price in THB"."""
    words = set(re.split(r"[\s_]+", _parted(header)[0]))
    fields = {field for field, names in FIELDS.items() if field not in ("restaurant", "served") and words & set(names)}
    return fields.pop() if len(fields) == 1 else None


def _parted(header: str) -> tuple[str, str]:
    """("name", "th") of "name.th", "Name (TH)" or "name_th"; ("price", "") of "Price (THB)"."""
    bare = header.strip()
    found = re.fullmatch(rf"(.+?)\.({_TAG})", bare) or re.fullmatch(r"(.+?)[ _]*[(\[]([A-Za-z]{2})[)\]]", bare)
    if found is None:
        found = re.fullmatch(r"((?:name|description|section))[ _-]([A-Za-z]{2})", bare, re.IGNORECASE)
    if found:
        tag = found[2]
        return found[1].strip().lower(), tag if "." in bare else tag.lower()
    return re.sub(r"\s*[(\[].*?[)\]]\s*", " ", bare).strip().lower(), ""
