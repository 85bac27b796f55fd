"""CSV and XLSX ↔ a grid of cells, in both directions; hostile files end in one sentence.

A text that a spreadsheet would take for a formula is written behind an apostrophe and read without it (OWASP, CSV
injection), so a file exported from here runs nothing, wherever it is opened.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

from errors import MenuError

# What zipfile and openpyxl raise for what is no workbook, or one that is broken or encrypted.
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, ParseError, KeyError, IndexError, ValueError, TypeError, AttributeError),
    *(RuntimeError, OSError, EOFError),
)

Cell = str | Decimal | None  # what is written: text, a number, or nothing
Grid = list[tuple[int, list[str]]]  # what is read: rows with their numbers as the spreadsheet counts them

MOST_BYTES = 10_000_000
MOST_UNPACKED = 60_000_000
MOST_ROWS = 10_000
MOST_COLUMNS = 200
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def neutral(text: str) -> str:
    """The text, behind an apostrophe if a spreadsheet would run it."""
    return f"'{text}" if _FORMULA.match(text) else text


def literal(text: str) -> str:
    """The text that `neutral` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def is_formula(text: str) -> bool:
    """Whether a cell that was read would be run by a spreadsheet: a name may start with + or - or @, not with =."""
    return text.lstrip()[:1] in ("=", "＝")


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8 or UTF-16. No other encoding is guessed: a wrong guess would print wrong names."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise MenuError(
            f"The letters of this file can't be read from line {line} on: it isn't UTF-8.",
            "Save it again as “CSV UTF-8”.",
        ) from None


def read_csv(content: bytes) -> Grid:
    """The rows of a CSV; commas, semicolons, tabs or bars part its cells, whichever its first line has most of."""
    text = decoded(content)
    if "\x00" in text:
        raise MenuError("This file is no text: it can't be a CSV.")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    mark = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        return _bounded((reader.line_num, row) for row in reader)
    except csv.Error as problem:
        raise MenuError(f"Line {reader.line_num} is no CSV: {problem}.") from None


def read_xlsx(content: bytes) -> Grid:
    """The rows of a workbook's first sheet, each cell as text. Formulas stay formulas: nothing is computed."""
    from openpyxl import load_workbook  # takes a while, and most imports are no workbooks

    broken = MenuError(
        "This is no workbook that can be opened.", "Open it in a spreadsheet and save it again as .xlsx."
    )
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise MenuError("This is a workbook of the old kind, or one with a password.", "Save it as .xlsx without one.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            # zipfile never unpacks more than a part declares, so what is declared bounds what is read.
            if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
                raise MenuError(f"This workbook unpacks to more than {MOST_UNPACKED // 10**6} MB: no menu is so large.")
        book = load_workbook(io.BytesIO(content), read_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a sheet says of its own size needn't be so
        return _bounded((number, list(map(_text, row))) for number, row in enumerate(sheet.iter_rows(), start=1))
    except _UNREADABLE:
        raise broken from None


def _bounded(rows: Iterable[tuple[int, list[str]]]) -> Grid:
    grid: Grid = []
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(grid) > MOST_ROWS:
            raise MenuError(f"This file has more than {MOST_ROWS:,} rows: no menu is so long.")
        if len(row) > MOST_COLUMNS:
            raise MenuError(f"Row {number} has {len(row):,} cells; {MOST_COLUMNS} are the most that are read.")
        grid.append((number, row))
    return grid


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if cell.data_type == "f":
        return str(value) if str(value).startswith("=") else f"={value}"
    return str(value)


def write_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as CSV in UTF-8 with a byte order mark, without which Excel misreads all but English letters."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(rows: Iterable[Sequence[Cell]], title: str) -> bytes:
    """Rows as a workbook of one sheet: the first row bold and always in sight, texts as texts, prices as numbers."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "Menu")
    sheet.freeze_panes = "A2"
    grid = [list(row) for row in rows]
    for column, cells in enumerate(zip(*grid, strict=True), start=1):
        longest = max(len(str(cell or "")) for cell in cells)
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest + 2, 8), 48)
    for number, row in enumerate(grid):
        written = []
        for value in row:
            cell = WriteOnlyCell(sheet)
            if isinstance(value, str):
                cell.value = _CONTROL.sub("", neutral(value))
                cell.data_type = "s"
                cell.number_format = "@"
            elif value is not None:
                cell.value = value
                cell.number_format = (
                    "0" + "." * (value.as_tuple().exponent != 0) + "0" * -int(value.as_tuple().exponent)
                )
            cell.font = Font(bold=not number)
            cell.alignment = Alignment(vertical="top", wrap_text=bool(number))
            written.append(cell)
        sheet.append(written)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
