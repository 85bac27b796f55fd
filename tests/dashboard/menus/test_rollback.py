"""However a menu was edited and published, an older version can be had back to the byte."""

from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.access import Scope
from dashboard.blobs import StaleError
from dashboard.menus.model import Menu
from dashboard.menus.patch import Op, apply
from dashboard.menus.store import MenuStore
from errors import PatchError
from tests.dashboard.menus.conftest import MONDAY, FakeLake
from tests.dashboard.menus.wild_menus import OPS, PICTURES, menus


class MemoryBlobs:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def get(self, key: str) -> tuple[bytes, str] | None:
        return (self.kept[key], str(hash(self.kept[key]))) if key in self.kept else None

    def fixed(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def put(self, key: str, body: bytes, tag: str | None = None) -> str:
        there = self.get(key)
        if tag is not None and tag != (there[1] if there else ""):
            raise StaleError(key)
        self.kept[key] = body
        return str(hash(body))

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    def names(self, folder: str) -> list[str]:
        below = [key.removeprefix(folder).partition("/") for key in self.kept if key.startswith(folder)]
        return sorted({name + slash for name, slash, _ in below})

    def where(self, key: str) -> str:
        return key


@settings(max_examples=25, deadline=None)
@given(menus(), st.lists(st.lists(OPS, max_size=8), min_size=1, max_size=3))
def test_whatever_was_edited_and_published_a_rollback_gives_the_old_bytes_back(
    first: Menu, publications: list[list[Any]]
) -> None:
    blobs, id = MemoryBlobs(), first.restaurant.id
    for photo in PICTURES:
        for width in photo.widths:
            blobs.put(f"menus/{id}/{photo.file(width)}", b"a picture")
    store = MenuStore(blobs, FakeLake(), Scope.everything("ada"))
    store.publish(first, MONDAY)
    old = blobs.kept[f"menus/{id}/versions/000001.json"]
    menu = store.draft(id).menu
    for edits in publications:
        for op in edits:
            menu = _edited(menu, op)
            store.save_draft(menu, store.draft(id), MONDAY)
        store.publish(menu, MONDAY)
    newest = store.roll_back(id, 1, MONDAY).version
    assert blobs.kept[f"menus/{id}/versions/000001.json"] == old
    again = blobs.kept[f"menus/{id}/versions/{newest:06}.json"]
    assert again == old.replace(b'"version": 1', f'"version": {newest}'.encode(), 1)


def _edited(menu: Menu, op: Op) -> Menu:
    with suppress(PatchError):
        menu, _ = apply(menu, [op])
    return menu
