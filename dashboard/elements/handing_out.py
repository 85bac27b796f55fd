"""Files that pages hand out: made on the click, for who may still have them then, and for nobody else; written down."""

from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import _calculate_file_id as address_of

from dashboard.access import Scope
from dashboard.elements import filters
from dashboard.menus import desk
from errors import AccessError

MOST_HANDED = 10_000
_handed: dict[str, set[str]] = {}
"""By a file's address: for whom it was made. Streamlit gives what lies there to everybody who knows the address."""
_handing = Lock()


def hand_out(
    label: str, make: Callable[[], bytes], file: str, media: str, *, key: str, about: str = "", **looks: Any
) -> None:
    """A button that hands out what `make` makes; `about` is the restaurant that it says something of, if it is one.

    A file kept ready could be fetched by whoever has its address, and a page stays open for longer than a right may
    last: so the file is made, and its reader's rights are asked for, on the click.
    """
    handing = partial(_handed_out, filters.asking(), make, file, media, about)
    st.download_button(label, handing, file, media, key=key, on_click="ignore", **looks)


def may_take(file: str, person: str) -> bool:
    """Whether what lies at /media/`file` is for this person. Pictures that are on pages are no secret."""
    address = file.partition(".")[0]
    lies_there = runtime.get_instance().media_file_mgr.read_file(address) if runtime.exists() else None
    secret = lies_there is not None and lies_there.kind is MediaFileKind.DOWNLOADABLE
    return not secret or person in _handed.get(address, ())


def _handed_out(drawn_for: Scope, make: Callable[[], bytes], file: str, media: str, about: str) -> bytes:
    if not desk.of_now(drawn_for).covers(drawn_for):
        raise AccessError(f"What {drawn_for.person} may see or edit is less by now.", "Reload the page.")
    body = make()
    with _handing:
        _handed.setdefault(address_of(body, media, file), set()).add(drawn_for.person)
        while len(_handed) > MOST_HANDED:
            del _handed[next(iter(_handed))]
    desk.audit().record("exported", drawn_for.person, about, file=file)
    return body
