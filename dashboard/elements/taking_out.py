"""Menus as files."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from dashboard.elements.handing_out import hand_out
from dashboard.menus.exporting import export
from dashboard.menus.model import Menu, Restaurant
from dashboard.menus.template import template

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Form → its name on a button, the end of the file's name, its media type, and what it says.
_FORMS = {
    "csv": ("CSV", "csv", "text/csv"),
    "xlsx": ("Excel", "xlsx", _XLSX),
    "json": ("JSON", "json", "application/json"),
    "jsonld": ("JSON-LD", "jsonld", "application/ld+json"),
}


def templates(restaurant: Restaurant) -> None:
    """The table to fill in, with this restaurant's languages."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("No file yet? Fill in a table:", width="content")
        for form in ("csv", "xlsx"):
            name, end, media = _FORMS[form]
            hand_out(
                f"Template, {name}", partial(template, restaurant, form), f"{restaurant.id}-template.{end}",
                media, key=f"template-{form}", about=restaurant.id, icon=":material/download:", type="tertiary",
            )  # fmt: skip


def menus(restaurant_id: str, read: Callable[[int], Menu], versions: Sequence[int]) -> None:
    """The draft or what is published, in every form. `read`: the menu of a version; of 0 the draft."""
    version = 0
    if versions:
        options = {0: "Draft", versions[-1]: f"Published, version {versions[-1]}"}
        version = st.segmented_control(
            "Which menu", list(options), format_func=options.__getitem__, default=0, required=True,
            label_visibility="collapsed", key="out-version",
        )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        for form, (name, end, media) in _FORMS.items():
            hand_out(
                name,
                partial(_made, form, read, version),
                f"{restaurant_id}-{f'v{version}' if version else 'draft'}.{end}",
                media,
                key=f"out-{form}-{version}",  # a button of its own: what was chosen before isn't handed out under it
                about=restaurant_id,
                icon=":material/download:",
            )
    st.caption(
        "JSON says everything. CSV and Excel have a row for each item, and leave out options. JSON-LD is for the "
        "public: nothing private is in it, while the others hold food costs and notes."
    )


def _made(form: str, read: Callable[[int], Menu], version: int) -> bytes:
    return export(read(version), form, private=True)
