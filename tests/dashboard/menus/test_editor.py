"""The editor's Python half: messages in, replies and steps out, as a browser sees them."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dashboard.access import Scope
from dashboard.blobs import FolderBlobs
from dashboard.menus.editor.editor import Editor
from dashboard.menus.model import Item, Menu
from dashboard.menus.store import MenuStore, open_store
from errors import StorageError

ids = count()


class Browser:
    """What a tab does: says what it knows, sends requests, takes in steps."""

    def __init__(self, store: MenuStore, restaurant_id: str) -> None:
        self.store = store
        self.editor = Editor(restaurant_id, store.draft(restaurant_id))
        self.news = self.editor.told(store)
        self.session, self.n = self.news["session"], self.news["n"]

    def send(self, *requests: dict[str, Any]) -> list[dict[str, Any]]:
        named = [{"id": f"r{next(ids)}", **request} for request in requests]
        self.editor.receive(self.store, {"session": self.session, "at": self.n, "requests": named})
        self.news = self.editor.told(self.store)
        self.n = self.news["n"]
        return [self.news["replies"].get(request["id"], {}) for request in named]

    def edit(self, *ops: dict[str, Any], base: int | None = None) -> dict[str, Any]:
        return self.send({"kind": "edit", "base": self.n if base is None else base, "ops": list(ops)})[0]

    def price(self, id: str, value: Any) -> dict[str, Any]:
        return self.edit({"op": "set", "what": "item", "id": id, "field": "price_minor", "value": value})

    @property
    def menu(self) -> Menu:
        return self.editor.draft.menu


def item(menu: Menu, id: str) -> Item:
    return next(item for _, _, item in menu.placed if item.id == id)


def words(reply: dict[str, Any]) -> list[str]:
    return [problem["words"] for problem in reply["problems"]]


@pytest.fixture
def mia(store: MenuStore, menu: Menu, monday: datetime) -> Browser:
    store.publish(menu, monday)
    return Browser(store, menu.restaurant.id)


@pytest.fixture
def luca(mia: Browser, home: Path, lake: Any) -> Browser:
    return Browser(open_store(home, lake, Scope.everything("luca")), mia.menu.restaurant.id)


@pytest.fixture
def dish(mia: Browser) -> str:
    return mia.menu.placed[0][2].id


def test_the_whole_menu_is_told_once_and_then_only_what_changed(mia: Browser, dish: str) -> None:
    assert mia.news["menu"]["sections"]
    mia.price(dish, {"typed": "12"})
    assert "menu" not in mia.news
    assert mia.news["steps"][0]["ops"][0]["value"] == item(mia.menu, dish).price_minor == 1200
    assert mia.store.draft(mia.menu.restaurant.id).menu == mia.menu


@pytest.mark.parametrize("session", [None, "another"])
def test_a_browser_that_knows_nothing_or_another_sessions_numbers_gets_the_whole_menu_and_writes_nothing(
    mia: Browser, dish: str, session: str | None
) -> None:
    before, mia.session = mia.menu, session
    assert mia.price(dish, {"typed": "12"}) == {}
    assert mia.news["menu"]
    assert mia.store.draft(before.restaurant.id).menu == mia.menu == before


@pytest.mark.parametrize("typed", ["abc", "-5", "", "1.2.3"])
def test_what_is_no_price_is_refused_at_the_field_and_nothing_is_saved(mia: Browser, dish: str, typed: str) -> None:
    before = mia.menu
    reply = mia.price(dish, {"typed": typed})
    assert (reply["problems"][0]["id"], reply["problems"][0]["field"]) == (dish, "price_minor")
    assert mia.menu == before


def test_a_price_ten_times_the_published_one_is_saved_with_a_warning(mia: Browser, dish: str) -> None:
    price = item(mia.menu, dish).price_minor
    assert "undo" in mia.price(dish, price * 10)
    assert [slip["field"] for slip in mia.news["slips"] if slip["id"] == dish] == ["price_minor"]


def test_a_new_item_waits_until_it_has_a_name_and_a_price(mia: Browser) -> None:
    section = mia.menu.sections[0].id
    add = {"op": "add", "into": section, "before": None}
    assert words(mia.edit(add | {"node": {"id": "tea", "name": {}, "price_minor": None}})) == [
        "Give it a name.",
        "Add a price. Write 0 if it is free.",
    ]
    assert "undo" in mia.edit(add | {"node": {"id": "tea", "name": {"en": "Tea"}, "price_minor": {"typed": "3"}}})
    assert item(mia.menu, "tea").price_minor == 300


def test_an_option_says_what_it_lacks_and_reads_what_it_adds(mia: Browser, dish: str) -> None:
    def put(*choices: dict[str, Any]) -> dict[str, Any]:
        option = {"id": "milk", "name": {"en": "Milk"}, "min": 0, "max": 1, "choices": list(choices)}
        return mia.edit({"op": "set", "what": "item", "id": dish, "field": "options", "value": [option]})

    assert words(put()) == ["“Milk” has no choices yet."]
    oat = {"id": "oat", "name": {"en": "Oat"}}
    assert words(put(oat | {"name": {}})) == ["A choice of “Milk” has no name yet."]
    assert words(put(oat | {"price_delta_minor": {"typed": "x"}})) == ["'x' is no price."]
    assert "undo" in put(oat | {"price_delta_minor": {"typed": "−1.50"}})
    assert item(mia.menu, dish).options[0].choices[0].price_delta_minor == -150


def test_two_who_edit_different_fields_merge_silently(mia: Browser, luca: Browser, dish: str) -> None:
    luca.price(dish, 777)
    reply = mia.edit({"op": "set", "what": "item", "id": dish, "field": "name.en", "value": "Renamed"})
    assert "conflicts" not in reply
    assert (item(mia.menu, dish).price_minor, item(mia.menu, dish).name["en"]) == (777, "Renamed")
    assert [step["by"] for step in mia.news["steps"]] == ["luca", ""]


def test_two_who_edit_the_same_field_see_both_values_and_either_may_stay(
    mia: Browser, luca: Browser, dish: str
) -> None:
    luca.price(dish, 700)
    (conflict,) = mia.price(dish, 900)["conflicts"]
    assert (conflict["by"], conflict["field"]) == ("luca", "price")
    assert ("9" in conflict["mine"], "7" in conflict["theirs"]) == (True, True)
    assert item(mia.menu, dish).price_minor == 700
    (reply,) = mia.send({"kind": "mine", "conflict": conflict["id"]})
    assert item(mia.menu, dish).price_minor == 900
    assert reply["undo"]


def test_an_edit_of_what_somebody_removed_is_a_conflict_that_can_bring_it_back(
    mia: Browser, luca: Browser, dish: str
) -> None:
    luca.edit({"op": "remove", "what": "item", "id": dish})
    (conflict,) = mia.price(dish, 900)["conflicts"]
    assert conflict["theirs"] == "not on the menu"
    mia.send({"kind": "mine", "conflict": conflict["id"]})
    assert item(mia.menu, dish).price_minor == 900


def test_of_many_prices_raised_only_the_one_that_somebody_else_changed_is_asked_about(
    mia: Browser, luca: Browser
) -> None:
    first, second = (each.id for _, _, each in mia.menu.placed[:2])
    was = item(mia.menu, second).price_minor
    luca.price(first, 700)
    reply = mia.edit({"op": "percent", "ids": [first, second], "percent": "100"})
    assert [conflict["row"] for conflict in reply["conflicts"]] == [first]
    assert (item(mia.menu, first).price_minor, item(mia.menu, second).price_minor) == (700, was * 2)


def test_edits_of_one_message_are_saved_together(mia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    saves: list[object] = []
    save = mia.store.save_draft
    monkeypatch.setattr(mia.store, "save_draft", lambda *given: saves.append(given) or save(*given))
    edits = [
        {"kind": "edit", "base": mia.n, "ops": [
            {"op": "set", "what": "item", "id": each.id, "field": "price_minor", "value": 111}
        ]}
        for _, _, each in mia.menu.placed[:3]
    ]  # fmt: skip
    mia.send(*edits)
    assert len(saves) == 1
    assert [each.price_minor for _, _, each in mia.menu.placed[:3]] == [111] * 3


def test_a_request_that_is_sent_again_is_done_once(mia: Browser) -> None:
    section = mia.menu.sections[0].id
    node = {"id": "tea", "name": {"en": "Tea"}, "price_minor": 300}
    request = {"id": "again", "kind": "edit", "base": 0, "ops": [{"op": "add", "into": section, "node": node}]}
    first, again = mia.send(request), mia.send(request)
    assert first == again
    assert [each.id for _, _, each in mia.menu.placed].count("tea") == 1


def test_sold_out_reaches_the_guests_page_at_once_and_is_no_difference(mia: Browser, dish: str) -> None:
    until = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    (reply,) = mia.send({"kind": "sold_out", "items": [dish], "sold_out": True, "until": until})
    assert mia.store.sold_out(mia.menu.restaurant.id)[dish] is not None
    assert (item(mia.menu, dish).sold_out, mia.news["count"]) == (True, 0)
    mia.send(*({"kind": "sold_out", **was} for was in reply["was"]))
    assert dish not in mia.store.sold_out(mia.menu.restaurant.id)


def test_a_new_item_may_be_sold_out_before_it_is_published(mia: Browser) -> None:
    node = {"id": "tea", "name": {"en": "Tea"}, "price_minor": 300}
    mia.edit({"op": "add", "into": mia.menu.sections[0].id, "node": node})
    mia.send({"kind": "sold_out", "items": ["tea"], "sold_out": True})
    assert item(mia.menu, "tea").sold_out


def test_what_is_reviewed_can_be_taken_back_or_published_and_rolled_back(mia: Browser, dish: str) -> None:
    id = mia.menu.restaurant.id
    mia.price(dish, 111)
    mia.edit({"op": "remove", "what": "item", "id": mia.menu.placed[1][2].id})
    (review,) = mia.send({"kind": "review"})
    assert [change["kind"] for change in review["changes"]] == ["changed", "removed"]
    assert review["changes"][1]["sentence"].startswith(review["changes"][1]["name"])
    mia.edit(*review["changes"][1]["take_back"])
    (review,) = mia.send({"kind": "review"})
    assert len(review["changes"]) == 1
    assert mia.send({"kind": "publish", "seen": review["seen"]}) == [{"published": 2}]
    assert item(mia.store.published(id), dish).price_minor == 111
    (history,) = mia.send({"kind": "history"})
    assert [version["version"] for version in history["versions"]] == [2, 1]
    assert "→" in history["versions"][0]["changes"][0]
    assert mia.send({"kind": "roll_back", "version": 1}) == [{"published": 3}]
    assert mia.news["count"] == 0


def test_before_the_first_publish_as_many_changes_are_counted_as_are_reviewed(
    store: MenuStore, menu: Menu, monday: datetime
) -> None:
    store.save_draft(menu, None, monday)
    mia = Browser(store, menu.restaurant.id)
    (review,) = mia.send({"kind": "review"})
    assert mia.news["count"] == len(review["changes"]) > 0


def test_who_reviewed_an_older_draft_is_told_to_look_again(mia: Browser, luca: Browser, dish: str) -> None:
    mia.price(dish, 111)
    (review,) = mia.send({"kind": "review"})
    luca.price(mia.menu.placed[1][2].id, 222)
    (reply,) = mia.send({"kind": "publish", "seen": review["seen"]})
    assert "luca changed the menu" in reply["error"]
    mia.session = "of yesterday"
    (reply,) = mia.send({"kind": "publish", "seen": 99})
    assert "look at the differences again" in reply["error"]
    assert mia.store.versions(mia.menu.restaurant.id) == [1]


def test_a_publish_that_failed_over_its_pages_is_brought_to_its_end_by_the_next_review(
    mia: Browser, home: Path, dish: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(blobs: FolderBlobs, key: str, body: bytes, tag: str | None = None) -> str:
        if key.startswith("site/"):
            raise StorageError("The disk is full.")
        return put(blobs, key, body, tag)

    mia.price(dish, 111)
    (review,) = mia.send({"kind": "review"})
    put = FolderBlobs.put
    with monkeypatch.context() as patched:
        patched.setattr(FolderBlobs, "put", full)
        assert "disk is full" in mia.send({"kind": "publish", "seen": review["seen"]})[0]["error"]
    shown = home / "site/r" / mia.menu.restaurant.id / "availability.json"
    assert '"version":1' in shown.read_text()
    assert mia.send({"kind": "review"})[0]["changes"] == []
    assert '"version":2' in shown.read_text()


def test_a_forged_field_in_a_conflict_is_refused_in_words(mia: Browser, luca: Browser, dish: str) -> None:
    back = luca.edit({"op": "remove", "what": "item", "id": dish})["undo"]
    mia.send({"kind": "look"})
    luca.edit(*back)
    for field in ("hours", "cuisine.en", "price_minor.en", ""):
        reply = mia.edit({"op": "set", "what": "item", "id": dish, "field": field, "value": 1}, base=0)
        assert reply["conflicts"][0]["by"] == "luca"
    option = {"id": "o", "name": {"en": "O"}, "choices": 5}
    reply = mia.edit({"op": "set", "what": "item", "id": dish, "field": "options", "value": [option]})
    assert "no choices yet" in words(reply)[0]


def test_a_photo_is_kept_and_shown(mia: Browser, dish: str) -> None:
    picture = BytesIO()
    Image.new("RGB", (800, 600), "orange").save(picture, "JPEG")
    mia.send({"kind": "photo", "item": dish, "data": b64encode(picture.getvalue()).decode()})
    photo = item(mia.menu, dish).photo
    assert photo
    (reply,) = mia.send({"kind": "picture", "photo": photo.id, "width": 320})
    assert reply["url"].startswith("data:image/webp;base64,")
    (refused,) = mia.send({"kind": "photo", "item": dish, "data": b64encode(b"no picture").decode()})
    assert refused["problems"][0]["field"] == "photo"


def test_the_preview_is_the_page_of_the_draft_or_of_a_version(mia: Browser, dish: str) -> None:
    name = item(mia.menu, dish).name["en"]
    mia.edit({"op": "set", "what": "item", "id": dish, "field": "name.en", "value": "Moonlight soup"})
    draft, old = mia.send({"kind": "preview", "language": "en"}, {"kind": "preview", "language": "en", "version": 1})
    assert "Moonlight soup" in draft["html"]
    assert name in old["html"]
    assert "Moonlight soup" not in old["html"]


def test_who_may_no_longer_edit_is_told_so_and_changes_nothing(mia: Browser, home: Path, lake: Any, dish: str) -> None:
    before, may = mia.menu, mia.store
    mia.store = open_store(home, lake, Scope("mia", "manager", frozenset({mia.menu.restaurant.id})))
    assert "may not edit" in mia.price(dish, 111)["error"]
    assert "may not edit" in mia.send({"kind": "sold_out", "items": [dish], "sold_out": True})[0]["error"]
    assert may.draft(mia.menu.restaurant.id).menu == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
OPS = st.sampled_from(["add", "set", "remove", "bulk", "percent", "move", "x"])
FORGED = st.fixed_dictionaries(
    {"op": OPS, "what": JSON, "id": JSON, "field": st.sampled_from(["options", "price_minor", "name.en"]) | JSON},
    optional={"value": JSON, "node": JSON, "into": JSON, "ids": JSON, "percent": JSON},
)


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    class Lake:
        def write_dimensions(self, restaurant: Any, items: Any) -> None: ...

        def write_rules(self, restaurant_id: Any, rules: Any) -> None: ...

    menu = Menu.model_validate_json(Path(__file__).with_name("sample_menu.json").read_bytes())
    store = open_store(tmp_path_factory.mktemp("home"), Lake(), Scope.everything("mia"))
    store.publish(menu, datetime(2026, 11, 16, 4, tzinfo=UTC))
    return Browser(store, menu.restaurant.id)


@given(raw=JSON | st.builds(lambda op: {"requests": [{"id": "f", "kind": "edit", "base": 0, "ops": [op]}]}, FORGED))
def test_a_forged_message_is_answered_in_words(forged: Browser, raw: Any) -> None:
    forged.editor.done.clear()
    forged.editor.receive(forged.store, raw)
    forged.editor.told(forged.store)
    for reply in forged.editor.replies.values():
        assert reply.keys() <= {"error", "problems", "undo"}
