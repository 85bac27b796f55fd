"""The browser's half of the editor and Python's, wired together without a page around them."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from dashboard.access import Scope
from dashboard.menus.editor.component import HERE, bare
from dashboard.menus.editor.editor import Editor
from dashboard.menus.model import Menu
from dashboard.menus.patch import Set, apply
from dashboard.menus.store import MenuStore, open_store

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    script = "\n".join(bare((HERE / f"{name}.js").read_text()) for name in ("twin", "words", "model"))
    page.evaluate(
        f"() => {{ {script}\n window.sent = []; window.model = new Model((it) => sent.push(it), () => {{}}) }}"
    )
    yield page
    page.close()


@pytest.fixture
def wired(page: Page) -> Callable[[Editor, MenuStore], None]:
    """Carry messages to and fro until the browser has nothing more to send."""

    def wired(editor: Editor, store: MenuStore) -> None:
        page.evaluate("news => model.receive(news)", editor.told(store))
        for _ in range(10):
            page.wait_for_timeout(60)
            for message in page.evaluate("sent.splice(0)"):
                editor.receive(store, message)
                page.evaluate("news => model.receive(news)", editor.told(store))

    return wired


def test_an_edit_that_waited_for_a_new_session_overwrites_nobody(
    page: Page, wired: Callable[..., None], store: MenuStore, home: Path, lake: Any, menu: Menu, monday: datetime
) -> None:
    store.publish(menu, monday)
    id, (one, other) = menu.restaurant.id, [item.id for _, _, item in menu.placed[:2]]
    wired(Editor(id, store.draft(id)), store)
    for dish, price in ((one, 111), (other, 222)):
        page.evaluate("([dish, price]) => model.set('item', dish, 'price_minor', price)", [dish, price])
    page.wait_for_timeout(60)  # the server went away: what was sent reached nobody
    lucas = open_store(home, lake, Scope.everything("luca"))
    draft = lucas.draft(id)
    lucas.save_draft(apply(draft.menu, [Set(what="item", id=one, field="price_minor", value=999)])[0], draft, monday)

    page.evaluate("sent.splice(0)")
    wired(Editor(id, store.draft(id)), store)
    prices = {item.id: item.price_minor for _, _, item in store.draft(id).menu.placed}
    assert (prices[one], prices[other]) == (999, 222)
    assert page.evaluate("[model.find(`item/" + one + "`).row.price_minor, model.queue.length]") == [999, 0]
    assert "somebody else changed the same" in page.evaluate("model.toast.words")
