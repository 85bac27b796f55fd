"""What the browser does at once with an edit is what Python then keeps."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from dashboard.menus import editor
from dashboard.menus.model import Menu
from dashboard.menus.patch import Op, Percent, apply, clash
from errors import PatchError
from tests.dashboard.menus.wild_menus import OPS, menus

pytestmark = pytest.mark.browser
PATCHES = st.lists(st.lists(OPS, min_size=1, max_size=3), min_size=1, max_size=8)
LOAD = """async (source) => {
  window.twin = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })))
}"""


@pytest.fixture(scope="module")
def twin(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.evaluate(LOAD, Path(editor.__file__).with_name("twin.js").read_text())
    yield page
    page.close()


def dumped(ops: Any) -> list[dict[str, Any]]:
    return [op.model_dump(mode="json") for op in ops]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(old=menus(), patches=PATCHES)
def test_any_edits_and_undos_give_the_same_menu_in_the_browser(twin: Page, old: Menu, patches: list[list[Op]]) -> None:
    menu, made = old, []
    for patch in patches:
        try:
            menu, undo = apply(menu, patch)
        except PatchError:
            continue
        made += [patch, undo, patch]
        menu = apply(apply(menu, undo)[0], patch)[0]
    here = twin.evaluate(
        "([menu, patches]) => patches.reduce((now, patch) => twin.apply(now, patch), menu)",
        [old.model_dump(mode="json"), [dumped(patch) for patch in made]],
    )
    assert json.dumps(here) == json.dumps(menu.model_dump(mode="json"))


@settings(max_examples=25, deadline=None)
@given(mine=OPS, theirs=OPS)
def test_both_know_when_one_edit_would_undo_another(twin: Page, mine: Op, theirs: Op) -> None:
    here = twin.evaluate(
        "([mine, theirs]) => twin.clash(twin.touches(mine), twin.touches(theirs))", dumped([mine, theirs])
    )
    assert here == clash(mine, theirs)


@settings(max_examples=25, deadline=None)
@given(price=st.integers(0, 10**9), percent=st.decimals(-100, 1000, places=4), step=st.integers(1, 1000))
def test_prices_are_raised_by_the_same_minor_units(twin: Page, price: int, percent: Any, step: int) -> None:
    op = Percent(ids=("a",), percent=percent, round_to=step)
    here = twin.evaluate("([price, op]) => twin.raised(price, op.percent, op.round_to)", [price, dumped([op])[0]])
    exact = price * (100 + percent.as_integer_ratio()[0] / 1 / percent.as_integer_ratio()[1]) / 100 / step
    assert abs(here / step - exact) <= 0.5 + exact * 1e-9
