"""What was typed in the editor → patch operations, or why not, in words that stand at the field. Pure.

The browser sends operations as `patch.py` reads them, in which an amount of money may be as somebody typed it,
{"typed": "12,50"}, and a new item may still lack its name or its price.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from dashboard.menus.model import Item, Restaurant, Section, in_language, verdict
from dashboard.menus.patch import Op, read_patch
from dashboard.menus.prices import parse_price
from errors import MenuError, PatchError

MONEY = {"price_minor", "food_cost_minor"}


@dataclass(frozen=True)
class Problem:
    """Why something typed can't be saved; `id` and `field` say where it was typed."""

    id: str
    field: str
    words: str


def operations(ops: Sequence[Mapping[str, Any]], restaurant: Restaurant) -> tuple[tuple[Op, ...], list[Problem]]:
    """The operations, amounts read as the restaurant writes them; or none of them, and all that is wrong."""
    problems: list[Problem] = []
    read = [_read(dict(op), restaurant, problems) for op in ops]
    if problems:
        return (), problems
    try:
        return read_patch(json.dumps(read)), []
    except PatchError as problem:
        return (), [Problem(problem.id, problem.field, problem.message)]


def _read(op: dict[str, Any], restaurant: Restaurant, problems: list[Problem]) -> dict[str, Any]:
    id, field = str(op.get("id", "")), str(op.get("field", ""))
    if op.get("op") == "set":
        return op | {"value": _value(op.get("value"), id, field, restaurant, problems)}
    if op.get("op") != "add" or not isinstance(op.get("node"), dict):
        return op
    node = dict(op["node"])
    id = str(node.get("id", ""))
    of = Section if op.get("into") is None else Item
    before = len(problems)
    if not node.get("name"):
        problems.append(Problem(id, "name", "Give it a name."))
    node = {name: _value(value, id, name, restaurant, problems) for name, value in node.items()}
    if len(problems) == before:
        try:
            of.model_validate_json(json.dumps(node))
        except ValidationError as problem:
            place = problem.errors()[0]["loc"]
            problems.append(Problem(id, ".".join(map(str, place[:2])), f"That {verdict(problem.errors()[0])}."))
    return op | {"node": node}


def _value(value: Any, id: str, field: str, restaurant: Restaurant, problems: list[Problem]) -> Any:
    """A field's value, its money read."""
    if field in MONEY:
        if field == "price_minor" and (value is None or value == {"typed": ""}):
            problems.append(Problem(id, field, "Add a price. Write 0 if it is free."))
            return value
        return _money(value, id, field, restaurant, problems)
    if field != "options" or not isinstance(value, list):
        return value
    options = [option for option in value if isinstance(option, dict)]
    if words := next(filter(None, (_lacks(option, restaurant.language) for option in options)), ""):
        problems.append(Problem(id, field, words))
        return value
    return [option | {"choices": _choices(option, id, restaurant, problems)} for option in options]


def _choices(option: Mapping[str, Any], id: str, restaurant: Restaurant, problems: list[Problem]) -> list[Any]:
    return [
        choice
        | {
            "price_delta_minor": _money(
                choice.get("price_delta_minor", 0), id, "options", restaurant, problems, signed=True
            )
        }
        for choice in option["choices"]
        if isinstance(choice, dict)
    ]


def _money(
    value: Any, id: str, field: str, restaurant: Restaurant, problems: list[Problem], *, signed: bool = False
) -> Any:
    """Minor units of an amount as it was typed; nothing typed is None, or 0 if `signed`, as a difference is."""
    if not isinstance(value, dict):
        return value
    text = str(value.get("typed", "")).strip()
    if not text:
        return 0 if signed else None
    sign = -1 if signed and text[0] in "-−" else 1
    try:
        bare = text.lstrip("+-− ") if signed else text
        return sign * parse_price(bare, restaurant.currency, restaurant.languages)
    except MenuError as problem:
        words = problem.message[0].upper() + problem.message[1:]
        problems.append(Problem(id, field, f"{words}."))
        return None


def _lacks(option: Mapping[str, Any], language: str) -> str:
    """What a modifier group still needs before a guest can choose from it; empty if nothing."""
    name, choices = option.get("name"), option.get("choices")
    if not isinstance(name, dict) or not name:
        return "Give each option a name, such as “Size”."
    called = in_language(name, language)
    if not isinstance(choices, list) or not choices:
        return f"“{called}” has no choices yet."
    if any(not (isinstance(choice, dict) and choice.get("name")) for choice in choices):
        return f"A choice of “{called}” has no name yet."
    least, most = option.get("min"), option.get("max")
    if isinstance(least, int) and isinstance(most, int) and not least <= most <= len(choices):
        return f"“{called}” asks for {least} to {most} choices and offers {len(choices)}."
    return ""
