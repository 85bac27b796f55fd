"""What the menu is just now: draft or published, and who saved it."""

from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import elements
from dashboard.menus import desk
from dashboard.menus.changes import changes, listed

view = elements.current()
id = view.restaurant.restaurant_id
store = desk.store(view.here)
draft, versions = store.draft(id), store.versions(id)
live = store.published(id) if versions else None
found = changes(live, draft.menu) if live else []
count = f"{len(draft.menu.placed)} {'item' if len(draft.menu.placed) == 1 else 'items'}"

if live and not found:
    st.title(f"Guests see {view.restaurant.restaurant_name}’s menu as it is", anchor=False)
else:
    st.title(f"{view.restaurant.restaurant_name}’s draft waits to be published", anchor=False)
with elements.card("menu", f"Version {versions[-1]} is published" if versions else "Never published", count):
    at = f"{draft.at.astimezone(ZoneInfo(view.restaurant.time_zone)):%-d %B, %H:%M}" if draft.at else ""
    st.markdown(f"Saved by {draft.by} on {at}." if at else "Nobody has changed it yet.")
    if found:
        st.markdown(f"Since then: {listed(found)}.")
