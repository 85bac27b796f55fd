"""Menu → HTML: one whole page per language, at /r/<restaurant_id>/ and /r/<restaurant_id>/<language>/.

Pure. Each page carries its own style and scripts, so it is one file that appears at once, asks no other host for
anything, and can still be read where no script runs. Nothing private is handed to the templates: an item's food cost
and notes, and who published, are dropped first.
"""

import hashlib
import zlib
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import rjsmin
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard.menus.colors import palette
from dashboard.menus.model import Allergen, Diet, Item, Menu, Option, Restaurant
from dashboard.menus.speech import Speech
from ingest_stack import tracker

FOLDER = Path(__file__).with_name("page")
PATTERNS = ("star", "scales", "petals", "weave")
# Allergens that guests ask to leave out most often come first; a menu offers five filters at most.
FILTERED = (
    Allergen.GLUTEN,
    Allergen.MILK,
    Allergen.NUTS,
    Allergen.PEANUTS,
    Allergen.CRUSTACEANS,
    Allergen.EGGS,
    Allergen.FISH,
    Allergen.SOY,
)
# What page.js says by itself; the templates say the rest.
SPOKEN = (
    *("added", "closed", "found", "in_order", "items", "none", "open_until", "opens"),
    *("pick_missing", "removed", "show_order", "table", "today"),
)


def site(menu: Menu) -> dict[str, str]:
    """The menu's pages: path below /r/<restaurant_id>/ → HTML, "index.html" in the house's language."""
    public = _public(menu)
    return {_path(public, language): _page(public, language) for language in public.restaurant.languages}


def index(restaurants: Iterable[Restaurant]) -> str:
    """The front page of the menu site: every restaurant, by area and name."""
    entries = [
        (
            restaurant,
            Speech(Menu(restaurant=restaurant), restaurant.language),
            palette(restaurant.color)["light"]["head"],
        )
        for restaurant in restaurants
    ]
    entries.sort(key=lambda entry: (entry[0].area, entry[1].name(entry[0].name)))
    style = "\n".join(f".r-{restaurant.id} {{ border-color: {head}; }}" for restaurant, _, head in entries)
    return _templates().get_template("index.html.jinja").render(entries=entries, style=style)


def _public(menu: Menu) -> Menu:
    sections = tuple(
        section.model_copy(
            update={
                "items": tuple(item.model_copy(update={"food_cost_minor": None, "notes": ""}) for item in section.items)
            }
        )
        for section in menu.sections
    )
    return menu.model_copy(update={"sections": sections, "published_by": ""})


def _path(menu: Menu, language: str) -> str:
    return "index.html" if language == menu.restaurant.language else f"{language}/index.html"


def _page(menu: Menu, language: str) -> str:
    restaurant = menu.restaurant
    speech, house = Speech(menu, language), Speech(menu, restaurant.language)
    others = [Speech(menu, other) for other in restaurant.languages]
    # The language to point at: the house's own; on the house's own page its second one.
    alt = house if language != restaurant.language else next(iter(others[1:]), None)
    colors = palette(restaurant.color)
    style = "\n".join([_tokens(colors), _css()])
    scripts = {name: _script(FOLDER / f"{name}.js") for name in ("boot", "page", "guard")} | {
        "tracker": tracker.script()
    }
    return (
        _templates()
        .get_template("page.html.jinja")
        .render(
            menu=menu,
            restaurant=restaurant,
            speech=speech,
            house=house,
            alt=alt,
            languages=others,
            paths={
                other: f"/r/{restaurant.id}/{_path(menu, other).removesuffix('index.html')}"
                for other in restaurant.languages
            },
            colors=colors,
            pattern=f"patterns/{PATTERNS[zlib.crc32(restaurant.id.encode()) % len(PATTERNS)]}.svg",
            sections=_sections(menu, speech, house),
            filters=_filters(menu, speech),
            published_on=menu.published_at
            and speech.date(menu.published_at.astimezone(ZoneInfo(restaurant.time_zone))),
            data=_data(menu, speech, house),
            style=style,
            policy=_policy(style, scripts.values()),
            boot=scripts["boot"],
            tracker=scripts["tracker"],
            script=scripts["page"],
            guard=scripts["guard"],
        )
    )


def _sections(menu: Menu, speech: Speech, house: Speech) -> list[dict[str, Any]]:
    places = {item.id: position for position, _, item in menu.placed}
    return [
        {
            "id": section.id,
            "name": section.name,
            "description": section.description,
            "rows": [_row(item, places[item.id], speech, house) for item in section.items],
        }
        for section in menu.sections
    ]


def _row(item: Item, position: int, speech: Speech, house: Speech) -> dict[str, Any]:
    allergens = None if item.allergens is None else [allergen for allergen in Allergen if allergen in item.allergens]
    names = [speech.words["allergens"][allergen] for allergen in allergens or ()]
    before, _, after = speech.words["from"].partition("{price}")
    return {
        "item": item,
        "position": position,
        "house_name": house.name(item.name) if house.language != speech.language else None,
        "lowest": max(0, item.price_minor + sum(map(_least, item.options))),
        "ranged": any(option.min and len({c.price_delta_minor for c in option.choices}) > 1 for option in item.options),
        "from_words": (before, after),
        "diets": [diet for diet in Diet if diet in item.diets],
        "allergens": allergens,
        "contains": speech.say("contains", names=speech.listed(names)) if names else "",
        "picks": {option.id: _instruction(option, speech) for option in item.options},
    }


def _least(option: Option) -> int:
    return sum(sorted(choice.price_delta_minor for choice in option.choices)[: option.min])


def _instruction(option: Option, speech: Speech) -> str:
    if option.max == 1:
        return speech.say("pick_one" if option.min else "pick_any")
    if option.min == option.max:
        return speech.say("pick_exactly", most=option.max)
    if option.min:
        return speech.say("pick_between", least=option.min, most=option.max)
    return speech.say("pick_any") if option.max == len(option.choices) else speech.say("pick_up_to", most=option.max)


def _filters(menu: Menu, speech: Speech) -> list[tuple[str, str, str]]:
    """(kind, value, label) of each filter that would leave something out and something in."""
    items = [item for _, _, item in menu.placed]
    diets = [diet for diet in Diet if diet is not Diet.SPICY and any(diet in item.diets for item in items)]
    allergens = [allergen for allergen in FILTERED if any(allergen in (item.allergens or ()) for item in items)]
    return [("diet", diet.value, speech.words["diets"][diet]) for diet in diets] + [
        ("without", allergen.value, speech.say("without", name=speech.words["allergens"][allergen]))
        for allergen in allergens[:5]
    ]


def _data(menu: Menu, speech: Speech, house: Speech) -> dict[str, Any]:
    """What page.js needs beside the page itself."""
    restaurant = menu.restaurant
    return {
        "locale": f"{str(speech.locale).replace('_', '-')}-u-nu-latn",
        "currency": restaurant.currency,
        "minor_digits": restaurant.minor_digits,
        "digits": speech.digits,
        "money": speech.affixes,
        "house_money": house.affixes,
        "house_locale": f"{str(house.locale).replace('_', '-')}-u-nu-latn",
        "time_zone": restaurant.time_zone,
        "hours": [[[opening.opens, opening.closes] for opening in day] for day in restaurant.hours],
        "words": {word: speech.words[word] for word in SPOKEN},
    }


def _tokens(colors: dict[str, dict[str, str]]) -> str:
    light, dark = (
        " ".join(f"--{name}: {value};" for name, value in colors[scheme].items()) for scheme in ("light", "dark")
    )
    return f":root {{ {light} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"


def _policy(style: str, scripts: Iterable[str]) -> str:
    """A content security policy that runs this page's own style and scripts and talks to its own host alone."""
    hashes = [f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in [style, *scripts]]
    return (
        f"default-src 'none'; style-src {hashes[0]}; script-src {' '.join(hashes[1:])}; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'"
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _css() -> str:
    return (FOLDER / "page.css").read_text(encoding="utf-8")


@cache
def _script(path: Path) -> str:
    return str(rjsmin.jsmin(path.read_text(encoding="utf-8")))
