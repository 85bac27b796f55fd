"""Who is asking: the one place that knows how somebody is identified, whichever way people sign in."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

from dashboard.elements import filters
from dashboard.elements.cards import state
from dashboard.signin.cookies import Cookies
from dashboard.signin.door import Door, open_door
from dashboard.signin.routes import LEAVE, SIGN_IN, SIGN_OUT
from errors import SettingError
from ingest_stack.ports import is_loopback


@dataclass(frozen=True)
class AtDoor:
    """The door at which people sign in, and what their browsers keep of it."""

    door: Door
    cookies: Cookies

    @property
    def cookie(self) -> str:
        return str(st.context.cookies.get(self.cookies.session, ""))


Way = AtDoor | Literal["demo"]


def way(sign_in: str, home: Path, bucket: str, idle_minutes: int, address: str, *, demo: bool) -> Way:
    """How people sign in here: the demo lets anybody be anybody, so it is for who sits at this machine.

    Raises SettingError if others could reach it, at the server's own address or at the public one.
    """
    if not demo:
        return AtDoor(open_door(home, bucket, idle_minutes, vouched=sign_in == "oidc"), Cookies(address))
    if not (is_loopback(st.get_option("server.address")) and is_loopback(urlsplit(address).hostname)):
        raise SettingError(
            "The demo signs in whoever asks, so it runs on 127.0.0.1 only.",
            "Unset MENULENS_DEMO, or leave server.address and MENULENS_DASHBOARD_URL at 127.0.0.1.",
        )
    return "demo"


def who(way: Way) -> str | None:
    """The id by which people.json may know the one who is asking; None: nobody signed in."""
    if way == "demo":
        return filters.url().get("as")
    person = way.door.person(way.cookie)
    if st.session_state.setdefault("person", person) != person:  # the tab was another's: nothing of that one stays
        st.session_state.clear()
        st.rerun()
    return person


def way_in(way: Way) -> None:
    """The whole page for who isn't signed in, or no more: nothing of before, and where one signs in."""
    if not isinstance(way, AtDoor):
        return None
    st.title("You are signed out", anchor=False)
    if not way.cookie:  # `streamlit run`, without our server: nobody could sign in there
        return state("lock", "Nobody is signed in", "`menulens dashboard` starts the pages and asks who you are.")
    state("lock", "Your session is over", "After a long pause, a sign-out, or when your password or role changed.")
    st.html(f'<a href="{SIGN_IN}" target="_self" class="ml">Sign in</a>')
    st.html(f'<script src="{LEAVE}"></script>', unsafe_allow_javascript=True)
    return None


def way_out(way: Way) -> None:
    """What signs out: a form that the server takes from this browser only; in the demo, a look at who else there is."""
    if isinstance(way, AtDoor):
        seal = escape(way.door.seal(way.cookie))
        st.html(
            f'<form method="post" action="{SIGN_OUT}" class="ml ml-leave">'
            f'<input type="hidden" name="seal" value="{seal}"><button>Sign out</button></form>'
        )
    else:
        st.button("Switch person", type="tertiary", on_click=filters.go, kwargs={"as": None, "restaurant": None})
