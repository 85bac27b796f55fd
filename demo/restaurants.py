"""Twelve invented restaurants. Their menus are written by hand in demo/menus/, in a notation made to be read:

    # ครัวยายสายบัว | Krua Yai Saibua                     the restaurant, in its languages
    languages: th en                                       a fact about it; "hours" are Wed-Mon 12:00-25:30, …
    option size: ขนาด | Size = จานเดียว | For one; จานกลาง | To share +90   "size" holds the sizes of an item
    option extra 0-2: …                                    at least none, at most two of the choices (1-1 unless said)
    ## แกงและต้ม | Curries and soups                       a section; a line of text below it describes it
    - แกงมัสมั่น | Massaman = 235/102 peanuts halal +size  an item: price/food cost, allergens, diets, options
      ตุ๋นหกชั่วโมง | Six hours in the pot                    its description
    > move massaman to curries-and-soups 1                 what the second version changes
    > price massaman 245

"none" declares that an item has none of the 14 allergens, "sold-out" is what it says. Ids are made of the Latin name.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from babel.numbers import get_currency_precision

from dashboard.menus.model import Allergen, Diet, Item, Menu
from errors import MenuError

MENUS = Path(__file__).with_name("menus")
# One of each area after the other, so that a few restaurants are already a few areas, zones and currencies. The first
# is the demo manager's: it never closes, so that whoever tries the demo can order at any hour.
ORDER = (
    "sen-and-sai",
    "zur-goldenen-wachtel",
    "tasca-da-amendoeira",
    "krua-yai-saibua",
    "daliyah",
    "marisqueira-vento-sul",
    "tide-and-tamarind",
    "kaede-und-kohle",
    "gato-pardo",
    "nokhook-coffee-room",
    "grano-sette",
    "forno-e-figo",
)
SHIFT = 3  # places; no house moves more items at once
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Draft = dict[str, Any]


def invent_menus(restaurants: int) -> list[tuple[Menu, Menu]]:
    """The first and the second version of so many restaurants' menus; the same every time.

    Beyond the twelve, a house opens a second (third, …) place: fewer items, other prices, other tables.
    """
    houses = [read_house(MENUS / f"{id}.md") for id in ORDER]
    return [houses[n] if n < len(houses) else _branch(houses[n % len(ORDER)], n) for n in range(restaurants)]


@cache
def read_house(path: Path) -> tuple[Menu, Menu]:
    """Both versions of the menu written in a file. Raises MenuError that names the file and the line."""
    draft: Draft = {"id": path.stem, "options": {}, "sections": [], "changes": []}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            _read_line(draft, line)
        except (ValueError, KeyError, IndexError) as problem:
            raise MenuError(f"{path.name}, line {number}: {line.strip()!r} can't be read ({problem}).") from problem
    sections = draft["sections"]
    first = Menu.model_validate({"restaurant": _restaurant(draft), "version": 1, "sections": sections})
    for change in draft["changes"]:
        _change(sections, change, first.restaurant.currency)
    return first, Menu.model_validate({"restaurant": first.restaurant, "version": 2, "sections": sections})


def _read_line(draft: Draft, line: str) -> None:
    sections = draft["sections"]
    match line.split(maxsplit=1):
        case []:
            return
        case ["#", name]:
            draft["name"] = name
        case ["##", name]:
            names = _texts(draft, name)
            sections.append({"id": _slug(names), "name": names, "items": []})
        case ["-", text]:
            sections[-1]["items"].append(_item(draft, text))
        case [">", change]:
            draft["changes"].append(change)
        case ["option", text]:
            _option(draft, text)
        case _ if sections:
            described = sections[-1]["items"][-1] if line.startswith("  ") else sections[-1]
            described["description"] = _texts(draft, line.strip())
        case _:
            key, _, value = line.partition(": ")
            draft[key] = value


def _texts(draft: Draft, text: str) -> dict[str, str]:
    parts = [part.strip() for part in text.split(" | ")]
    return dict(zip(draft["languages"].split(), parts, strict=False))


def _slug(names: dict[str, str]) -> str:
    for name in names.values():
        plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
        if slug := re.sub(r"[^a-z0-9]+", "-", plain).strip("-"):
            return slug[:64]
    raise ValueError("no name in Latin letters to make an id of")


def _minor(amount: str, currency: str) -> int:
    return int(Decimal(amount).scaleb(get_currency_precision(currency)))


def _item(draft: Draft, text: str) -> Draft:
    title, _, facts = text.rpartition(" = ")
    price, *words = facts.split()
    amount, _, cost = price.partition("/")
    names = _texts(draft, title)
    known = {word for word in words if not word.startswith("+")}
    allergens, diets = known & set(Allergen), known & set(Diet)
    if unknown := known - allergens - diets - {"none", "sold-out"}:
        raise ValueError(f"{', '.join(unknown)}: no allergen or diet")
    return {
        "id": _slug(names),
        "name": names,
        "price_minor": _minor(amount, draft["currency"]),
        "food_cost_minor": _minor(cost, draft["currency"]) if cost else None,
        "allergens": allergens if allergens or "none" in known else None,
        "diets": diets,
        "sold_out": "sold-out" in known,
        "options": [draft["options"][word[1:]] for word in words if word.startswith("+")],
    }


def _option(draft: Draft, text: str) -> None:
    key, _, rest = text.partition(": ")
    id, _, bounds = key.partition(" ")
    least, _, most = (bounds or "1-1").partition("-")
    title, _, listed = rest.partition(" = ")
    choices = []
    for choice in listed.split(";"):
        names, _, delta = choice.partition(" +")
        texts = _texts(draft, names.strip())
        choices.append(
            {"id": _slug(texts), "name": texts, "price_delta_minor": _minor(delta or "0", draft["currency"])}
        )
    draft["options"][id] = {
        "id": id,
        "name": _texts(draft, title),
        "min": int(least),
        "max": int(most),
        "choices": choices,
        "sizes": id == "size",
    }


def _restaurant(draft: Draft) -> Draft:
    return {
        "id": draft["id"],
        "name": _texts(draft, draft["name"]),
        "cuisine": _texts(draft, draft["cuisine"]),
        "address": _texts(draft, draft["address"]),
        "area": draft["area"],
        "time_zone": draft["time_zone"],
        "currency": draft["currency"],
        "languages": draft["languages"].split(),
        "tables": int(draft["tables"]),
        "hours": _hours(draft["hours"]),
        "color": draft["color"],
    }


def _hours(text: str) -> list[list[Draft]]:
    week: list[list[Draft]] = [[] for _ in WEEKDAYS]
    for part in text.split(", "):
        days, *spans = part.split()
        for day in _weekdays(days):
            week[day] = [dict(zip(("opens", "closes"), map(_minutes, span.split("-")), strict=True)) for span in spans]
    return week


def _weekdays(text: str) -> Iterator[int]:
    first, _, last = text.partition("-")
    day = WEEKDAYS.index(first)
    yield day
    while last and WEEKDAYS[day] != last:
        day = (day + 1) % 7
        yield day


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _change(sections: list[Draft], change: str, currency: str) -> None:
    what, id, *rest = change.split()
    holder = next(section for section in sections if any(item["id"] == id for item in section["items"]))
    item = next(item for item in holder["items"] if item["id"] == id)
    if what == "price":
        item["price_minor"] = _minor(rest[0], currency)
        return
    _, goal, place = rest
    holder["items"].remove(item)
    next(section for section in sections if section["id"] == goal)["items"].insert(int(place) - 1, item)


def _branch(house: tuple[Menu, Menu], number: int) -> tuple[Menu, Menu]:
    count = number // len(ORDER) + 1
    first, second = house
    id = f"{first.restaurant.id}-{count}"
    rng = np.random.default_rng(list(id.encode()))
    whole = [item.id for _, _, item in first.placed]
    gone = set(rng.permutation(whole)[: (len(whole) - 15) // 4].tolist()) - moved_items(first, second)
    factor, tables = rng.uniform(0.85, 1.25), int(rng.integers(8, 30))
    # Prices end in a full 10 minor units of EUR and in whole 5 THB.
    step = 10 if first.restaurant.currency == "EUR" else 500

    def priced(item: Item) -> Item:
        return item.model_copy(update={"price_minor": max(step, round(item.price_minor * factor / step) * step)})

    def opened(menu: Menu) -> Menu:
        sections = [
            section.model_copy(update={"items": tuple(priced(item) for item in section.items if item.id not in gone)})
            for section in menu.sections
        ]
        names = {language: f"{name} {count}" for language, name in menu.restaurant.name.items()}
        restaurant = menu.restaurant.model_copy(update={"id": id, "name": names, "tables": tables})
        kept = tuple(section for section in sections if section.items)
        return menu.model_copy(update={"restaurant": restaurant, "sections": kept})

    return opened(first), opened(second)


def moved_items(before: Menu, after: Menu) -> set[str]:
    """Items that the second version puts elsewhere; the others shift a little, as items are moved past them."""
    old = {item.id: position for position, _, item in before.placed}
    return {item.id for position, _, item in after.placed if abs(position - old[item.id]) > SHIFT}
