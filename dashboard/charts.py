"""DataFrame → plotly Figure, pure. Names stand on the marks, not in a legend; every axis says its unit.

Colours come in as a `Theme` (a page gets it from `elements.theme()`), so a figure can be asserted in a plain test.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

Figure: TypeAlias = go.Figure
CONFIG = {"displayModeBar": False, "responsive": True, "scrollZoom": False}
FONT = "Inter, sans-serif"
_CLEAR = "rgba(0,0,0,0)"
_SAID = "%{text}<extra></extra>"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Theme:
    """The colours of one mode, `#rrggbb`. Heat (sequential) is never a judgement; good and bad never are heat."""

    ink: str
    muted: str
    line: str
    card: str
    brand: str
    good: str
    bad: str
    categorical: tuple[str, ...]
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]

    def shade(self, alpha: float) -> str:
        """The ink at an opacity: 0.08 is the usual band, 0.07 a grid line."""
        red, green, blue = (int(self.ink[at : at + 2], 16) for at in (1, 3, 5))
        return f"rgba({red},{green},{blue},{alpha})"


def scale(colors: tuple[str, ...]) -> list[list[float | str]]:
    """Colours as plotly's colour scale."""
    return [[at / (len(colors) - 1), color] for at, color in enumerate(colors)]


def tint(colors: tuple[str, ...], share: float) -> tuple[str, str]:
    """The colour at `share` (0..1) of a scale, and the ink that can be read on it (WCAG 2.2 relative luminance)."""
    color = colors[int(min(0.9999, max(0.0, share)) * len(colors))]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return color, "#1B1714" if luminance > 0.19 else "#FFFFFF"


def figure(
    traces: list[dict[str, Any]], theme: Theme, height: int, x: Mapping[str, Any], y: Mapping[str, Any],
    margin: Mapping[str, int] | None = None, **layout: Any,
) -> Figure:  # fmt: skip
    """What every figure shares: no legend, no zoom, no mode bar, a transparent ground; `x` and `y` are its axes.

    Made at once, of plain dicts and without a template: plotly checks everything again whenever something is added.
    """
    hover = {"bgcolor": theme.card, "bordercolor": theme.line, "font": {"family": FONT, "size": 13, "color": theme.ink}}
    axis = {"zeroline": False, "fixedrange": True, "automargin": True}
    shared = {
        "template": "none",
        "height": height,
        "margin": {"l": 0, "r": 8, "t": 12, "b": 0, **(margin or {})},
        "showlegend": False,
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
        "font": {"family": FONT, "size": 12, "color": theme.muted},
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": hover,
        "xaxis": {**axis, "showgrid": False, **x},
        "yaxis": {**axis, "gridcolor": theme.shade(0.07), **y},
    }
    return go.Figure({"data": traces, "layout": {**shared, **layout}})


def note(x: Any, y: Any, text: str, **more: Any) -> dict[str, Any]:
    """Words on the figure, as an annotation: a mark's name, an axis's unit (`xref="paper", yref="paper"`)."""
    return {"x": x, "y": y, "text": text, "showarrow": False, **more, "font": {"size": 12, **more.get("font", {})}}


def heat(table: pd.DataFrame, theme: Theme, label: Callable[[float], str], what: str, row_height: int = 34) -> Figure:
    """A measure by row (the index's names) and hour (the columns, in their order); NaN stays empty.

    `label` writes a value, `what` says of what it is ("seconds of dwell a visit").
    """
    names, hours, values = [str(name) for name in table.index], list(table.columns), table.to_numpy(dtype=float)
    hover = [
        [f"<b>{name}</b> {hour}:00<br>" + (f"{label(value)} {what}" if value == value else "too few visits")
         for hour, value in zip(hours, row, strict=True)]
        for name, row in zip(names, values, strict=True)
    ]  # fmt: skip
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(np.quantile(known, 0.98))) if known.size else (0.0, 1.0)
    ends = np.linspace(low, high, 3)
    at = list(range(0, len(hours), 3 if len(hours) > 8 else 1))
    # Rows and hours are numbers on both axes: names may repeat, and number ticks never overlap on a phone.
    cells = {
        "type": "heatmap", "z": values, "x": list(range(len(hours))), "y": list(range(len(names))),
        "zmin": low, "zmax": high, "xgap": 2, "ygap": 2, "colorscale": scale(theme.sequential),
        "text": hover, "hovertemplate": _SAID, "hoverongaps": True,
        "colorbar": {
            "orientation": "h", "thickness": 6, "outlinewidth": 0, "len": 0.5, "x": 1, "xanchor": "right",
            "y": 0, "yanchor": "top", "ypad": 14, "tickfont": {"size": 11}, "tickvals": list(ends),
            "ticktext": [label(end) for end in ends],
        },
    }  # fmt: skip
    return figure(
        [cells], theme, 74 + row_height * len(names),
        x={"side": "top", "ticks": "", "ticklabelstandoff": 4, "tickvals": at,
           "ticktext": [f"{hours[n]}:00" for n in at]},
        y={"autorange": "reversed", "ticks": "", "ticklabelstandoff": 6, "showgrid": False,
           "tickvals": list(range(len(names))), "ticktext": [_short(name) for name in names]},
    )  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= 20 else f"{name[:19].rstrip()}…"


def hour_bars(values: pd.Series, theme: Theme, label: Callable[[float], str], height: int = 150) -> Figure:
    """A measure by hour (the index, in its order); NaN leaves a gap."""
    hours, heights = list(values.index), values.to_numpy(dtype=float)
    hover = [f"{hour}:00: {label(value)}" for hour, value in zip(hours, heights, strict=True)]
    bars = {
        "type": "bar", "x": list(range(len(hours))), "y": heights, "text": hover, "hovertemplate": _SAID,
        "textposition": "none", "marker": {"color": theme.sequential[5], "cornerradius": 3},
    }  # fmt: skip
    step = 3 if len(hours) > 8 else 1
    top = float(np.nanmax(heights)) if np.isfinite(heights).any() else 1.0
    ticks = [0, top / 2, top]
    return figure(
        [bars], theme, height, bargap=0.25,
        x={"tickvals": list(range(0, len(hours), step)), "ticktext": [f"{hour}:00" for hour in hours[::step]]},
        y={"showgrid": False, "tickvals": ticks, "ticktext": [label(at) for at in ticks]},
    )  # fmt: skip


def intervals(rows: pd.DataFrame, theme: Theme, label: Callable[[float], str], unit: str) -> Figure:
    """Values with what they leave open, a row each: columns name, value, low, high, and color."""
    numbers = rows[["value", "low", "high"]].to_numpy(dtype=float)
    hover = [
        f"<b>{name}</b> {label(value)}<br>{label(low)} to {label(high)} (95%)"
        for name, (value, low, high) in zip(rows["name"], numbers, strict=True)
    ]
    up, colors = list(range(len(rows)))[::-1], list(rows["color"])
    traces: list[dict[str, Any]] = [
        {"type": "scatter", "x": [low, high], "y": [y, y], "mode": "lines", "hoverinfo": "skip",
         "line": {"color": color, "width": 3}, "opacity": 0.45}
        for y, color, (_, low, high) in zip(up, colors, numbers, strict=True)
    ]  # fmt: skip
    traces.append(
        {"type": "scatter", "x": numbers[:, 0], "y": up, "mode": "markers", "text": hover, "hovertemplate": _SAID,
         "marker": {"size": 13, "color": colors, "line": {"width": 2, "color": theme.card}}}
    )  # fmt: skip
    low, span = float(numbers.min()), max(float(np.ptp(numbers)), 1e-9)
    notes = [
        note(value, y, f"{name} <b>{label(value)}</b>", yshift=18, font={"color": theme.ink})
        for y, name, value in zip(up, rows["name"], numbers[:, 0], strict=True)
    ]
    ticks = _round_steps(low, low + span)
    return figure(
        traces, theme, 80 + 60 * len(rows), annotations=notes,
        x={"range": [low - 0.25 * span, low + 1.25 * span], "tickvals": ticks, "ticktext": [label(at) for at in ticks],
           "title": {"text": unit, "font": {"size": 12}, "standoff": 8}},
        y={"visible": False, "range": [-0.5, len(rows) - 0.3]},
    )  # fmt: skip


def days_over_band(
    days: pd.DataFrame, theme: Theme, label: Callable[[float], str], unit: str, published: Mapping[date, str]
) -> Figure:
    """A rate by day over its usual band: columns date, value, low, high (NaN: unknown), verdict (-1, 0, 1).

    Only days outside their band have colour. `published`: day → what came out on it, as a dotted line.
    """
    numbers = days[["value", "low", "high"]].to_numpy(dtype=float)
    dates, (values, low, high) = days["date"].tolist(), numbers.T
    banded, traces = np.isfinite(low), []
    for run in np.split(np.arange(len(days)), np.flatnonzero(np.diff(banded)) + 1):
        if run.size and banded[run].all():
            traces += _band([dates[at] for at in run], low[run], high[run], theme)
    hover = [
        f"<b>{day:%a %-d %b}</b>  {label(value)}" + (f"<br>usual {label(low)}–{label(high)}" if low == low else "")
        for day, (value, low, high) in zip(dates, numbers, strict=True)
    ]
    verdicts = days["verdict"].tolist()
    marker = {
        "color": [{1: theme.good, -1: theme.bad}.get(verdict, theme.muted) for verdict in verdicts],
        "size": [9 if verdict else 5 for verdict in verdicts],
        "line": {"width": 0},
    }
    traces.append(
        {
            "type": "scatter", "x": dates, "y": values, "mode": "lines+markers", "marker": marker,
            "line": {"color": theme.muted, "width": 1.5}, "text": hover, "hovertemplate": _SAID,
        }
    )  # fmt: skip
    notes = [note(0, 1, unit, xref="paper", yref="paper", xanchor="left", yanchor="bottom", yshift=2)]
    lines = []
    for day, name in published.items():
        at, ink = day.isoformat(), {"color": theme.ink}
        notes.append(note(at, 1, name, yref="paper", xanchor="left", yanchor="top", xshift=5, font=ink))
        dots = {"color": theme.shade(0.45), "width": 1, "dash": "dot"}
        lines.append({"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "line": dots})
    return figure(
        traces, theme, 300, margin={"t": 28}, annotations=notes, shapes=lines,
        x={"tickformat": "%-d %b", "nticks": 5}, y={"tickformat": ".0%", "nticks": 5},
    )  # fmt: skip


def _band(x: Any, low: Any, high: Any, theme: Theme, **line: Any) -> list[dict[str, Any]]:
    """The grey ground on which a usual value stands."""
    edge = {"type": "scatter", "x": x, "mode": "lines", "line": {"width": 0, **line}, "hoverinfo": "skip"}
    return [{**edge, "y": high}, {**edge, "y": low, "fill": "tonexty", "fillcolor": theme.shade(0.08)}]


_LOG_TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)
_NAMED = 3  # names a corner holds
_WIDTH = 0.5  # of a long name, as a share of the plot on a phone
_LABEL = 0.045  # how far a name stands from its dot, as a share of the height


def quadrant(
    rows: pd.DataFrame, x: str, y: str, name: str, theme: Theme, corners: tuple[str, ...], titles: tuple[str, str],
    first: Collection[str] = (), middles: tuple[float, float] | None = None,
    label: Callable[[float], str] | None = None,
) -> Figure:  # fmt: skip
    """Two rates of each row (columns `x` and `y`, both known), split at the medians (or `middles`) into four named
    corners. Where `x` is no rate, `label` writes it.

    `corners`: top left, top right, bottom left, bottom right. The names in `first` and the dots that stand out are
    named, up to three a corner; a name that would touch another is left out (hover has it). A skewed y goes on a log
    axis, and the chart says so.
    """
    across, up = rows[x].to_numpy(dtype=float), rows[y].to_numpy(dtype=float)
    hover = [
        f"<b>{of}</b><br>{label(u) if label else f'{u:.0%}'} {titles[0]}<br>{v:.1%} {titles[1]}"
        for of, u, v in zip(rows[name], across, up, strict=True)
    ]
    x_middle, y_middle = middles or (float(np.median(across)), float(np.median(up)))
    log = bool(y_middle > 0 and up.max() > 4 * y_middle)
    if log:  # a log axis has no 0: what was never ordered lies just below the least that was
        up = np.log10(np.maximum(up, up[up > 0].min() / 2))
        y_middle = float(np.log10(y_middle))
    ends = [(min(float(v.min()), at), max(float(v.max()), at)) for v, at in ((across, x_middle), (up, y_middle))]
    (x_low, x_span), (y_low, y_span) = ((low, max(high - low, 1e-9)) for low, high in ends)
    shown = _named(
        (across - x_low) / x_span, (up - y_low) / y_span, (x_middle - x_low) / x_span, (y_middle - y_low) / y_span,
        rows[name].isin(list(first)).to_numpy(dtype=bool),
    )  # fmt: skip
    is_named = np.isin(np.arange(len(rows)), list(shown))
    traces = [
        {
            "type": "scatter", "x": across[which], "y": up[which], "mode": "markers", "hovertemplate": _SAID,
            "marker": {"size": size, "color": color, "line": {"width": 1.5, "color": theme.card}},
            "text": np.array(hover)[which],
        }
        for which, size, color in ((~is_named, 9, theme.shade(0.28)), (is_named, 11, theme.brand))
    ]  # fmt: skip
    cross = {"type": "line", "line": {"color": theme.shade(0.2), "width": 1}}
    lines = [
        {**cross, "x0": x_middle, "x1": x_middle, "y0": 0, "y1": 1, "yref": "paper"},
        {**cross, "y0": y_middle, "y1": y_middle, "x0": 0, "x1": 1, "xref": "paper"},
    ]
    paper = {"xref": "paper", "yref": "paper"}
    unit = f"↑ {titles[1]}{', log scale' if log else ''}"
    notes = [note(0, 1, unit, xanchor="left", yanchor="bottom", yshift=4, **paper)]
    for corner, (right, top) in zip(corners, ((0, 1), (1, 1), (0, 0), (1, 0)), strict=True):
        side = {"xshift": -6, "xanchor": "right"} if right else {"xshift": 6, "xanchor": "left"}
        bold, ink = f"<b>{corner}</b>", {"size": 13, "color": theme.ink}
        notes.append(note(right, top, bold, yanchor="top" if top else "bottom", font=ink, **side, **paper))
    for at, above in shown.items():
        place = (across[at] - x_low) / x_span
        anchor = "right" if place > 0.8 else "left" if place < 0.2 else "center"
        name_of, ink = _short(str(rows[name].iloc[at])), {"size": 11.5, "color": theme.ink}
        notes.append(note(across[at], up[at], name_of, yshift=13 * above, xanchor=anchor, font=ink))
    ticks: dict[str, Any] = {"tickformat": ".0%", "nticks": 6}
    if log:
        told = [f"{tick:.1%}" if tick < 0.01 else f"{tick:.0%}" for tick in _LOG_TICKS]
        ticks = {"tickvals": list(np.log10(_LOG_TICKS)), "ticktext": told}
    along: dict[str, Any] = {"tickformat": ".0%", "nticks": 6}
    if label:
        at_round = _round_steps(x_low, x_low + x_span)
        along = {"tickvals": at_round, "ticktext": [label(at) for at in at_round]}
    return figure(
        traces, theme, 640, margin={"t": 28, "r": 6}, annotations=notes, shapes=lines,
        x={"range": [x_low - 0.1 * x_span, x_low + 1.1 * x_span], **along,
           "title": {"text": f"{titles[0]} →", "font": {"size": 12}, "standoff": 8}},
        y={"range": [y_low - 0.18 * y_span, y_low + 1.24 * y_span], "showgrid": False, **ticks},
    )  # fmt: skip


def _round_steps(low: float, high: float) -> list[float]:
    """Four to nine round numbers from low to high."""
    rough = (high - low) / 5
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(power * next(times for times in (1, 2, 5, 10) if times * power >= rough))
    return [at * step for at in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


def _named(u: Floats, v: Floats, u_middle: float, v_middle: float, first: npt.NDArray[np.bool_]) -> dict[int, int]:
    """Which dots of the unit square are named, and whether above (1) or below (-1): on the side with fewer dots."""
    distance = (u - u_middle) ** 2 + (v - v_middle) ** 2
    corner = (u > u_middle) * 2 + (v > v_middle)
    # Where a name's middle lies: at the edges it starts or ends at its dot.
    centre = u + np.select([u > 0.8, u < 0.2], [-_WIDTH / 2, _WIDTH / 2], 0)
    shown: dict[int, int] = {}
    for at in np.lexsort((-distance, ~first)):
        if sum(corner[other] == corner[at] for other in shown) == _NAMED:
            continue
        crowd = {s: np.sum((abs(u - u[at]) < 0.16) & (abs(v - v[at] - s * _LABEL) < 0.035)) for s in (1, -1)}
        for side in sorted(crowd, key=lambda side: (crowd[side], -side)):
            height = v[at] + side * _LABEL
            if all(
                abs(centre[at] - centre[o]) > _WIDTH or abs(height - v[o] - s * _LABEL) > 0.06 for o, s in shown.items()
            ):
                shown[int(at)] = side
                break
    return shown


def day_over_band(hours: pd.DataFrame, theme: Theme, usual: str, today: str, published: dict[str, float]) -> Figure:
    """The day's visits by hour over its usual band. `hours`: hour, visits, over, low, high (`insights.today.hours`).

    `usual` and `today` name band and line; `published` is version → hour with its fraction.
    """
    band, seen = hours[hours["low"].notna()], hours[hours["visits"].notna()]
    traces = _band(band["hour"], band["low"], band["high"], theme, shape="spline", smoothing=0.6)
    over = seen[seen["over"].astype(bool)]
    # The running hour is a hollow dot on a dotted line: half an hour's visits are no fall.
    for rows, stroke, fill in (
        (seen.tail(2 if len(over) < len(seen) else 0), "dot", theme.card),
        (over, "solid", theme.brand),
    ):
        usually = [_usual_words(*row) for row in zip(rows["low"], rows["high"], rows["over"], strict=True)]
        traces.append(
            {
                "type": "scatter", "x": rows["hour"], "y": rows["visits"], "mode": "lines+markers",
                "line": {"color": theme.brand, "width": 2.5, "dash": stroke},
                "marker": {"size": 6, "color": fill, "line": {"color": theme.brand, "width": 1.5}},
                "customdata": usually,
                "hovertemplate": "<b>%{x}:00</b>  %{y} visits<br>%{customdata}<extra></extra>",
            }
        )  # fmt: skip
    first, last = (int(hours["hour"].min()), int(hours["hour"].max())) if len(hours) else (0, 23)
    corner: dict[str, Any] = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    notes, lines = [note(0, 1, "visits an hour", yshift=-4, xshift=2, **corner)], []
    if len(band):
        peak = band.iloc[int(band["high"].to_numpy(dtype=float).argmax())]
        notes.append(_name(peak["hour"], peak["high"], usual, first, last, color=theme.muted))
    if len(seen):  # a running day is named where it stands, one that is over at its height
        point = seen.iloc[-1 if len(over) < len(seen) else int(seen["visits"].to_numpy(dtype=float).argmax())]
        notes.append(_name(point["hour"], point["visits"], today, first, last, color=theme.brand, weight=600))
    for version, at in published.items():
        dots = {"color": theme.shade(0.45), "width": 1, "dash": "dot"}
        lines.append({"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "y domain", "line": dots})
        near = {"xanchor": "left", "xshift": 5} if at < (first + last) / 2 else {"xanchor": "right", "xshift": -5}
        ink = {"color": theme.ink}
        notes.append(note(at, 0.995, version, yref="paper", yanchor="top", align="left", font=ink, **near))
    ticks, highest = list(range(first, last + 1, 3)), max([*band["high"], *seen["visits"], 1])
    return figure(
        traces, theme, 300, margin={"t": 24, "l": 26}, annotations=notes, shapes=lines,
        x={"tickvals": ticks, "ticktext": [f"{hour}:00" for hour in ticks], "range": [first - 0.6, last + 0.4]},
        y={"range": [0, highest * 1.15], "nticks": 5},
    )  # fmt: skip


def _name(hour: float, height: float, name: str, first: int, last: int, **font: Any) -> dict[str, Any]:
    """A name above a point, kept inside the figure at its edges."""
    side = "left" if hour < first + 1 else "right" if hour > last - 1 else "center"
    return note(hour, height, name, yshift=12, xanchor=side, font=font)


def _usual_words(low: float, high: float, over: bool) -> str:
    usual = "" if low != low else f"usual {low:.0f}–{high:.0f}"
    return usual if over else f"so far; {usual}"
