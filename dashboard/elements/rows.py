"""Rows of the insights as cells of `elements.table`. Pure."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.insights import words
from dashboard.insights.period import Figure

Cell = dict[str, Any]
TOO_FEW = "too few"
PARTS = ["never reached", "skipped", "viewed", "opened", "ordered"]

ATTENTION: list[Cell] = [
    {"key": "item", "label": "Item", "kind": "text", "width": "minmax(150px,1.1fr)", "phone": "name", "sort": True,
     "up": True},
    {"key": "position", "label": "Position", "kind": "num", "width": "62px", "sort": True, "up": True},
    {"key": "bar", "label": "All visits", "kind": "stack", "width": "minmax(180px,3fr)", "phone": "line"},
    {"key": "never", "label": "Never reached", "kind": "num", "width": "98px", "sort": True},
    {"key": "skip", "label": "Skip rate", "kind": "num", "width": "92px", "sort": True, "phone": "main"},
    {"key": "open", "label": "Opened", "kind": "num", "width": "92px", "sort": True},
    {"key": "conversion", "label": "Ordered of viewed", "kind": "num", "width": "128px", "sort": True},
]  # fmt: skip


def attention(rated: pd.DataFrame, names: str, under: str) -> list[Cell]:
    """Where each row loses its guests, as shares of all visits (attention.with_rates); `names` and `under` are the
    columns with a row's name and what stands in small under it.

    Ordered and opened overlap: the opened part is what at least opened without ordering.
    """
    return [_attention(row, names, under) for row in rated.to_dict("records")]


def _attention(row: Mapping[Hashable, Any], names: str, under: str) -> Cell:
    visits = max(row["visits"], 1)
    only_opened = max(row["opened"] - row["ordered"], 0)
    only_viewed = max(row["viewed"] - row["ordered"] - only_opened, 0)
    counts = [row["visits"] - row["reached"], row["skipped"], only_viewed, only_opened, row["ordered"]]
    parts = [count / visits for count in counts]
    skipped_at, ordered_at = parts[0], row["viewed"] / visits
    reached = row["reached"] / visits
    whisk = {
        "skip": [skipped_at + row[f"skip_rate_{end}"] * reached for end in ("low", "high")],
        "conversion": [1 - row[f"conversion_rate_{end}"] * ordered_at for end in ("high", "low")],
    }
    return {
        "item": {"text": row[names], "sub": row[under], "v": row[names]},
        "position": {"text": words.UNKNOWN, "v": None} if pd.isna(row["position"]) else number(row["position"]),
        "bar": {
            "parts": parts,
            "label": ", ".join(f"{words.percent(part)} {name}" for part, name in zip(parts, PARTS, strict=True)),
            "whisk": {key: ends for key, ends in whisk.items() if ends[0] == ends[0]},
        },
        "never": rate(row["never_rate"], 1 - row["reach_rate_high"], 1 - row["reach_rate_low"]),
        "skip": rate(row["skip_rate"], row["skip_rate_low"], row["skip_rate_high"]),
        "open": rate(row["open_rate"], row["open_rate_low"], row["open_rate_high"]),
        "conversion": rate(row["conversion_rate"], row["conversion_rate_low"], row["conversion_rate_high"]),
    }


def rate(value: float, low: float = float("nan"), high: float = float("nan"), tone: str | None = None) -> Cell:
    """A rate with half its interval in small grey; "too few" where it is unknown."""
    if value != value:
        return {"text": TOO_FEW, "tone": "muted", "v": None}
    return {"text": words.percent(value), "sub": words.plus_minus(low, high), "v": value, "tone": tone}


def number(value: int) -> Cell:
    return {"text": f"{value:,}", "v": value}


STORY: list[Cell] = [
    {"key": "step", "kind": "text", "label": "Step", "width": "72px", "phone": "name"},
    {"key": "bar", "kind": "bar", "label": "", "width": "1fr", "phone": "line"},
    {"key": "own", "kind": "num", "label": "this item", "width": "88px", "phone": "main"},
    {"key": "section", "kind": "num", "label": "section", "width": "52px"},
]


def story(steps: pd.DataFrame) -> list[Cell]:
    """An item's steps against the rest of its section (story.steps): the tick on the bar is the section."""
    tones = {"above": "good", "below": "bad", "alike": None}
    return [
        {
            "step": {"text": row["name"], "sub": row["of"]},
            "bar": {
                "share": 0 if row["rate"] != row["rate"] else row["rate"],
                "mark": None if row["section_rate"] != row["section_rate"] else row["section_rate"],
            },
            "own": rate(row["rate"], row["low"], row["high"], tones[row["verdict"]]),
            "section": {"text": words.percent(row["section_rate"]), "tone": "muted"},
        }
        for row in steps.to_dict("records")
    ]


LEFT: list[Cell] = [
    {"key": "item", "kind": "text", "label": "Item", "width": "1fr", "phone": "name"},
    {"key": "viewed", "kind": "num", "label": "viewed", "width": "64px"},
    {"key": "ordered", "kind": "num", "label": "ordered", "width": "104px", "phone": "main"},
]


def left(rated: pd.DataFrame, clearly: set[str]) -> list[Cell]:
    """Items that are viewed and seldom ordered; `clearly` are the ids of those beyond chance."""
    return [
        {
            "item": {"text": row["item_name"], "sub": row["section_name"]},
            "viewed": number(row["viewed"]),
            "ordered": rate(
                row["conversion_rate"], row["conversion_rate_low"], row["conversion_rate_high"],
                "bad" if row["item_id"] in clearly else None,
            ),
        }
        for row in rated.to_dict("records")
    ]  # fmt: skip


HIDDEN: list[Cell] = [
    {"key": "item", "kind": "text", "label": "Item", "width": "1fr", "phone": "name"},
    {"key": "never", "kind": "num", "label": "never reached", "width": "96px", "phone": "main"},
    {"key": "ordered", "kind": "num", "label": "ordered of viewed", "width": "124px"},
]


def hidden(rated: pd.DataFrame) -> list[Cell]:
    """Items that most guests never reach, and how they sell to those who do."""
    return [
        {
            "item": {"text": row["item_name"], "sub": row["section_name"]},
            "never": rate(row["never_rate"]),
            "ordered": rate(row["conversion_rate"], row["conversion_rate_low"], row["conversion_rate_high"]),
        }
        for row in rated.to_dict("records")
    ]


TABLES: list[Cell] = [
    {"key": "table", "label": "Table", "kind": "text", "width": "96px", "phone": "name", "sort": True, "up": True},
    {"key": "bar", "label": "Visits", "kind": "bar", "width": "1fr", "sort": True},
    {"key": "visits", "kind": "num", "label": "", "name": "visits", "width": "52px"},
    {"key": "average", "kind": "num", "label": "Average order", "width": "120px", "sort": True},
    {"key": "conversion", "kind": "num", "label": "Order conversion", "width": "140px", "sort": True, "phone": "main"},
    {"key": "verdict", "kind": "chip", "label": "", "width": "112px", "phone": "line"},
]
_VERDICTS = {
    "below": ("below others", "bad"),
    "above": ("above others", "good"),
    "quiet": ("code gone?", "bad"),
    "few": ("", "muted"),
    "alike": ("", "muted"),
}


def tables(told: pd.DataFrame) -> list[Cell]:
    """Tables with their verdicts (tables.with_verdicts)."""
    most = max([1, *told["visits"]])
    return [
        {
            "table": {"text": row["name"], "v": at},
            "bar": {
                "share": row["visits"] / most,
                "v": row["visits"],
                "tone": "muted" if row["verdict"] == "few" else None,
            },
            "visits": number(row["visits"]),
            "average": {
                "text": words.money(row["average_minor"], row["currency"]) if row["orders"] else words.UNKNOWN,
                "v": None if row["average_minor"] != row["average_minor"] else row["average_minor"],
            },
            "conversion": rate(row["conversion_rate"], row["conversion_rate_low"], row["conversion_rate_high"]),
            "verdict": dict(zip(("text", "tone"), _VERDICTS[row["verdict"]], strict=True)),
        }
        for at, row in enumerate(told.to_dict("records"))
    ]  # fmt: skip


def funnel(steps: pd.DataFrame) -> list[Cell]:
    """The steps of conversion.funnel, for `elements.funnel`."""
    return [{"name": row["name"], "value": int(row["visits"]), "rate": row["rate"]} for row in steps.to_dict("records")]


_NAMES = {
    "conversion": "Order conversion",
    "orders": "Orders a day",
    "average": "Average order",
    "lines": "Lines an order",
    "revenue": "Revenue a visit",
}


def kpis(figures: Sequence[Figure], currency: str | None, days: int, others: Mapping[str, float]) -> list[Cell]:
    """Figures of some days against as many days before; `others`: average orders in other currencies, never added."""
    return [_kpi(figure, _writer(figure.name, currency), days, others) for figure in figures]


def _kpi(figure: Figure, write: Callable[[float], str], days: int, others: Mapping[str, float]) -> Cell:
    before = "the day before" if days == 1 else f"the {days} days before"
    if figure.before != figure.before:
        told = "No earlier days"
    elif figure.verdict is None:
        told = f"Too few days to compare, {before} {write(figure.before)}"
    elif figure.verdict == 0:
        told = f"Like {before}"
    else:
        change = abs(figure.value / figure.before - 1)
        told = (
            f"{'▲' if figure.verdict > 0 else '▼'} {change:.0%} {'above' if figure.verdict > 0 else 'below'} {before}"
        )
    usual = "" if figure.before != figure.before or figure.verdict is None else f"{write(figure.before)} before"
    if figure.name == "average" and others:
        usual = f"{usual} · also {', '.join(words.money(minor, code) for code, minor in others.items())}".strip(" ·")
    return {
        "label": _NAMES[figure.name],
        "value": write(figure.value),
        "words": told,
        "usual": usual,
        "tone": {1: "good", -1: "bad"}.get(figure.verdict or 0, "muted"),
        "series": figure.series,
        "low": figure.low,
        "high": figure.high,
    }


def _writer(name: str, currency: str | None) -> Callable[[float], str]:
    if name == "conversion":
        return lambda value: words.UNKNOWN if value != value else f"{value:.1%}"
    if name in ("average", "revenue"):
        return lambda value: words.money(value, currency) if currency else words.UNKNOWN
    return lambda value: words.UNKNOWN if value != value else f"{value:.1f}"
