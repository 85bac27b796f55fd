"""The card that every block sits in, what an answer cost under it, and the states that stand in for a page."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Literal

import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.elements import filters
from dashboard.elements.handing_out import hand_out
from dashboard.elements.markdown import plain
from dashboard.warehouse import Answer
from errors import MenulensError


@contextmanager
def card(
    key: str,
    title: str | None = None,
    note: str | None = None,
    *,
    answer: Answer | tuple[Answer, ...] = (),
    csv: pd.DataFrame | None = None,
    help: str | None = None,
    height: Literal["stretch", "content"] = "stretch",
) -> Iterator[None]:
    """A card: the finding, what is measured and of what, one thing, what its answers cost; `csv` can be downloaded."""
    answers = answer if isinstance(answer, tuple) else (answer,)
    with st.container(key=f"card-{key}", gap="small", height=height):
        if title:
            with st.container(gap=None):
                st.header(plain(title), anchor=False, help=help)
                if note:
                    st.caption(plain(note))
        yield
        if answers:
            with st.container(key=f"foot-{key}", horizontal=True, gap="small", horizontal_alignment="distribute"):
                st.caption(as_of(answers), width="content")
                if csv is not None:
                    download(csv, key)
                st.caption(price_tag(answers), width="content")


def chart(fig: charts.Figure, key: str, alt: str) -> None:
    """A figure of dashboard.charts; `alt` says in words what it shows."""
    st.plotly_chart(fig, theme=None, config=charts.CONFIG, key=key, alt=alt)


def download(frame: pd.DataFrame, name: str) -> None:
    """The rows as CSV."""
    view = filters.current()
    file = f"menulens-{name}-{view.restaurant.restaurant_id}-{view.first_date}-{view.last_date}.csv"
    houses = set(frame["restaurant_id"]) if "restaurant_id" in frame else {view.restaurant.restaurant_id}
    about = houses.pop() if len(houses) == 1 else ""
    hand_out("CSV", partial(as_csv, frame), file, "text/csv", key=f"csv-{name}", about=about, type="tertiary")


def as_csv(frame: pd.DataFrame) -> bytes:
    """The rows as a spreadsheet reads them."""
    # The byte order mark makes spreadsheets read UTF-8; an apostrophe keeps them from running a name as a formula
    # (OWASP, "CSV Injection").
    text = [name for name in frame.columns if pd.api.types.is_string_dtype(frame[name])]
    safe = frame.assign(**{name: frame[name].str.replace(r"^([=+\-@\t\r])", r"'\1", regex=True) for name in text})
    return safe.to_csv(index=False).encode("utf-8-sig")


def as_of(answers: tuple[Answer, ...]) -> str:
    """ "As of 21:42": the oldest of the newest events, by the restaurant's clock (several zones: UTC); and its day when
    that isn't today."""
    moments = [answer.as_of for answer in answers if answer.as_of is not None]
    if not moments:
        return "No event yet"
    view = filters.current()
    moment = min(moments).astimezone(view.zone or UTC)
    clock = f"{moment:%H:%M}" if moment.date() == view.today else f"{moment:%-d %b, %H:%M}"
    return f"As of {clock}" if view.zone else f"As of {clock} UTC"


def price_tag(answers: tuple[Answer, ...]) -> str:
    """ "1.2 MB · $0.00001 · 0.08 s", summed over the answers; no dollars where the engine takes none.

    "queued 2.1 s" where an engine let them wait, "reused" where it served an earlier result, "cached" where none was
    asked: then the price is what the answer cost when it was made.
    """
    costs = [answer.cost for answer in answers]
    scanned, dollars = sum(cost.bytes_scanned or 0 for cost in costs), sum(cost.dollars for cost in costs)
    queued = sum(cost.queued_seconds for cost in costs)
    in_memory = all(cost.engine == "duckdb" for cost in costs) and not scanned
    parts = ["from memory" if in_memory else _bytes(scanned)]
    if dollars:
        parts.append(f"${dollars:.5f}")
    parts.append(f"{sum(cost.seconds for cost in costs):.2f} s")
    if queued >= 0.5:
        parts.append(f"queued {queued:.1f} s")
    if all(cost.cached for cost in costs):
        parts.append("cached")
    elif all(cost.cached or cost.reused for cost in costs):
        parts.append("reused")
    return " · ".join(parts)


def _bytes(count: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"


def state(
    icon: str,
    title: str,
    words: str,
    action: str | None = None,
    on_action: Callable[[], None] | None = None,
    key: str = "state",
    links: Sequence[tuple[str, str, str]] = (),
) -> None:
    """What stands where numbers would: what happened, and what to do. `icon` is a Material symbol's name.

    The button, if there is one, runs `on_action` and then the page again. `links` lead on: page, words, symbol.
    """
    with st.container(key=f"card-{key}", horizontal_alignment="center", gap="small"):
        st.space("medium")
        st.markdown(f":gray[:material/{icon}:]", width="content")
        st.header(title, anchor=False, text_alignment="center")
        st.markdown(words, text_alignment="center", width=420)
        if action:
            st.button(action, key=f"act-{key}", type="primary", on_click=on_action)
        if links:
            with st.container(key=f"links-{key}", horizontal=True, horizontal_alignment="center", gap="small"):
                for page, label, symbol in links:
                    st.page_link(
                        f"pages/{page}.py", label=label, icon=f":material/{symbol}:", query_params=filters.url()
                    )
        st.space("medium")


@st.fragment(run_every=20)
def keep_up(shown: datetime | None, newest: Callable[[], datetime | None]) -> None:
    """Runs the page again when `newest` no longer is what the page shows: looked at every 20 seconds, for little."""
    # No page stands around this: whatever keeps the look from being made is said when the reader does something.
    with suppress(MenulensError):
        if newest() != shown:
            st.rerun()


def ago(moment: datetime, now: datetime) -> str:
    """ "less than a minute", "5 h 22 min", "2 days": how long ago, in words."""
    minutes = max(0, int((now - moment).total_seconds() // 60))
    if minutes == 0:
        return "less than a minute"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // (24 * 60)} days"
