"""Restaurants of one area and what ties them → plotly Figure, pure: a round of names with its chords."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.charts import Figure, Floats, Theme, figure, note

MOST_TIES = 120  # the strongest are drawn, and each restaurant's strongest anyway; a table has all
FEW = 4  # restaurants, for which a lower figure will do
MOST_NAMES = 14  # round an ellipse, so that none touches another on a phone
_WIDTHS = (1.0, 1.5, 3.0, 6.0)  # of a tie, by its share of the strongest: up to a twentieth, a fifth, a half, all
_SHARES = (0.05, 0.2, 0.5)
_BENT = np.linspace(0, 1, 13)
_LETTERS = 13  # of a name
_WIDE = 2.9  # half the width in radii: beside the round a phone has room for that many letters


def network(nodes: pd.DataFrame, edges: pd.DataFrame, theme: Theme, chosen: str = "") -> Figure:
    """`nodes` (restaurant_id, restaurant_name, weight) in a round, in their order; `edges` (one, other: their rows;
    weight, words) as chords, the thicker the stronger. The node `chosen` and its ties have the brand's colour.

    Every node and tie says its words when it is pointed at; names stand at the heaviest where not all have room.
    """
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(nodes)) / max(len(nodes), 1)
    x, y, weight = np.cos(angles), np.sin(angles), nodes["weight"].to_numpy(dtype=float)
    on = nodes["restaurant_id"].to_numpy(dtype=object) == chosen
    drawn = edges.iloc[_strongest(edges)]
    one, other = drawn["one"].to_numpy(), drawn["other"].to_numpy()
    # A chord bends to the middle, the more the longer it is: neighbours' stay outside.
    ends = np.array([[x[one], y[one]], [x[other], y[other]]])
    length = np.hypot(*(ends[0] - ends[1])) / 2
    bend = (1 - 0.65 * length) * (ends[0] + ends[1]) / 2
    paths = (
        np.multiply.outer((1 - _BENT) ** 2, ends[0])
        + np.multiply.outer(2 * _BENT * (1 - _BENT), bend)
        + np.multiply.outer(_BENT**2, ends[1])
    )
    own = on[one] | on[other]
    strength = drawn["weight"].to_numpy(dtype=float) / max(float(drawn["weight"].max()), 1e-9)
    classes = np.digitize(strength, _SHARES)
    traces = [
        {
            "type": "scatter", "mode": "lines", "hoverinfo": "skip",
            "line": {"width": _WIDTHS[of], "color": theme.brand if ours else theme.shade(0.12 + 0.1 * of)},
            **_lines(paths[..., which]),
        }
        for ours in (False, True)
        for of in range(len(_WIDTHS))
        if (which := np.flatnonzero((classes == of) & (own == ours))).size
    ]  # fmt: skip
    middles = paths[len(_BENT) // 2]
    said = {"type": "scatter", "mode": "markers", "hovertemplate": "%{text}<extra></extra>"}
    traces.append(
        said | {"x": middles[0], "y": middles[1], "text": [_wrapped(text) for text in drawn["words"]],
                "marker": {"size": 14, "opacity": 0}}
    )  # fmt: skip
    room = min(1.0, 40 / len(nodes))
    size = (5 + 4 * room) + 15 * room * np.sqrt(weight / max(float(weight.max()), 1e-9))
    hover = [f"<b>{name}</b>" for name in nodes["restaurant_name"]]
    fill = np.where(on, theme.brand, theme.sequential[5])
    traces.append(
        said | {"x": x, "y": y, "text": hover,
                "marker": {"size": size, "color": fill, "opacity": 1, "line": {"width": 2, "color": theme.card}}}
    )  # fmt: skip
    notes = []
    for at in _named(angles, weight, on):
        side = "left" if x[at] > 0.25 else "right" if x[at] < -0.25 else "center"
        shift = size[at] / 2 + 4
        ink = {"size": 11.5, "color": theme.brand if on[at] else theme.ink, "weight": 600 if on[at] else 400}
        notes.append(
            note(x[at], y[at], _short(str(nodes["restaurant_name"].iloc[at])), xanchor=side, font=ink,
                 xshift={"left": shift, "right": -shift, "center": 0}[side],
                 yshift=(shift + 6) * np.sign(y[at]) if side == "center" else 0)
        )  # fmt: skip
    hidden = {"visible": False}
    height, top = (240, 1.6) if len(nodes) <= FEW else (380, 1.3)
    return figure(
        traces, theme, height, annotations=notes,
        x={**hidden, "range": [-_WIDE, _WIDE]}, y={**hidden, "range": [-top, top]},
    )  # fmt: skip


def _strongest(edges: pd.DataFrame) -> list[int]:
    """Rows of the ties that are drawn, the weakest first, so that the strongest lie on top."""
    order = np.argsort(-edges["weight"].to_numpy(dtype=float), kind="stable")
    first: dict[int, int] = {}
    for at in order:
        for end in ("one", "other"):
            first.setdefault(int(edges[end].iloc[at]), int(at))
    drawn = {*map(int, order[:MOST_TIES]), *first.values()}
    return [int(at) for at in order[::-1] if int(at) in drawn]


def _named(angles: Floats, weight: Floats, on: npt.NDArray[np.bool_]) -> list[int]:
    """Which nodes are named: the chosen one and the heaviest, as long as no two stand too close in the round."""
    apart, named = 2 * np.pi / (MOST_NAMES + 2), list[int]()
    for at in np.lexsort((-weight, ~on)):
        turns = [abs((angles[at] - angles[other] + np.pi) % (2 * np.pi) - np.pi) for other in named]
        if len(named) < MOST_NAMES and all(turn >= apart - 1e-9 for turn in turns):
            named.append(int(at))
    return named


def _lines(paths: Floats) -> dict[str, Floats]:
    """Many paths (points, x and y, ties) as one trace's: a gap between two."""
    gaps = np.full((1, *paths.shape[1:]), np.nan)
    x, y = np.concatenate([paths, gaps]).transpose(1, 2, 0).reshape(2, -1)
    return {"x": x, "y": y}


def _wrapped(text: str) -> str:
    """A tie's words on two lines: its ends, and what ties them."""
    ends, _, rest = text.partition(": ")
    return f"<b>{ends}</b><br>{rest}"


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1].rstrip()}…"
