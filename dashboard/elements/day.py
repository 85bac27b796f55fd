"""A day of the insights as what `elements.kpis` and `elements.table` show. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import pandas as pd

from dashboard.insights import words
from dashboard.insights.findings import GOOD
from dashboard.insights.today import MIX, Day, Figure

Cell = dict[str, Any]


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _seconds(value: float) -> str:
    return f"{value / 1000:.1f} s"


LABELS: dict[str, tuple[str, Callable[[float], str]]] = {
    "visits": ("Visits", _count),
    "orders": ("Orders", _count),
    "conversion": ("Order conversion", _percent),
    "skip": ("Skip rate", _percent),
    "dwell": ("Dwell an item", _seconds),
}


def kpis(figures: Sequence[Figure], day: Day, published: Iterable[date]) -> list[Cell]:
    """The day's figures, each against its usual band: grey words for noise, a colour for what is out of it.

    `published`: the days on which a menu came out, to be marked where the figure's line shows them.
    """
    return [_kpi(figure, day) | {"marks": _marks(figure, day, published)} for figure in figures]


def _marks(figure: Figure, day: Day, published: Iterable[date]) -> list[int]:
    places = (len(figure.series) - 1 - (day.date - at).days for at in published)
    return [place for place in places if 0 <= place < len(figure.series)]


def _kpi(figure: Figure, day: Day) -> Cell:
    label, form = LABELS[figure.name]
    told, usual = "Too few days to compare", ""
    if figure.usual:
        low, high = form(figure.usual.low), form(figure.usual.high)
        usual = f"usual {day.weekday} {low.rstrip('% s')}–{high}"
        told = "As usual"
        if figure.verdict:
            way = "▲ {} above usual" if figure.verdict > 0 else "▼ {} below usual"
            told = way.format(f"{abs(figure.change):.0%}" if abs(figure.change) < 10 else "far")
    judged = figure.verdict * GOOD[figure.name]
    return {
        "label": label,
        "value": words.UNKNOWN if figure.value != figure.value else form(figure.value),
        "words": told,
        "usual": usual,
        "tone": "good" if judged > 0 else "bad" if judged < 0 else "muted",
        "series": figure.series,
        "low": figure.low,
        "high": figure.high,
    }


PARTS: list[Cell] = [
    {"key": "part", "kind": "text", "width": "1fr", "phone": "name"},
    {"key": "bar", "kind": "bar", "width": "72px"},
    {"key": "points", "kind": "num", "name": "points", "width": "48px"},
]


def parts(told: pd.DataFrame, conversion: Figure) -> list[Cell]:
    """The parts of the day that moved conversion (`today.parts`), and their sum last. `conversion` has a usual band."""
    assert conversion.usual is not None
    rows = [
        (
            row["part"],
            "the mix of hours" if row["part"] == MIX else f"{_percent(row['now'])}, usually {_percent(row['usual'])}",
            row["points"],
            bool(row["clear"]),
        )
        for row in told.to_dict("records")
    ]
    total = conversion.value - conversion.usual.middle
    sides = f"{_percent(conversion.value)}, usually {_percent(conversion.usual.middle)}"
    rows.append(("Order conversion", sides, total, bool(conversion.verdict)))
    most = max(abs(points) for _, _, points, _ in rows) or 1
    return [
        {
            "part": {"text": name, "sub": sub},
            "bar": {"share": abs(points) / most, "tone": ("good" if points > 0 else "bad") if clear else "muted"},
            "points": {"text": words.signed(points * 100, 1)},
        }
        for name, sub, points, clear in rows
    ]
