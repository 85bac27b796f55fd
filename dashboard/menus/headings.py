"""A table's headings, to be put right: which field each is taken to hold; and whose rows there are. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from dashboard.menus.columns import FIELDS, SPOKEN, guesses
from dashboard.menus.reading import bounded
from dashboard.menus.sheets import literal, read_csv, read_xlsx
from errors import MenuError

NOT_USED = ""


@dataclass(frozen=True)
class Headings:
    """The headings of a table, in order, each with the field that it is guessed to hold, NOT_USED if none.

    `restaurants`: whose rows the table has, in order, where a column says so.
    """

    fields: Mapping[str, str]
    restaurants: tuple[str, ...]


def headings(name: str, content: bytes) -> Headings | None:
    """The headings of a file; None where it is no table. Raises MenuError where it can't be read."""
    kind = PurePath(name).suffix.lower()
    if kind in (".json", ".jsonld"):
        return None
    bounded(len(content))
    grid = read_xlsx(content) if kind.startswith(".xls") else read_csv(content)
    if not grid:
        return Headings({}, ())
    cells = [literal(cell.strip()) for cell in grid[0][1]]
    columns = guesses(cells)
    held = {index: field for field, index in columns.items()}
    fields: dict[str, str] = {}
    for index, heading in enumerate(cells):
        if heading:
            fields.setdefault(heading, held.get(index, NOT_USED))
    houses: dict[str, None] = {}
    if (whose := columns.get("restaurant")) is not None:
        houses = dict.fromkeys(literal(row[whose]).strip() for _, row in grid[1:] if whose < len(row))
    return Headings(fields, tuple(house for house in houses if house))


def told(guess: Mapping[str, str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Field → heading, as an import is told: what was chosen for each heading, and "" for what no heading is to hold.

    Raises MenuError where two headings are to hold the same. Nothing where all is as guessed.
    """
    if chosen == guess:
        return {}
    columns: dict[str, str] = {}
    for heading, field in chosen.items():
        if field in columns:
            raise MenuError(
                f"“{columns[field]}” and “{heading}” can’t both be the {label(field).lower()}.", "Change one of them."
            )
        if field != NOT_USED:
            columns[field] = heading
    return {field: "" for field in guess.values() if field} | columns


def choices(guess: Mapping[str, str], languages: Sequence[str]) -> list[str]:
    """All that a heading may be said to hold, NOT_USED first; texts in each language too."""
    fields = [NOT_USED]
    for field in FIELDS:
        fields.append(field)
        if field in SPOKEN:
            fields += [f"{field}.{language}" for language in languages]
    return list(dict.fromkeys([*fields, *guess.values()]))


def label(field: str) -> str:
    """ "Name (th)" of name.th."""
    what, _, language = field.partition(".")
    words = what.replace("_", " ").capitalize() if what else "Not used"
    return f"{words} ({language})" if language else words
