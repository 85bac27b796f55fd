"""A file becomes the draft of a menu, once it was looked at row by row; and a menu becomes a file."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import elements
from dashboard.elements import import_rows, importing, taking_out
from dashboard.menus import desk
from dashboard.menus.importing import Preview
from dashboard.menus.store import Draft
from errors import ConflictError, MenulensError

view = elements.current()
id, house = view.restaurant.restaurant_id, elements.plain(view.restaurant.restaurant_name)
store = desk.store(view.here)


def take(found: Preview, base: Draft) -> None:
    """Saves it over what was looked at: whoever changed the draft meanwhile isn't overruled."""
    try:
        desk.store(desk.of_now(view.here)).save_draft(found.checked(), base, datetime.now(UTC))
        st.session_state["import-end"] = import_rows.told(found)
        importing.another("import")
    except MenulensError as problem:
        st.session_state["import-end"] = problem


def look_again() -> None:
    importing.forget("base")


ended = st.session_state.pop("import-end", None)
if isinstance(ended, str):
    st.title(f"The file is in {house}’s draft", anchor=False)
    elements.state(
        "task_alt", ended[:1].upper() + ended[1:], "Guests see it once the draft is published.",
        links=[("menu_editor", "Go to the draft", "edit_note")],
    )  # fmt: skip
else:
    st.title(f"Import a menu into {house}", anchor=False)
with elements.card("file", "A file of the menu", importing.WHAT, height="content"):
    file = importing.upload("import")
    if file is None:
        taking_out.templates(store.draft(id).menu.restaurant)
    else:
        base = importing.kept("base", (file.file_id, id), lambda: store.draft(id))
        found = importing.look(file, id, base.menu, base.menu.restaurant.languages, {}, base.tag, store.photos(id))
if file is None:
    with elements.card("out", f"{house}’s menu as a file", "What it says can be edited elsewhere and imported again"):
        versions = store.versions(id)
        taking_out.menus(
            id, lambda version: store.published(id, version) if version else store.draft(id).menu, versions
        )
elif found:
    with elements.card("preview", importing.finding(found), "Nothing changes until you take it", height="content"):
        if isinstance(ended, MenulensError):
            importing.say(ended)
        if isinstance(ended, ConflictError):
            st.button("Look at it again", on_click=look_again, type="primary")
        elif importing.may_take(found, base.menu, file.file_id):
            st.button("Take into the draft", on_click=take, args=(found, base), type="primary")
        importing.show(found, base.menu)
