"""schema.org's JSON-LD: a menu as Menu, MenuSection and MenuItem, written and read. Nothing private is written."""

import json
from collections import Counter
from collections.abc import Mapping
from html import unescape
from typing import Any

from dashboard.menus.model import Diet, Item, Menu, Restaurant, Section
from dashboard.menus.prices import decimal_price
from dashboard.menus.stated import HOUSE, Line, Stated, counted
from errors import MenuError

_SUITS: dict[Diet, str] = {diet: f"{diet.value.capitalize()}Diet" for diet in Diet if diet is not Diet.SPICY}
_DIETS = {name.casefold(): diet.value for diet, name in _SUITS.items()}


def to_jsonld(menu: Menu) -> bytes:
    """The menu in schema.org's words; texts name their language, whoever has more than one."""
    restaurant = menu.restaurant
    node = {
        "@context": "https://schema.org",
        "@type": "Restaurant",
        "identifier": restaurant.id,
        "name": _spoken(restaurant.name),
        "hasMenu": {
            "@type": "Menu",
            "inLanguage": list(restaurant.languages),
            "hasMenuSection": [_section(section, restaurant) for section in menu.sections],
        },
    }
    return json.dumps(node, ensure_ascii=False, indent=1).encode() + b"\n"


def _section(section: Section, restaurant: Restaurant) -> dict[str, Any]:
    return _without_nothing(
        {
            "@type": "MenuSection",
            "identifier": section.id,
            "name": _spoken(section.name),
            "description": _spoken(section.description),
            "hasMenuItem": [_item(item, restaurant) for item in section.items],
        }
    )


def _item(item: Item, restaurant: Restaurant) -> dict[str, Any]:
    return _without_nothing(
        {
            "@type": "MenuItem",
            "identifier": item.id,
            "name": _spoken(item.name),
            "description": _spoken(item.description),
            "suitableForDiet": [
                f"https://schema.org/{_SUITS[diet]}" for diet in Diet if diet in item.diets & _SUITS.keys()
            ],
            "offers": {
                "@type": "Offer",
                "price": str(decimal_price(item.price_minor, restaurant.currency)),
                "priceCurrency": restaurant.currency,
                "availability": f"https://schema.org/{'SoldOut' if item.sold_out else 'InStock'}",
            },
        }
    )


def _spoken(text: dict[str, str]) -> list[dict[str, str]]:
    return [{"@language": language, "@value": words} for language, words in text.items() if words]


def _without_nothing(node: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if value != []}


def from_jsonld(data: Any) -> Stated:
    """What a document states, lists and graphs of nodes too. Raises MenuError where it holds no menu."""
    menu, house = _menu_node(data)
    language = next(iter(_listed(menu.get("inLanguage"))), HOUSE) if _plain_names(menu) else HOUSE
    lines: list[Line] = []
    lost: Counter[str] = Counter()

    def walk(section: Mapping[str, Any], name: Mapping[str, str], place: str) -> None:
        about = {"id": _identifier(section), "name": name, "description": _texts(section.get("description"), language)}
        items = [item for item in _listed(section.get("hasMenuItem")) if isinstance(item, dict)]
        parts = [part for part in _listed(section.get("hasMenuSection")) if isinstance(part, dict)]
        if not items and not parts:
            lines.append(Line(place, about, None))
        for number, item in enumerate(items, start=1):
            lines.append(Line(f"{place}, item {number}", about, _stated_item(item, language, lost)))
        for number, part in enumerate(parts, start=1):
            below = _texts(part.get("name"), language)
            walk(part, {tag: f"{name[tag]} – {text}" if name.get(tag) else text for tag, text in below.items()},
                 f"{place}.{number}")  # fmt: skip

    sections = [part for part in _listed(menu.get("hasMenuSection")) if isinstance(part, dict)]
    for number, section in enumerate(sections, start=1):
        walk(section, _texts(section.get("name"), language), f"section {number}")
    loose = [item for item in _listed(menu.get("hasMenuItem")) if isinstance(item, dict)]
    for number, item in enumerate(loose, start=1):
        lines.append(Line(f"item {number}", {"id": "", "name": {}}, _stated_item(item, language, lost)))
    if not lines:
        raise MenuError("This JSON-LD has a Menu without sections or items.")
    languages = [language] if language else [tag for tag in _listed(menu.get("inLanguage")) if isinstance(tag, str)]
    facts = {"name": _texts(house.get("name"), language)} | ({"languages": languages} if languages else {})
    return Stated(tuple(lines), house=facts, lost=counted(lost))


def _menu_node(data: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The Menu in a document, and the restaurant that has it, if that is there."""
    nodes = [node for node in _listed(data) if isinstance(node, dict)]
    nodes += [node for top in nodes for node in _listed(top.get("@graph")) if isinstance(node, dict)]
    for node in nodes:
        for menu in _listed(node.get("hasMenu")):
            if isinstance(menu, dict) and ("hasMenuSection" in menu or "hasMenuItem" in menu):
                return menu, node
    for node in nodes:
        if "Menu" in _listed(node.get("@type")):
            return node, next((other for other in nodes if "hasMenu" in other), {})
    raise MenuError("This JSON-LD has no Menu of schema.org.")


def _stated_item(item: Mapping[str, Any], language: str, lost: Counter[str]) -> dict[str, Any]:
    offers = [offer for offer in _listed(item.get("offers")) if isinstance(offer, dict)]
    offer = offers[0] if offers else {}
    price = offer.get("price", "")
    stated: dict[str, Any] = {
        "id": _identifier(item),
        "name": _texts(item.get("name"), language),
        "description": _texts(item.get("description"), language),
        "price": f"{price} {offer.get('priceCurrency', '')}".strip(),
        "sold_out": str(offer.get("availability", "")).rsplit("/", 1)[-1] in ("SoldOut", "OutOfStock"),
    }
    suits = [str(diet).rsplit("/", 1)[-1].casefold() for diet in _listed(item.get("suitableForDiet"))]
    stated["suits"] = [_DIETS[diet] for diet in suits if diet in _DIETS]
    lost["diets of which a menu knows no name"] += sum(diet not in _DIETS for diet in suits)
    lost["offers beside an item's first"] += max(0, len(offers) - 1)
    for key, what in (("image", "photos"), ("nutrition", "nutrition facts"), ("menuAddOn", "add-ons")):
        lost[what] += key in item
    return stated


def _plain_names(menu: Mapping[str, Any]) -> bool:
    return isinstance(menu.get("inLanguage"), str) or len(_listed(menu.get("inLanguage"))) == 1


def _identifier(node: Mapping[str, Any]) -> str:
    return str(node.get("identifier") or node.get("@id") or "").rsplit("#", 1)[-1].rsplit("/", 1)[-1]


def _texts(value: Any, language: str) -> dict[str, str]:
    """JSON-LD's strings, with or without a language."""
    texts: dict[str, str] = {}
    for text in _listed(value):
        if isinstance(text, str):
            texts.setdefault(language, unescape(text))
        elif isinstance(text, dict) and isinstance(text.get("@value"), str):
            texts[str(text.get("@language") or language)] = text["@value"]
    return texts


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
