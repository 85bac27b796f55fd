"""How much an item draws those who view it, freed of the place where it stands.

Guests take more of what stands first, whatever it is. That an item is taken is therefore modelled as its own pull times
the pull of its position, as in N. Craswell, O. Zoeter, M. Taylor and B. Ramsey, "An experimental comparison of click
position-bias models", WSDM 2008. Both are fitted to their totals in turn (iterative proportional fitting: W. E. Deming
and F. F. Stephan, "On a least squares adjustment of a sampled frequency table when the expected marginal totals are
known", Annals of Mathematical Statistics 11 (1940), 427-444), which is maximum likelihood for Poisson counts.

Only items that stood at several positions tell the two apart. Where none did, or where positions explain no more than
chance does, opens ÷ views is the better answer, and is what is given.
"""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import gammaincc, gammaincinv

from dashboard.insights.attention import numbers, places
from dashboard.insights.rates import Estimate, Floats, rate

Codes = npt.NDArray[np.intp]
Method = Literal["own", "pooled", "flat", "plain"]

ROUNDS = 50
CONFIDENCE = 0.9
BY_CHANCE = 0.01  # positions are told apart only if chance alone would do so more seldom than this
METHODS: dict[Method, str] = {
    "own": "Opens ÷ views, freed of the effect of position by what these items did where they stood before",
    "pooled": "Opens ÷ views, freed of the effect of position by what several restaurants’ items did",
    "flat": "Opens ÷ views: where an item stands changes that no more than chance does",
    "plain": "Opens ÷ views: no item has stood at several positions yet, so its position can’t be told from its pull",
}


class Curve(NamedTuple):
    """The pull of each position relative to the first; `linked`: positions of one number have items in common, others
    can't be compared; `chance`: how easily positions that all pull alike would give such counts (1: none has moved)."""

    pulls: Floats
    linked: Codes
    chance: float


def curve(items: Codes, positions: Codes, viewed: npt.ArrayLike, taken: npt.ArrayLike, rounds: int = ROUNDS) -> Curve:
    """The pull of each position. One entry an item and position, both as codes from 0, with their counts.

    t = 1 to begin with; then in turn A_i = C_i / Σ_p n_ip t_p and t_p = C_p / Σ_i n_ip A_i. A position at which nothing
    is expected keeps 1. `chance` is that of the likelihood-ratio test against t = 1 (S. S. Wilks, Annals of
    Mathematical Statistics 9 (1938), 60-62).
    """
    n, c = np.asarray(viewed, dtype=float), np.asarray(taken, dtype=float)
    count, width = items.max(initial=-1) + 1, positions.max(initial=-1) + 1
    by_item, by_place = np.bincount(items, c, count), np.bincount(positions, c, width)
    plain = appeal = np.nan_to_num(rate(by_item, np.bincount(items, n, count)))
    pulls = np.ones(width)
    for _ in range(rounds):
        expected = np.bincount(positions, n * appeal[items], width)
        pulls = np.divide(by_place, expected, out=np.ones(width), where=expected > 0)
        appeal = np.nan_to_num(rate(by_item, np.bincount(items, n * pulls[positions], count)))
    taken_there = (c > 0) & (plain[items] > 0)
    better = np.log((appeal[items] * pulls[positions])[taken_there] / plain[items][taken_there])
    seen = n > 0
    edges = (np.ones(seen.sum()), (items[seen], count + positions[seen]))
    parts, part = connected_components(coo_array(edges, shape=(count + width, count + width)), directed=False)
    stood, held = np.unique(positions[seen]).size, np.unique(items[seen]).size
    freedom = stood - (parts - (count - held) - (width - stood))
    chance = float(gammaincc(freedom / 2, max(float(c[taken_there] @ better), 0.0))) if freedom else 1.0
    first = pulls[positions[seen].min()] if stood else 1.0
    return Curve(pulls / first if first > 0 else pulls, part[count:].astype(np.intp), chance)


def shrunk(
    taken: npt.ArrayLike, expected: npt.ArrayLike, groups: Codes, confidence: float = CONFIDENCE
) -> tuple[Estimate, Floats]:
    """Taken ÷ expected drawn towards the mean of its group, (C + s·m) / (E + s), with a Gamma interval; and that mean.

    How far is told by the counts: the rates of one group differ by a share of its mean that all groups have in common,
    estimated by moments from what exceeds Poisson noise, and s is at most the group's own evidence. C. N. Morris,
    "Parametric empirical Bayes inference: theory and applications", JASA 78 (1983), 47-55. NaN where nobody viewed
    anything of a group.
    """
    c, e = np.asarray(taken, dtype=float), np.asarray(expected, dtype=float)
    size = groups.max(initial=-1) + 1
    total, weight = np.bincount(groups, c, size), np.bincount(groups, e, size)
    mean = rate(np.maximum(total, 0.5), weight)  # nothing taken at all: half a guest, so that the interval isn't 0
    m, known = mean[groups], e > 0
    excess = float((e[known] * (c[known] / e[known] - m[known]) ** 2 / m[known]).sum())
    excess -= float(np.maximum(np.bincount(groups[known], minlength=size) - 1, 0).sum())
    room = weight - np.nan_to_num(rate(np.bincount(groups, e**2, size), weight))
    spread = max(excess, 0.0) / max(float(np.nansum(room * mean)), 1e-9)  # variance ÷ mean²
    s = np.minimum(1 / np.maximum(spread * m, 1e-9), weight[groups])
    shape, per = c + s * m, e + s
    tail = (1 - confidence) / 2
    return Estimate(shape / per, gammaincinv(shape, tail) / per, gammaincinv(shape, 1 - tail) / per), m


def appeal(
    items: pd.DataFrame,
    placed: pd.DataFrame,
    elsewhere: pd.DataFrame | None = None,
    confidence: float = CONFIDENCE,
    taken: str = "opened",
) -> tuple[pd.DataFrame, Method]:
    """One row an item of `items` (item_id, section_id), in their order: item_id, taken, expected, appeal, low, high and
    section_appeal; and how that was found (METHODS).

    `placed` is the report `item_positions` of their restaurant, `elsewhere` that of several, with this one among them:
    used only if no item of this one has moved. Where position counts, `expected` are the views that the item would have
    had in an average place: those who view it weigh as much as its position pulls, on average 1 among positions that
    can be compared.
    """
    own = placed[placed["position"].notna()]
    at = places(own["item_id"], items["item_id"])
    viewed, counts = numbers(own, "viewed"), numbers(own, taken)
    positions = numbers(own, "position").astype(np.intp)
    method: Method = "own"
    found = _found(own, taken)
    if found.chance == 1 and elsewhere is not None:
        method, found = "pooled", _found(elsewhere[elsewhere["position"].notna()], taken)
    weighed = viewed
    if found.chance <= BY_CHANCE:
        among = found.linked[positions]
        weighed = viewed * found.pulls[positions]
        weighed *= np.nan_to_num(rate(np.bincount(among, viewed), np.bincount(among, weighed)), nan=1.0)[among]
    else:
        method = "flat" if found.chance < 1 else "plain"
    mine = at >= 0
    taken_of, expected_of = (np.bincount(at[mine], of[mine], len(items)) for of in (counts, weighed))
    sections, _ = pd.factorize(items["section_id"].to_numpy(dtype=object), use_na_sentinel=False)
    told, mean = shrunk(taken_of, expected_of, sections, confidence)
    columns = {"taken": taken_of, "expected": expected_of, "appeal": told.value, "low": told.low, "high": told.high}
    frame = pd.DataFrame({"item_id": items["item_id"].to_numpy(dtype=object), **columns, "section_appeal": mean})
    return frame, method


def has_moved(placed: pd.DataFrame) -> bool:
    """Whether an item of `item_positions` was seen at several positions: else `elsewhere` is worth asking."""
    seen = placed[numbers(placed, "viewed") > 0]
    return bool((seen.groupby(["restaurant_id", "item_id"])["position"].nunique() > 1).any())


def _found(placed: pd.DataFrame, taken: str) -> Curve:
    """The curve over the items of all restaurants in `placed`; positions are their own codes."""
    keys = pd.MultiIndex.from_arrays([placed[name].to_numpy(dtype=object) for name in ("restaurant_id", "item_id")])
    codes, _ = pd.factorize(keys)
    return curve(codes, numbers(placed, "position").astype(np.intp), numbers(placed, "viewed"), numbers(placed, taken))
