"""Appeal on real position bias: how well it says what an item would get at a position where it has never been seen.

Search results stand for menus: a query is a section, a link an item; of each link seen at several positions, one
position at a time is kept aside, in ten parts, and predicted from the others as appeal × the position's pull. The floor
is the better of two naive answers in the same run: the item's own rate wherever it stood, and the rate of the position.
MENULENS_SESSIONS names the Parquet file: query, position (from 1), item, click.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.insights.appeal import curve, shrunk

BOUND = 0.3564
PARTS = 10
Floats = npt.NDArray[np.float64]


def run(scale: float) -> list[dict[str, Any]]:
    """Log-loss a view, lower is better; the same whatever the scale."""
    path = Path(os.environ.get("MENULENS_SESSIONS", ""))
    if not path.is_file():
        print("appeal is not judged: MENULENS_SESSIONS names no file of search sessions")
        return []
    losses = _losses(_cells(pd.read_parquet(path, columns=["query", "position", "item", "click"])))
    naive = min(losses[name] for name in ("the item's rate", "the item's rate, shrunk", "the position's rate"))
    others = "; ".join(f"{name} {loss:.4f}" for name, loss in losses.items())
    figure = {"unit": "log-loss", "better": "lower", "note": others}
    value = losses["appeal × position"]
    return [
        {**figure, "name": "a rate at a position never seen", "value": value, "bound": BOUND},
        {**figure, "name": "… against naive rates", "value": value, "floor": naive, "ratio": value / naive, "bound": 1},
    ]


def _cells(views: pd.DataFrame) -> pd.DataFrame:
    """item (code), section (code), position (code from 0), viewed, taken: one row an item of a query and a position."""
    cells = views.groupby(["query", "item", "position"], as_index=False)["click"].agg(viewed="size", taken="sum")
    items, _ = pd.factorize(pd.MultiIndex.from_frame(cells[["query", "item"]]))
    sections, _ = pd.factorize(cells["query"])
    return cells.assign(item=items, section=sections, position=cells["position"] - 1)


def _losses(cells: pd.DataFrame) -> dict[str, float]:
    part = np.random.default_rng(0).integers(0, PARTS, len(cells))
    sums: dict[str, float] = {}
    views = 0.0
    for aside in range(PARTS):
        known = cells[part != aside]
        asked = cells[(part == aside) & cells["item"].isin(known["item"]).to_numpy()]
        views += float(asked["viewed"].sum())
        for name, rates in _predicted(known, asked).items():
            chance = np.clip(rates, 1e-4, 1 - 1e-4)
            taken, left = asked["taken"].to_numpy(), (asked["viewed"] - asked["taken"]).to_numpy()
            sums[name] = sums.get(name, 0) - float(taken @ np.log(chance) + left @ np.log(1 - chance))
    return {name: loss / views for name, loss in sums.items()}


def _predicted(known: pd.DataFrame, asked: pd.DataFrame) -> dict[str, Floats]:
    items, positions = known["item"].to_numpy(), known["position"].to_numpy()
    viewed, taken = known["viewed"].to_numpy(float), known["taken"].to_numpy(float)
    pulls = curve(items, positions, viewed, taken).pulls
    count = items.max() + 1
    sections = np.zeros(count, dtype=np.intp)
    sections[items] = known["section"]
    by_item = np.bincount(items, taken, count)
    seen, expected = np.bincount(items, viewed, count), np.bincount(items, viewed * pulls[positions], count)
    at, item = asked["position"].to_numpy(), asked["item"].to_numpy()
    freed, counted = (shrunk(by_item, of, sections)[0].value for of in (expected, seen))
    return {
        "appeal × position": freed[item] * pulls[at],
        "the item's rate, shrunk": counted[item],
        "the item's rate": (by_item / np.maximum(seen, 1))[item],
        "the position's rate": (np.bincount(positions, taken) / np.bincount(positions, viewed))[at],
        "one rate for all": np.full(len(asked), taken.sum() / viewed.sum()),
    }
