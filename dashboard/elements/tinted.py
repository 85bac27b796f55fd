"""The menu on the guest's phone, tinted: rows of the insights become what `elements.phone` draws. Pure."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from dashboard.charts import Theme, tint
from dashboard.insights import words
from dashboard.insights.attention import folds
from dashboard.insights.heatmap import Measure, spread
from dashboard.insights.rates import Floats

Phone = dict[str, Any]
_COUNTED = {
    "attention": "{viewed:,} of {visits:,} viewed",
    "skipped": "{skipped:,} of {reached:,} skipped",
    "opened": "{opened:,} of {viewed:,} opened",
    "conversion": "{ordered:,} of {viewed:,} ordered",
}


def tinted(
    items: pd.DataFrame, values: Floats, measure: Measure, theme: Theme, house: str, currency: str | None, chosen: str
) -> Phone:
    """One version's menu, each item in the colour of its value; `items` is from heatmap.on_menu, row by row with
    `values`. An unknown value stays untinted and says "too few"."""
    low, high = spread(values)
    colors = [_paint(theme.sequential, (value - low) / (high - low), theme) for value in values]
    labels = [measure.label(value) if value == value else "too few" for value in values]
    notes = [_COUNTED[measure.key].format(**counts) for counts in _counts(items)]
    legend = {"colors": theme.sequential, "low": measure.label(low), "high": measure.label(high)}
    return {"name": house, "items": _dishes(items, colors, labels, notes, currency, chosen), "legend": legend}


def changed(
    items: pd.DataFrame, compared: pd.DataFrame, measure: Measure, theme: Theme, house: str, currency: str | None,
    chosen: str,
) -> Phone:  # fmt: skip
    """The same menu in the colours of what changed (versions.compare): judged by what is better, chance in grey."""
    told = compared["verdict"].isin(["up", "down"])
    limit = float(compared.loc[told, "change"].abs().max()) if told.any() else 1.0
    places = np.where(told, compared["change"] * measure.good / limit / 2 + 0.5, 0.5)
    colors = [_paint(theme.diverging, place, theme) for place in places]
    labels = [
        measure.change(row["change"]) if row["verdict"] in ("up", "down") else _UNJUDGED[row["verdict"]]
        for row in compared.to_dict("records")
    ]
    notes = ["" if was != was else f"was {measure.label(was)}" for was in compared["before"]]
    worse, better = measure.change(-limit * measure.good), measure.change(limit * measure.good)
    legend = {"colors": theme.diverging, "low": worse, "high": better}
    return {
        "name": house,
        "items": _dishes(items, colors, labels, notes, currency, chosen),
        **({"legend": legend} if told.any() else {}),
    }


_UNJUDGED = {"noise": "≈", "new": "new", "unknown": "too few"}


def _counts(items: pd.DataFrame) -> list[dict[str, int]]:
    names = ("visits", "reached", "viewed", "skipped", "opened", "ordered")
    return [dict(zip(names, row, strict=True)) for row in zip(*(items[name].tolist() for name in names), strict=True)]


def _paint(colors: tuple[str, ...], share: float, theme: Theme) -> tuple[str, str]:
    return tint(colors, share) if share == share else (theme.card, theme.ink)


def _dishes(
    items: pd.DataFrame, colors: Iterable[tuple[str, str]], labels: Iterable[str], notes: Iterable[str],
    currency: str | None, chosen: str,
) -> list[Phone]:  # fmt: skip
    lines = folds(items)
    rows = zip(*(items[name].tolist() for name in ("item_id", "item_name", "section_name", "price_minor")), strict=True)
    dishes = []
    for at, (row, (ground, ink), label, note) in enumerate(zip(rows, colors, labels, notes, strict=True)):
        item_id, name, section, minor = row
        shares = " and ".join(f"{share:.0%}" for share in lines.get(at + 1, []))
        price = "" if currency is None or pd.isna(minor) else words.money(minor, currency)
        dishes.append(
            {
                "id": item_id,
                "name": name,
                "section": section,
                "note": note,
                "price": price,
                "label": label,
                "bg": ground,
                "fg": ink,
                "on": item_id == chosen,
                "fold": f"{shares} of guests get this far" if shares else "",
                "short": shares.replace(" and ", " "),
            }
        )
    return dishes
