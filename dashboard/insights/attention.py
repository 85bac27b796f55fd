"""How far guests read, what they pass by, and what they read and leave.

Takes the reports `item_attention` and `section_attention`, one row an item or section; what is called `rated` here is
such a frame after `with_rates`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

from dashboard.insights import words
from dashboard.insights.rates import TOO_FEW, Floats, interval, normal_quantile, rate, share, shares

UNPLACED = "Not on a menu"
FOLDS = (0.75, 0.5, 0.25, 0.1)
RATES = {
    "reach_rate": ("reached", "visits"),
    "view_rate": ("viewed", "reached"),
    "skip_rate": ("skipped", "reached"),
    "open_rate": ("opened", "viewed"),
    "conversion_rate": ("ordered", "viewed"),
}


def with_rates(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame in menu order, each rate of RATES with its _low and _high (95 %; NaN under TOO_FEW trials), and
    `dwell_seconds` a visit; `never_rate` is 1 - reach_rate. No section_name is NULL."""
    rows = np.argsort(numbers(frame, "position"), kind="stable")
    counts = {name: numbers(frame, name)[rows] for name in {"visits", "dwell_ms"}.union(*RATES.values())}
    told = {}
    for name, (successes, trials) in RATES.items():
        told[name], told[f"{name}_low"], told[f"{name}_high"] = shares(counts[successes], counts[trials])
    told["never_rate"] = 1 - told["reach_rate"]
    told["dwell_seconds"] = rate(counts["dwell_ms"], counts["visits"]) / 1000
    return plain(frame.fillna({"section_name": UNPLACED}), rows, told)


def plain(frame: pd.DataFrame, rows: list[int] | npt.NDArray[np.intp], more: Mapping[str, Any]) -> pd.DataFrame:
    """These rows of the frame, in this order and in numpy's types, with `more` columns or in place of its own.

    Made at once, since each step in pandas takes as long as a page's whole arithmetic, and on Arrow's types longer. A
    number column that holds NULLs stays as it is: integers would turn into floats.
    """
    return pd.DataFrame({name: _plain(column.array)[rows] for name, column in frame.items()} | {**more})


def _plain(values: ExtensionArray) -> ExtensionArray | npt.NDArray[Any]:
    if not isinstance(values.dtype, pd.ArrowDtype):
        return values
    if values.dtype.kind in "if":
        return values if values.isna().any() else values.to_numpy(dtype=np.dtype(f"{values.dtype.kind}8"))
    return values.to_numpy(dtype=object)


def numbers(frame: pd.DataFrame, column: str) -> Floats:
    """A column as floats, NULL as NaN."""
    return frame[column].to_numpy(dtype=float, na_value=np.nan)


def places(ids: pd.Series, among: Iterable[object]) -> npt.NDArray[np.intp]:
    """Where each id stands in `among`, in which none stands twice; -1 where it doesn't."""
    wanted, there = (pd.Index(np.asarray(of, dtype=object), dtype=object) for of in (ids, list(among)))
    at: npt.NDArray[np.intp] = there.get_indexer(wanted)
    return at


def got_this_far(rated: pd.DataFrame) -> Floats:
    """Per row, the share of visits that reached it or something further down (never rises down the menu).

    Guests who jump by a section's tab reach what is below without what is between, hence the maximum from below.
    """
    reached = rate(numbers(rated, "reached"), numbers(rated, "visits"))
    return np.maximum.accumulate(np.nan_to_num(reached)[::-1])[::-1]


def folds(rated: pd.DataFrame) -> dict[int, list[float]]:
    """Row number → the shares of FOLDS that end right above it; a share that reaches the end has no fold."""
    far = got_this_far(rated)
    found: dict[int, list[float]] = {}
    for fold in FOLDS:
        below = np.flatnonzero(far < fold)
        if below.size and below[0] > 0:
            found.setdefault(int(below[0]), []).append(fold)
    return found


def reading_depth(sections: pd.DataFrame) -> str:
    """How far guests get, as a sentence; `sections` is rated."""
    if sections.empty or numbers(sections, "visits").max() < TOO_FEW:
        return "Too few visits yet to say how far guests read"
    far = got_this_far(sections)
    _, high = interval(far * numbers(sections, "visits"), sections["visits"])
    lost = np.flatnonzero(high < 0.5)
    if lost.size:
        at = int(lost[0])
        return f"{words.share(1 - far[at])} of the guests never reach {sections['section_name'].iloc[at]}"
    return f"{words.share(far[-1])} of the guests get to {sections['section_name'].iloc[-1]}, the last section"


def read_and_left(rated: pd.DataFrame) -> pd.DataFrame:
    """Items viewed more and ordered less than the median item, each beyond chance; most orders missed first."""
    known = rated[rated["conversion_rate"].notna() & rated["view_rate"].notna()]
    usual_views, usual_orders = known["view_rate"].median(), known["conversion_rate"].median()
    z = normal_quantile(among=len(known))
    viewed_low, _ = interval(numbers(known, "viewed"), numbers(known, "reached"), z)
    _, ordered_high = interval(numbers(known, "ordered"), numbers(known, "viewed"), z)
    missed = (usual_orders - known["conversion_rate"]) * numbers(known, "viewed")
    found = known[(viewed_low > usual_views) & (ordered_high < usual_orders)]
    return found.loc[missed[found.index].sort_values(ascending=False).index]


def reading_without_ordering(rated: pd.DataFrame) -> str:
    """Which items are read and left, as a sentence."""
    if rated["conversion_rate"].notna().sum() < 2:
        return "Too few views yet to say what is read and left"
    names = read_and_left(rated)["item_name"].head(2)
    return f"{words.are(names)} read, not ordered" if len(names) else "No item is clearly read and left"


def out_of_sight(rated: pd.DataFrame) -> pd.DataFrame:
    """Items that most guests never reach, beyond chance; the least reached first."""
    return rated[rated["reach_rate_high"] < 0.5].sort_values("reach_rate", kind="stable")


def staying_out_of_sight(rated: pd.DataFrame) -> str:
    """What guests never get to, and what would sell there, as a sentence."""
    if rated["reach_rate"].notna().sum() == 0:
        return "Too few visits yet to say what is never reached"
    hidden = out_of_sight(rated)
    if hidden.empty:
        return "Most guests get to see every item"
    nobody = hidden[numbers(hidden, "reached") == 0]
    if len(nobody):
        count = len(nobody)
        sentence = f"Nobody has reached {words.listed(nobody['item_name']) if count <= 2 else f'{count} of the items'}"
    else:
        plural = "item stays" if len(hidden) == 1 else "items stay"
        sentence = f"{len(hidden)} {plural} out of most guests’ sight"
    gems = hidden[hidden["conversion_rate_low"] > rated["conversion_rate"].median()]
    best = gems.nlargest(1, "conversion_rate")["item_name"]
    return f"{sentence}; {best.iloc[0]} sells well to those who get there" if len(best) else sentence


def attention(sections: pd.DataFrame, rated: pd.DataFrame) -> str:
    """The page's title: how far guests read, and what they read and leave."""
    left = read_and_left(rated)["item_name"].head(1)
    depth = reading_depth(sections)
    return f"{depth}; {left.iloc[0]} is read and left" if len(left) else depth


def skipping(rated: pd.DataFrame) -> str:
    """Which items are passed by most, beyond chance above the median item, as a sentence."""
    known = rated[rated["skip_rate"].notna()]
    if known.empty:
        return "Too few visits yet to say where items lose their guests"
    told = share(numbers(known, "skipped"), numbers(known, "reached"), normal_quantile(among=len(known)))
    clear = known[told.low > known["skip_rate"].median()].nlargest(2, "skip_rate")
    if clear.empty:
        return "No item is skipped clearly more than the others"
    return f"{words.are(clear['item_name'])} passed by most"


def seldom_ordered(rated: pd.DataFrame, most: int = 5) -> pd.DataFrame:
    """The items ordered least among those viewed more than the median item."""
    return rated[rated["view_rate"] > rated["view_rate"].median()].nsmallest(most, "conversion_rate")


def missing_orders(rated: pd.DataFrame) -> str:
    """How many orders the item that is read and left most falls short of the median item, as a sentence."""
    left = read_and_left(rated)
    if left.empty:
        return "No item misses orders beyond chance"
    item = left.iloc[0]
    missed = (rated["conversion_rate"].median() - item["conversion_rate"]) * item["viewed"]
    return f"{item['item_name']} misses about {missed:,.0f} orders against the median item"


def sizes(items: pd.DataFrame, sections: pd.DataFrame) -> list[str]:
    """How many items each section has, in words."""
    counts = items.groupby("section_id")["item_id"].count().reindex(sections["section_id"], fill_value=0)
    return [f"{count} item{'' if count == 1 else 's'}" for count in counts]
