"""What a menu is: the one definition that site, store, demo and tests share.

Names and limits follow Google Business Profile's FoodMenus and schema.org/Menu; money is integer minor units, texts
are per language, ids are stable across renames and moves.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
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
    model_validator,
)

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140)]
Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
Minor = Annotated[int, Field(ge=0, le=10**9)]
Minutes = Annotated[int, Field(ge=0, le=48 * 60)]


def _known(values: set[str], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in values:
            raise ValueError(f"{value!r} is no {what}")
        return value

    return AfterValidator(check)


TimeZone = Annotated[str, _known(available_timezones(), "IANA time zone, such as Asia/Bangkok")]
Currency = Annotated[str, _known(set(list_currencies()), "ISO 4217 currency, such as EUR")]
Name = dict[Language, Short]
Text = dict[Language, Long]


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
    price_delta_minor: int = Field(default=0, ge=-(10**9), le=10**9)


class Option(_Part):
    """A modifier group: a guest takes at least `min` and at most `max` of its choices.

    `sizes`: the choices are the sizes of the item, of which a menu shows each with its own whole price.
    """

    id: Id
    name: Name
    min: int = Field(default=0, ge=0)
    max: int = Field(default=1, ge=1)
    choices: tuple[Choice, ...] = Field(min_length=1)
    sizes: bool = False

    @model_validator(mode="after")
    def _can_be_chosen(self) -> Self:
        if not self.min <= self.max <= len(self.choices):
            raise ValueError(f"option {self.id!r} wants {self.min} to {self.max} of {len(self.choices)} choices")
        if self.sizes and not self.min == self.max == 1:
            raise ValueError(f"option {self.id!r} holds sizes, of which a guest takes exactly one")
        return self


class Opening(_Part):
    """Minutes after local midnight; `closes` beyond 1,440 is the next morning."""

    opens: Minutes
    closes: Minutes


class Serving(Opening):
    """Days (Monday is 1) and hours at which something is served; past midnight the day is the one it began on."""

    days: Annotated[
        tuple[Annotated[int, Field(ge=1, le=7)], ...],
        Field(min_length=1),
        AfterValidator(lambda days: tuple(sorted({*days}))),
    ]

    @model_validator(mode="after")
    def _is_within_a_day(self) -> Self:
        if not self.opens < self.closes <= self.opens + 24 * 60 or self.opens >= 24 * 60:
            raise ValueError("hours begin within their day and end later than that, a day later at most")
        return self


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
    width: int = Field(ge=1, le=WIDTHS[-1])
    height: int = Field(ge=1, le=8 * WIDTHS[-1])
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
    options: tuple[Option, ...] = ()
    allergens: Allergens | None = Field(default=None, description="None: not declared; empty: none of the 14")
    diets: Diets = frozenset()
    photo: Photo | None = None
    served: tuple[Serving, ...] = Field(default=(), description="empty: always; else only while its section is too")
    sold_out: bool = False
    sold_out_until: AwareDatetime | None = Field(default=None, description="None: until the kitchen says otherwise")
    food_cost_minor: Minor | None = Field(default=None, description="private: never published")
    notes: Long = Field(default="", description="private: never published")

    @model_validator(mode="after")
    def _has_one_kind_of_sizes(self) -> Self:
        if sum(option.sizes for option in self.options) > 1:
            raise ValueError("one option at most holds an item's sizes")
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
    languages: tuple[Language, ...] = Field(min_length=1, description="the first is the house's own")
    tables: int = Field(default=0, ge=0, le=10_000)
    hours: tuple[tuple[Opening, ...], ...] = Field(default=(), description="Monday first; empty: not stated")
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
    version: int = Field(default=0, ge=0)
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
