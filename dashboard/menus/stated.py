"""What a file states of a menu, line by line, before any of it is compared with the menu that is there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

HOUSE = ""  # stands for the restaurant's own language in a text whose language the file doesn't tell


@dataclass(frozen=True)
class Line:
    """One item as a file states it; without `item`, a section that has none.

    `section` and `item` hold fields of the model by name, texts as {language: text}; `price` and `food_cost` are still
    as somebody wrote them. `suits` are diets of a format that has no word for spicy, `sizes` the option that holds an
    item's sizes, in a format that says no other; its choices have whole prices. `wrong`: why it can't be used.
    """

    place: str
    section: Mapping[str, Any]
    item: Mapping[str, Any] | None
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stated:
    """What a file states: `house` of the restaurant, `lost` of what no menu can hold, in sentences.

    `whole`: the file states everything, so nothing that it leaves out is kept.
    """

    lines: tuple[Line, ...]
    house: Mapping[str, Any] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    whole: bool = False


def sizes(choices: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The option that holds an item's sizes, each with its whole `price`. Files give it no name of its own."""
    return {"id": "choice", "name": {}, "min": 1, "max": 1, "sizes": True, "choices": list(choices)}


def counted(lost: Counter[str]) -> tuple[str, ...]:
    """What no menu can hold, each with how often the file says it."""
    return tuple(f"{what} ({count:,})" for what, count in lost.items() if count)
