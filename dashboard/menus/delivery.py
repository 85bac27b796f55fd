"""A delivery platform's JSON → what it states: sections, items with variations, modifier groups."""

from collections import Counter
from collections.abc import Mapping
from html import unescape
from typing import Any

from dashboard.menus.stated import HOUSE, Line, Stated, counted, sizes


def read_delivery(data: dict[str, Any]) -> Stated:
    """What the platform's JSON states. Raises KeyError and the like where it has another shape."""
    language = str(data.get("language") or HOUSE)
    lost: Counter[str] = Counter()
    groups = {group["id"]: _group(group, language, lost) for group in data["modifier_groups"]}
    lines = []
    for number, section in enumerate(_placed(data["sections"]), start=1):
        about = {
            "id": str(section.get("id") or ""),
            "name": {language: _text(section["name"])},
            "description": {language: _text(section.get("description"))},
        }
        for place, item in enumerate(_placed(section["items"]), start=1):
            lines.append(
                Line(f"section {number}, item {place}", about, _delivery_item(item, groups, language, data, lost))
            )
        if not section["items"] and section["name"]:
            lines.append(Line(f"section {number}", about, None))
        lost["sections without items or a name"] += not section["items"] and not section["name"]
    house: dict[str, Any] = {"name": {language: _text(data["restaurant"]["name"])}}
    house |= {"languages": [language]} if language else {}
    house |= {"currency": str(data["currency"])} if data.get("currency") else {}
    return Stated(tuple(lines), house=house, lost=counted(lost))


def _placed(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(parts, key=lambda part: part.get("position", 0))


def _delivery_item(
    item: dict[str, Any], groups: Mapping[Any, Any], language: str, data: Mapping[str, Any], lost: Counter[str]
) -> dict[str, Any]:
    variations = item["variations"]
    prices = [variation["price"] for variation in variations]
    lowest = min(prices)
    toppings = dict.fromkeys(topping for variation in variations for topping in variation.get("topping_ids", ()))
    options = [groups[topping] for topping in toppings if groups.get(topping)]
    if len(variations) > 1 or variations[0].get("name"):
        choices = [
            {
                "id": str(variation["id"]),
                "name": {language: _text(variation.get("name")) or str(place)},
                "price": str(variation["price"]),
            }
            for place, variation in enumerate(variations, start=1)
        ]
        options.insert(0, sizes(choices))
    lost["prices before a discount"] += sum(bool(variation.get("price_before_discount")) for variation in variations)
    lost["prices of a container"] += sum(bool(variation.get("container_price")) for variation in variations)
    lost["photos, of which the file only says that there are some"] += bool(item.get("has_photo"))
    lost["marks of alcohol"] += bool(item.get("is_alcoholic_item"))
    return {
        "id": str(item["id"]),
        "name": {language: _text(item["name"])},
        "description": {language: _text(item.get("description"))},
        "price": f"{lowest} {data.get('currency') or ''}".strip(),
        "sold_out": bool(item.get("is_sold_out")),
        "options": options,
    }


def _group(group: dict[str, Any], language: str, lost: Counter[str]) -> dict[str, Any] | None:
    choices = group["options"]
    if not choices:
        lost["groups of modifiers without any"] += 1
        return None
    lost["modifiers' sold-out marks"] += sum(bool(choice.get("is_sold_out")) for choice in choices)
    lost["leave to take one modifier several times"] += (group.get("max") or 1) > len(choices)
    most = max(1, min(group.get("max") or 1, len(choices)))
    return {
        "id": str(group["id"]),
        "name": {language: _text(group["name"])},
        "min": min(group.get("min") or 0, most),
        "max": most,
        "choices": [
            {
                "id": str(choice["id"]),
                "name": {language: _text(choice["name"])},
                "price_delta": f"{choice.get('price') or 0}",
            }
            for choice in choices
        ],
    }


def _text(value: str | None) -> str:
    if not isinstance(value, str | None):
        raise TypeError(f"{str(value)[:40]} is no text")
    return unescape(value or "").strip()
