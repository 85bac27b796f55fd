"""The menu editor as one Streamlit component: its modules and its stylesheet, and what goes between it and `Editor`."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.elements import filters
from dashboard.menus import desk
from dashboard.menus.editor.editor import Editor

HERE = Path(__file__).parent
# In the order in which they stand on one another.
MODULES = (
    *("draw", "twin", "words", "model", "parts", "outline", "drag", "form", "options", "served", "photo", "restaurant"),
    *("bulk", "preview", "review", "history", "top", "editor"),
)


@cache
def _component() -> Any:
    # A component's script is one text: its modules import from one another only, so without those lines they are one.
    script = "\n".join(bare((HERE / f"{name}.js").read_text()) for name in MODULES)
    return st.components.v2.component(
        "menulens_menu_editor", html='<div class="editor"></div>', css=(HERE / "editor.css").read_text(), js=script
    )


def bare(module: str) -> str:
    """A module's script as a part of one script."""
    return re.sub(
        r"^export (?!default)", "", re.sub(r"^import .*\n", "", module, flags=re.MULTILINE), flags=re.MULTILINE
    )


@st.fragment
def editor(restaurant_id: str) -> None:
    """The editor of one restaurant's menu. A fragment: an edit runs these lines only."""
    key = f"editor-{restaurant_id}"

    def received() -> None:
        message = st.session_state[key].message
        if message is not None:
            editing.receive(desk.store(filters.asking()), message)

    store = desk.store(filters.asking())
    kept = st.session_state.setdefault("editors", {})
    if restaurant_id not in kept:
        kept[restaurant_id] = Editor(restaurant_id, store.draft(restaurant_id))
    editing: Editor = kept[restaurant_id]
    _component()(key=key, data=editing.told(store), on_message_change=received)
