"""Recommendations as cells of `elements.table` and `elements.kpis`. Pure."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard.elements.rows import TOO_FEW, number, rate
from dashboard.insights import words
from dashboard.insights.recommendations import Effect

Cell = dict[str, Any]

ELSEWHERE: list[Cell] = [
    {"key": "name", "kind": "text", "label": "Recommended", "width": "minmax(140px,1fr)", "phone": "name"},
    {"key": "reason", "kind": "words", "label": "Why", "width": "minmax(160px,1.4fr)", "phone": "line"},
    {"key": "share", "kind": "num", "label": "Of those guests", "width": "112px", "phone": "main"},
]


def elsewhere(told: pd.DataFrame) -> list[Cell]:
    """What guests like elsewhere (recommendations.elsewhere); a share that was rounded says "about"."""
    return [
        {
            "name": {"text": row["name"], "sub": row["under"]},
            "reason": {"text": row["reason"]},
            "share": _share(row),
        }
        for row in told.to_dict("records")
    ]


def _share(row: Mapping[Any, Any]) -> Cell:
    if row["value"] != row["value"]:
        return {"text": words.UNKNOWN, "tone": "muted", "v": None}
    if row["low"] != row["low"]:
        return {"text": f"about {row['value']:.0%}", "v": row["value"]}
    return rate(row["value"], row["low"], row["high"])


TOGETHER: list[Cell] = [
    {"key": "item", "kind": "text", "label": "Goes well", "width": "minmax(140px,1.2fr)", "phone": "name", "sort": True}
    | {"up": True},
    {"key": "bar", "kind": "bar", "label": "", "name": "of its guests, tick: of all guests", "width": "1fr",
     "phone": "line"},
    {"key": "attach", "kind": "num", "label": "Take both", "width": "92px", "sort": True, "phone": "main"},
    {"key": "lift", "kind": "num", "label": "Lift", "width": "64px", "sort": True},
    {"key": "support", "kind": "num", "label": "Guests", "width": "64px", "sort": True},
]  # fmt: skip


def together(told: pd.DataFrame) -> list[Cell]:
    """What goes well together (recommendations.together): the bar is the share of the item's guests who take the other
    too, its tick that of all guests; it sorts by the lift that is left if chance helped."""
    return [
        {
            "item": {"text": row["other_item_name"], "sub": f"with {row['item_name']}", "v": row["other_item_name"]},
            "bar": {"share": row["value"], "mark": row["usual"], "tone": None if row["sure_lift"] > 1 else "muted"},
            "attach": rate(row["value"], row["low"], row["high"]),
            "lift": {"text": f"{row['lift']:.1f}×", "v": row["sure_lift"]},
            "support": number(int(row["support"])),
        }
        for row in told.to_dict("records")
    ]


SHOWN: list[Cell] = [
    {"key": "name", "kind": "text", "label": "Shown to guests", "width": "minmax(140px,1.4fr)", "phone": "name"},
    {"key": "views", "kind": "num", "label": "Saw it", "width": "72px", "sort": True},
    {"key": "bar", "kind": "bar", "label": "", "name": "opened", "width": "1fr", "phone": "line"},
    {"key": "open", "kind": "num", "label": "Opened it", "width": "92px", "sort": True, "phone": "main"},
]
FOLLOWED: list[Cell] = [
    {"key": "arrivals", "kind": "num", "label": "Opened there", "width": "96px", "sort": True},
    {"key": "orders", "kind": "num", "label": "Ordered there", "width": "104px", "sort": True},
]


def shown(told: pd.DataFrame) -> list[Cell]:
    """What guests were shown of others (recommendations.shown), and what followed where this reader may know it."""
    most = max([0.01, *told["open_rate"].dropna()])
    return [
        {
            "name": {"text": row["item_name"], "sub": row["restaurant_name"]},
            "views": number(int(row["views"])),
            "bar": {"share": 0 if row["open_rate"] != row["open_rate"] else row["open_rate"] / most},
            "open": rate(row["open_rate"], row["low"], row["high"]),
            "arrivals": _count(row["arrivals"]),
            "orders": _count(row["ordering_visits"]),
        }
        for row in told.to_dict("records")
    ]


def _count(value: float) -> Cell:
    return {"text": words.UNKNOWN, "v": None} if value != value else number(int(value))


def kpis(told: Effect) -> list[Cell]:
    """What recommendations do, as figures: seen, opened, and orders with them, without them, and between the two."""
    opened = told.opened
    gap, low, high = (float(end) for end in told.gap)
    tone = {1: "good", -1: "bad"}.get(told.verdict, "muted")
    known = gap == gap
    between = f"{words.signed(100 * low, 1)} to {words.signed(100 * high, 1)} points" if known else TOO_FEW
    side = {1: "▲ beyond chance", -1: "▼ beyond chance"}.get(told.verdict, "Within chance")
    return [
        _figure("Saw recommendations", f"{told.views:,}", f"of {told.shown.visits:,} visits that may"),
        _rate("Opened one", opened.value, opened.low, opened.high, f"{told.opens:,} visits"),
        *(
            _rate(f"Order, {name}", *group.converted, f"of {group.visits:,} visits")
            for name, group in (("with them", told.shown), ("without", told.held))
        ),
        _figure("Difference", f"{words.signed(100 * gap, 1)} points" if known else words.UNKNOWN, between,
                side if known else "", tone),
    ]  # fmt: skip


def _rate(label: str, value: Any, low: Any, high: Any, of: str) -> Cell:
    if float(value) != float(value):
        return _figure(label, words.UNKNOWN, "Too few visits yet", of)
    return _figure(label, f"{float(value):.1%}", f"{words.plus_minus(float(low), float(high))} points", of)


def _figure(label: str, value: str, told: str, usual: str = "", tone: str = "muted") -> Cell:
    figure = {"label": label, "value": value, "words": told, "usual": usual, "tone": tone}
    return figure | {"series": [], "low": [], "high": []}


TIES: list[Cell] = [
    {"key": "one", "kind": "text", "label": "Shown at", "width": "minmax(120px,1fr)", "phone": "name", "sort": True}
    | {"up": True},
    {"key": "other", "kind": "text", "label": "Leads to", "width": "minmax(120px,1fr)", "phone": "line", "sort": True}
    | {"up": True},
    {"key": "guests", "kind": "num", "label": "Guests of both", "width": "112px", "sort": True, "phone": "main"},
    {"key": "views", "kind": "num", "label": "Saw", "width": "64px", "sort": True},
    {"key": "open", "kind": "num", "label": "Opened", "width": "84px", "sort": True},
    {"key": "arrivals", "kind": "num", "label": "Came", "width": "64px", "sort": True},
    {"key": "orders", "kind": "num", "label": "Ordered", "width": "72px", "sort": True},
]


def ties(told: pd.DataFrame) -> list[Cell]:
    """Which restaurant leads to which (network.ties), a row a direction."""
    return [
        {
            "one": {"text": row["restaurant_name"]},
            "other": {"text": row["recommended_restaurant_name"]},
            "guests": number(int(row["guests"])) if row["guests"] else {"text": TOO_FEW, "tone": "muted", "v": 0},
            "views": number(int(row["views"])),
            "open": rate(row["open_rate"], row["low"], row["high"]),
            "arrivals": number(int(row["arrivals"])),
            "orders": number(int(row["ordering_visits"])),
        }
        for row in told.to_dict("records")
    ]


HOUSES: list[Cell] = [
    {
        "key": "name",
        "kind": "text",
        "label": "Restaurant",
        "width": "minmax(150px,1.3fr)",
        "phone": "name",
        "sort": True,
    }
    | {"up": True, "pick": True},
    {"key": "views", "kind": "num", "label": "Visits that saw", "width": "108px", "sort": True},
    {"key": "open", "kind": "num", "label": "Opened one", "width": "96px", "sort": True, "phone": "main"},
    {"key": "sent", "kind": "num", "label": "Led elsewhere", "width": "104px", "sort": True},
    {"key": "came", "kind": "num", "label": "Came from elsewhere", "width": "140px", "sort": True},
    {"key": "ordered", "kind": "num", "label": "and ordered", "width": "88px", "sort": True},
    {"key": "gap", "kind": "num", "label": "Orders with − without", "width": "148px", "sort": True, "phone": "line"},
]


def houses(told: pd.DataFrame) -> list[Cell]:
    """Recommendations by the restaurant that shows them (network.houses); a tap gives its id."""
    return [
        {
            "id": row["restaurant_id"],
            "name": {"text": row["restaurant_name"], "sub": row["area"]},
            "views": number(int(row["views"])),
            "open": rate(row["open_rate"], row["low"], row["high"]),
            "sent": number(int(row["sent"])),
            "came": number(int(row["came"])),
            "ordered": number(int(row["ordered"])),
            "gap": _points(row),
        }
        for row in told.to_dict("records")
    ]


def _points(row: Mapping[Any, Any]) -> Cell:
    if row["gap"] != row["gap"]:
        return {"text": TOO_FEW, "tone": "muted", "v": None}
    tone = "good" if row["gap_low"] > 0 else "bad" if row["gap_high"] < 0 else "muted"
    return {
        "text": f"{words.signed(100 * row['gap'], 1)} points",
        "sub": words.plus_minus(row["gap_low"], row["gap_high"]),
        "v": row["gap"],
        "tone": tone,
    }
