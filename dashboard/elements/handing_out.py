"""Files that pages hand out: made on the click, for who may still have them then, and written down."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from dashboard.access import Scope
from dashboard.elements import filters
from dashboard.menus import desk
from errors import AccessError


def hand_out(
    label: str, make: Callable[[], bytes], file: str, media: str, *, key: str, about: str = "", **looks: Any
) -> None:
    """A button that hands out what `make` makes; `about` is the restaurant that it says something of, if it is one.

    A file kept ready could be fetched by whoever has its address, and a page stays open for longer than a right may
    last: so the file is made, and its reader's rights are asked for, on the click.
    """
    handing = partial(_handed_out, filters.asking(), make, file, about)
    st.download_button(label, handing, file, media, key=key, on_click="ignore", **looks)


def _handed_out(drawn_for: Scope, make: Callable[[], bytes], file: str, about: str) -> bytes:
    if not desk.of_now(drawn_for).covers(drawn_for):
        raise AccessError(f"What {drawn_for.person} may see or edit is less by now.", "Reload the page.")
    body = make()
    desk.audit().record("exported", drawn_for.person, about, file=file)
    return body
