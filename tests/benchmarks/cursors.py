"""PyAthena's cursors on answers as small as ours: which keeps the types, and how long until there is an Arrow table.

Against the double of Athena's API, and a double of S3 for those that read the result file or, in unload mode, Parquet.
The time is CPU time of the asking thread, and `ROUND_TRIP` for each request: as in a region, and whatever else this
machine does. The floor is the plain Cursor. PolarsCursor is measured where polars is installed.
"""

import io
import os
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from statistics import median
from typing import Any, ClassVar
from unittest import mock
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow as pa
import pyarrow.csv
import pyarrow.fs
import pyarrow.parquet
import pyathena
from pyathena.arrow.cursor import ArrowCursor
from pyathena.cursor import Cursor
from pyathena.pandas.cursor import PandasCursor

from dashboard.warehouse.frames import ARROW, frame
from tests.athena.double import Athena, Result

ROUND_TRIP = 0.015
SIZES = (10, 200, 2000)
ROUNDS = 7
COLUMNS = [
    ("item_name", "varchar"),
    ("area", "varchar"),
    ("visits", "bigint"),
    ("orders", "bigint"),
    ("local_date", "date"),
    ("skip_rate", "double"),
    ("sold_out", "boolean"),
    *((f"count_{n}", "bigint") for n in range(8)),
]


def rows(count: int) -> list[tuple[Any, ...]]:
    """Rows that show what a cursor does to NULL beside '', 0 and false, and to integers beyond 2⁵³."""
    return [
        (
            ("ส้มตำ, 'hot'", "", None)[n % 3],
            ("", None)[n % 2],
            (None, 2**53 + 1 + n)[n % 2],
            n,
            (date(2026, 11, 1), None)[n % 2],
            (n / 7, None, 0.0)[n % 3],
            (True, False, None)[n % 3],
            *(n * k for k in range(8)),
        )
        for n in range(count)
    ]


def _text(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


class _Files(BaseHTTPRequestHandler):
    """S3 that holds, under whatever key is asked for, the CSV and the Parquet file of one result."""

    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self, *, head: bool = False) -> None:
        self.asked.append(self.path)
        at = urlsplit(self.path)
        if "prefix" in parse_qs(at.query):
            key = f"{parse_qs(at.query)['prefix'][0]}part.parquet"
            size = len(self.files["parquet"])
            return self._send(
                200,
                f"<ListBucketResult><Name>results</Name><KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false"
                f"</IsTruncated><Contents><Key>{key}</Key><Size>{size}</Size><ETag>x</ETag>"
                "<LastModified>2026-11-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>".encode(),
            )
        name = unquote(at.path)
        body = self.files.get("manifest" if name.endswith("manifest.csv") else name.rpartition(".")[2])
        if body is None:
            return self._send(404, b"")
        first, last = 0, len(body) - 1
        if asked := self.headers.get("Range"):
            first, last = (int(end) for end in asked.removeprefix("bytes=").split("-"))
        part = body[first : last + 1]
        return self._send(206 if asked else 200, part, f"bytes {first}-{last}/{len(body)}", head=head)

    def do_HEAD(self) -> None:
        self.do_GET(head=True)

    def _send(self, status: int, body: bytes, span: str = "", *, head: bool = False) -> None:
        self.send_response(status)
        headers = {"Content-Length": len(body), "ETag": '"x"', "Last-Modified": "Sun, 01 Nov 2026 00:00:00 GMT"}
        for name, value in (headers | ({"Content-Range": span} if status == 206 else {})).items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(b"" if head else body)

    def log_message(self, *_: object) -> None:
        pass


class _WithManifest(Athena):
    """The double, saying of each query where an UNLOAD's manifest would be."""

    def do(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        said = super().do(operation, given)
        if operation == "GetQueryExecution":
            said["QueryExecution"]["Statistics"]["DataManifestLocation"] = "s3://results/manifest.csv"
        return said


def _quoted(text: str | None) -> str:
    return "" if text is None else '"' + text.replace('"', '""') + '"'


def _files(table: pa.Table) -> dict[str, bytes]:
    parquet, lines = io.BytesIO(), [",".join(f'"{name}"' for name in table.column_names)]
    pyarrow.parquet.write_table(table, parquet)
    lines += (",".join(_quoted(_text(value)) for value in row.values()) for row in table.to_pylist())
    return {
        "csv": "\n".join([*lines, ""]).encode(),
        "parquet": parquet.getvalue(),
        "manifest": b"s3://results/u/part.parquet\n",
    }


def _plain(connection: Any) -> pa.Table:
    cursor = connection.cursor(Cursor).execute("SELECT")
    return pa.Table.from_pandas(frame([(c[0], c[1]) for c in cursor.description], cursor.fetchall()))


def _arrow(connection: Any, **given: Any) -> pa.Table:
    return connection.cursor(ArrowCursor, **given).execute("SELECT").as_arrow()


def _pandas(connection: Any, **given: Any) -> pa.Table:
    return pa.Table.from_pandas(connection.cursor(PandasCursor, **given).execute("SELECT").as_pandas())


def _polars(connection: Any) -> pa.Table:
    from pyathena.polars.cursor import PolarsCursor

    return connection.cursor(PolarsCursor).execute("SELECT").as_polars().to_arrow()


CURSORS: dict[str, Callable[[Any], pa.Table]] = {
    "Cursor": _plain,
    "ArrowCursor": _arrow,
    "ArrowCursor, unload": partial(_arrow, unload=True),
    "PandasCursor": _pandas,
} | ({"PolarsCursor": _polars} if find_spec("polars") else {})


def run(scale: float) -> list[dict[str, Any]]:
    figures: list[dict[str, Any]] = []
    for size in SIZES if scale >= 0.1 else SIZES[:2]:
        made = rows(size)
        types = [(name, ARROW[kind]) for name, kind in COLUMNS]
        table = pa.Table.from_arrays(
            [pa.array(c, k) for c, (_, k) in zip(zip(*made, strict=True), types, strict=True)], schema=pa.schema(types)
        )
        _Files.files = _files(table)
        result = Result(COLUMNS, [[_text(value) for value in row] for row in made])
        with ExitStack() as stack:
            athena = stack.enter_context(_WithManifest(lambda _, result=result: result))
            s3 = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
            threading.Thread(target=s3.serve_forever, daemon=True).start()
            stack.callback(s3.shutdown)
            place = f"127.0.0.1:{s3.server_port}"
            stack.enter_context(
                mock.patch.dict(os.environ, athena.environment | {"AWS_ENDPOINT_URL_S3": f"http://{place}"})
            )
            reached = partial(pyarrow.fs.S3FileSystem, endpoint_override=place, scheme="http")
            stack.enter_context(mock.patch.object(pyarrow.fs, "S3FileSystem", reached))  # it reads no such setting
            connection = pyathena.connect(s3_staging_dir="s3://results/", work_group="primary", poll_interval=0.2)
            figures += _compared(connection, athena, table, size)
    return figures


def _compared(connection: Any, athena: Athena, table: pa.Table, size: int) -> list[dict[str, Any]]:
    seconds: dict[str, list[float]] = {name: [] for name in CURSORS}
    wrong: dict[str, str] = {}
    for _ in range(ROUNDS):
        for name, read in CURSORS.items():
            asked, began = len(athena.calls) + len(_Files.asked), time.thread_time()
            got = read(connection)
            asked = len(athena.calls) + len(_Files.asked) - asked
            seconds[name].append(time.thread_time() - began + asked * ROUND_TRIP)
            wrong[name] = ", ".join(c for c in table.column_names if got[c].to_pylist() != table[c].to_pylist())
    floor = median(seconds["Cursor"]) * 1000
    return [
        {
            "name": f"{name}: {size} rows",
            "value": median(taken) * 1000,
            "unit": "ms",
            "floor": floor,
            "ratio": median(taken) * 1000 / floor,
            "bound": None,
            "better": "lower",
            "note": f"changes {wrong[name]}" if wrong[name] else "keeps every value",
        }
        for name, taken in seconds.items()
    ]
