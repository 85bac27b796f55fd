"""What a menu is: the one definition that site, store, demo and tests share.

Names and limits follow Google Business Profile's FoodMenus and schema.org/Menu; money is integer minor units, texts
are per language, ids are stable across renames and moves.

Rules that are younger than some menus hold for what comes in: a menu that was kept before them is still read
(`read_kept`), for a published version never changes.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from zoneinfo import available_timezones

from babel.numbers import get_currency_precision, list_currencies
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails

KEPT = {"kept": True}  # the context in which younger rules don't count
# Unseen, and able to make a reader see something else than what stands there: controls, overrides of direction.
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
# A tag is a slip at best: a page shows it as letters.
MARKUP = re.compile(r"<\s*[/!?]?[a-zA-Z][^<>]*>?")


def _since(rule: Callable[[Any], Any]) -> AfterValidator:
    """A younger rule: it returns the value that may stand, or raises ValueError in words to follow "its name "."""

    def check(value: Any, info: ValidationInfo) -> Any:
        return value if info.context == KEPT else rule(value)

    return AfterValidator(check)


def _plain(text: str) -> str:
    if unseen := UNSEEN.search(text):
        raise ValueError(f"holds a character that can't be seen (U+{ord(unseen[0]):04X}): type it anew")
    if tag := MARKUP.search(text):
        raise ValueError(f"holds HTML: {tag[0][:30]}")
    return text


def _one_line(text: str) -> str:
    return _plain(re.sub(r"[\t\r\n]+", " ", text))


def _once(what: str, of: Callable[[Any], str] = str) -> AfterValidator:
    def check(values: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [of(value) for value in values]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"can't hold the {what} {twice[0]!r} twice")
        return values

    return _since(check)


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140), _since(_one_line)]
Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), _since(_plain)]
# A yes or a number in quotes, or a yes in a number's place, is a slip: nothing is guessed of it.
Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
Minor = Annotated[Whole, Field(ge=0, le=10**9)]
Minutes = Annotated[Whole, Field(ge=0, le=48 * 60)]


def _known(values: set[str], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in values:
            raise ValueError(f"can't be {value[:40]!r}: that is no {what}")
        return value

    return AfterValidator(check)


# "localtime" is what some machine is set to: no browser knows it.
TimeZone = Annotated[str, _known(available_timezones() - {"localtime"}, "IANA time zone, such as Asia/Bangkok")]
Currency = Annotated[str, _known(set(list_currencies()), "ISO 4217 currency, such as EUR")]
Name = dict[Language, Short]
Text = dict[Language, Long]
SPOKEN = frozenset({"name", "description", "cuisine", "address", "alt"})  # fields that hold a text for each language


class Allergen(StrEnum):
    """The 14 allergens that must be declared in the EU: Regulation (EU) No 1169/2011, Annex II."""

    GLUTEN = "gluten"
    CRUSTACEANS = "crustaceans"
    EGGS = "eggs"
    FISH = "fish"
    PEANUTS = "peanuts"
    SOY = "soy"
    MILK = "milk"
    NUTS = "nuts"
    CELERY = "celery"
    MUSTARD = "mustard"
    SESAME = "sesame"
    SULPHITES = "sulphites"
    LUPIN = "lupin"
    MOLLUSCS = "molluscs"


class Diet(StrEnum):
    VEGAN = "vegan"
    VEGETARIAN = "vegetarian"
    HALAL = "halal"
    KOSHER = "kosher"
    SPICY = "spicy"


# A set has no order of its own: sorted, the same menu is the same bytes.
Allergens = Annotated[frozenset[Allergen], PlainSerializer(sorted, when_used="json")]
Diets = Annotated[frozenset[Diet], PlainSerializer(sorted, when_used="json")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(_Part):
    """One way to have an item; `price_delta_minor` is added to its price."""

    id: Id
    name: Name
    price_delta_minor: Whole = Field(default=0, ge=-(10**9), le=10**9)


class Option(_Part):
    """A modifier group: a guest takes at least `min` and at most `max` of its choices.

    `sizes`: the choices are the sizes of the item, of which a menu shows each with its own whole price.
    """

    id: Id
    name: Name
    min: Whole = Field(default=0, ge=0)
    max: Whole = Field(default=1, ge=1)
    choices: Annotated[tuple[Choice, ...], Field(min_length=1), _once("choice", lambda choice: str(choice.id))]
    sizes: Flag = False

    @model_validator(mode="after")
    def _can_be_chosen(self) -> Self:
        if not self.min <= self.max <= len(self.choices):
            raise ValueError(f"wants {self.min} to {self.max} of {len(self.choices)} choices")
        if self.sizes and not self.min == self.max == 1:
            raise ValueError("holds sizes, of which a guest takes exactly one")
        return self

    @property
    def cheapest_minor(self) -> int:
        """What the choices add that make an item as cheap as it can be: below 0 where some take off."""
        deltas = sorted(choice.price_delta_minor for choice in self.choices)
        return sum(delta for taken, delta in enumerate(deltas[: self.max]) if taken < self.min or delta < 0)


class Opening(_Part):
    """Minutes after local midnight; `closes` beyond 1,440 is the next morning."""

    opens: Minutes
    closes: Minutes


class Serving(Opening):
    """Days (Monday is 1) and hours at which something is served; past midnight the day is the one it began on."""

    days: Annotated[
        tuple[Annotated[Whole, Field(ge=1, le=7)], ...],
        Field(min_length=1),
        AfterValidator(lambda days: tuple(sorted({*days}))),
    ]

    @model_validator(mode="after")
    def _is_within_a_day(self) -> Self:
        if not self.opens < self.closes <= self.opens + 24 * 60 or self.opens >= 24 * 60:
            raise ValueError("begins within its day and ends later than that, a day later at most")
        return self


def _a_week(days: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(days) > 7:
        raise ValueError(f"has {len(days)} days: a week has seven")
    return days


def served_at(servings: Iterable[Serving], local: datetime) -> bool:
    """Whether something is served at an instant by the restaurant's clock; without servings it always is."""
    minute, today = local.hour * 60 + local.minute, local.isoweekday()
    yesterday = (today - 2) % 7 + 1
    every = [*servings]
    return not every or any(
        (today in each.days and each.opens <= minute < each.closes)
        or (yesterday in each.days and each.opens <= minute + 24 * 60 < each.closes)
        for each in every
    )


WIDTHS = (320, 640, 1280)


class Photo(_Part):
    """An item's photo, kept as WebP in several widths; `width` and `height` are the pixels of the largest."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    width: Whole = Field(ge=1, le=WIDTHS[-1])
    height: Whole = Field(ge=1, le=8 * WIDTHS[-1])
    alt: Text = {}

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths that are kept, smallest first; none is wider than the original was."""
        return (*(width for width in WIDTHS if width < self.width), self.width)

    def file(self, width: int) -> str:
        """Where one of them lies below its restaurant's folder."""
        return f"photos/{self.id}-{width}.webp"


class Item(_Part):
    id: Id
    name: Name
    description: Text = {}
    price_minor: Minor
    options: Annotated[tuple[Option, ...], _once("option", lambda option: str(option.id))] = ()
    allergens: Allergens | None = Field(default=None, description="None: not declared; empty: none of the 14")
    diets: Diets = frozenset()
    photo: Photo | None = None
    served: tuple[Serving, ...] = Field(default=(), description="empty: always; else only while its section is too")
    sold_out: Flag = False
    sold_out_until: AwareDatetime | None = Field(default=None, description="None: until the kitchen says otherwise")
    food_cost_minor: Minor | None = Field(default=None, description="private: never published")
    notes: Long = Field(default="", description="private: never published")

    @model_validator(mode="after")
    def _can_be_sold(self, info: ValidationInfo) -> Self:
        if sum(option.sizes for option in self.options) > 1:
            raise ValueError("has two options that hold its sizes: one does at most")
        if info.context != KEPT and self.price_minor + sum(option.cheapest_minor for option in self.options) < 0:
            raise ValueError("costs less than nothing with some of its choices")
        return self


class Section(_Part):
    id: Id
    name: Name
    description: Text = {}
    served: tuple[Serving, ...] = Field(default=(), description="empty: always")
    items: tuple[Item, ...] = ()


class Restaurant(_Part):
    id: Id
    name: Name
    cuisine: Text = {}
    address: Text = {}
    area: Short
    time_zone: TimeZone
    currency: Currency
    languages: Annotated[
        tuple[Language, ...], Field(min_length=1, description="the first is the house's own"), _once("language")
    ]
    tables: Whole = Field(default=0, ge=0, le=10_000)
    hours: Annotated[tuple[tuple[Opening, ...], ...], _since(_a_week)] = Field(
        default=(), description="Monday first; empty: not stated"
    )
    color: Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")] = "#0f5a4f"

    @property
    def language(self) -> str:
        """The house's own language."""
        return self.languages[0]

    @property
    def minor_digits(self) -> int:
        """Digits after the decimal point: 2 for EUR, 0 for JPY, 3 for KWD."""
        return get_currency_precision(self.currency)


class Menu(_Part):
    """A restaurant's menu. `version` 0 is a draft; a published version never changes."""

    restaurant: Restaurant
    version: Whole = Field(default=0, ge=0)
    published_at: datetime | None = None
    published_by: str = Field(default="", description="who published it; private: never published itself")
    sections: tuple[Section, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        for what, ids in (
            ("section", [section.id for section in self.sections]),
            ("item", [item.id for section in self.sections for item in section.items]),
        ):
            twice = sorted({id for id in ids if ids.count(id) > 1})
            if twice:
                raise ValueError(f"{what} id used twice: {', '.join(twice)}")
        return self

    @property
    def placed(self) -> list[tuple[int, Section, Item]]:
        """Every item with its section, at its 1-based position over the whole menu."""
        pairs = [(section, item) for section in self.sections for item in section.items]
        return [(position, section, item) for position, (section, item) in enumerate(pairs, start=1)]


def in_language(text: dict[str, str], language: str) -> str:
    """The text in `language`, else in the first language that it has, else nothing."""
    return text.get(language) or next(iter(text.values()), "")


def read_kept(raw: bytes) -> Menu:
    """A menu as it was kept, perhaps before some rules. Raises ValidationError."""
    return Menu.model_validate_json(raw, context=KEPT)


def to_json(menu: Menu) -> bytes:
    """The menu as it is kept and exported, private fields too."""
    return menu.model_dump_json(indent=1, exclude_defaults=True).encode() + b"\n"


def public(menu: Menu) -> Menu:
    """The menu without what is private: the one thing that may be published, or given to who may not edit it."""
    sections = tuple(
        section.model_copy(
            update={
                "items": tuple(item.model_copy(update={"food_cost_minor": None, "notes": ""}) for item in section.items)
            }
        )
        for section in menu.sections
    )
    return menu.model_copy(update={"sections": sections, "published_by": ""})


# Why a value is refused, so that it can follow "its price "
_VERDICTS = {
    "missing": "is missing",
    "greater_than_equal": "is less than {ge}, the least that it may be",
    "less_than_equal": "is more than {le:,}, the most that it may be",
    "string_too_short": "is empty",
    "int_type": "is no whole number",
    "string_type": "is no text",
    "bool_type": "is neither true nor false",
    "too_short": "needs {min_length} at least",
    "enum": "is none of {expected}",
    "timezone_aware": "names no time zone",
    "value_error": "{error}",
}


def verdict(fault: ErrorDetails) -> str:
    """What the model has against a value, to follow "That "."""
    about = fault.get("ctx", {})
    if fault["type"] == "string_too_long":
        over = len(str(fault["input"]).strip()) - about["max_length"]
        return f"is {over:,} {'character' if over == 1 else 'characters'} too long: {about['max_length']:,} at most"
    words = _VERDICTS.get(fault["type"])
    if words:
        return words.format(**about)
    return f"can't be {str(fault['input'])[:40]!r}: {fault['msg'][0].lower()}{fault['msg'][1:]}"


def in_words(problem: ValidationError, whose: str = "it") -> str:
    """The first thing that the model has against the fields of "it" or "its section": "its name (en) is empty"."""
    first = problem.errors()[0]
    if first["type"] == "extra_forbidden":
        return f"{'.'.join(map(str, first['loc']))!r} is no field that a menu has"
    field = _field(first["loc"])
    owner = whose if not field else "its" if whose == "it" else f"{whose}'s"
    return f"{owner} {field} {_agreeing(field, verdict(first))}" if field else f"{owner} {verdict(first)}"


def _agreeing(field: str, words: str) -> str:
    """Its name holds, its notes hold."""
    if not field.endswith("s") or field.endswith(("ss", "tables")):  # an address; tables are a number
        return words
    return re.sub(r"^(is|holds)\b", lambda verb: {"is": "are", "holds": "hold"}[verb[0]], words)


def _field(where: tuple[int | str, ...]) -> str:
    """A field's place in words: "price", "name (en)", "option 2's choice 1's name (th)"."""
    parts: list[str] = []
    for part in where:
        if isinstance(part, int):
            parts[-1:] = [f"{parts[-1].removesuffix('s')} {part + 1}"] if parts else [str(part + 1)]
        elif parts and parts[-1] in SPOKEN:
            parts[-1] += f" ({part})"
        elif part != "[key]":
            parts.append(part.removesuffix("_minor").replace("_", " "))
    return "'s ".join(parts)
