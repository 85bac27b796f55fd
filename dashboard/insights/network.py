"""Which restaurants guests go between: nodes and ties, an area at a time. Takes `recommendation_network`."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import numbers, plain
from dashboard.insights.rates import TOO_FEW, difference, normal_quantile, shares


class Network(NamedTuple):
    """Restaurants of one area as `nodes` (restaurant_id, restaurant_name, weight) and what ties two of them as `edges`
    (one, other: rows of nodes; guests, arrivals: both ways together; weight, and words)."""

    area: str
    nodes: pd.DataFrame
    edges: pd.DataFrame


def networks(report: pd.DataFrame, areas: Mapping[str, str | None], by: str) -> list[Network]:
    """`recommendation_network` by area, the most tied first. `areas`: restaurant → where it is, of those to be drawn;
    `by` says what a tie's weight is: guests or arrivals."""
    inside = report["restaurant_id"].isin([*areas]) & report["recommended_restaurant_id"].isin([*areas])
    rows = report[inside.to_numpy(dtype=bool)]
    pairs = pd.DataFrame(
        {
            "one": rows["restaurant_id"].to_numpy(dtype=object),
            "other": rows["recommended_restaurant_id"].to_numpy(dtype=object),
            "one_name": rows["restaurant_name"].to_numpy(dtype=object),
            "other_name": rows["recommended_restaurant_name"].to_numpy(dtype=object),
            **{name: numbers(rows, name) for name in ("guests", "arrivals", "ordering_visits")},
        }
    )
    turned = pairs["one"] > pairs["other"]
    for end in ("", "_name"):
        one, other = pairs[f"one{end}"], pairs[f"other{end}"]
        pairs[f"one{end}"], pairs[f"other{end}"] = one.where(~turned, other), other.where(~turned, one)
    tied = pairs.groupby(["one", "other"], as_index=False).agg(
        {"one_name": "first", "other_name": "first", "guests": "max", "arrivals": "sum", "ordering_visits": "sum"}
    )
    tied = tied[tied[by] > 0]
    found = []
    for area in sorted({of or "" for of in areas.values()}):
        of_area = {id for id, where in areas.items() if (where or "") == area}
        edges = tied[tied["one"].isin(of_area) & tied["other"].isin(of_area)]
        if len(edges):
            found.append(_network(area, edges, by))
    return sorted(found, key=lambda network: -network.edges["weight"].sum())


def _network(area: str, edges: pd.DataFrame, by: str) -> Network:
    names = dict(zip(edges["one"], edges["one_name"], strict=True)) | dict(
        zip(edges["other"], edges["other_name"], strict=True)
    )
    ids = _in_a_round(edges, by)
    at = {id: n for n, id in enumerate(ids)}
    one, other = ([at[id] for id in edges[end]] for end in ("one", "other"))
    weight = edges[by].to_numpy(dtype=float)
    sums = np.bincount(one, weight, len(ids)) + np.bincount(other, weight, len(ids))
    told = [
        f"{names[row['one']]} and {names[row['other']]}: "
        + (f"{row['guests']:,.0f} guests in common" if row["guests"] else "too few guests in common to tell")
        + f", {row['arrivals']:,.0f} visits that came of a recommendation"
        for row in edges.to_dict("records")
    ]
    nodes = pd.DataFrame({"restaurant_id": ids, "restaurant_name": [names[id] for id in ids], "weight": sums})
    drawn = {"one": one, "other": other, "weight": weight, "words": told}
    return Network(area, nodes, pd.DataFrame(drawn | {name: edges[name].to_numpy() for name in ("guests", "arrivals")}))


def _in_a_round(edges: pd.DataFrame, by: str) -> list[str]:
    """The restaurants in an order in which strong ties are short: each next to the one it is tied to most."""
    ties: dict[str, dict[str, float]] = {}
    for one, other, weight in zip(edges["one"], edges["other"], edges[by], strict=True):
        ties.setdefault(one, {})[other] = weight
        ties.setdefault(other, {})[one] = weight
    left = sorted(ties, key=lambda id: (-sum(ties[id].values()), id))
    order = [left.pop(0)]
    while left:
        last = ties[order[-1]]
        order.append(left.pop(left.index(max(left, key=lambda id: (last.get(id, 0), sum(ties[id].values()))))))
    return order


def strongest(found: list[Network], report: pd.DataFrame, by: str) -> str:
    """What ties restaurants most, as a sentence."""
    if not found:
        return "Too few guests in common yet" if by == "guests" else "No visit came of a recommendation yet"
    if by == "arrivals":
        arrived, ordered = (int(np.nansum(numbers(report, name))) for name in ("arrivals", "ordering_visits"))
        came = "visit came of a recommendation" if arrived == 1 else "visits came of a recommendation"
        return f"{arrived:,} {came}, and {ordered:,} of them ordered"
    network = max(found, key=lambda of: of.edges["weight"].max())
    edge = network.edges.iloc[int(network.edges["weight"].to_numpy().argmax())]
    names = network.nodes["restaurant_name"]
    return f"{names[edge['one']]} and {names[edge['other']]} share most guests: {edge['guests']:,.0f}"


def ties(report: pd.DataFrame, ids: Collection[str]) -> pd.DataFrame:
    """`recommendation_network` between restaurants of `ids`, with open_rate, low and high (95 %)."""
    inside = report["restaurant_id"].isin([*ids]) & report["recommended_restaurant_id"].isin([*ids])
    told = plain(report, np.flatnonzero(inside.to_numpy(dtype=bool)), {})
    told["open_rate"], told["low"], told["high"] = shares(numbers(told, "opens"), numbers(told, "views"))
    return told


def houses(effects: pd.DataFrame, tied: pd.DataFrame, places: Mapping[str, tuple[str, str | None]]) -> pd.DataFrame:
    """Recommendations by the restaurant that shows them, the most seen first: restaurant_id, restaurant_name, area,
    views and opens (visits), open_rate, low, high (95 %); sent, the visits that it led elsewhere; came, those that came
    to it, and ordered of them; gap, gap_low, gap_high: how much more of its visits order with recommendations than
    without (so sure for all restaurants at once; NaN: too few visits).

    `effects` is `recommendation_effect`, `tied` from `ties`, `places` id → name and area; area is "" where it is None.
    """
    ids = list(places)
    counts = ["visits", "ordering_visits", "views", "opens"]
    of = {
        group: effects[effects["group"] == group].groupby("restaurant_id")[counts].sum().reindex(ids, fill_value=0)
        for group in ("shown", "holdout")
    }
    views, opens = (numbers(of["shown"], name) for name in ("views", "opens"))
    n, k, m, j = (numbers(of[group], name) for group in of for name in ("visits", "ordering_visits"))
    gap = difference(k, n, j, m, normal_quantile(among=len(ids)))
    unknown = np.where((n >= TOO_FEW) & (m >= TOO_FEW), 0.0, np.nan)
    rates = shares(opens, views)
    sums = {
        "sent": ("restaurant_id", "arrivals"),
        "came": ("recommended_restaurant_id", "arrivals"),
        "ordered": ("recommended_restaurant_id", "ordering_visits"),
    }
    told = pd.DataFrame(
        {
            "restaurant_id": ids,
            "restaurant_name": [name for name, _ in places.values()],
            "area": [area or "" for _, area in places.values()],
            "views": views,
            "opens": opens,
            **{name: tied.groupby(by)[what].sum().reindex(ids, fill_value=0).to_numpy(dtype=float)
               for name, (by, what) in sums.items()},
            "open_rate": rates.value,
            "low": rates.low,
            "high": rates.high,
            "gap": gap.value + unknown,
            "gap_low": gap.low + unknown,
            "gap_high": gap.high + unknown,
        }
    )  # fmt: skip
    return told.sort_values(["views", "restaurant_name"], ascending=[False, True], ignore_index=True)


def showing(told: pd.DataFrame) -> str:
    """Where recommendations cost or bring orders, as a sentence; `told` is from `houses`."""
    less, more = told[told["gap_high"] < 0], told[told["gap_low"] > 0]
    if len(less):
        return f"{words.are(less['restaurant_name'].head(2), 'orders', 'order')} less with recommendations"
    if len(more):
        return f"{words.are(more['restaurant_name'].head(2), 'orders', 'order')} more with recommendations"
    return "Nowhere do recommendations change orders beyond chance" if told["gap"].notna().any() else "Who shows what"
