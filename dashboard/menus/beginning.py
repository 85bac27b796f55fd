"""A restaurant that is new here: its facts as somebody types them, or a file says, become its first draft. Pure."""

from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies
from pydantic import ValidationError

from dashboard.menus.matching import new_id
from dashboard.menus.model import Menu, Restaurant, in_language, in_words
from errors import MenuError

ENGLISH = Locale("en")
NEEDED = ("name", "area", "time_zone", "currency", "languages")
ZONES = ["UTC", *sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))]
CURRENCIES = sorted(
    {money for place in get_global("territory_currencies") for money in get_territory_currencies(place)}
)
LANGUAGES = sorted((tag for tag in map(str, ENGLISH.languages) if len(tag) == 2), key=ENGLISH.languages.__getitem__)


def language_name(tag: str) -> str:
    """ "Thai (th)"."""
    return f"{ENGLISH.languages[tag]} ({tag})" if tag in ENGLISH.languages else tag


def currency_name(code: str) -> str:
    """ "THB, Thai Baht"."""
    return f"{code}, {ENGLISH.currencies[code]}" if code in ENGLISH.currencies else code


def suggested_id(name: str, taken: Collection[str]) -> str:
    """The id that a restaurant's address could have: "cafe-luz" of "Café Luz"; "" without a name."""
    return new_id(name, "restaurant", set(taken)) if name.strip() else ""


def facts(house: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of its restaurant (`Stated.house`), as a form has it: one name, lists of plain words."""
    said = {fact: house[fact] for fact in (*NEEDED, "tables") if house.get(fact)}
    if isinstance(name := said.get("name"), Mapping):
        languages = said.get("languages") or list(name)
        said["name"] = in_language(dict(name), next(iter(languages), ""))
    return said


def missing(house: Mapping[str, Any]) -> list[str]:
    """Which facts are needed and not there, in words."""
    return [fact.replace("_", " ") for fact in NEEDED if not house.get(fact)]


def begun(restaurant_id: str, house: Mapping[str, Any], taken: Collection[str]) -> Menu:
    """The first draft, without an item. Raises MenuError in words where a fact can't be so or the id is taken."""
    unused(restaurant_id, taken)
    languages = tuple(house.get("languages") or ("en",))
    try:
        restaurant = Restaurant.model_validate(
            {**house, "id": restaurant_id, "languages": languages, "name": {languages[0]: house.get("name", "")}}
        )
    except ValidationError as problem:
        raise MenuError(f"The restaurant can't be so: {in_words(problem)}.") from None
    return Menu(restaurant=restaurant)


def unused(restaurant_id: str, taken: Collection[str]) -> None:
    """Raises MenuError where another restaurant has this id already."""
    if restaurant_id in taken:
        raise MenuError(f"There is a restaurant {restaurant_id} already.", "Choose another address for the new one.")
