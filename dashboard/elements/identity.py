"""Who is asking: the one place that knows how somebody is identified, whichever way people sign in."""

from ipaddress import ip_address
from typing import Literal

import streamlit as st

from dashboard.elements import filters
from errors import SettingError

Way = Literal["demo", "local", "oidc"]


def way(sign_in: str, *, demo: bool) -> Way:
    """How people sign in here: the demo lets anybody be anybody, so it is for who sits at this machine.

    Raises SettingError if others could reach it.
    """
    if not demo:
        return "oidc" if sign_in == "oidc" else "local"
    if not _is_loopback(st.get_option("server.address")):
        raise SettingError(
            "The demo signs in whoever asks, so it runs on 127.0.0.1 only.",
            "Unset MENULENS_DEMO, or leave server.address at 127.0.0.1.",
        )
    return "demo"


def who(way: Way) -> str | None:
    """The id by which people.json may know the one who is asking; None: nobody signed in."""
    if way == "demo":
        return filters.url().get("as")
    return None


def _is_loopback(address: str | None) -> bool:
    try:
        return address == "localhost" or ip_address(address or "").is_loopback
    except ValueError:
        return False
