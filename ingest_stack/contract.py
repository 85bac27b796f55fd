"""The event contract, derived from event.schema.json: the gate of a request, the lake's columns, the `events` view.

The schema is the only place where fields are spelled out; whatever another system needs of it is derived here.
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from errors import ContractError

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("event.schema.json").read_text())
ENVELOPE: dict[str, Any] = {name: field for name, field in SCHEMA["properties"].items() if name != "events"}
_EVENT_SCHEMA: dict[str, Any] = SCHEMA["properties"]["events"]["items"]
EVENT: dict[str, Any] = _EVENT_SCHEMA["properties"]
MAX_BYTES = 256 * 1024
LAST_INSTANT = 253_370_764_799_999  # the last millisecond of the year 9998: a day that is counted has neighbours
MAX_EVENTS: int = SCHEMA["properties"]["events"]["maxItems"]

_LIMITS = {"minLength": "min_length", "maxLength": "max_length", "minimum": "ge", "maximum": "le"}
_PYTHON: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}
_REQUEST_KEY = re.compile(rb'"request"\s*:')
_EVENTS_KEY = re.compile(rb'"events"\s*:')
# JSON Schema's words for what is allowed, then msgspec's for what it found where they differ.
_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "str": "text",
    "int": "a whole number",
    "float": "a number with a fraction",
    "bool": "true or false",
}
_BOUNDS = {"Length": " of {} characters", "Items": " of {} events", "imum": " from {}"}
_QUOTED = 40  # characters at most of what was sent that a refusal repeats
_PLACE = re.compile(r" - at `\$\.?([\w.\[\]]*)`\Z")
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


Event = _struct("Event", EVENT, _EVENT_SCHEMA["required"])
_Events: Any = Annotated[list[Event], msgspec.Meta(min_length=1, max_length=MAX_EVENTS)]  # type: ignore[valid-type]
Request = _struct(
    "Request",
    ENVELOPE,
    SCHEMA["required"],
    events=_Events,
)
_decoder = msgspec.json.Decoder(Request)

Form = Literal["record", "envelope", "flat"]
"""A line of a file: {"received_at", "bot", "request"}; a request as it was posted; one event, its request beside it."""

# What a line of a file may say beside the contract.
_RECEIVED: dict[str, Any] = {
    "received_at": {"type": ["integer", "null"], "minimum": 0, "maximum": LAST_INSTANT},
    "bot": {"type": ["boolean", "null"]},
}
# A row of the `events` view carries its partition, which follows from received_at.
_DT: dict[str, Any] = {"dt": {"type": ["string", "null"]}}
_FLAT_REQUIRED = [name for name in SCHEMA["required"] if name != "events"] + _EVENT_SCHEMA["required"]
_LINES: dict[Form, Any] = {
    "record": msgspec.json.Decoder(_struct("Record", _RECEIVED, [], request=Request)),
    "envelope": msgspec.json.Decoder(_struct("Envelope", _RECEIVED | ENVELOPE, SCHEMA["required"], events=_Events)),
    "flat": msgspec.json.Decoder(_struct("Flat", _RECEIVED | ENVELOPE | EVENT | _DT, _FLAT_REQUIRED)),
}
_FIELDS: dict[str, Any] = SCHEMA["properties"] | EVENT | _RECEIVED | _DT


def read_request(body: bytes) -> Any:
    """The request in `body`, strictly typed. Raises ContractError that names the field and the event."""
    return _decoded(lambda: _decoder.decode(body))


def form_of(line: bytes) -> Form:
    """Which form a line of a file seems to have."""
    # Inside a JSON string the quotes would be escaped, so these can only be keys.
    return "record" if _REQUEST_KEY.search(line) else "envelope" if _EVENTS_KEY.search(line) else "flat"


def read_lines(lines: Sequence[bytes], form: Form) -> tuple[int, int, int]:
    """Hold lines of a file, all of one form, against the contract.

    Returns when the first and the last was received (ms) and how many events they hold. Raises ContractError for the
    first that can't be used.
    """
    read = _decoded(lambda: list(map(_LINES[form].decode, lines)))
    requests = [line.request for line in read] if form == "record" else read
    received = [
        request.sent_at if line.received_at is None else line.received_at
        for line, request in zip(read, requests, strict=True)
    ]
    first, last = min(received), max(received)
    if first < 0 or last > LAST_INSTANT:
        raise ContractError("sent_at: stands for received_at, and lies outside the years 1970 to 9998.")
    return first, last, len(read) if form == "flat" else sum(len(request.events) for request in requests)


def _decoded(decode: Callable[[], Any]) -> Any:
    try:
        return decode()
    except msgspec.ValidationError as problem:
        raise ContractError(_in_words(str(problem))) from None
    except msgspec.DecodeError as problem:
        place = re.search(r"\(byte \d+\)", str(problem))
        why = f"it goes wrong at {place[0][1:-1]}" if place else "it breaks off"
        raise ContractError(f"request: is not valid JSON: {why}.") from None
    except UnicodeDecodeError:
        raise ContractError("request: is not valid UTF-8.") from None


def _in_words(problem: str) -> str:
    """`<where>: <what it must be>.`: the place first, and what is allowed as the schema has it.

    msgspec says "Expected `int`, got `str` - at `$.events[3].seq`".
    """
    what, where, *_ = *_PLACE.split(problem), ""
    if field := re.fullmatch(r"Object (missing required|contains unknown) field `(.*)`", what, re.DOTALL):
        name = field[2] if len(field[2]) <= _QUOTED else field[2][:_QUOTED] + "…"
        place = f"{where}.{name}" if where else name
        return f"{place}: {'is missing' if field[1] == 'missing required' else 'is no field of the contract'}."
    got = re.search(r"got `(\w+)`", what)
    found = f", not {_WORDS.get(got[1], got[1])}" if got else ""
    return f"{where or 'request'}: must be {_allowed(where.rpartition('.')[2])}{found}."


@cache
def _allowed(name: str) -> str:
    field: dict[str, Any] = _FIELDS.get(name, {"type": "object"})
    if "enum" in field:
        return f"one of {', '.join(field['enum'])}"
    words = _WORDS[_type(field)]
    for rule, bounds in _BOUNDS.items():
        if f"max{rule}" in field:
            low, high = field[f"min{rule}"], field[f"max{rule}"]
            allowed = bounds.format(low if low == high else f"{low} to {high}")
            words = f"{low}" if (rule, low) == ("imum", high) else words + allowed
    return words if isinstance(field["type"], str) else f"{words} or null"


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
def events_view() -> str:
    """The `events` view over `requests`, in Athena's dialect: `requests` unnested, one row an event."""
    columns = ["r.dt", "r.received_at", "r.bot"]
    columns += [f'r.request."{name}" AS "{name}"' for name in ENVELOPE]
    columns += [f'e."{name}"' for name in EVENT]
    names = ", ".join(f'"{name}"' for name in EVENT)
    return f"SELECT {', '.join(columns)} FROM requests AS r CROSS JOIN UNNEST(r.request.events) AS e ({names})"


@cache
def glue_request_columns() -> dict[str, str]:
    """The lake's `requests` table as Glue nests it: column → type."""
    fields = [f"{name}:{kind}" for name, kind in columns(ENVELOPE).items()]
    fields += [f"events:array<struct<{','.join(f'{name}:{kind}' for name, kind in columns(EVENT).items())}>>"]
    nested = columns(_RECEIVED) | {"request": f"struct<{','.join(fields)}>"}
    return {name: kind.replace("varchar", "string") for name, kind in nested.items()}


@cache
def draft_4() -> dict[str, Any]:
    """The schema as JSON Schema draft 4, the one that API Gateway's request models are written in."""
    return {"$schema": "http://json-schema.org/draft-04/schema#"} | _plain(SCHEMA)


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    # What is left are words that draft 4 and 2020-12 mean alike; a test holds both against the same examples.
    unused = ("$schema", "$id", "title", "description", "default")
    kept = {word: rule for word, rule in schema.items() if word not in unused}
    if "properties" in kept:
        kept["properties"] = {name: _plain(field) for name, field in kept["properties"].items()}
    return kept | ({"items": _plain(kept["items"])} if "items" in kept else {})
