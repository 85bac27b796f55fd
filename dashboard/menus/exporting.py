"""A menu → a file that can be edited elsewhere and imported again. Pure.

Our JSON says everything. CSV and XLSX have one row an item and say all but an item's options and a section's
description; schema.org's JSON-LD is for the public, and says nothing private and nothing of options and allergens.
"""

from collections.abc import Callable, Iterable
from typing import Any

from dashboard.menus.columns import NO_ALLERGENS, header_of
from dashboard.menus.model import Allergen, Diet, Item, Menu, Restaurant, Section, in_language, to_json
from dashboard.menus.prices import decimal_price
from dashboard.menus.schema_org import to_jsonld
from dashboard.menus.sheets import Cell, write_csv, write_xlsx


def to_csv(menu: Menu) -> bytes:
    """One row an item, in UTF-8; what a spreadsheet would run is made harmless."""
    return write_csv(_rows(menu))


def to_xlsx(menu: Menu) -> bytes:
    """One row an item, on one sheet named after the restaurant."""
    return write_xlsx(_rows(menu), in_language(menu.restaurant.name, menu.restaurant.language))


FORMATS: dict[str, Callable[[Menu], bytes]] = {"json": to_json, "csv": to_csv, "xlsx": to_xlsx, "jsonld": to_jsonld}


def columns(menu: Menu) -> list[str]:
    """The fields that a table of this menu has, in order: the template's too."""
    languages = dict.fromkeys([*menu.restaurant.languages, *_tags(menu)])
    spoken = {what: [f"{what}.{language}" for language in languages] for what in ("section", "name", "description")}
    return [
        *("section_id", *spoken["section"], "item_id", *spoken["name"], *spoken["description"], "price"),
        *("allergens", "diets", "sold_out", "food_cost", "notes"),
    ]


def _tags(menu: Menu) -> Iterable[str]:
    for section in menu.sections:
        yield from section.name
        for item in section.items:
            yield from item.name
            yield from item.description


def _rows(menu: Menu) -> list[list[Cell]]:
    fields = columns(menu)
    rows: list[list[Cell]] = [[header_of(field) for field in fields]]
    for section in menu.sections:
        if not section.items:
            rows.append([_section_cell(section, field) for field in fields])
        rows += [[_cell(section, item, field, menu.restaurant) for field in fields] for item in section.items]
    return rows


def _section_cell(section: Section, field: str) -> Cell:
    what, _, language = field.partition(".")
    return section.id if what == "section_id" else section.name.get(language) if what == "section" else None


def _cell(section: Section, item: Item, field: str, restaurant: Restaurant) -> Cell:
    what, _, language = field.partition(".")
    match what:
        case "section_id" | "section":
            return _section_cell(section, field)
        case "item_id":
            return item.id
        case "name":
            return item.name.get(language)
        case "description":
            return item.description.get(language)
        case "price":
            return decimal_price(item.price_minor, restaurant.currency)
        case "allergens":
            return None if item.allergens is None else _listed(Allergen, item.allergens) or NO_ALLERGENS
        case "diets":
            return _listed(Diet, item.diets)
        case "sold_out":
            return "yes" if item.sold_out else None
        case "food_cost":
            cost = item.food_cost_minor
            return None if cost is None else decimal_price(cost, restaurant.currency)
    return item.notes or None


def _listed(kinds: type[Allergen] | type[Diet], members: frozenset[Any]) -> str:
    return ", ".join(kind.value for kind in kinds if kind in members)
