"""`menulens load` against DuckDB's own read_json → Parquet of the same file: the gate, the rejects and the lake on top.

Compared in CPU time, which a busy machine changes least.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import msgspec

from ingest_stack.conversion import COLUMNS
from ingest_stack.loading import load
from tests.benchmarks import lakes

EVENTS = 2_000_000


def run(scale: float) -> list[dict[str, Any]]:
    """Two million events (times `scale`, at most once) as envelopes and as flat rows; the median of three rounds."""
    with tempfile.TemporaryDirectory(prefix="menulens-bench-") as name:
        folder = Path(name)
        files = _files(folder, round(EVENTS * min(scale, 1)))
        return [_figure(folder, form, file) for form, file in files.items()]


def _files(folder: Path, events: int) -> dict[str, Path]:
    """What guests' pages would have sent: fields without a value left out."""
    lake = lakes.write_lake(folder / "made", days=1, events_per_day=events)
    rows = folder / "rows.ndjson"
    duckdb.execute(f"COPY (SELECT received_at, request FROM ({lake.select('requests')})) TO '{rows}' (FORMAT json)")
    files = {form: folder / f"{form}.ndjson" for form in ("envelope", "flat")}
    with rows.open("rb") as made, files["envelope"].open("wb") as envelopes, files["flat"].open("wb") as flat:
        for line in made:
            row = json.loads(line)
            sent = [_stated(event) for event in row["request"].pop("events")]
            envelope = _stated(row["request"]) | {"received_at": row["received_at"]}
            envelopes.write(msgspec.json.encode(envelope | {"events": sent}) + b"\n")
            flat.writelines(msgspec.json.encode(envelope | event) + b"\n" for event in sent)
    return files


def _stated(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _figure(folder: Path, form: str, file: Path) -> dict[str, Any]:
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS[form].items())
    floor_sql = (
        f"COPY (FROM read_json('{file}', format = 'newline_delimited', columns = {{{columns}}})) "
        f"TO '{folder / 'floor.parquet'}' (FORMAT parquet, COMPRESSION zstd)"
    )
    floors, ours = [], []
    for round in range(3):
        floors.append(_cpu(lambda: duckdb.connect().execute("SET threads = 2").execute(floor_sql)))
        home = folder / f"home-{form}-{round}"
        ours.append(_cpu(lambda home=home: load(home, [file])))
    size = file.stat().st_size / 1e6
    return {
        "name": f"load: {form} lines",
        "value": size / median(ours),
        "unit": "MB per CPU second",
        "floor": size / median(floors),
        "ratio": median(floors) / median(ours),
        "bound": 0.5,
        "better": "higher",
        "note": "",
    }


def _cpu(act: Callable[[], Any]) -> float:
    before = time.process_time()
    act()
    return time.process_time() - before
