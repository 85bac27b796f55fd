"""Which items earn and which are bought: the four kinds of menu engineering.

M. L. Kasavana and D. I. Smith, "Menu Engineering: A Practical Guide to Menu Analysis" (1982): an item is popular if its
share of the portions sold is at least 70 % of an equal share, and earns well if its contribution margin (price - food
cost) is at least the mean margin of the portions sold.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import numbers, places
from dashboard.insights.rates import Z95, interval, rate

FAIR = 0.7
FEWEST = 4  # items with a known margin, under which there is nothing to tell apart
PORTIONS = 50  # sold in all, under which shares are noise
CORNERS = ("Plowhorse: raise the margin", "Star: keep", "Dog: drop", "Puzzle: promote")


class Engineered(NamedTuple):
    """`items`, one row an item whose margin is known: item_id, item_name, sold, mix (0..1), margin (minor units), kind
    (star, plowhorse, puzzle, dog) and clear (its kind is beyond chance); and the two lines between the kinds."""

    items: pd.DataFrame
    fair: float
    margin: float


def engineered(menus: pd.DataFrame, version: int, counted: pd.DataFrame) -> Engineered | None:
    """The kinds of a menu version's items, from the reports `menus` and `item_attention`; None where too little is
    known: fewer than FEWEST food costs, or fewer than PORTIONS sold of these items."""
    menu = menus[(numbers(menus, "menu_version") == version) & menus["food_cost_minor"].notna()]
    sold = np.append(numbers(counted, "quantity"), 0)[places(menu["item_id"], counted["item_id"])]
    total = float(sold.sum())
    if len(menu) < FEWEST or total < PORTIONS:
        return None
    margin = numbers(menu, "price_minor") - numbers(menu, "food_cost_minor")
    mix, fair, mean = rate(sold, total), FAIR / len(menu), float(margin @ sold / total)
    popular, earns = mix >= fair, margin >= mean
    low, high = interval(sold, total, Z95)
    kind = np.select([popular & earns, popular, earns], ["star", "plowhorse", "puzzle"], "dog")
    columns = {"sold": sold, "mix": mix, "margin": margin, "kind": kind, "clear": (low > fair) | (high < fair)}
    names = {name: menu[name].to_numpy(dtype=object) for name in ("item_id", "item_name")}
    return Engineered(pd.DataFrame(names | columns), fair, mean)


def sections(counted: pd.DataFrame) -> dict[str, str]:
    """Id → name of the sections that items can be told apart within, in the menu's order; "" is the whole menu."""
    placed = counted.sort_values("position", kind="stable").dropna(subset=["section_id", "section_name"])
    return {"": "The whole menu"} | dict(zip(placed["section_id"], placed["section_name"], strict=True))


def of_section(frame: pd.DataFrame, section_id: str) -> pd.DataFrame:
    """The rows of one section's items: its own fair share and mean margin tell them apart. "" is the whole menu."""
    return frame[frame["section_id"] == section_id] if section_id else frame


def finding(told: Engineered) -> str:
    """What earns most and is clearly too little or gladly bought, as a sentence."""
    clear = told.items[told.items["clear"]]
    puzzle, star = (clear[clear["kind"] == kind].nlargest(1, "margin")["item_name"] for kind in ("puzzle", "star"))
    if len(puzzle):
        first = f"{puzzle.iloc[0]} earns well and is seldom bought"
        return f"{first}; {star.iloc[0]} is a star" if len(star) else first
    if len(star):
        return f"{star.iloc[0]} is a star: it earns well and is bought gladly"
    return "No item clearly earns well"


def standing_out(told: Engineered) -> list[str]:
    """Names that a chart says first: of each kind the clear one that is furthest from the mean margin."""
    clear = told.items[told.items["clear"]]
    far = (clear["margin"] - told.margin).abs()
    return [str(name) for name in clear.loc[far.groupby(clear["kind"]).idxmax(), "item_name"]]


def note(told: Engineered, currency: str, items: int) -> str:
    """By which lines the items are told apart, and of how many the margin is known."""
    known = "" if len(told.items) == items else f" {len(told.items)} of {items} items have a food cost."
    return (
        f"Share of portions sold against margin an item; the lines are 70% of an equal share "
        f"({words.percent(told.fair)}) and the mean margin of what is sold "
        f"({words.money(told.margin, currency)}).{known}"
    )
