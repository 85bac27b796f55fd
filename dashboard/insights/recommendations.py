"""What guests like elsewhere and together here, what they do with what they are shown of others, and whether it helps.

Takes the reports `recommendations`, `goes_well_with`, `recommendation_views` and `recommendation_effect`. What an
answer leaves out for its reader, as what followed at another house, is NaN here.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import numbers
from dashboard.insights.rates import (
    TOO_FEW,
    Estimate,
    against_rest,
    apart,
    interval,
    normal_quantile,
    rate,
    share,
    shares,
    surest,
)

SAME = 0.01  # shares that differ by less than this, surely, are the same to anybody


class Group(NamedTuple):
    """The visits that may see recommendations, or that see none, and the share of them that ordered."""

    visits: int
    ordering: int
    converted: Estimate


class Effect(NamedTuple):
    """Visits that may see recommendations against those that were held out, which chance alone tells apart; `gap` is
    how much more of the first ordered (NaN: too few visits). `views` and `opens` count visits that saw one, and that
    opened one."""

    shown: Group
    held: Group
    gap: Estimate
    views: int
    opens: int

    @property
    def opened(self) -> Estimate:
        """The share of those who saw one that opened one."""
        return share(self.opens, self.views)

    @property
    def verdict(self) -> int:
        """1: the shown order more, beyond chance; -1: less; 0: neither."""
        return int(self.gap.low > 0) - int(self.gap.high < 0)


def effect(report: pd.DataFrame) -> Effect | None:
    """`recommendation_effect` as a whole, of one restaurant or of all: each draws its visits alike. None: no visit."""
    groups, sums = report["group"].to_numpy(dtype=object), {}
    for name in ("visits", "ordering_visits", "views", "opens"):
        counts = numbers(report, name)
        sums[name] = {group: int(counts[groups == group].sum()) for group in ("shown", "holdout")}
    if not any(sums["visits"].values()):
        return None
    n, k = sums["visits"], sums["ordering_visits"]
    shown, held = (Group(n[of], k[of], share(k[of], n[of])) for of in ("shown", "holdout"))
    return Effect(shown, held, apart(shown.converted, held.converted), sums["views"]["shown"], sums["opens"]["shown"])


def headline(told: Effect, where: str = "") -> str:
    """The page's title: whether guests order otherwise where they are shown others; `where`: "here", "in Harbour"."""
    place = f" {where}" if where else ""
    if told.verdict:
        with_them, without = (words.percent(float(group.converted.value)) for group in (told.shown, told.held))
        more = "more" if told.verdict > 0 else "less"
        return f"Guests who may see recommendations order {more} often{place}: {with_them} against {without}"
    if told.gap.low > -SAME and told.gap.high < SAME:
        return f"Recommendations change nothing in what guests order{place}"
    return f"Too few visits yet to tell whether recommendations change what guests order{place}"


def groups(told: Effect) -> pd.DataFrame:
    """The two shares that ordered with their intervals: name, value, low, high; none while either is unknown."""
    named = {"With recommendations": told.shown.converted, "Without": told.held.converted}
    rows = [
        {"name": name, **{of: float(end) for of, end in zip(each._fields, each, strict=True)}}
        for name, each in named.items()
    ]
    known = all(row["value"] == row["value"] for row in rows)
    return pd.DataFrame(rows if known else [], columns=["name", "value", "low", "high"])


def drawn(told: Effect) -> str:
    """How the two groups came about, and what they leave open."""
    if min(told.shown.visits, told.held.visits) < TOO_FEW:
        return (
            f"{told.held.visits:,} of {told.held.visits + told.shown.visits:,} visits were held out so far: they see "
            "no recommendations, as a measure of what the others order because of them."
        )
    low, high = 100 * float(told.gap.low), 100 * float(told.gap.high)
    if low < 0 < high:
        gap = f"may order up to {-low:.1f} points less often, or up to {high:.1f} more often"
    else:
        near, far = sorted((abs(low), abs(high)))
        gap = f"order {near:.1f} to {far:.1f} points {'less' if low < 0 else 'more'} often"
    return (
        f"{told.held.visits:,} of {told.held.visits + told.shown.visits:,} visits were drawn by chance to see no "
        f"recommendations. The others {gap} (95%)."
    )


# ── what guests were shown ──


def shown(views: pd.DataFrame) -> pd.DataFrame:
    """What guests were shown of others, an item a row, most seen first: restaurant_id, item_id, item_name,
    restaurant_name, views, opens, open_rate, low, high (95 %, NaN under TOO_FEW views), arrivals, ordering_visits."""
    items = views[views["recommended_item_id"].notna()]
    names = {
        name: items[f"recommended_{name}"].to_numpy(dtype=object)
        for name in ("restaurant_id", "item_id", "item_name", "restaurant_name")
    }
    counts = {name: numbers(items, name) for name in ("views", "opens", "arrivals", "ordering_visits")}
    days = pd.DataFrame(names | counts).groupby(["restaurant_id", "item_id"], sort=False)
    told = days[["item_name", "restaurant_name"]].last().join(days[[*counts]].sum(min_count=1)).reset_index()
    told["open_rate"], told["low"], told["high"] = shares(numbers(told, "opens"), numbers(told, "views"))
    return told.sort_values(["views", "item_name"], ascending=[False, True], ignore_index=True)


def standing_out(told: pd.DataFrame) -> str:
    """Which of what guests are shown they open more, or less, than the rest of it; `told` is from `shown`."""
    views, opens = numbers(told, "views"), numbers(told, "opens")
    if views.sum() < TOO_FEW:
        return "Too few views yet to say what guests open"
    gaps = against_rest(opens, views, normal_quantile(among=len(told)))
    at = surest(gaps)
    if at is None:
        return f"Guests open {words.percent(float(opens.sum() / views.sum()))} of what they are shown, each alike"
    row = told.iloc[at]
    side = "more" if gaps.value[at] > 0 else "less"
    return f"{row['item_name']} at {row['restaurant_name']} is opened {side} than the rest"


# ── what guests like ──


def choices(recommended: pd.DataFrame, together: pd.DataFrame) -> dict[str, str]:
    """What there is something to say of: "" is the whole menu, then its items by name."""
    known = pd.concat([frame[["item_id", "item_name"]].astype(object).dropna() for frame in (recommended, together)])
    named = dict(zip(known["item_id"], known["item_name"], strict=True))
    return {"": "The whole menu"} | dict(sorted(named.items(), key=lambda pair: pair[1].casefold()))


def elsewhere(recommended: pd.DataFrame, item_id: str) -> pd.DataFrame:
    """What guests who took an item ("": anything) also like elsewhere, best first: name, under (the house, or its
    best item), reason, and value, low, high: the share of those guests, with its interval where it is counted and not
    rounded; NaN for what is only popular nearby."""
    ids = recommended["item_id"].fillna("").to_numpy(dtype=object)
    rows = recommended[ids == item_id].sort_values("rank")
    guests, support = numbers(rows, "item_guests"), numbers(rows, "support")
    rounded = numbers(rows, "share_rate")
    counted = np.isfinite(guests) & np.isfinite(rounded)
    low, high = interval(np.where(counted, support, np.nan), guests)
    house, dish = (
        rows[name].to_numpy(dtype=object) for name in ("recommended_restaurant_name", "recommended_item_name")
    )
    return pd.DataFrame(
        {
            "name": dish if item_id else house,
            "under": house if item_id else [f"above all {of}" if isinstance(of, str) else "" for of in dish],
            "reason": rows["reason"].to_numpy(dtype=object),
            "value": np.where(counted, rate(support, guests), rounded),
            "low": low,
            "high": high,
        }
    )


def liked(told: pd.DataFrame) -> str:
    """What guests like best elsewhere, as a sentence; `told` is from `elsewhere`."""
    if told.empty:
        return "Nothing elsewhere to recommend yet"
    shared = told[told["value"].notna()]
    return str(shared["reason"].iloc[0]) if len(shared) else "Too few guests in common yet: what is popular nearby"


def together(pairs: pd.DataFrame, item_id: str) -> pd.DataFrame:
    """What guests take together from this menu, surest first: item_name, other_item_name, reason, support; value, low,
    high, the share of the item's guests who took the other; usual, that of all guests; lift, and sure_lift, what is
    left of it if chance helped, for all pairs at once.

    `item_id` "" is the whole menu, where a pair stands once, in its surer direction.
    """
    rows = pairs[pairs["support"].notna()]
    if item_id:
        rows = rows[rows["item_id"] == item_id]
    guests, support = numbers(rows, "item_guests"), numbers(rows, "support")
    usual, value = rate(numbers(rows, "other_guests"), numbers(rows, "restaurant_guests")), rate(support, guests)
    low, high = interval(support, guests)
    surely, _ = interval(support, guests, normal_quantile(among=max(len(rows), 1)))
    names = ("item_id", "item_name", "other_item_id", "other_item_name", "reason")
    told = pd.DataFrame({name: rows[name].to_numpy(dtype=object) for name in names}).assign(
        support=support, value=value, low=low, high=high, usual=usual, lift=rate(value, usual),
        sure_lift=rate(surely, usual),
    )  # fmt: skip
    told = told.sort_values("sure_lift", ascending=False, kind="stable")
    if not item_id:
        ends = [frozenset(pair) for pair in zip(told["item_id"], told["other_item_id"], strict=True)]
        told = told[~pd.Series(ends, index=told.index).duplicated()]
    return told.reset_index(drop=True)


def matching(told: pd.DataFrame) -> str:
    """What goes best together, as a sentence; `told` is from `together`."""
    if told.empty:
        return "Too few guests yet to say what goes well together"
    clear = told[told["sure_lift"] > 1]
    if clear.empty:
        return "No two items are taken together more than chance explains"
    best = clear.iloc[0]
    return (
        f"{best['other_item_name']} goes well with {best['item_name']}: {best['lift']:.1f} times as many take it as of "
        "all guests"
    )
