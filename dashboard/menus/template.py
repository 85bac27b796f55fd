"""A table to fill in: the columns that a restaurant's menu has, and three rows that show what goes where. Pure."""

from decimal import Decimal

from dashboard.menus.columns import header_of
from dashboard.menus.exporting import columns
from dashboard.menus.model import Menu, Restaurant
from dashboard.menus.prices import decimal_price
from dashboard.menus.sheets import Cell, write_csv, write_xlsx

_SHOWN: tuple[dict[str, str | int], ...] = (
    {"section": "Starters", "name": "Spring rolls", "description": "Fried crisp, with plum sauce", "price": 650,
     "allergens": "gluten, soy", "diets": "vegan", "food_cost": 180},
    {"section": "Starters", "name": "Soup of the day", "price": 590, "allergens": "celery"},
    {"section": "Drinks", "name": "Jasmine tea", "price": 350, "allergens": "none", "diets": "vegan"},
)  # fmt: skip


def template(restaurant: Restaurant, form: str) -> bytes:
    """The table as "csv" or "xlsx". Ids stay empty: a new item gets one from its name."""
    fields = columns(Menu(restaurant=restaurant))
    rows: list[list[Cell]] = [[header_of(field) for field in fields]]
    rows += [[_cell(shown, field, restaurant) for field in fields] for shown in _SHOWN]
    return write_csv(rows) if form == "csv" else write_xlsx(rows, "Menu")


def _cell(shown: dict[str, str | int], field: str, restaurant: Restaurant) -> str | Decimal | None:
    what, _, language = field.partition(".")
    value = shown.get(what) if language in ("", restaurant.language) else None
    return decimal_price(value, restaurant.currency) if isinstance(value, int) else value
