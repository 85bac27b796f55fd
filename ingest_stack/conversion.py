"""Lines of JSON → rows of the lake's `requests`: DuckDB reads them by the file, a line it refuses is set aside alone.

Three forms of a line, and `received_at` and `bot` may be missing in each (then: `sent_at`, not a bot):

    record      {"received_at", "bot", "request": {…, "events": […]}}     the spool's, and Firehose's
    envelope    {…, "events": […]}                                        a request as it was posted
    flat        {…, "seq", "type", "at", …}                               one event with its request's fields beside it
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ingest_stack import contract
from ingest_stack.contract import Form

_REFUSALS = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException)
_RESTAURANT = re.compile(rb'"restaurant_id"\s*:\s*"([^"\\]{1,64})"')
_RECEIVED = {"received_at": "bigint", "bot": "boolean"}
_ENVELOPE = contract.columns(contract.ENVELOPE)
_EVENT = contract.columns(contract.EVENT)


def _pack(names: Sequence[str], **more: str) -> str:
    fields = {name: f'"{name}"' for name in names} | more
    return "struct_pack(" + ", ".join(f'"{name}" := {value}' for name, value in fields.items()) + ")"


_EVENTS = "struct(" + ", ".join(f'"{name}" {kind}' for name, kind in _EVENT.items()) + ")[]"
_COLUMNS: dict[Form, dict[str, str]] = {
    "record": _RECEIVED | {"request": contract.request_columns()["request"]},
    "envelope": _RECEIVED | _ENVELOPE | {"events": _EVENTS},
    "flat": _RECEIVED | _ENVELOPE | _EVENT,
}
_ROW = "coalesce(received_at, {sent_at}) AS received_at, coalesce(bot, false) AS bot, {request} AS request"
_KEY = ", ".join(f'"{name}"' for name in _ENVELOPE)
_SELECT: dict[Form, str] = {
    # A segment's batch headers are JSON lines too, but hold no request.
    "record": _ROW.format(sent_at="request.sent_at", request="request") + " FROM lines WHERE request IS NOT NULL",
    "envelope": _ROW.format(sent_at="sent_at", request=_pack([*_ENVELOPE, "events"])) + " FROM lines",
    "flat": _ROW.format(sent_at="sent_at", request=_pack(list(_ENVELOPE), events=f"list({_pack(list(_EVENT))})"))
    + f" FROM lines GROUP BY lines.received_at, lines.bot, {_KEY}",
}


@dataclass(frozen=True)
class Converted:
    """`rows`: a relation of the lake's `requests`; `refused`: place among the lines → why it is not among the rows."""

    rows: duckdb.DuckDBPyRelation
    refused: dict[int, str]


class Converter:
    """Reads lines with one DuckDB connection of bounded memory; `scratch` is a folder for files of its own."""

    def __init__(self, scratch: Path) -> None:
        self._file = scratch / ".converting.tmp"
        self._connection = duckdb.connect()
        self._connection.execute("SET memory_limit = '600MB'; SET threads = 2")

    def convert(self, lines: Sequence[bytes], form: Form, file: Path | None = None) -> Converted:
        """The rows of `lines` (each with its line break), valid by the contract's gate but for what JSON leaves open.

        `file`: where these very lines stand already. The rows stay readable until the next call.
        """
        try:
            try:
                return Converted(self._read(file or self._write(lines), form), {})
            except _REFUSALS:
                refused = dict(self._refused(lines, form))
                kept = [line for place, line in enumerate(lines) if place not in refused]
                return Converted(self._read(self._write(kept), form), refused)
        finally:
            self._file.unlink(missing_ok=True)

    def _read(self, file: Path, form: Form) -> duckdb.DuckDBPyRelation:
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in _COLUMNS[form].items())
        lines = (
            f"read_json($file, format = 'newline_delimited', columns = {{{columns}}}, maximum_object_size = 4194304)"
        )
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE converted AS WITH lines AS (FROM {lines}) SELECT {_SELECT[form]}",
            {"file": str(file)},
        )
        return self._connection.table("converted")

    def _write(self, lines: Sequence[bytes]) -> Path:
        self._file.write_bytes(b"".join(lines))
        return self._file

    def _refused(self, lines: Sequence[bytes], form: Form) -> Iterator[tuple[int, str]]:
        # The one refusal that is known is found in one pass, so that many such lines cost no more than few.
        repeating = {place: why for place, line in enumerate(lines) if (why := _repeated_key(line))}
        yield from repeating.items()
        yield from self._halve(lines, form, [place for place in range(len(lines)) if place not in repeating])

    def _halve(self, lines: Sequence[bytes], form: Form, places: list[int]) -> Iterator[tuple[int, str]]:
        try:
            self._read(self._write([lines[place] for place in places]), form)
        except _REFUSALS as problem:
            if len(places) == 1:
                yield places[0], str(problem).splitlines()[0]
            else:
                middle = len(places) // 2
                yield from self._halve(lines, form, places[:middle])
                yield from self._halve(lines, form, places[middle:])


def restaurant_of(line: bytes) -> str | None:
    """The restaurant that a line names, even one that can't be read."""
    found = _RESTAURANT.search(line)
    return found[1].decode("utf-8", "replace") if found else None


class _RepeatedKeyError(Exception):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _RepeatedKeyError(f'"{key}" stands twice in one object.')
        found[key] = value
    return found


def _repeated_key(line: bytes) -> str | None:
    try:
        json.loads(line, object_pairs_hook=_once)
    except _RepeatedKeyError as problem:
        return str(problem)
    return None
