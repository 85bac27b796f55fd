"""DataFrame → plotly Figure, pure. Names stand on the marks, not in a legend; every axis says its unit.

Colours come in as a `Theme` (a page gets it from `elements.theme()`), so a figure can be asserted in a plain test.
"""

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

CONFIG = {"displayModeBar": False, "responsive": True, "scrollZoom": False}
FONT = "Inter, sans-serif"
_CLEAR = "rgba(0,0,0,0)"


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


def base(fig: go.Figure, theme: Theme, height: int, **layout: Any) -> go.Figure:
    """What every figure shares: no legend, no zoom, no mode bar, a transparent ground."""
    hover = {"bgcolor": theme.card, "bordercolor": theme.line, "font": {"family": FONT, "size": 13, "color": theme.ink}}
    fig.update_layout(
        height=height,
        margin={"l": 0, "r": 8, "t": 12, "b": 0},
        showlegend=False,
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        font={"family": FONT, "size": 12, "color": theme.muted},
        dragmode=False,
        hovermode="closest",
        hoverlabel=hover,
        **layout,
    )
    fig.update_xaxes(showgrid=False, zeroline=False, fixedrange=True, automargin=True, title=None)
    fig.update_yaxes(gridcolor=theme.shade(0.07), zeroline=False, fixedrange=True, automargin=True, title=None)
    return fig


def hour_ticks(*hours: int) -> dict[str, list[Any]]:
    """Ticks of a numeric hour axis (string labels would overlap on a phone)."""
    return {"tickvals": list(hours), "ticktext": [f"{hour}:00" for hour in hours]}


def words(fig: go.Figure, x: Any, y: Any, text: str, **more: Any) -> None:
    """Words on the figure: a mark's name, an axis's unit (`xref="paper", yref="paper"`)."""
    fig.add_annotation(x=x, y=y, text=text, **{"showarrow": False, "font_size": 12, **more})
