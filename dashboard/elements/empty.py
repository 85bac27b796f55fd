"""What a page shows where no visit was counted or no menu is, or where somebody may not go, and what to do about it."""

from datetime import date
from typing import Any

import streamlit as st

from dashboard.elements import choices, filters
from dashboard.elements.cards import state
from dashboard.elements.markdown import plain


def no_visits(view: filters.View) -> None:
    """The whole page: its title, why there is nothing, and the way to something."""
    name = plain(view.restaurant.restaurant_name)
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


def nothing_yet(new: Any | None) -> None:
    """The whole page where no restaurant is known. `new`: the page on which this person may begin one."""
    st.title("Nothing to show yet", anchor=False)
    words = "Load what guests did with `menulens load`, or see invented restaurants with `menulens demo`."
    if new is None:
        state("qr_code_2", "There is no restaurant here yet", words)
        return
    state("qr_code_2", "There is no restaurant here yet", f"Begin one. {words}", key="state-new")
    _link(new, new.title)


def no_menu_yet(new: Any | None) -> None:
    """The whole page where there is no menu to edit. `new`: the page on which this person may begin one."""
    st.title("There is no menu to edit yet", anchor=False)
    if new is None:
        state("edit_note", "Your restaurant has no menu yet", "An admin begins it; from then on you edit it here.")
        return
    state("edit_note", "Begin with a restaurant", "Its name and place, and a file of its menu if there is one.")
    _link(new, new.title)


def may_not(do: str, home: Any) -> None:
    """The whole page for somebody who followed a link to what takes leave: `do` is "edit a menu"."""
    st.title(f"You may not {do}", anchor=False)
    words = "An admin says who may, on the page People."
    state("lock", "This page is for others", words)
    _link(home, f"Go to {home.title}")


def _link(page: Any, label: str) -> None:
    st.page_link(page, label=label, icon=page.icon, query_params=filters.url())


def when(view: filters.View) -> str:
    return "today" if view.days == 1 and view.last_date == view.today else "in these days"
