"""A file becomes a menu, on two pages: the upload, its columns put right, what it would do, and what it couldn't."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import streamlit as st

from dashboard.elements import import_rows
from dashboard.elements.components import table
from dashboard.elements.markdown import plain
from dashboard.menus import headings
from dashboard.menus.beginning import facts
from dashboard.menus.importing import Preview, preview
from dashboard.menus.model import Menu
from dashboard.menus.reading import read
from dashboard.menus.sheets import MOST_BYTES
from errors import MenulensError

WHAT = "CSV or Excel with one row an item, JSON of ours or of a delivery platform, or schema.org’s JSON-LD"
KINDS = ("csv", "tsv", "xlsx", "json", "jsonld")
Kept = TypeVar("Kept")


def upload(key: str) -> Any | None:
    """The file that was chosen, if one was; `another(key)` lets go of it."""
    turn = st.session_state.get(f"{key}-turn", 0)
    return st.file_uploader(
        "A file of the menu", list(KINDS), key=f"{key}-{turn}", max_upload_size=MOST_BYTES // 10**6,
        label_visibility="collapsed",
    )  # fmt: skip


def another(key: str) -> None:
    """Let go of the file, from a callback."""
    st.session_state[f"{key}-turn"] = st.session_state.get(f"{key}-turn", 0) + 1


def kept(name: str, of: object, make: Callable[[], Kept]) -> Kept:
    """What `make` gave when it was last asked about the same: kept for this reader, under a name."""
    held = st.session_state.get(f"kept-{name}")
    if held is None or held[0] != of:
        held = st.session_state[f"kept-{name}"] = (of, make())
    found: Kept = held[1]
    return found


def forget(name: str) -> None:
    st.session_state.pop(f"kept-{name}", None)


def look(
    file: Any,
    restaurant_id: str,
    present: Menu | None,
    languages: tuple[str, ...],
    house: Mapping[str, Any],
    tag: str,
    photos: Collection[str] = (),
) -> Preview | None:
    """Shows the columns, to be put right, and gives what the file would do; None, and why, where it can't be used.

    `tag` names the state of `present`, `photos` are the ids of those that are kept.
    """
    content = file.getvalue()
    try:
        with st.spinner("Reading the file …"):
            heads = kept("headings", file.file_id, lambda: headings.headings(file.name, content))
        told, rows_of = _columns(file.file_id, heads, languages) if heads else ({}, None)
        asked = (file.file_id, restaurant_id, tag, told, rows_of, dict(house), frozenset(photos))
        with st.spinner("Comparing it with the menu …"):
            return kept(
                "preview",
                asked,
                lambda: preview(
                    file.name,
                    content,
                    restaurant_id,
                    present,
                    columns=told,
                    rows_of=rows_of,
                    house=dict(house),
                    photos=photos,
                ),
            )
    except MenulensError as problem:
        say(problem)
        return None


def said(file: Any) -> dict[str, Any]:
    """What a file says of its restaurant; nothing where it can't be read, which `look` says."""
    with suppress(MenulensError):
        return kept("said", file.file_id, lambda: facts(read(file.name, file.getvalue(), {}, None).house))
    return {}


def _columns(file_id: str, heads: headings.Headings, languages: tuple[str, ...]) -> tuple[dict[str, str], str | None]:
    rows_of = None
    if len(heads.restaurants) > 1:
        rows_of = st.selectbox(
            f"The file holds {len(heads.restaurants)} restaurants: whose rows are meant?", heads.restaurants,
            key=f"rows-of-{file_id}", width=320,
        )  # fmt: skip
    guess = heads.fields
    unsure = not {"name", "price"} <= {field.partition(".")[0] for field in guess.values()}
    fields = headings.choices(guess, languages)
    chosen = {}
    with (
        st.expander("What each column holds", icon=":material/view_column:", expanded=unsure),
        st.grid(3, min_column_width=220, gap="small"),
    ):
        for place, heading in enumerate(guess):
            chosen[heading] = st.selectbox(
                plain(heading), fields, fields.index(guess[heading]), format_func=headings.label,
                key=f"column-{file_id}-{place}",
            )  # fmt: skip
    return headings.told(guess, chosen), rows_of


def show(found: Preview, present: Menu | None) -> None:
    """What the file would do, row by row, and what no menu can hold."""
    counts, lines = import_rows.sums(found), import_rows.rows(found, present)
    options = {"all": f"All {len(lines):,}"}
    options |= {state: f"{import_rows.STATES[state][0].capitalize()} {count:,}" for state, count in counts.items()}
    shown = "all"
    if len(options) > 2:
        shown = st.segmented_control(
            "Rows", list(options), format_func=options.__getitem__, required=True,
            default="wrong" if "wrong" in counts else "all", label_visibility="collapsed",
            key=f"rows-{'-'.join(counts)}",
        )  # fmt: skip
    table(
        import_rows.COLUMNS,
        [line for line in lines if shown in ("all", line["id"])],
        key="import-rows",
        label="What the file would do",
        search="Find an item",
        limit=40,
    )
    for what in (*(f"Not kept: {lost}" for lost in found.lost), *_unused(found)):
        st.caption(plain(what))


def _unused(found: Preview) -> list[str]:
    return [f"Columns not used: {', '.join(found.unused)}"] if found.unused else []


def finding(found: Preview) -> str:
    """What the file would do, in a line."""
    if wrong := len(found.wrong):
        return f"{wrong:,} {'row' if wrong == 1 else 'rows'} can’t be used, so nothing is taken"
    told = import_rows.told(found)
    if not found.changes:
        return "The file changes nothing"
    return "Not the items change, but what is around them" if told == "nothing changed" else f"This file: {told}"


def may_take(found: Preview, present: Menu | None, file_id: str) -> bool:
    """Whether it can be taken; says why not, and asks where it would remove most of the menu."""
    if found.wrong:
        st.caption("Put the rows right in the file, and choose it again: a menu is never taken by half.")
        return False
    if present and not found.changes:
        return False
    if found.removes_most:
        return st.checkbox(
            f"Yes, remove {len(found.removed):,} of the {found.before:,} items that are on the menu now.",
            key=f"sure-{file_id}",
        )  # fmt: skip
    return True


def say(problem: MenulensError) -> None:
    """Why a file, or what it would do, can't be used."""
    st.error(plain(str(problem)), icon=":material/error:")
