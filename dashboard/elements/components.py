"""What Streamlit lacks, as components v2: plain DOM, styled by style.css, one .js each."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


@cache
def _component(name: str) -> Any:
    # Registered when first shown, not when imported: there is no registry before Streamlit's runtime stands.
    # isolate_styles=False: one stylesheet and one set of colours for the page and its components.
    script = (_HERE / "dom.js").read_text() + (_HERE / f"{name}.js").read_text()
    return st.components.v2.component(f"menulens_{name}", html="<div></div>", js=script, isolate_styles=False)


def _then(key: str, on_pick: Callable[[Any], None] | None) -> Callable[[], None]:
    def picked() -> None:
        hit = st.session_state[key].picked
        if on_pick and hit is not None:
            on_pick(hit)

    return picked


def kpis(rows: Iterable[Mapping[str, Any]], key: str = "kpis", **options: Any) -> None:
    """Numbers against their usual band, in one card.

    A row: label, value, words ("As usual"), usual ("usual Monday 175–212"), tone (muted, good, bad), and the lists
    series, low, high of one length (None: no such day); marks are places in it where a menu came out.
    `many=True, scale=(low, high)`: small multiples on one axis.
    """
    _component("kpis")(key=key, data={"kpis": list(rows), **options})


def table(
    columns: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    key: str,
    *,
    label: str,
    on_pick: Callable[[str], None] | None = None,
    **options: Any,
) -> None:
    """Sorts and searches in the browser without a rerun; a tapped row's id goes to `on_pick`, before the next run.

    A column: key, kind, label, width (CSS), sort, up (first click sorts upwards), pick (the cell is a button), phone
    (name, main, line: where it goes in the two lines of a narrow row; left out: hidden there).
    A row: id, on, and under each column's key a cell by kind: text {text, sub, v}, words {text} (on as many lines as
    they need), num {text, sub, tone, v}, chip (see `chip`), bar {share, mark, tone, v}, stack {parts, label, whisk, v},
    spark {values, tone}; `v` is what it sorts by, None sorts last.
    Options: sort, up, search (placeholder), groups (other rows, by section), limit, legend, legendNote, toggles,
    fixed (keep the grid on a phone).
    """
    _component("table")(
        key=key,
        data={"columns": columns, "rows": rows, "label": label, **options},
        on_picked_change=_then(key, on_pick),
    )


def phone(phones: list[dict[str, Any]], key: str, on_pick: Callable[[dict[str, Any]], None]) -> None:
    """The menu as guests see it, tinted. A tapped dish goes to `on_pick` as {id, narrow}.

    A phone: name, items, title, sub, legend {colors, low, high}; an item: id, name, note, price, section, bg, fg,
    label, on, fold (words of the fold line below it, or ""), short (the same for the rail).
    """
    _component("phone")(key=key, data={"phones": phones}, on_picked_change=_then(key, on_pick))


def guest_page(html: str, key: str, *, label: str) -> None:
    """A page of `menus.site.preview` in a phone, at what it shows of other restaurants."""
    _component("guest_page")(key=key, data={"html": html, "label": label})


def funnel(steps: list[dict[str, Any]], why: list[str], key: str = "funnel") -> None:
    """Steps {name, value, rate in 0..1} as bars; between them the loss, and `why[i]` about it."""
    _component("funnel")(key=key, data={"steps": steps, "why": why})


def chip(text: str, tone: str = "muted") -> dict[str, str]:
    """A table cell of kind chip: a few words in a muted, good or bad tone."""
    return {"text": text, "tone": tone}
