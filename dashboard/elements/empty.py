"""What a page shows where no visit was counted, and what to do about it."""

from datetime import date

import streamlit as st

from dashboard.elements import choices, filters
from dashboard.elements.cards import state


def no_visits(view: filters.View) -> None:
    """The whole page: its title, why there is nothing, and the way to something."""
    name = view.restaurant.restaurant_name
    if view.days < 30 or view.last_date < view.today:
        st.title(f"Nobody has read {name}’s menu {when(view)}", anchor=False)
        state(
            "event_busy", f"No visit {when(view)}", "Guests may have come on other days: look at the last 30.",
            "Show 30 days",
            lambda: filters.go(days="30", first_date=None, last_date=None),
        )  # fmt: skip
        return
    st.title(f"{name} has no visits yet", anchor=False)
    state(
        "qr_code_2",
        "Put the code on a table",
        "The first visit shows up here about a minute after a guest scans the code of a published menu.",
    )


def unread(version: int, before: int | None, read_on: dict[str, date] | None) -> None:
    """A menu version that nobody read in these days: the way to the days when somebody did, or to the one before."""
    if read_on:
        first, last = read_on["first_date"], read_on["last_date"]
        days = f"Guests last read it from {first:%-d %b} to {last:%-d %b}."
        state(
            "event_busy", f"v{version} was read on other days", days, "Show those days",
            lambda: filters.go(days=None, first_date=first.isoformat(), last_date=last.isoformat()),
        )  # fmt: skip
        return
    words = f"Guests get v{version} the next time they open the menu; their visits show up here a minute later."
    action = None if before is None else f"Show v{before}"
    state(
        "menu_book", f"v{version} waits for its first guest", words, action,
        lambda: choices.choose("version", str(before)),
    )  # fmt: skip


def when(view: filters.View) -> str:
    return "today" if view.days == 1 and view.last_date == view.today else "in these days"
