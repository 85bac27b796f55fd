"""A file → what it states of a menu: which kind of file it is, and whose words those are.

    our JSON        everything about a restaurant and its menu
    CSV, XLSX       one row an item; columns by name (spreadsheet.py)
    JSON-LD         schema.org Menu, MenuSection, MenuItem (schema_org.py)
    delivery JSON   a delivery platform's sections, items, variations and modifier groups (delivery.py)

A format states only what it has words for: a CSV without a column of allergens says nothing of allergens.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

from dashboard.menus.delivery import read_delivery
from dashboard.menus.model import Menu
from dashboard.menus.schema_org import from_jsonld
from dashboard.menus.sheets import MOST_BYTES, MOST_ROWS, decoded, read_csv, read_xlsx
from dashboard.menus.spreadsheet import read_table
from dashboard.menus.stated import Line, Stated
from errors import MenuError


def contents(path: Path) -> bytes:
    """The bytes of a file on this machine. Raises MenuError, before it reads what is too large."""
    try:
        bounded(path.stat().st_size)
        return path.read_bytes()
    except OSError as problem:
        raise MenuError(f"{path} can't be read: {problem.strerror}.") from None


def bounded(size: int) -> None:
    """Raises MenuError where a file has more bytes than are read."""
    if size > MOST_BYTES:
        raise MenuError(
            f"This file has {size / 10**6:,.0f} MB; the most that is read is {MOST_BYTES // 10**6} MB.",
            "A menu of 1,000 items needs about half a megabyte.",
        )


def read(name: str, content: bytes, columns: Mapping[str, str], rows_of: str | None) -> Stated:
    """What a file states; `name` tells its kind, `columns` which column holds which field, `rows_of` whose rows count.

    Raises MenuError where the file as a whole can't be used.
    """
    bounded(len(content))
    if not content.strip():
        raise MenuError("This file is empty.")
    kind = PurePath(name).suffix.lower()
    if kind in (".json", ".jsonld"):
        if columns or rows_of:
            raise MenuError("Columns and rows are what a CSV or a workbook has: this file is JSON.")
        return _read_json(decoded(content))
    if kind in (".xlsx", ".xlsm", ".xls"):
        return read_table(read_xlsx(content), columns, rows_of)
    if kind in (".csv", ".tsv", ".txt"):
        return read_table(read_csv(content), columns, rows_of)
    raise MenuError(f"A menu is read from .json, .jsonld, .csv, .tsv or .xlsx, not from {kind or name!r}.")


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
        reader = from_jsonld
    elif isinstance(data, dict) and "restaurant" in data:
        reader = read_delivery if "modifier_groups" in data else _read_own
    if reader is None:
        raise MenuError(
            "This JSON is no menu: it has neither “restaurant” and “sections” nor a schema.org Menu.",
            "`menulens menus export` shows what one looks like.",
        )
    try:
        stated = reader(data)
    except KeyError as missing:
        raise MenuError(f"This JSON has another shape than a menu: somewhere {missing} is missing.") from None
    except (TypeError, AttributeError, IndexError, ValueError):
        raise MenuError(
            "This JSON has another shape than a menu: a list, an object or a text stands where another is due.",
            "`menulens menus export` shows what one looks like.",
        ) from None
    if len(stated.lines) > MOST_ROWS:
        raise MenuError(f"This file has more than {MOST_ROWS:,} items: no menu is so long.")
    return stated


def _read_own(data: dict[str, Any]) -> Stated:
    if unknown := sorted(data.keys() - Menu.model_fields.keys()):  # a slip in “sections” would empty the menu
        raise MenuError(f"A menu has no field {unknown[0]!r}: it has {', '.join(Menu.model_fields)}.")
    sections, lines = data.get("sections", []), []
    if not isinstance(sections, list):  # an empty object would empty the menu
        raise TypeError(sections)
    for number, section in enumerate(sections, start=1):
        about = {key: value for key, value in section.items() if key != "items"}
        items = section.get("items", [])
        if not items:
            lines.append(Line(f"section {number}", about, None))
        for place, item in enumerate(items, start=1):
            lines.append(Line(f"section {number}, item {place}", about, dict(item)))
    return Stated(tuple(lines), house=dict(data["restaurant"]), whole=True)
