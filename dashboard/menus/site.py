"""Menu → HTML: one whole page per language, at /r/<restaurant_id>/ and /r/<restaurant_id>/<language>/, and menu.json.

Pure. Each page carries its own style and scripts, so it is one file that appears at once, asks no other host for
anything, and can still be read where no script runs; only photos are files of their own. Nothing private is handed to
the templates: an item's food cost and notes, and who published, are dropped first.
"""

import hashlib
import json
import re
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import rjsmin
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard.menus.colors import palette
from dashboard.menus.model import Allergen, Diet, Item, Menu, Option, Photo, Restaurant, Serving, in_language, public
from dashboard.menus.recommending import MOST_SHOWN
from dashboard.menus.schema_org import linked
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
    *("added", "choose", "closed", "found", "gone", "in_order", "items", "none", "open_until", "opens", "order"),
    *("pick_missing", "removed", "show_order", "sold_out", "sold_out_until", "table", "today"),
    *("from", "nearby", "together"),
)
HOLDOUT_RATE = 0.1
"""The share of visits that are shown no other restaurants, by whose orders it is told whether showing them helps."""

PhotoUrl = Callable[[Photo, int], str]  # of a photo in one of its widths


def site(menu: Menu, site_url: str = "", holdout_rate: float = HOLDOUT_RATE) -> dict[str, str]:
    """The menu's files: path below /r/<restaurant_id>/ → text; "index.html" is the page in the house's language.

    `site_url` is where guests reach the site; without it a page names no address that would have to be whole.
    `holdout_rate` is the share of visits that are shown no other restaurants.
    """
    shown, base = public(menu), site_url.rstrip("/")
    pages = {
        _path(shown, language): _page(shown, language, base, holdout_rate) for language in shown.restaurant.languages
    }
    return pages | {"menu.json": shown.model_dump_json(exclude_defaults=True)}


def preview(
    menu: Menu, language: str, photo_url: PhotoUrl | None = None, offers: Sequence[Mapping[str, Any]] = ()
) -> str:
    """The page of a menu that is still written, for the `srcdoc` of a frame with sandbox="allow-scripts".

    It asks nobody for anything, counts nothing and keeps nothing; photos are those that `photo_url` leads to (data:
    too), or left out; `offers` are candidates: dishes of other restaurants. It understands messages of its parent, and
    answers (each is `{menulens: word, …}`): show (item_id) scrolls to an item and marks it; others scrolls to those
    dishes; scroll (y); page (html: another preview, of any language) takes its place without a flicker, and its place
    on the screen is kept. It says ready, scrolled (y), opened (item_id) when an item's details were tapped, and
    language (language) when another one was.
    """
    return _page(public(menu), language, "", 0, preview=True, photo_url=photo_url, offers=offers)


def preview_scripts() -> list[str]:
    """What a policy must let run, so that a preview's scripts do: a frame without an address has its parent's too."""
    return [source(text) for text in _scripts(preview=True).values()]


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


def _path(menu: Menu, language: str) -> str:
    return "index.html" if language == menu.restaurant.language else f"{language}/index.html"


def _page(
    menu: Menu,
    language: str,
    base: str,
    holdout_rate: float,
    *,
    preview: bool = False,
    photo_url: PhotoUrl | None = None,
    offers: Sequence[Mapping[str, Any]] = (),
) -> str:
    restaurant = menu.restaurant
    speech, house = Speech(menu, language), Speech(menu, restaurant.language)
    others = [Speech(menu, other) for other in restaurant.languages]
    # The language to point at: the house's own; on the house's own page its second one.
    alt = house if language != restaurant.language else next(iter(others[1:]), None)
    colors = palette(restaurant.color)
    style = "\n".join([_tokens(colors), _css()])
    scripts = _scripts(preview)
    folder = f"/r/{restaurant.id}/"

    def published(photo: Photo, width: int) -> str:
        return folder + photo.file(width)

    photos = [item.photo for _, _, item in menu.placed if item.photo] if base else []
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
            paths={other: folder + _path(menu, other).removesuffix("index.html") for other in restaurant.languages},
            title=_joined(speech, restaurant.name, restaurant.cuisine),
            about=_joined(speech, restaurant.name, restaurant.cuisine, restaurant.address, *_headlines(menu)),
            base=base,
            preview=preview,
            image=next(({"url": f"{base}{folder}{photo.file(photo.width)}", "photo": photo} for photo in photos), None),
            linked_data=None if preview else _linked_data(_named(menu, language), base + folder),
            colors=colors,
            pattern=f"patterns/{PATTERNS[zlib.crc32(restaurant.id.encode()) % len(PATTERNS)]}.svg",
            sections=_sections(menu, speech, house, photo_url if preview else published, preview),
            filters=_filters(menu, speech),
            published_on=menu.published_at
            and speech.date(menu.published_at.astimezone(ZoneInfo(restaurant.time_zone))),
            data=_data(menu, speech, house, None if preview else folder, holdout_rate)
            | ({"offers": offers[:MOST_SHOWN]} if preview else {}),
            style=style,
            policy=_policy(style, scripts.values(), preview),
            scripts=scripts,
        )
    )


def _named(menu: Menu, language: str) -> Menu:
    """The menu with its names in one language, that one where it can be; what more there is to read is in menu.json."""

    def named(part: Any, **more: Any) -> Any:
        name = part.name
        one = {language: name[language]} if language in name else dict([*name.items()][:1])
        return part.model_copy(update={"name": one, "description": {}} | more)

    sections = tuple(named(section, items=tuple(map(named, section.items))) for section in menu.sections)
    restaurant = menu.restaurant
    spoken = restaurant.model_copy(update={"name": {language: in_language(restaurant.name, language)}})
    return menu.model_copy(
        update={"restaurant": spoken.model_copy(update={"languages": (language,)}), "sections": sections}
    )


def _joined(speech: Speech, *texts: dict[str, str]) -> str:
    return " · ".join(filter(None, map(speech.name, texts)))


def _headlines(menu: Menu) -> list[dict[str, str]]:
    """What a line about the menu names of it: its first sections."""
    return [section.name for section in menu.sections[:6]]


def _linked_data(menu: Menu, address: str) -> list[str]:
    """schema.org's words for scripts in the page: the restaurant, then each section, named as it is in the page.

    A section's stands beside what guests read of it, where the same words compress to next to nothing.
    """
    node = linked(menu, address)
    sections = node["hasMenu"]["hasMenuSection"]
    ids = [f"#section-{section.id}" for section in menu.sections]
    node["hasMenu"]["hasMenuSection"] = [{"@id": id} for id in ids]
    told = [{"@context": node["@context"], "@id": id} | section for id, section in zip(ids, sections, strict=True)]
    return [_in_script(json.dumps(each, ensure_ascii=False, separators=(",", ":"))) for each in (node, *told)]


def _in_script(text: str) -> str:
    """JSON that ends no script element and opens no comment, whatever it says."""
    return text.replace("<", "\\u003c")


def _sections(
    menu: Menu, speech: Speech, house: Speech, photo_url: PhotoUrl | None, preview: bool
) -> list[dict[str, Any]]:
    places = {item.id: position for position, _, item in menu.placed}
    return [
        {
            "id": section.id,
            "name": section.name,
            "description": section.description,
            "served": _served(section.served, speech),
            "rows": [
                _row(item, places[item.id], speech, house) | {"photo": _photo(item, speech, photo_url, preview)}
                for item in section.items
            ],
        }
        for section in menu.sections
    ]


def _served(servings: tuple[Serving, ...], speech: Speech) -> dict[str, Any] | None:
    """When something is served: `words`, with hours on one line, and `times` (days, opens, closes) for page.js."""
    times = [[[*each.days], each.opens, each.closes] for each in servings]
    return {"words": speech.served(servings).replace("–", "\u2060–\u2060"), "times": times} if servings else None


def _photo(item: Item, speech: Speech, photo_url: PhotoUrl | None, preview: bool) -> dict[str, Any] | None:
    """A small square for the row, and for the details each width that is kept (of a preview: the smallest)."""
    photo = item.photo
    if photo is None or photo_url is None:
        return None
    small, *larger = photo.widths
    return {
        "small": photo_url(photo, small),
        "widths": [] if preview else [(photo_url(photo, width), width) for width in (small, *larger)],
        "width": photo.width,
        "height": photo.height,
        "alt": speech.name(photo.alt) or speech.name(item.name),
    }


def _row(item: Item, position: int, speech: Speech, house: Speech) -> dict[str, Any]:
    allergens = None if item.allergens is None else [allergen for allergen in Allergen if allergen in item.allergens]
    names = [speech.words["allergens"][allergen] for allergen in allergens or ()]
    before, _, after = speech.words["from"].partition("{price}")
    options = sorted(item.options, key=lambda option: not option.sizes)  # sizes come first
    others = [option for option in options if not option.sizes]
    least = item.price_minor + sum(map(_least, others))
    return {
        "item": item,
        "position": position,
        "house_name": _house_name(item, speech, house),
        "options": options,
        "sizes": {
            choice.id: max(0, least + choice.price_delta_minor)
            for option in options
            if option.sizes
            for choice in option.choices
        },
        "lowest": max(0, least),
        "ranged": any(option.min and len({c.price_delta_minor for c in option.choices}) > 1 for option in others),
        "from_words": (before, after),
        "served": _served(item.served, speech),
        "sold_out": _sold_out(item, speech),
        "diets": [diet for diet in Diet if diet in item.diets],
        "allergens": allergens,
        "contains": speech.say("contains", names=speech.listed(names)) if names else "",
        "picks": {option.id: _instruction(option, speech) for option in item.options},
    }


def _house_name(item: Item, speech: Speech, house: Speech) -> str | None:
    """What the waiter calls it, where the page doesn't say that anyway."""
    said = item.name.get(house.language) or speech.name(item.name)
    return None if house.name(item.name) == said else house.name(item.name)


def _sold_out(item: Item, speech: Speech) -> str:
    if not item.sold_out:
        return ""
    until = item.sold_out_until
    return speech.say("sold_out_until", time=speech.moment(until)) if until else speech.say("sold_out")


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


def _data(menu: Menu, speech: Speech, house: Speech, folder: str | None, holdout_rate: float) -> dict[str, Any]:
    """What page.js needs beside the page itself. Without a folder to ask in it is a preview, of an open house."""
    restaurant = menu.restaurant
    return {
        "locale": f"{str(speech.locale).replace('_', '-')}-u-nu-latn",
        "currency": restaurant.currency,
        "minor_digits": restaurant.minor_digits,
        "digits": speech.digits,
        "foreign": house.language != speech.language,
        "money": speech.affixes,
        "house_money": house.affixes,
        "house_locale": f"{str(house.locale).replace('_', '-')}-u-nu-latn",
        "time_zone": restaurant.time_zone,
        "hours": [[[opening.opens, opening.closes] for opening in day] for day in restaurant.hours if folder],
        "folder": folder,
        "holdout": holdout_rate,
        "words": {word: speech.words[word] for word in SPOKEN},
    }


def _tokens(colors: dict[str, dict[str, str]]) -> str:
    light, dark = (
        " ".join(f"--{name}: {value};" for name, value in colors[scheme].items()) for scheme in ("light", "dark")
    )
    return f":root {{ {light} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"


def _policy(style: str, scripts: Iterable[str], preview: bool) -> str:
    """A content security policy that runs this page's own style and scripts and talks to its own host alone.

    A preview talks to nobody, has photos from wherever its editor keeps them, and another menu's colours after it.
    """
    hashes = [source(text) for text in [style, *scripts]]
    allowed = (
        ("'unsafe-inline'", "'none'", "data: blob: http: https:") if preview else (hashes[0], "'self'", "'self' data:")
    )
    return (
        "default-src 'none'; style-src {}; connect-src {}; img-src {}; ".format(*allowed)
        + f"script-src {' '.join(hashes[1:])}; base-uri 'none'; form-action 'none'"
    )


def source(text: str) -> str:
    """How a policy names a script or style that stands in the page."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _scripts(preview: bool) -> dict[str, str]:
    return {name: _script(FOLDER / f"{name}.js") for name in ("boot", "page", "guard")} | {
        "watch": _script(FOLDER / "preview.js") if preview else tracker.script()
    }


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
    return re.sub(r"/\*.*?\*/|\n\s*", "", (FOLDER / "page.css").read_text(encoding="utf-8"), flags=re.DOTALL)


@cache
def _script(path: Path) -> str:
    return str(rjsmin.jsmin(path.read_text(encoding="utf-8")))
