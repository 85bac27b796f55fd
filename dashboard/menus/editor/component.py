"""The menu editor as one Streamlit component: its modules and its stylesheet, and what goes between it and `Editor`."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import elements
from dashboard.access import ASK_AN_ADMIN, Scope
from dashboard.elements import filters
from dashboard.menus import desk
from dashboard.menus.editor.editor import Editor
from errors import AccessError, MenulensError

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
    """The editor of one restaurant's menu. A fragment: an edit runs these lines only, so it asks anew who may edit."""
    key, scope = f"editor-{restaurant_id}", filters.asking()

    def received() -> None:
        if (message := st.session_state[key].message) is not None:
            editing.receive(desk.store(_now(scope)), message)

    if not _now(scope).may_edit(restaurant_id):
        elements.state("lock", "You may no longer edit this menu", ASK_AN_ADMIN)
        return
    store = desk.store(scope)
    kept = st.session_state.setdefault("editors", {})
    try:
        if restaurant_id not in kept:
            kept[restaurant_id] = Editor(restaurant_id, store.draft(restaurant_id))
        editing: Editor = kept[restaurant_id]
        news = editing.told(store)
    except MenulensError as problem:  # a fragment runs without the frame that turns errors into words
        elements.state("cloud_off", problem.message, problem.hint or "Nothing is lost. Try again in a minute.")
        return
    asked = {"item": st.query_params.get("item")}  # a link may lead to an item
    _component()(key=key, data=news | asked, on_message_change=received)


def _now(scope: Scope) -> Scope:
    """What this person may do just now; nothing, once nobody knows them."""
    try:
        return desk.of_now(scope)
    except AccessError:
        return Scope(scope.person, "manager", frozenset())
