"""No page shows what isn't for its reader: every page there is, as every role, with forged addresses, and its files."""

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from itertools import zip_longest
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.security.conftest import OWN, PAGES, RIVAL, Town

Look = Callable[..., AppTest]
Towns = tuple[Town, Town]
DESK, ADMINS = {"codes", "menu_editor", "menu_import"}, {"audit", "menu_new", "people"}
CLOSED = {"reads": DESK | ADMINS, "product": DESK | ADMINS, "edits": ADMINS}
SAME_FOR_ALL = {"codes", "menu_import", "menu_new"}
"""Pages that have nothing to show of a restaurant but what guests see too, until somebody types or takes in a file."""
BY_LOT = re.compile(r'[0-9a-f]{32}|\\?"session\\?": ?\\?"\w+|(?<= event )[^·]+ ago|[\d.]+ [KM]?B · [\d.]+ s|· [\d.]+ s')
"""What is another each time: names of files to come, an editor's session, how old news is, what an answer took."""


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What the pages of this test offer to hand out: names of files, and what makes them."""
    offered: list[tuple[str, Any]] = []

    def button(label: str, data: Any, file_name: str, *_: Any, **__: Any) -> bool:
        offered.append((file_name, data))
        return False

    monkeypatch.setattr(st, "download_button", button)
    return offered


def shown(test: AppTest, files: list[tuple[str, Any]]) -> list[str]:
    """All that a browser got to draw, and all that it could have taken out, without what is drawn by lot."""
    assert not test.exception
    drawn = [f"{node.type} {getattr(node, 'proto', '')}" for node in test._tree]
    taken = [f"{name} {content(data() if callable(data) else data)!r}" for name, data in files]
    files.clear()
    return [BY_LOT.sub("…", part) for part in (*drawn, *taken)]


def content(made: Any) -> Any:
    """A file without the moment when it was made."""
    if isinstance(made, bytes) and made.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(made)) as packed:
            return {name: packed.read(name) for name in packed.namelist() if not name.startswith("docProps/")}
    if isinstance(made, bytes) and made.startswith(b"%PDF"):
        return re.sub(rb"/CreationDate \(.*?\)|/ID \[.*?\]|xmp:\w+Date>.*?<", b"", made)
    return made


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_a_manager_nothing_of_rivals_whatever_its_address_says(
    towns: Towns, look: Look, files: list[tuple[str, Any]], page: str
) -> None:
    def differ(who: str, **url: str) -> list[tuple[str, str]]:
        one, other = (shown(look(town, who, page, **url), files) for town in towns)
        return [pair for pair in zip_longest(one, other) if pair[0] != pair[1]]

    # An admin first: what one was shown is kept in memory, and isn't for others.
    assert page in SAME_FOR_ALL or differ("admin", restaurant=RIVAL), "these towns can't be told apart"
    assert page in CLOSED["reads"] or differ("reads") == []
    assert page in CLOSED["edits"] or differ("edits", restaurant=RIVAL, area="Harbour", days="7") == []


@pytest.mark.parametrize(("who", "page"), [(who, page) for who, pages in CLOSED.items() for page in sorted(pages)])
def test_a_page_that_is_not_for_a_role_says_so_and_nothing_else(
    towns: Towns, look: Look, files: list[tuple[str, Any]], who: str, page: str
) -> None:
    test = look(towns[0], who, page, restaurant=OWN)
    assert [title.value[:11] for title in test.title] == ["You may not"]
    assert not files
    inputs = ("selectbox", "text_input", "text_area", "checkbox", "multiselect", "file_uploader", "bidi_component")
    assert not [kind for kind in inputs if test.get(kind)]


@pytest.mark.parametrize("page", PAGES)
def test_to_who_is_not_signed_in_a_page_shows_nothing(
    towns: Towns, look: Look, files: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    one, other = [], []
    for demo, seen in (("0", one), ("1", other)):
        test = look(towns[0], "eve@elsewhere.example", page, demo=demo, restaurant=OWN)
        seen += [title.value for title in test.title]
        assert not files
        assert not test.selectbox
        assert not test.get("bidi_component")
    assert (one, other) == (["You are signed out"], ["Who is looking?"])
