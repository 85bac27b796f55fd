"""The event contract, derived from event.schema.json: the gate of a request, the lake's columns, the `events` view.

The schema is the only place where fields are spelled out; whatever another system needs of it is derived here.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from errors import ContractError

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("event.schema.json").read_text())
ENVELOPE: dict[str, Any] = {name: field for name, field in SCHEMA["properties"].items() if name != "events"}
EVENT: dict[str, Any] = SCHEMA["properties"]["events"]["items"]["properties"]
MAX_BYTES = 256 * 1024
MAX_EVENTS: int = SCHEMA["properties"]["events"]["maxItems"]

_LIMITS = {"minLength": "min_length", "maxLength": "max_length", "minimum": "ge", "maximum": "le"}
_PYTHON: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
}
_COLUMN = {"string": "varchar", "integer": "bigint", "number": "double", "boolean": "boolean"}


def _type(field: dict[str, Any]) -> str:
    named = field["type"]
    return named if isinstance(named, str) else next(name for name in named if name != "null")


def _struct(name: str, fields: dict[str, Any], required: list[str], **more: Any) -> type[msgspec.Struct]:
    members: list[Any] = []
    for key, field in fields.items():
        if "enum" in field:
            kind: Any = Literal[tuple(field["enum"])]
        else:
            limits = {word: field[rule] for rule, word in _LIMITS.items() if rule in field}
            kind = Annotated[_PYTHON[_type(field)], msgspec.Meta(**limits)]
        members.append((key, kind) if key in required else (key, kind | None, field.get("default")))
    members += more.items()
    # Fields without a default must come first; keyword-only structs free the schema from that order.
    return msgspec.defstruct(name, members, kw_only=True, forbid_unknown_fields=True, gc=False)


Event = _struct("Event", EVENT, SCHEMA["properties"]["events"]["items"]["required"])
Request = _struct(
    "Request",
    ENVELOPE,
    SCHEMA["required"],
    events=Annotated[list[Event], msgspec.Meta(min_length=1, max_length=MAX_EVENTS)],  # type: ignore[valid-type]
)
_decoder = msgspec.json.Decoder(Request)


def read_request(body: bytes) -> Any:
    """The request in `body`, strictly typed. Raises ContractError that names the field and the event."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise ContractError(_in_words(str(problem))) from None


def _in_words(problem: str) -> str:
    # msgspec says "Expected `int`, got `str` - at `$.events[3].seq`"; a reader wants the place first, and plain words.
    what, _, path = problem.partition(" - at `")
    where = path.rstrip("`").removeprefix("$").removeprefix(".")
    if field := re.fullmatch(r"Object (missing required|contains unknown) field `(.*)`", what, re.DOTALL):
        place = f"{where}.{field[2]}" if where else field[2]
        return f"{place}: {'is missing' if field[1] == 'missing required' else 'is no field of the contract'}."
    plain = re.sub(r"`([a-z |]+)`", lambda kinds: " or ".join(_WORDS.get(k, k) for k in kinds[1].split(" | ")), what)
    return f"{where or 'request'}: {plain if plain.startswith('JSON') else plain[:1].lower() + plain[1:]}."


def columns(fields: dict[str, Any]) -> dict[str, str]:
    """Field → SQL type, in the words that Athena, Trino, Glue and DuckDB share."""
    return {name: _COLUMN[_type(field)] for name, field in fields.items()}


@cache
def request_columns() -> dict[str, str]:
    """The lake's `requests` table: column → DuckDB type, nested as received."""
    events = ", ".join(f'"{name}" {kind}' for name, kind in columns(EVENT).items())
    request = ", ".join(f'"{name}" {kind}' for name, kind in columns(ENVELOPE).items())
    return {
        "received_at": "bigint",
        "bot": "boolean",
        "request": f"struct({request}, events struct({events})[])",
    }


@cache
def event_columns() -> dict[str, str]:
    """The `events` view: column → SQL type, one row an event, with its request's fields beside it."""
    return {"dt": "date", "received_at": "bigint", "bot": "boolean"} | columns(ENVELOPE) | columns(EVENT)


@cache
def events_view() -> str:
    """The `events` view over `requests`, in Athena's dialect: `requests` unnested, one row an event."""
    columns = ["r.dt", "r.received_at", "r.bot"]
    columns += [f'r.request."{name}" AS "{name}"' for name in ENVELOPE]
    columns += [f'e."{name}"' for name in EVENT]
    names = ", ".join(f'"{name}"' for name in EVENT)
    return f"SELECT {', '.join(columns)} FROM requests AS r CROSS JOIN UNNEST(r.request.events) AS e ({names})"
