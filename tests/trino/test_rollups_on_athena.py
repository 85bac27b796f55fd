"""What is sent to Athena each hour, run by real Trino on Iceberg tables: the same rows as the laptop's."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest_stack.aws import statements
from ingest_stack.aws.statements import DATES, RECOMMENDED, TABLES, TAKEN_DATES, Table
from ingest_stack.derived import LEAST_GUESTS, WHOLE
from ingest_stack.derived import TABLES as READ
from tests.athena.on_trino import iceberg
from tests.trino import wild
from tests.trino.tables import Shown

RAW = ("requests", "rejects", "restaurants", "menu_items", "recommendation_rules")
CUT = wild.FIRST + timedelta(3)
"""After this day the rollups run once, knowing what has come by then; and once more when all has come."""


class Cloud:
    """Iceberg tables as AWS has them, over a laptop's lake as Firehose would have written it."""

    def __init__(self, trino: str, lake: Shown, folder: Path) -> None:
        self._lake = lake
        self.run: Callable[[str], list[Any]] = iceberg(trino, "rollups_iceberg", folder)
        for table in (*TABLES, *RECOMMENDED):
            self.run(_in_trinos_words(table))

    def roll(self, since: date, today: date, tables: Sequence[Table] = TABLES) -> None:
        """What one run sends, on a day that knows what has come until then."""
        days = {name: (since if name.startswith("first") else today) + timedelta(n) for name, n in DATES.items()}
        days |= {name: today + timedelta(n) for name, n in TAKEN_DATES.items()}
        for statement in (text.replace("%least_guests%", str(LEAST_GUESTS)) for t in tables for text in t.fill):
            for name, day in days.items():
                statement = statement.replace(f"%{name}%", str(day))
            assert not re.search(r"%\w+%", statement)
            self.run(re.sub(rf"\b(FROM|JOIN) ({'|'.join(RAW)})\b", self._raw(today), statement))

    def _raw(self, known_until: date) -> Callable[[re.Match[str]], str]:
        def place(found: re.Match[str]) -> str:
            table = f"{self._lake.catalog}.menulens.{found[2]}"
            known = f"(SELECT * FROM {table} WHERE dt <= DATE '{known_until}')" if found[2] == "requests" else table
            return f"{found[1]} {known}"

        return place

    def snapshots(self) -> dict[str, Any]:
        tables = [table.name for table in (*TABLES, *RECOMMENDED) if table.day]
        return {name: self.run(f'SELECT max(committed_at) FROM "{name}$snapshots"')[0][0] for name in tables}


def _in_trinos_words(table: Table) -> str:
    """Athena's DDL is Hive's; Trino has its own for the same table."""
    columns = ", ".join(f'"{name}" {kind.replace("string", "varchar")}' for name, kind in table.columns.items())
    layout = f"partitioning = ARRAY['month({table.day})', 'bucket(restaurant_id, {statements.BUCKETS})']"
    return f"CREATE TABLE {table.name} ({columns}){f' WITH ({layout})' if table.parted else ''}"


@pytest.mark.trino
def test_runs_hour_after_hour_end_in_the_rows_of_the_laptop(
    trino: str, wild_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("rollups")
    lake = Shown(trino, "rollups_lake", wild_home, folder / "shown")
    cloud = Cloud(trino, lake, tmp_path_factory.mktemp("iceberg"))
    last = max(lake.lake.days())
    cloud.roll(wild.FIRST - timedelta(2), CUT)
    cloud.roll(CUT, CUT, RECOMMENDED)
    early = cloud.run("SELECT count(*) FROM visits")[0][0]
    cloud.roll(CUT, last)
    cloud.roll(CUT, last, RECOMMENDED)
    columns_of = {table.name: [*table.columns] for table in (*TABLES, *RECOMMENDED)}
    for name in (*READ, *WHOLE):
        # A laptop names what it made as a whole after the newest day that it counts, the cloud after the day itself.
        columns = ", ".join(f'"{each}"' for each in columns_of[name] if name in READ or each != "local_date")
        mine = Counter(map(tuple, lake.run(f"SELECT {columns} FROM {name}")))
        theirs = Counter(map(tuple, cloud.run(f"SELECT {columns} FROM {name}")))
        assert theirs == mine, name
        assert mine, name
    assert 0 < early < cloud.run("SELECT count(*) FROM visits")[0][0]
    before = cloud.snapshots()
    cloud.roll(CUT, last, [table for table in TABLES if table.name in ("item_hours", "ledger_hours")])
    cloud.roll(CUT, last, RECOMMENDED)
    assert cloud.snapshots() == before, "nothing new: no table that people read is touched"


def test_each_table_is_filled_after_those_that_it_reads() -> None:
    tables = (*TABLES, *RECOMMENDED)
    names = [table.name for table in tables]
    for place, table in enumerate(tables):
        read = {name for statement in table.fill for name in re.findall(r"(?:FROM|JOIN) (\w+)", statement)}
        assert read & {*names} <= {*names[: place + 1]}, table.name


def test_statements_fit_into_athena_and_hold_no_values() -> None:
    for statement in (
        *statements.creates((*TABLES, *RECOMMENDED)),
        *statements.fills((*TABLES, *RECOMMENDED)),
        *statements.compactions(),
    ):
        assert len(statement.encode()) < 262_144
        assert "?" not in re.sub("'[^']*'", "", statement)
        assert set(re.findall(r"%(\w+)%", statement)) <= {*DATES, *TAKEN_DATES, "location", "least_guests"}
