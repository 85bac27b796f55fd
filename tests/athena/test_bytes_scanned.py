"""What a question reads, over tables laid out as on AWS: Iceberg, by month and bucket of restaurants, sorted in files.

Real Trino reads them, and counts the bytes.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import inf
from pathlib import Path

import pytest

import queries
from dashboard.access import Scope
from dashboard.warehouse import Warehouse, remote
from dashboard.warehouse.tables import COLUMNS
from ingest_stack.derived import WHOLE
from tests.athena.on_trino import athena_warehouse, iceberg

pytestmark = pytest.mark.trino
BUCKETS = 16
REPORTS = [name for name in queries.names("report") if "first_date" in {p.name for p in queries.load(name).parameters}]
DAYS = {"first_date": date(2026, 11, 24), "last_date": date(2026, 12, 7)}
HERE = Scope.everything().only("r3")


@dataclass(frozen=True)
class Size:
    """So many restaurants, r1 first, with guests in twelve hours of each day."""

    restaurants: int
    first_date: date
    last_date: date


SMALL = Size(4, date(2026, 11, 1), date(2026, 12, 31))
LARGE = Size(16, date(2026, 9, 1), date(2026, 12, 31))
BOUND = 2.0
"""The large lake holds eight times the rows; it may cost a question so many times the bytes: buckets are shared."""


@pytest.fixture(scope="module")
def lakes(trino: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Warehouse, Warehouse]]:
    """The small one and the large one."""
    with ExitStack() as stack:
        # Looking at what is new costs bytes too, the next answer's: here that is none of the reports'.
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(remote, "LOOK_SECONDS", inf)

        def opened(catalog: str, size: Size) -> Warehouse:
            _write(trino, catalog, tmp_path_factory.mktemp(catalog), size)
            now = datetime(2026, 12, 31, 12, tzinfo=UTC)
            lake = stack.enter_context(athena_warehouse(trino, catalog, "menulens", lambda: now))
            lake.ask("directory", HERE)
            return lake

        yield opened("scanned_small", SMALL), opened("scanned_large", LARGE)


@pytest.mark.parametrize("name", REPORTS)
def test_14_days_of_one_restaurant_read_hardly_more_when_others_and_more_days_are_there(
    lakes: tuple[Warehouse, Warehouse], name: str
) -> None:
    small, large = (lake.ask(name, HERE, **DAYS).cost.bytes_scanned or 0 for lake in lakes)
    assert 0 < large <= BOUND * small


def _write(url: str, catalog: str, folder: Path, size: Size) -> None:
    """Every table of the warehouse as a catalog of its own, in the layout that AWS has."""
    run = iceberg(url, catalog, folder)
    for table, columns in COLUMNS.items():
        dated = "local_date" in columns
        layout = [*["month(local_date)"] * dated, f"bucket(restaurant_id, {BUCKETS})"]
        order = ["restaurant_id", *["local_date"] * dated]
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        run(f"CREATE TABLE {table} ({typed}) WITH (partitioning = ARRAY{layout}, sorted_by = ARRAY{order})")
        first = size.last_date if table in WHOLE else size.first_date  # what is made as a whole is of one day
        days = f"sequence(DATE '{first}', DATE '{size.last_date}')" if dated else "ARRAY[NULL]"
        hours = "sequence(11, 22)" if table != "restaurants" else "ARRAY[0]"
        rows = f"UNNEST(sequence(1, {size.restaurants})) AS a (r), UNNEST({days}) AS b (d), UNNEST({hours}) AS c (h)"
        run(f"INSERT INTO {table} SELECT {', '.join(map(_value, columns, columns.values()))} FROM {rows}")


def _value(name: str, kind: str) -> str:
    known = {"restaurant_id": "'r' || CAST(r AS varchar)", "local_date": "d", "local_hour": "CAST(h AS bigint)"}
    known |= {"time_zone": "'UTC'", "currency": "'EUR'", "menu_version": "BIGINT '1'"}
    # Where no item is named, a row is of the whole restaurant.
    known |= {"recommended_item_id": "NULLIF('dish-' || CAST(h AS varchar), 'dish-11')"}
    texts = f"'{name}-' || CAST(h AS varchar)"
    kinds = {"varchar": texts, "boolean": "false"}
    return known.get(name) or kinds.get(kind, f"CAST(r * 7 + h * 13 AS {kind})")
