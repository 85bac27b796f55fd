"""Every table that a query may read, with its columns; each has `restaurant_id`, so each can be narrowed to a Scope."""

from ingest_stack import lake
from ingest_stack.lake import Table

_WORDS = frozenset(
    {"restaurant_id", "visit_id", "guest_id", "source_restaurant_id", "table_id", "locale", "currency", "item_id"}
    | {"section_id"}
)


def _typed(names: str) -> dict[str, str]:
    kinds = {"local_date": "date"} | dict.fromkeys(_WORDS, "varchar")
    return {name: kinds.get(name, "bigint") for name in names.split()}


_TALLY = "reached viewed skipped opened intents ordered quantity revenue_minor dwell_ms"

DERIVED: dict[str, dict[str, str]] = {
    "visits": _typed(
        "restaurant_id visit_id menu_version guest_id source_restaurant_id table_id locale viewport_width began_at"
        " local_date local_hour viewed opened intent ordered orders lines quantity revenue_minor currency dwell_ms lost"
    ),
    "visit_items": _typed(
        "restaurant_id visit_id menu_version guest_id local_date local_hour item_id section_id position reached viewed"
        " opened intent ordered quantity revenue_minor dwell_ms"
    ),
    "item_hours": _typed(f"restaurant_id menu_version item_id section_id position local_date local_hour {_TALLY}"),
    "section_hours": _typed(f"restaurant_id menu_version section_id local_date local_hour {_TALLY}"),
    "visit_hours": _typed(
        "restaurant_id menu_version local_date local_hour currency visits viewed opened intents ordered orders lines"
        " quantity revenue_minor dwell_ms"
    ),
    "ledger_hours": _typed(
        "restaurant_id local_date local_hour received kept duplicates late bots previews lost rejected newest_at"
    ),
}
DIMENSIONS: tuple[Table, ...] = ("restaurants", "menu_items")
COLUMNS: dict[str, dict[str, str]] = DERIVED | {table: lake.COLUMNS[table] for table in DIMENSIONS}
TABLES = frozenset(COLUMNS)
