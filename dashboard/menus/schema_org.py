"""schema.org's JSON-LD: a menu as Menu, MenuSection and MenuItem, written and read. Nothing private is written."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any

from pydantic import ValidationError

from dashboard.menus.model import Diet, Item, Menu, Opening, Photo, Restaurant, Section, Serving
from dashboard.menus.prices import decimal_price
from dashboard.menus.serving import clock, serving
from dashboard.menus.stated import HOUSE, Line, Stated, counted, sizes
from errors import MenuError

_SUITS: dict[Diet, str] = {diet: f"{diet.value.capitalize()}Diet" for diet in Diet if diet is not Diet.SPICY}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DIETS = {name.casefold(): diet.value for diet, name in _SUITS.items()}


def to_jsonld(menu: Menu, folder: str = "") -> bytes:
    """The menu in schema.org's words, as a file: see `linked`."""
    return json.dumps(linked(menu, folder), ensure_ascii=False, indent=1).encode() + b"\n"


def linked(menu: Menu, folder: str = "") -> dict[str, Any]:
    """The menu in schema.org's words; texts name their language, whoever has more than one.

    Sizes are offers of their own. The place that something is offered at only at times is open at those times: no
    other words say days and hours. `folder` is the address below which photos are.
    """
    restaurant = menu.restaurant
    week = [Serving(days=(day,), opens=each.opens, closes=each.closes)
            for day, hours in enumerate(restaurant.hours, start=1) for each in hours if _is_of_a_day(each)]  # fmt: skip
    return _without_nothing(
        {
            "@context": "https://schema.org",
            "@type": "Restaurant",
            "identifier": restaurant.id,
            "name": _spoken(restaurant.name),
            "servesCuisine": _spoken(restaurant.cuisine),
            "address": _spoken(restaurant.address),
            "openingHoursSpecification": _hours(week),
            "hasMenu": {
                "@type": "Menu",
                "inLanguage": list(restaurant.languages),
                "hasMenuSection": [_section(section, restaurant, folder) for section in menu.sections],
            },
        }
    )


def _section(section: Section, restaurant: Restaurant, folder: str) -> dict[str, Any]:
    return _without_nothing(
        {
            "@type": "MenuSection",
            "identifier": section.id,
            "name": _spoken(section.name),
            "description": _spoken(section.description),
            "offers": [{"@type": "Offer", **_at_times(section.served)}] if section.served else [],
            "hasMenuItem": [_item(item, restaurant, folder) for item in section.items],
        }
    )


def _item(item: Item, restaurant: Restaurant, folder: str) -> dict[str, Any]:
    ways = next((option.choices for option in item.options if option.sizes), ())
    offers = [
        _offer(item, restaurant, item.price_minor + way.price_delta_minor, identifier=way.id, name=_spoken(way.name))
        for way in ways
    ] or [_offer(item, restaurant, item.price_minor)]
    return _without_nothing(
        {
            "@type": "MenuItem",
            "identifier": item.id,
            "name": _spoken(item.name),
            "description": _spoken(item.description),
            "suitableForDiet": [
                f"https://schema.org/{_SUITS[diet]}" for diet in Diet if diet in item.diets & _SUITS.keys()
            ],
            "image": [_image(item.photo, folder)] if item.photo else [],
            "offers": offers if len(offers) > 1 else offers[0],
        }
    )


def _offer(item: Item, restaurant: Restaurant, minor: int, **named: Any) -> dict[str, Any]:
    return named | {
        "@type": "Offer",
        "price": str(decimal_price(minor, restaurant.currency)),
        "priceCurrency": restaurant.currency,
        "availability": f"https://schema.org/{'SoldOut' if item.sold_out else 'InStock'}",
        **_at_times(item.served),
    }


def _at_times(served: tuple[Serving, ...]) -> dict[str, Any]:
    place = {"@type": "Place", "openingHoursSpecification": _hours(served)}
    return {"availableAtOrFrom": place} if served else {}


def _hours(served: Iterable[Serving]) -> list[dict[str, Any]]:
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": [_DAYS[day - 1] for day in each.days],
            "opens": clock(each.opens),
            "closes": clock(each.closes),
        }
        for each in served
    ]


def _is_of_a_day(hours: Opening) -> bool:
    return hours.opens < hours.closes <= hours.opens + 1440 and hours.opens < 1440


def _image(photo: Photo, folder: str) -> dict[str, Any]:
    return _without_nothing(
        {
            "@type": "ImageObject",
            "contentUrl": folder + photo.file(photo.width),
            "width": photo.width,
            "height": photo.height,
            "caption": _spoken(photo.alt),
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
        about |= _served(section)
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
    ways = [offer for offer in offers if offer.get("name") and (len(offers) > 1 or offer.get("identifier"))]
    if ways and len(ways) == len(offers):
        stated["sizes"] = sizes(
            {"id": _identifier(way), "name": _texts(way["name"], language), "price": str(way.get("price", ""))}
            for way in ways
        )
    stated |= _served(item) | _photo(item, language)
    suits = [str(diet).rsplit("/", 1)[-1].casefold() for diet in _listed(item.get("suitableForDiet"))]
    stated["suits"] = [_DIETS[diet] for diet in suits if diet in _DIETS]
    lost["diets of which a menu knows no name"] += sum(diet not in _DIETS for diet in suits)
    lost["offers beside an item's first"] += max(0, len(offers) - 1) if "sizes" not in stated else 0
    lost["photos"] += "image" in item and "photo" not in stated
    for key, what in (("nutrition", "nutrition facts"), ("menuAddOn", "add-ons")):
        lost[what] += key in item
    return stated


def _served(node: Mapping[str, Any]) -> dict[str, Any]:
    """When something is served, if its first offer says so in words that can be kept."""
    offer = next((offer for offer in _listed(node.get("offers")) if isinstance(offer, dict)), {})
    place = offer.get("availableAtOrFrom")
    hours = _listed(place.get("openingHoursSpecification")) if isinstance(place, dict) else []
    try:
        served = [
            serving((_DAYS.index(str(day).rsplit("/", 1)[-1]) + 1 for day in _listed(each["dayOfWeek"])),
                    each["opens"], each["closes"])
            for each in hours
        ]  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return {}
    return {"served": served} if served else {}


def _photo(item: Mapping[str, Any], language: str) -> dict[str, Any]:
    """One of our own photos, by its name; what lies elsewhere is not fetched."""
    image = next(iter(_listed(item.get("image"))), None)
    if not isinstance(image, dict):
        return {}
    named = re.search(r"(?:^|/)photos/([0-9a-f]{16})-\d+\.webp$", str(image.get("contentUrl")))
    about = {"width": image.get("width"), "height": image.get("height"), "alt": _texts(image.get("caption"), language)}
    try:
        return {"photo": Photo.model_validate({"id": named[1], **about})} if named else {}
    except ValidationError:
        return {}


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
