"""Restaurants side by side as cells of `elements.table`. Pure."""

from typing import Any

import pandas as pd

from dashboard.elements.components import chip
from dashboard.elements.rows import rate
from dashboard.insights import words
from dashboard.insights.league import mark
from dashboard.insights.rates import TOO_FEW

Cell = dict[str, Any]

LEAGUE: list[Cell] = [
    {"key": "name", "label": "Restaurant", "kind": "text", "width": "minmax(150px,1.3fr)", "phone": "name"}
    | {"sort": True, "up": True, "pick": True},
    {"key": "visits", "label": "Visits", "kind": "num", "width": "72px", "sort": True},
    {"key": "converts", "label": "Order conversion", "kind": "num", "width": "136px", "sort": True, "phone": "main"},
    {
        "key": "trend",
        "label": "Order conversion by day",
        "kind": "spark",
        "width": "minmax(120px,1fr)",
        "phone": "line",
    },
    {"key": "skip", "label": "Skip rate", "kind": "num", "width": "76px", "sort": True},
    {"key": "dwell", "label": "Dwell a visit", "kind": "num", "width": "88px", "sort": True},
    # Not sortable: amounts of different currencies have no order.
    {"key": "average", "label": "Average order", "kind": "num", "width": "104px"},
    {"key": "mark", "label": "", "kind": "chip", "width": "158px", "phone": "line"},
]


def league(told: pd.DataFrame) -> list[Cell]:
    """One row a restaurant (`insights.league.league`), with its marks; a tap gives its id."""
    return [_row(row) for row in told.to_dict("records")]


def _row(row: dict[Any, Any]) -> Cell:
    text, tone = mark(row)
    few = row["visits"] < TOO_FEW
    return {
        "id": row["restaurant_id"],
        "name": {"text": row["restaurant_name"], "sub": "" if pd.isna(row["area"]) else row["area"]},
        "visits": {"v": row["visits"], "text": f"{row['visits']:,}"},
        "converts": rate(_known(row["conversion_rate"], few), row["conversion_low"], row["conversion_high"]),
        "trend": {"values": [None if value != value else round(value, 4) for value in row["trend"]], "tone": tone},
        "skip": rate(_known(row["skip_rate"], few)),
        "dwell": {
            "v": None if few else row["dwell_seconds"],
            "text": words.UNKNOWN if few else f"{row['dwell_seconds']:.0f} s",
        },
        "average": {
            "text": words.UNKNOWN if pd.isna(row["currency"]) else words.money(row["average_minor"], row["currency"])
        },
        "mark": chip(text, tone),
    }


def _known(value: Any, few: bool) -> float:
    return float("nan") if few or pd.isna(value) else float(value)
