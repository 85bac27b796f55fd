"""What a refresh costs beside DuckDB's own SQL, tuned by hand for the same six tables under the same rules.

Both run in processes of their own over the same lake; CPU time and peak memory are those processes', rows must be the
same to the last bit.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from math import inf
from pathlib import Path
from typing import Any

import duckdb

from ingest_stack.lake import Lake
from ingest_stack.rollups import TABLES, Derived, refresh
from ingest_stack.tables import MEMORY
from tests.benchmarks.lakes import FIRST_DATE, add_minute, write_lake

FLOORS = Path(__file__).with_name("floors")
EVENTS, DAYS, DAY_EVENTS = 50_000_000, 30, 2_000_000
RATIO, MEGABYTES = 1.5, 1_000
EPOCH = date(1970, 1, 1)


def run(scale: float) -> list[dict[str, Any]]:
    """CPU time and peak memory of one day (2 M events), 30 days (50 M) and one new minute; fewer at a smaller scale."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_one_day(Path(folder) / "day", scale), *_many_days(Path(folder) / "days", scale)]


def _one_day(folder: Path, scale: float) -> Iterator[dict[str, Any]]:
    events = int(DAY_EVENTS * min(1.0, scale * 4))
    lake = write_lake(folder / "lake", 1, events)
    ours, floor = _measured("ours", folder), _measured("floor", folder)
    _same_rows(folder)
    yield from _figures("refresh, one day", ours, floor, f"{events:,} events")
    add_minute(lake, FIRST_DATE, events // 1440)
    minute = _measured("ours", folder)
    assert minute["days"] == [str(FIRST_DATE)], minute["days"]
    yield from _figures("refresh, one new minute", minute, floor, "floor: that day anew")
    _measured("floor", folder)
    _same_rows(folder)


def _many_days(folder: Path, scale: float) -> Iterator[dict[str, Any]]:
    days = max(3, round(DAYS * scale))
    write_lake(folder / "lake", days, EVENTS // DAYS)
    ours, floor = _measured("ours", folder), _measured("floor", folder)
    _same_rows(folder)
    yield from _figures(f"refresh, {days} days", ours, floor, f"{days * EVENTS // DAYS:,} events")


def _figures(name: str, ours: dict[str, Any], floor: dict[str, Any], note: str) -> Iterator[dict[str, Any]]:
    cpu = {"value": ours["cpu"], "floor": floor["cpu"], "ratio": ours["cpu"] / floor["cpu"], "bound": RATIO}
    yield {"name": name, "unit": "CPU s", **cpu, "better": "lower", "note": note}
    memory = {"value": ours["megabytes"], "floor": floor["megabytes"], "ratio": None, "bound": MEGABYTES}
    yield {"name": f"{name}: peak memory", "unit": "MB", **memory, "better": "lower", "note": note}


def _measured(what: str, folder: Path) -> dict[str, Any]:
    child = [sys.executable, "-m", "tests.benchmarks.refresh", what, str(folder)]
    done = subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def _same_rows(folder: Path) -> None:
    manifest = Derived(folder / "lake").manifest()
    for table in TABLES:
        ours = _digest([str(path) for path in manifest.files[table].values()])
        floor = _digest([str(path) for path in (folder / "floor").glob(f"{table}-*.parquet")])
        assert ours == floor, f"{table}: {ours} rows and hash, the floor has {floor}"


def _digest(files: list[str]) -> tuple[Any, ...]:
    [row] = duckdb.sql(
        "SELECT count(*), sum(hash(t)) FROM read_parquet($1, hive_partitioning=false) AS t", params=[files]
    ).fetchall()
    return tuple(row)


def _floor(lake: Lake, out: Path) -> list[str]:
    """Fill the six tables by the floor's SQL, day by day, as Parquet sorted by restaurant."""
    out.mkdir(exist_ok=True)
    limits = {"threads": 2, "memory_limit": MEMORY, "temp_directory": str(out / "spill")}
    connection = duckdb.connect(config={**limits, "preserve_insertion_order": False})
    connection.execute("SET TimeZone = 'UTC'")
    for dimension in ("restaurants", "menu_items"):
        connection.execute(f"CREATE TEMP TABLE {dimension} AS {lake.select(dimension)}")
    partitions = lake.days()
    _read(connection, [path for paths in partitions.values() for path in paths])
    connection.execute((FLOORS / "index.sql").read_text())
    days = [day for (day,) in connection.execute("SELECT DISTINCT local_day FROM beginnings ORDER BY 1").fetchall()]
    for number, day in enumerate(days):
        name = str(EPOCH + timedelta(days=day))
        holding = connection.execute(
            "SELECT DISTINCT dt FROM sightings JOIN beginnings USING (v) WHERE (local_day = $day OR (tangled AND"
            " local_day < $day AND last_local_day >= $day)) AND sightings.last_at >= beginnings.first_at"
            " AND sightings.first_at <= beginnings.first_at + 86400000",
            {"day": day},
        ).fetchall()
        _read(connection, [path for (dt,) in holding for path in partitions[dt]])
        for statement in (FLOORS / "day.sql").read_text().split(";\n"):
            if statement.strip():
                connection.execute(statement, {"day": day} if "$day" in statement else None)
        for table in TABLES[:-1]:
            select = (FLOORS / f"{table}.sql").read_text()
            path = out / f"{table}-{name}.parquet"
            _write(connection, select, path, {"day": day} if "$day" in select else None)
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS FROM '{path}'")
            if table == "visits":
                receipts = f"SELECT *, {day} AS day FROM ({(FLOORS / 'receipts.sql').read_text()})"
                target = "INSERT INTO receipts" if number else "CREATE TEMP TABLE receipts AS"
                connection.execute(f"{target} {receipts}")
    _write(connection, (FLOORS / "ledger_hours.sql").read_text(), out / "ledger_hours-all.parquet", None)
    return [str(EPOCH + timedelta(days=day)) for day in days]


def _read(connection: duckdb.DuckDBPyConnection, paths: list[Path]) -> None:
    files = ", ".join(f"'{path}'" for path in paths)
    hive = "hive_partitioning=true, hive_types={'dt': date}"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW requests AS FROM read_parquet([{files}], {hive})")


def _write(connection: duckdb.DuckDBPyConnection, select: str, path: Path, values: dict[str, Any] | None) -> None:
    copy = f"COPY (SELECT * FROM ({select}) ORDER BY restaurant_id) TO '{path}'"
    connection.execute(f"{copy} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 61440)", values)


def _child(what: str, folder: Path) -> None:
    lake = folder / "lake"
    if what == "floor":
        days = _floor(Lake(lake), folder / "floor")
    else:  # the recommendations aren't due: they are made once a day, and have no floor
        days = [str(day) for day in refresh(lake, recommend_after=inf).days]
    used = resource.getrusage(resource.RUSAGE_SELF)
    # The kernel's high-water mark of this program alone; ru_maxrss begins with the parent's.
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    figures = {"cpu": used.ru_utime + used.ru_stime, "megabytes": int(peak.split()[1]) // 1000, "days": days}
    print(json.dumps(figures | {"wall": time.perf_counter() - _BEGAN}))


_BEGAN = time.perf_counter()
if __name__ == "__main__":
    _child(sys.argv[1], Path(sys.argv[2]))
