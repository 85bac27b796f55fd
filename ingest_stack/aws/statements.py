"""The rollups as Athena runs them: Iceberg tables, and what is sent to bring a window of days up to date.

Every statement is whole in itself and may be sent again. A table that people read is changed by one MERGE: of the
rows of its days, those that are no longer right go and new ones come, and whoever reads sees the table before or after.
Athena takes no values in a MERGE, so the days stand in the text as `%first_date%` and the like, for who sends it to
replace: dates, made by the state machine, and the one number that the template is told, never anybody's words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

import queries
from ingest_stack import contract
from ingest_stack.recommending import DAYS

BUCKETS = 16

_TEXTS = frozenset(
    {"restaurant_id", "visit_id", "guest_id", "source_restaurant_id", "table_id", "locale", "currency", "item_id"}
    | {"section_id", "order_id", "other_item_id", "from_restaurant_id", "recommended_restaurant_id"}
    | {"recommended_item_id", "restaurant_name", "item_name", "other_item_name", "recommended_restaurant_name"}
    | {"recommended_item_name", "dish", "reason"}
)
_DOUBLES = {"score", "attach_rate", "lift", "share_rate", "share", "prior", "source_power", "share_power"}
_KINDS = (
    dict.fromkeys(("dt", "local_date", "last_local_date"), "date")
    | dict.fromkeys(("tangled", "hidden", "silent", "pinned"), "boolean")
    | dict.fromkeys(_DOUBLES, "double")
    | dict.fromkeys(_TEXTS, "string")
)


@dataclass(frozen=True)
class Table:
    """A table filled by the rollup of its name. `day` is the column that a window is of; none: it is made anew.

    `window`: the names of the two dates between which its days lie. `whole`: all of its rows are of the window, however
    old they are. `same`: columns that few of a day's rows have in common, of restaurants and items.
    """

    name: str
    day: str | None = "local_date"
    window: tuple[str, str] = ("first_date", "last_date")
    whole: bool = False
    same: tuple[str, ...] = ("restaurant_id",)

    @property
    def columns(self) -> dict[str, str]:
        """Column → Athena's type, in DDL."""
        return {name: _KINDS.get(name, "bigint") for name in _rollup(self.name).columns}

    @property
    def parted(self) -> bool:
        """Whether it grows by days, and so lies in parts."""
        return self.day is not None and not self.whole

    @property
    def create(self) -> str:
        """`%location%` is a folder of the lake that ends in /."""
        # Words of SQL may be columns' names: DDL quotes as Hive does.
        columns = ", ".join(f"`{name}` {kind}" for name, kind in self.columns.items())
        layout = f" PARTITIONED BY (month({self.day}), bucket({BUCKETS}, restaurant_id))" if self.parted else ""
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
        within = "true" if self.whole else f"{self.day} BETWEEN DATE '%{first}%' AND DATE '%{last}%'"
        same = " AND ".join(
            [
                "s.side < 0",
                *([] if self.whole else [f"t.{within}"]),
                # Equalities to join by; what may be NULL is compared besides.
                f"t.{self.day} = s.{self.day}",
                *(f"coalesce(t.{name}, '') = coalesce(s.{name}, '')" for name in self.same),
                *(f"t.{_quoted(name)} IS NOT DISTINCT FROM s.{_quoted(name)}" for name in self.columns),
            ]
        )
        held = f"SELECT {names}, -1 FROM {self.name} WHERE {within}"
        return (
            f"MERGE INTO {self.name} AS t USING (SELECT {names}, sum(side) AS side"
            f" FROM (SELECT {names}, 1 AS side FROM ({rows}) UNION ALL {held}) GROUP BY {names} HAVING sum(side) <> 0"
            f") AS s ON {same} WHEN MATCHED THEN DELETE WHEN NOT MATCHED AND s.side > 0"
            f" THEN INSERT ({names}) VALUES ({', '.join(f's.{_quoted(name)}' for name in self.columns)})",
        )

    def _rows(self) -> str:
        """The rollup's SELECT over the window."""
        first, last = self.window
        return _dated(_rollup(self.name), {"first_date": first, "last_date": last, "least": LEAST_GUESTS})


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
    Table("recommendation_hours"),
    # What two restaurants have in common has no restaurant_id.
    Table("crossing_hours", same=("from_restaurant_id", "recommended_restaurant_id")),
    # Last: a change in it says that the others have changed.
    Table("ledger_hours", window=("first_ledger_date", "last_ledger_date")),
)
"""In the order in which they are filled, each hour: each reads those before it."""
_TAKEN = ("first_taken_date", "last_taken_date")
RECOMMENDED = (
    Table("offers", None),
    Table("takes", None, _TAKEN),
    Table("takers", None, _TAKEN),
    Table("crossings", window=_TAKEN, whole=True, same=("from_restaurant_id", "item_id")),
    Table("item_pairs", window=_TAKEN, whole=True, same=("restaurant_id", "item_id")),
    Table("recommendations", window=_TAKEN, whole=True, same=("restaurant_id", "item_id")),
)
"""The same of what is filled once a day."""
SHOWN = {
    "recommendations": (
        "SELECT restaurant_id, item_id, recommended_restaurant_id, recommended_item_id, rank, score, support"
        " FROM recommendations"
    ),
    "recommendation_rules": (
        "SELECT restaurant_id, rule, recommended_restaurant_id, recommended_item_id"
        " FROM recommendation_rules ORDER BY restaurant_id, place"
    ),
}
"""What showing.py asks for by these names, after each run: what pages may recommend follows rules and menus too."""
LEAST_GUESTS = "least_guests"
"""How many guests a recommendation rests on at least, as `%least_guests%`."""
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
TAKEN_DATES = {"first_taken_date": 2 - DAYS, "last_taken_date": 1}
"""Date → days from today: where the sun rises first it is tomorrow already."""


def creates(tables: Sequence[Table] = TABLES) -> list[str]:
    return [table.create for table in tables]


def fills(tables: Sequence[Table] = TABLES) -> list[str]:
    return [statement for table in tables for statement in table.fill]


def compactions() -> list[str]:
    """What keeps files large and few, and old snapshots gone: also of what is made anew each time."""
    tables = (*TABLES, *RECOMMENDED)
    optimized = [f"OPTIMIZE {table.name} REWRITE DATA USING BIN_PACK" for table in tables if table.day]
    return optimized + [f"VACUUM {table.name}" for table in tables]


def _rollup(name: str) -> queries.Query:
    return queries.read(queries.FOLDER / "rollups" / f"{name}.sql")


def _dated(rollup: queries.Query, names: dict[str, str]) -> str:
    """A rollup as one SELECT: over stored tables, what isn't stored in place, its dates and the like as `%names%`.

    What is optional and not named is left to it.
    """
    optional = {parameter.name for parameter in rollup.parameters if parameter.optional}
    kept = _rollup("kept_events").tree
    visits = ", ".join(_rollup("visits").columns)
    views: dict[str, str | exp.Query] = {"events": contract.events_view(), "kept_events": kept}
    if "first_date" in names.values():  # of a rollup that joins visits with its window's events
        within = "local_date BETWEEN CAST(:first_date AS date) AND CAST(:last_date AS date)"
        views["visits"] = f"SELECT {visits} FROM visits WHERE {within}"
    whole = queries.with_views(rollup.tree.copy(), views)
    for placeholder in list(whole.find_all(exp.Placeholder)):
        left = placeholder.name in optional - names.keys()
        placeholder.replace(exp.null() if left else exp.Literal.string(f"%{names[placeholder.name]}%"))
    return whole.sql(dialect=queries.DIALECT, comments=False)


def _quoted(name: str) -> str:
    return f'"{name}"'
