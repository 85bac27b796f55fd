"""A restaurant begins here: its facts, typed or from a file, and the file's menu if there is one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard import elements
from dashboard.elements import filters, importing
from dashboard.elements.house import house_form
from dashboard.menus import beginning, desk
from dashboard.menus.model import Menu, in_language
from errors import MenulensError

store = desk.store(filters.asking())
taken = store.restaurants()


def begin(restaurant_id: str, house: Mapping[str, Any], menu: Menu | None) -> None:
    try:
        now = desk.store(desk.of_now(filters.asking()))
        beginning.unused(restaurant_id, now.restaurants())
        now.save_draft(menu or beginning.begun(restaurant_id, house, taken), None, datetime.now(UTC))
        st.session_state["new-end"] = restaurant_id
        filters.go(restaurant=restaurant_id)
        importing.another("new")
    except MenulensError as problem:
        st.session_state["new-end"] = problem


ended = st.session_state.pop("new-end", None)
if isinstance(ended, str):
    begun = store.draft(ended).menu.restaurant
    st.title(f"{elements.plain(in_language(begun.name, begun.language))} has a draft", anchor=False)
    elements.state(
        "task_alt",
        "The restaurant is begun",
        f"Its menu will stand at `{desk.site_url()}/r/{ended}/` once it is published.",
        links=[
            ("menu_editor", "Write the menu", "edit_note"),
            ("menu_import", "Import a file", "upload_file"),
            ("codes", "Print the codes", "qr_code_2"),
        ],
    )
else:
    st.title("Begin a restaurant", anchor=False)
    with elements.card("file", "A file of its menu, if there is one", importing.WHAT, height="content"):
        file = importing.upload("new")
    with elements.card(
        "house", "The restaurant", "All of it can be changed later, but its web address", height="content"
    ):
        restaurant_id, house = house_form(importing.said(file) if file else {}, file.file_id if file else "", taken)
        lacking = beginning.missing(house)
        found = None
        if file and restaurant_id and not lacking:
            found = importing.look(file, restaurant_id, None, tuple(house["languages"]), house, "")
    if found:
        with elements.card("preview", importing.finding(found), "What the file has", height="content"):
            importing.show(found, None)
    if isinstance(ended, MenulensError):
        importing.say(ended)
    if lacking:
        st.caption(f"Still needed: {', '.join(lacking)}.")
    ready = not lacking and bool(restaurant_id) and (not file or bool(found and importing.may_take(found, None, "")))
    label = f"Begin {elements.plain(house['name'])}" if ready else "Begin"
    st.button(
        label, type="primary", disabled=not ready, on_click=begin,
        args=(restaurant_id, house, found.menu if found else None),
    )  # fmt: skip
