"""A menu → a file that can be edited elsewhere and imported again. Pure.

Our JSON says everything. CSV and XLSX have one row an item and say all but its photo, options, and a section's
description and hours: those stay as they are when such a file is imported. schema.org's JSON-LD is for the public; it
says nothing private, and nothing of allergens and of options other than sizes.
"""

from collections.abc import Callable, Iterable
from typing import Any

from dashboard.menus.columns import NO_ALLERGENS, header_of
from dashboard.menus.model import Allergen, Diet, Item, Menu, Restaurant, Section, in_language, public, to_json
from dashboard.menus.prices import decimal_price
from dashboard.menus.schema_org import to_jsonld
from dashboard.menus.serving import said
from dashboard.menus.sheets import Cell, write_csv, write_xlsx


def to_csv(menu: Menu, private: bool = True) -> bytes:
    """One row an item, in UTF-8; what a spreadsheet would run is made harmless."""
    return write_csv(_rows(menu, private))


def to_xlsx(menu: Menu, private: bool = True) -> bytes:
    """One row an item, on one sheet named after the restaurant."""
    return write_xlsx(_rows(menu, private), in_language(menu.restaurant.name, menu.restaurant.language))


FORMATS: dict[str, Callable[[Menu, bool], bytes]] = {
    "json": lambda menu, private: to_json(menu if private else public(menu)),
    "csv": to_csv,
    "xlsx": to_xlsx,
    "jsonld": lambda menu, _: to_jsonld(menu),
}


def export(menu: Menu, form: str, private: bool) -> bytes:
    """The menu in one of FORMATS. `private`: with food costs and notes, for who may edit the menu."""
    return FORMATS[form](menu, private)


def columns(menu: Menu, private: bool = True) -> list[str]:
    """The fields that a table of this menu has, in order: the template's too."""
    languages = dict.fromkeys([*menu.restaurant.languages, *_tags(menu)])
    spoken = {what: [f"{what}.{language}" for language in languages] for what in ("section", "name", "description")}
    return [
        *("section_id", *spoken["section"], "item_id", *spoken["name"], *spoken["description"], "price"),
        *("allergens", "diets", "served", "sold_out"),
        *(("food_cost", "notes") if private else ()),
    ]


def _tags(menu: Menu) -> Iterable[str]:
    for section in menu.sections:
        yield from section.name
        for item in section.items:
            yield from item.name
            yield from item.description


def _rows(menu: Menu, private: bool) -> list[list[Cell]]:
    fields = columns(menu, private)
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
        case "served":
            return said(item.served)
        case "sold_out":
            return "yes" if item.sold_out else None
        case "food_cost":
            cost = item.food_cost_minor
            return None if cost is None else decimal_price(cost, restaurant.currency)
    return item.notes or None


def _listed(kinds: type[Allergen] | type[Diet], members: frozenset[Any]) -> str:
    return ", ".join(kind.value for kind in kinds if kind in members)
