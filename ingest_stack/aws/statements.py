"""The rollups as Athena runs them: Iceberg tables, and what is sent to bring a window of days up to date.

Every statement is whole in itself and may be sent again. A table that people read is changed by one MERGE: of the
rows of its days, those that are no longer right go and new ones come, and whoever reads sees the table before or after.
Athena takes no values in a MERGE, so the days stand in the text as `%first_date%` and the like, for who sends it to
replace: dates, made by the state machine, never anybody's words.
"""

from dataclasses import dataclass

from sqlglot import exp

import queries
from ingest_stack import contract

BUCKETS = 16

_TEXTS = frozenset(
    {"restaurant_id", "visit_id", "guest_id", "source_restaurant_id", "table_id", "locale", "currency", "item_id"}
    | {"section_id", "order_id"}
)
_KINDS = (
    dict.fromkeys(("dt", "local_date", "last_local_date"), "date")
    | {"tangled": "boolean"}
    | dict.fromkeys(_TEXTS, "string")
)


@dataclass(frozen=True)
class Table:
    """A table filled by the rollup of its name. `day` is the column that a window is of; none: it is made anew.

    `window`: the names of the two dates between which its days lie.
    """

    name: str
    day: str | None = "local_date"
    window: tuple[str, str] = ("first_date", "last_date")

    @property
    def columns(self) -> dict[str, str]:
        """Column → Athena's type, in DDL."""
        return {name: _KINDS.get(name, "bigint") for name in _rollup(self.name).columns}

    @property
    def create(self) -> str:
        """`%location%` is a folder of the lake that ends in /."""
        # Words of SQL may be columns' names: DDL quotes as Hive does.
        columns = ", ".join(f"`{name}` {kind}" for name, kind in self.columns.items())
        layout = f" PARTITIONED BY (month({self.day}), bucket({BUCKETS}, restaurant_id))" if self.day else ""
        return (
            f"CREATE TABLE IF NOT EXISTS {self.name} ({columns}){layout} LOCATION '%location%{self.name}/'"
            " TBLPROPERTIES ('table_type' = 'ICEBERG', 'format' = 'parquet', 'write_compression' = 'zstd')"
        )

    @property
    def fill(self) -> tuple[str, ...]:
        """What brings the window's rows up to date."""
        rows, names = self._rows(), ", ".join(_quoted(name) for name in self.columns)
        if self.day is None:  # nobody but the next statements reads it
            return f"DELETE FROM {self.name}", f"INSERT INTO {self.name} ({names}) {rows}"
        first, last = self.window
        same = " AND ".join(
            [
                "s.side < 0",
                f"t.{self.day} BETWEEN DATE '%{first}%' AND DATE '%{last}%'",
                # Two equalities to join by; what may be NULL is compared besides.
                f"t.{self.day} = s.{self.day}",
                "coalesce(t.restaurant_id, '') = coalesce(s.restaurant_id, '')",
                *(f"t.{_quoted(name)} IS NOT DISTINCT FROM s.{_quoted(name)}" for name in self.columns),
            ]
        )
        held = f"SELECT {names}, -1 FROM {self.name} WHERE {self.day} BETWEEN DATE '%{first}%' AND DATE '%{last}%'"
        return (
            f"MERGE INTO {self.name} AS t USING (SELECT {names}, sum(side) AS side"
            f" FROM (SELECT {names}, 1 AS side FROM ({rows}) UNION ALL {held}) GROUP BY {names} HAVING sum(side) <> 0"
            f") AS s ON {same} WHEN MATCHED THEN DELETE WHEN NOT MATCHED AND s.side > 0"
            f" THEN INSERT ({names}) VALUES ({', '.join(f's.{_quoted(name)}' for name in self.columns)})",
        )

    def _rows(self) -> str:
        """The rollup's SELECT over the window."""
        first, last = self.window
        return _dated(_rollup(self.name).tree, {"first_date": first, "last_date": last})


TABLES = (
    # Partitions of the lake that may hold something new.
    Table("sightings", "dt", ("first_dt", "last_dt")),
    Table("arrivals", "dt", ("first_dt", "last_dt")),
    # The local days whose visits that may change.
    Table("beginnings", None),
    Table("candidates", None),
    Table("visits"),
    Table("receipts"),
    Table("visit_items"),
    Table("item_hours"),
    Table("section_hours"),
    Table("visit_hours"),
    # Last: a change in it says that the others have changed.
    Table("ledger_hours", window=("first_ledger_date", "last_ledger_date")),
)
"""In the order in which they are filled: each reads those before it."""
DATES = {
    "first_dt": -1,
    "last_dt": 1,
    "first_date": -5,
    "last_date": 1,
    "first_ledger_date": -7,
    "last_ledger_date": 2,
}
"""Date → days from the one since which something is new (first_…) or from today (last_…).

An event may come 3 days late for a visit that began a day before, and zones move days by one.
"""


def creates() -> list[str]:
    return [table.create for table in TABLES]


def fills() -> list[str]:
    return [statement for table in TABLES for statement in table.fill]


def compactions() -> list[str]:
    """What keeps files large and few, and old snapshots gone."""
    read = [table.name for table in TABLES if table.day]
    return [f"OPTIMIZE {name} REWRITE DATA USING BIN_PACK" for name in read] + [f"VACUUM {name}" for name in read]


def _rollup(name: str) -> queries.Query:
    return queries.read(queries.FOLDER / "rollups" / f"{name}.sql")


def _dated(tree: exp.Query, names: dict[str, str]) -> str:
    """A rollup as one SELECT: over stored tables, what isn't stored in place, and its dates as `%names%`."""
    kept = _rollup("kept_events").tree
    visits = ", ".join(_rollup("visits").columns)
    views: dict[str, str | exp.Query] = {"events": contract.events_view(), "kept_events": kept}
    if "first_date" in names.values():  # of a rollup that joins visits with its window's events
        within = "local_date BETWEEN CAST(:first_date AS date) AND CAST(:last_date AS date)"
        views["visits"] = f"SELECT {visits} FROM visits WHERE {within}"
    whole = queries.with_views(tree.copy(), views)
    for placeholder in list(whole.find_all(exp.Placeholder)):
        placeholder.replace(exp.Literal.string(f"%{names[placeholder.name]}%"))
    return whole.sql(dialect=queries.DIALECT, comments=False)


def _quoted(name: str) -> str:
    return f'"{name}"'
