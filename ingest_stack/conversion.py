"""Lines of JSON → rows of the lake's `requests`: DuckDB reads them by the file, a line it refuses is set aside alone.

Three forms of a line, and `received_at` and `bot` may be missing in each (then: `sent_at`, not a bot):

    record      {"received_at", "bot", "request": {…, "events": […]}}     the spool's, and Firehose's
    envelope    {…, "events": […]}                                        a request as it was posted
    flat        {…, "seq", "type", "at", …}                               one event with its request's fields beside it
"""

import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from ingest_stack import contract
from ingest_stack.contract import Form

LINE_BYTES = 4 * 1024 * 1024
_RESTAURANT = re.compile(rb'"restaurant_id"\s*:\s*"([^"\\]{1,64})"')
_RECEIVED = {"received_at": "bigint", "bot": "boolean"}
_ENVELOPE = contract.columns(contract.ENVELOPE)
_EVENT = contract.columns(contract.EVENT)


def _pack(names: Sequence[str], **more: str) -> str:
    fields = {name: f'"{name}"' for name in names} | more
    return "struct_pack(" + ", ".join(f'"{name}" := {value}' for name, value in fields.items()) + ")"


_EVENTS = "struct(" + ", ".join(f'"{name}" {kind}' for name, kind in _EVENT.items()) + ")[]"
COLUMNS: dict[Form, dict[str, str]] = {
    "record": _RECEIVED | {"request": contract.request_columns()["request"]},
    "envelope": _RECEIVED | _ENVELOPE | {"events": _EVENTS},
    "flat": _RECEIVED | _ENVELOPE | _EVENT,
}
_ROW = "coalesce(received_at, {sent_at}) AS received_at, coalesce(bot, false) AS bot, {request} AS request"
_SELECT: dict[Form, str] = {
    # A segment's batch headers are JSON lines too, but hold no request.
    "record": _ROW.format(sent_at="request.sent_at", request="request") + " FROM lines WHERE request IS NOT NULL",
    "envelope": _ROW.format(sent_at="sent_at", request=_pack([*_ENVELOPE, "events"])) + " FROM lines",
    # A request of one event each: gathering them costs more than it saves, and counts the same.
    "flat": _ROW.format(sent_at="sent_at", request=_pack(list(_ENVELOPE), events=f"[{_pack(list(_EVENT))}]"))
    + " FROM lines",
}


REFUSALS = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException)
"""What DuckDB raises when it can't read a line."""


class Converter:
    """Reads lines with one DuckDB connection of bounded memory; `scratch` is a folder for a file of its own.

    Lines are valid by the contract's gate but for what JSON leaves open, such as a key that stands twice.
    """

    def __init__(self, scratch: Path) -> None:
        self._file = scratch / f".converting-{os.getpid()}.tmp"
        self._connection = duckdb.connect()
        self._connection.execute("SET memory_limit = '600MB'; SET threads = 2; SET preserve_insertion_order = false")
        # The scratch file changes within a clock tick, which a cache does not notice.
        self._connection.execute("SET enable_external_file_cache = false")

    def write(self, lines: Iterable[bytes]) -> Path:
        """A file for `read` that holds `lines` (a line break is added to each), until the next call or `close`."""
        self._file.touch()
        # Written over, not anew: to give back and take thirty megabytes each time costs more than to fill them.
        with self._file.open("r+b") as file:
            for line in lines:
                file.write(line)
                file.write(b"\n")
            file.truncate()
        return self._file

    def read(self, file: Path, form: Form) -> duckdb.DuckDBPyRelation:
        """The file's rows of `requests`, not read before they are asked for: see REFUSALS."""
        return self._connection.sql(_select(file, form))

    def read_whole(self, file: Path, form: Form) -> duckdb.DuckDBPyRelation:
        """The same, read now and held until the next call. Raises one of REFUSALS."""
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE converted AS {_select(file, form)}")
        return self._connection.table("converted")

    def sift(self, lines: Sequence[bytes], form: Form) -> dict[int, str]:
        """The places of the lines that can't be read, and why."""
        # The one refusal that is known is found in one pass, so that many such lines cost no more than few.
        refused = {place: why for place, line in enumerate(lines) if (why := _repeated_key(line))}
        return refused | self._halve(lines, form, [place for place in range(len(lines)) if place not in refused])

    def _halve(self, lines: Sequence[bytes], form: Form, places: list[int]) -> dict[int, str]:
        try:
            self.read_whole(self.write(lines[place] for place in places), form)
        except REFUSALS as problem:
            if len(places) == 1:
                return {places[0]: str(problem).splitlines()[0]}
            middle = len(places) // 2
            return self._halve(lines, form, places[:middle]) | self._halve(lines, form, places[middle:])
        return {}

    def close(self) -> None:
        """Forget what was read."""
        self._connection.close()
        self._file.unlink(missing_ok=True)


def _select(file: Path, form: Form) -> str:
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS[form].items())
    path = str(file).replace("'", "''")
    return (
        f"WITH lines AS (FROM read_json('{path}', format = 'newline_delimited', columns = {{{columns}}}, "
        f"maximum_object_size = {LINE_BYTES})) SELECT {_SELECT[form]}"
    )


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
        if line and not line.isspace():
            json.loads(line, object_pairs_hook=_once)
    except _RepeatedKeyError as problem:
        return str(problem)
    return None
