"""Every table that a query may read, with its columns; each has `restaurant_id`, so each can be narrowed to a Scope."""

from ingest_stack import lake
from ingest_stack.lake import Table

_WORDS = frozenset(
    {"restaurant_id", "visit_id", "guest_id", "source_restaurant_id", "table_id", "locale", "currency", "item_id"}
    | {"section_id", "other_item_id", "from_restaurant_id", "recommended_restaurant_id", "recommended_item_id"}
    | {"restaurant_name", "item_name", "other_item_name", "recommended_restaurant_name", "recommended_item_name"}
    | {"reason"}
)
_NUMBERS = frozenset({"score", "attach_rate", "lift", "share_rate"})


def _typed(names: str) -> dict[str, str]:
    kinds = (
        {"local_date": "date", "pinned": "boolean"}
        | dict.fromkeys(_WORDS, "varchar")
        | dict.fromkeys(_NUMBERS, "double")
    )
    return {name: kinds.get(name, "bigint") for name in names.split()}


_TALLY = "reached viewed skipped opened intents ordered quantity revenue_minor dwell_ms"

DERIVED: dict[str, dict[str, str]] = {
    "visits": _typed(
        "restaurant_id visit_id menu_version guest_id source_restaurant_id table_id locale viewport_width began_at"
        " local_date local_hour viewed opened intent ordered orders lines quantity revenue_minor currency dwell_ms lost"
        " holdout recommendation_viewed recommendation_opened"
    ),
    "visit_items": _typed(
        "restaurant_id visit_id menu_version guest_id local_date local_hour item_id section_id position reached viewed"
        " opened intent ordered quantity revenue_minor dwell_ms viewed_sold_out opened_sold_out"
    ),
    "item_hours": _typed(
        f"restaurant_id menu_version item_id section_id position local_date local_hour {_TALLY} viewed_sold_out"
        " opened_sold_out"
    ),
    "section_hours": _typed(f"restaurant_id menu_version section_id local_date local_hour {_TALLY}"),
    "visit_hours": _typed(
        "restaurant_id menu_version local_date local_hour currency holdout visits viewed opened intents ordered orders"
        " lines quantity revenue_minor dwell_ms recommendation_viewed recommendation_opened"
    ),
    "recommendation_hours": _typed(
        "restaurant_id recommended_restaurant_id recommended_item_id local_date local_hour viewed opened"
    ),
    # Counts of two restaurants: no restaurant's rows, so a Scope of some restaurants sees none of them.
    "crossing_hours": _typed(
        "restaurant_id from_restaurant_id recommended_restaurant_id recommended_item_id local_date local_hour viewed"
        " opened arrived ordered"
    ),
    "ledger_hours": _typed(
        "restaurant_id local_date local_hour received kept duplicates late bots previews lost rejected newest_at"
    ),
    "item_pairs": _typed(
        "restaurant_id local_date item_id item_name other_item_id other_item_name rank score support item_guests"
        " other_guests restaurant_guests attach_rate lift reason"
    ),
    # As crossing_hours.
    "crossings": _typed(
        "restaurant_id local_date from_restaurant_id item_id recommended_restaurant_id recommended_item_id rank score"
        " guests item_guests recommended_guests area_guests pinned"
    ),
    "recommendations": _typed(
        "restaurant_id local_date restaurant_name item_id item_name recommended_restaurant_id"
        " recommended_restaurant_name recommended_item_id recommended_item_name rank score support share_rate reason"
    ),
}
DIMENSIONS: tuple[Table, ...] = ("restaurants", "menu_items")
COLUMNS: dict[str, dict[str, str]] = DERIVED | {table: lake.COLUMNS[table] for table in DIMENSIONS}
TABLES = frozenset(COLUMNS)
