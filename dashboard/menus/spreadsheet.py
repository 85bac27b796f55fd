"""Rows of a CSV or a workbook → what they state: one row an item, columns by name."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from dashboard.menus.columns import NO_ALLERGENS, guessed
from dashboard.menus.model import Allergen, Diet
from dashboard.menus.serving import heard
from dashboard.menus.sheets import Grid, is_formula, literal
from dashboard.menus.stated import HOUSE, Line, Stated
from errors import MenuError


def read_table(grid: Grid, told: Mapping[str, str], rows_of: str | None) -> Stated:
    """What a table states; `told`: field → heading, `rows_of`: the restaurant whose rows count. Raises MenuError."""
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
            raise MenuError(
                f"This file holds {len(houses)} restaurants ({several}).", "Say whose rows are meant (--rows-of)."
            )
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
        elif what == "served":
            try:
                item[what] = heard(cell)
            except MenuError as problem:
                more.append(problem.message)
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
