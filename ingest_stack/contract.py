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
_EVENT_SCHEMA: dict[str, Any] = SCHEMA["properties"]["events"]["items"]
EVENT: dict[str, Any] = _EVENT_SCHEMA["properties"]
MAX_BYTES = 256 * 1024
LAST_INSTANT = 253_370_764_799_999  # the last millisecond of the year 9998: a day that is counted has neighbours
MAX_EVENTS: int = SCHEMA["properties"]["events"]["maxItems"]

_LIMITS = {"minLength": "min_length", "maxLength": "max_length", "minimum": "ge", "maximum": "le"}
_PYTHON: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}
_REQUEST_KEY = re.compile(rb'"request"\s*:')
_EVENTS_KEY = re.compile(rb'"events"\s*:')
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
_FLAT_REQUIRED = [name for name in SCHEMA["required"] if name != "events"] + _EVENT_SCHEMA["required"]
_LINES: dict[Form, Any] = {
    "record": msgspec.json.Decoder(_struct("Record", _RECEIVED, [], request=Request)),
    "envelope": msgspec.json.Decoder(_struct("Envelope", _RECEIVED | ENVELOPE, SCHEMA["required"], events=_Events)),
    "flat": msgspec.json.Decoder(
        # A row of the `events` view carries its partition, which follows from received_at.
        _struct("Flat", _RECEIVED | ENVELOPE | EVENT | {"dt": {"type": ["string", "null"]}}, _FLAT_REQUIRED)
    ),
}


def read_request(body: bytes) -> Any:
    """The request in `body`, strictly typed. Raises ContractError that names the field and the event."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise ContractError(_in_words(str(problem))) from None


def form_of(line: bytes) -> Form:
    """Which form a line of a file seems to have."""
    # Inside a JSON string the quotes would be escaped, so these can only be keys.
    return "record" if _REQUEST_KEY.search(line) else "envelope" if _EVENTS_KEY.search(line) else "flat"


def read_line(line: bytes, form: Form) -> tuple[int, int]:
    """Hold a line of a file against the contract. Returns when it was received and how many events it holds.

    Raises ContractError.
    """
    try:
        read = _LINES[form].decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise ContractError(_in_words(str(problem))) from None
    request = read.request if form == "record" else read
    received_at = request.sent_at if read.received_at is None else read.received_at
    if not 0 <= received_at <= LAST_INSTANT:
        raise ContractError("sent_at: stands for received_at, and lies outside the years 1970 to 9998.")
    return received_at, 1 if form == "flat" else len(request.events)


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
def events_view() -> str:
    """The `events` view over `requests`, in Athena's dialect: `requests` unnested, one row an event."""
    columns = ["r.dt", "r.received_at", "r.bot"]
    columns += [f'r.request."{name}" AS "{name}"' for name in ENVELOPE]
    columns += [f'e."{name}"' for name in EVENT]
    names = ", ".join(f'"{name}"' for name in EVENT)
    return f"SELECT {', '.join(columns)} FROM requests AS r CROSS JOIN UNNEST(r.request.events) AS e ({names})"
