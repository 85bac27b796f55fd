"""What on a menu may stand and still looks like a slip of the hand, in words, for who looks before publishing. Pure.

What may not stand is refused where it is typed: `model.py` says it, `patch.py` puts it into words.
"""

from dataclasses import dataclass

from dashboard.menus.changes import money
from dashboard.menus.model import Item, Menu, Section, in_language
from dashboard.menus.patch import RowKind
from dashboard.menus.speech import locale_of

JUMP = 10


@dataclass(frozen=True)
class Slip:
    """Where it is, as a patch names it, and what is odd about it."""

    what: RowKind
    id: str
    field: str
    sentence: str


def slips(menu: Menu, published: Menu | None) -> list[Slip]:
    """In the menu's order: names that are missing or stand twice in a section, prices of ten times or a tenth."""
    prices = {item.id: item.price_minor for _, _, item in published.placed} if published else {}
    found = []
    for section in menu.sections:
        found += _nameless(menu, "section", section)
        seen: set[str] = set()
        for item in section.items:
            found += _nameless(menu, "item", item)
            name = in_language(item.name, menu.restaurant.language)
            if name.casefold() in seen:
                place = in_language(section.name, menu.restaurant.language)
                found.append(Slip("item", item.id, "name", f"“{name}” stands in {place} twice."))
            seen.add(name.casefold())
            was = prices.get(item.id, 0)
            if was and item.price_minor and not was < item.price_minor * JUMP < was * JUMP**2:
                words = (
                    f"{name} costs {money(menu, item.price_minor)}, and was {money(menu, was)}: is a point misplaced?"
                )
                found.append(Slip("item", item.id, "price_minor", words))
    return found


def _nameless(menu: Menu, what: RowKind, row: Section | Item) -> list[Slip]:
    house = menu.restaurant.language
    if house in row.name:
        return []
    language = locale_of(house).get_display_name("en") or house
    named = in_language(row.name, house) or row.id
    return [Slip(what, row.id, f"name.{house}", f"{named} has no name in {language}, the house's own language.")]
