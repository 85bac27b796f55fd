"""What a page shows where no visit was counted, and what to do about it."""

import streamlit as st

from dashboard.elements import choices, filters
from dashboard.elements.cards import state


def no_visits(view: filters.View) -> None:
    """The whole page: its title, why there is nothing, and the way to something."""
    name = view.restaurant.restaurant_name
    if view.days < 30:
        st.title(f"Nobody read {name}’s menu in these days", anchor=False)
        state(
            "event_busy", "No visit in these days", "Guests may have come before: look at more days.", "Show 30 days",
            lambda: filters.go(days="30", first_date=None, last_date=None),
        )  # fmt: skip
        return
    st.title(f"{name} has no visits yet", anchor=False)
    state(
        "qr_code_2",
        "Put the code on a table",
        "The first visit shows up here about a minute after a guest scans the code of a published menu.",
    )


def unread(version: int, before: int | None) -> None:
    """A menu version that no guest has read in these days, and the way to the one before."""
    words = f"Guests get v{version} the next time they open the menu; their visits show up here a minute later."
    if before is None:
        state("menu_book", f"v{version} waits for its first guest", words)
    else:
        state(
            "menu_book", f"v{version} waits for its guests", words, f"Show v{before}",
            lambda: choices.choose("version", str(before)),
        )  # fmt: skip
