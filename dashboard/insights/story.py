"""One item's story: what happens at it, step by step, against the rest of its section.

`items` is from heatmap.on_menu: one menu version's items in its order, with their counts.
"""

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import RATES, numbers
from dashboard.insights.rates import TOO_FEW, apart, rate, share

STEPS = {"reach_rate": "Reached", "view_rate": "Viewed", "open_rate": "Opened", "conversion_rate": "Ordered"}
OF = {"reach_rate": "of visits", "view_rate": "of reached", "open_rate": "of viewed", "conversion_rate": "of viewed"}


def steps(items: pd.DataFrame, item_id: str) -> pd.DataFrame:
    """One row a step: name, of, rate, low, high, section_rate (its section's other items together, NaN if it has
    none) and verdict (above or below the section beyond chance, or alike)."""
    own, others = _split(items, item_id)
    counts, trials = zip(*(RATES[step] for step in STEPS), strict=True)
    told = share([own[name] for name in counts], [own[name] for name in trials])
    # As many trials as one item has: what one guest does to several is not several guests.
    among = max(len(others), 1)
    together = {name: numbers(others, name).sum() / among for name in {*counts, *trials}}
    rest = share([together[name] for name in counts], [together[name] for name in trials])
    gap = apart(told, rest)
    return pd.DataFrame(
        {
            "name": list(STEPS.values()),
            "of": [OF[step] for step in STEPS],
            "rate": told.value,
            "low": told.low,
            "high": told.high,
            "section_rate": rest.value,
            "verdict": np.select([gap.low > 0, gap.high < 0], ["above", "below"], "alike"),
        }
    )


def rank(items: pd.DataFrame, item_id: str) -> tuple[int, int]:
    """The item's place in its section by dwell a visit, and how many items that section has."""
    own, others = _split(items, item_id)
    ahead = rate(numbers(others, "dwell_ms"), numbers(others, "visits")) > own["dwell_ms"] / max(own["visits"], 1)
    return int(ahead.sum()) + 1, len(others) + 1


def told(items: pd.DataFrame, item_id: str) -> str:
    """How long those who view it stay, and who never gets there, in two sentences."""
    own, others = _split(items, item_id)
    if own["visits"] < TOO_FEW:
        return "Too few visits yet to tell this item’s story."
    if own["viewed"] < TOO_FEW:
        return f"{_never(own)} Too few guests have viewed it yet to say more."
    stay = own["dwell_ms"] / own["viewed"] / 1000
    rest = rate(numbers(others, "dwell_ms").sum(), numbers(others, "viewed").sum()).item() / 1000
    against = f", {stay / rest:.1f} times the rest of {own['section_name']}" if rest > 0 else ""
    return f"Guests who view it stay {words.seconds(stay)}{against}. {_never(own)}"


def _never(own: pd.Series) -> str:
    never = 1 - own["reached"] / own["visits"]
    if never < 0.005:
        return f"Everybody gets to it, at number {own['position']}."
    return f"{words.percent(never)} never get to it, at number {own['position']}."


def _split(items: pd.DataFrame, item_id: str) -> tuple[pd.Series, pd.DataFrame]:
    """The item, and the others of its section."""
    is_it = items["item_id"].to_numpy(dtype=object) == item_id
    sections = items["section_id"].fillna("").to_numpy(dtype=object)
    return items.iloc[int(is_it.argmax())], items[(sections == sections[is_it][0]) & ~is_it]
