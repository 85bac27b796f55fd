"""The menu store, in a folder and in a bucket: what is published stays, and two people don't overwrite each other."""

import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from operator import methodcaller
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from dashboard.access import Scope
from dashboard.audit import Audit
from dashboard.blobs import Blobs, FolderBlobs, StaleError
from dashboard.menus.changes import changes, history
from dashboard.menus.merging import merge
from dashboard.menus.model import Item, Menu, Photo, Section
from dashboard.menus.patch import Add, Bulk, Remove, Set, apply
from dashboard.menus.recommending import Pick, Rules, sentences
from dashboard.menus.store import MenuStore, dimensions, open_store
from errors import AccessError, ConflictError, MenuError, SettingError, StorageError
from ingest_stack.lake import COLUMNS, Lake

ID = "ton-mamuang"
Open = Callable[..., MenuStore]


@pytest.fixture
def opened(blobs: Blobs, lake: Any) -> Open:
    """The same menus, as somebody sees and edits them."""
    return lambda person="ada", **fields: MenuStore(blobs, lake, Scope(person, "admin", None, None))


@pytest.fixture
def store(opened: Open) -> MenuStore:
    return opened()


def moved(menu: Menu) -> Menu:
    """The menu with its sections turned round and one item dropped."""
    first, *rest = menu.sections
    return menu.model_copy(update={"sections": (*rest, first.model_copy(update={"items": first.items[1:]}))})


def priced(menu: Menu, id: str, minor: int) -> Menu:
    return apply(menu, [Set(what="item", id=id, field="price_minor", value=minor)])[0]


def prices(menu: Menu) -> dict[str, int]:
    return {item.id: item.price_minor for _, _, item in menu.placed}


def page(blobs: Blobs, language: str = "") -> str:
    kept = blobs.get(f"site/r/{ID}/{language}{language and '/'}index.html")
    assert kept
    return kept[0].decode()


def files(blobs: Blobs, folder: str = "") -> dict[str, bytes]:
    """What guests are given: path below the restaurant's folder → bytes."""
    found = dict[str, bytes]()
    for name in blobs.names(f"site/r/{ID}/{folder}"):
        if name.endswith("/"):
            found |= files(blobs, folder + name)
        elif kept := blobs.get(f"site/r/{ID}/{folder}{name}"):
            found[folder + name] = kept[0]
    return found


def availability(blobs: Blobs) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(blobs)["availability.json"])
    return found


def items(menu: Menu) -> dict[str, Item]:
    return {item.id: item for _, _, item in menu.placed}


def picture(color: str, of: str = "food") -> bytes:
    tags, out = Image.Exif(), io.BytesIO()
    tags[0x010E] = of
    Image.new("RGB", (400, 300), color).save(out, "JPEG", exif=tags)
    return out.getvalue()


def pictured(menu: Menu, photo: Photo) -> Menu:
    """The menu with a photo of its first item."""
    value = photo.model_dump(mode="json")
    return apply(menu, [Set(what="item", id=menu.placed[0][2].id, field="photo", value=value)])[0]


def together(work: Callable[[int], object], threads: int) -> None:
    """Run in several threads at once; what one of them raises is raised here."""
    problems: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as problem:
            problems.append(problem)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if problems:
        raise problems[0]


def test_a_blob_replaces_only_what_its_writer_has_read(blobs: Blobs) -> None:
    assert blobs.get("menus/x/draft.json") is None
    with pytest.raises(StaleError):
        blobs.put("menus/x/draft.json", b"0", "something")
    first = blobs.put("menus/x/draft.json", b"1", "")
    for tag in ("", "another"):
        with pytest.raises(StaleError):
            blobs.put("menus/x/draft.json", b"2", tag)
    second = blobs.put("menus/x/draft.json", b"2", first)
    assert blobs.get("menus/x/draft.json") == (b"2", second)
    blobs.put("menus/x/draft.json", b"3")
    assert blobs.get("menus/x/draft.json") != (b"2", second)


def test_a_folder_names_what_is_directly_below_it(blobs: Blobs) -> None:
    for key in ("menus/x/draft.json", "menus/x/versions/000001.json", "menus/y/draft.json", "site/index.html"):
        blobs.put(key, b"")
    assert blobs.names("menus/") == ["x/", "y/"]
    assert blobs.names("menus/x/") == ["draft.json", "versions/"]
    blobs.delete("menus/x/versions/000001.json")
    assert blobs.names("menus/x/") == ["draft.json"]
    assert blobs.names("nothing/") == []


def test_publishing_numbers_versions_and_writes_pages(
    store: MenuStore, menu: Menu, monday: datetime, blobs: Blobs
) -> None:
    first = store.publish(menu, monday)
    second = store.publish(moved(first), monday + timedelta(days=1))
    assert (first.version, second.version, second.published_by) == (1, 2, "ada")
    assert store.versions(ID) == [1, 2]
    assert 'data-menu-version="2"' in page(blobs)
    index = blobs.get("site/index.html")
    assert index
    assert b"/r/ton-mamuang/" in index[0]
    assert store.restaurants() == [ID]


def test_a_published_version_never_changes(store: MenuStore, menu: Menu, monday: datetime, blobs: Blobs) -> None:
    store.publish(menu, monday)
    before = blobs.get(f"menus/{ID}/versions/000001.json")
    store.mark_sold_out(ID, "rolls")
    store.publish(moved(store.published(ID)), monday + timedelta(days=1))
    store.roll_back(ID, 1, monday + timedelta(days=2))
    assert blobs.get(f"menus/{ID}/versions/000001.json") == before


def test_past_versions_keep_their_items(store: MenuStore, menu: Menu, monday: datetime, lake: Any) -> None:
    store.publish(menu, monday)
    store.publish(moved(menu), monday + timedelta(days=1))
    rows = lake.items[ID]
    assert {row["menu_version"] for row in rows} == {1, 2}
    assert next(row["item_id"] for row in rows if row["menu_version"] == 1) == "satay"
    assert "satay" not in {row["item_id"] for row in rows if row["menu_version"] == 2}


def test_rolling_back_publishes_the_old_menu_as_a_new_version(
    store: MenuStore, menu: Menu, monday: datetime, blobs: Blobs
) -> None:
    first = store.publish(menu, monday)
    store.publish(moved(menu), monday + timedelta(days=1))
    third = store.roll_back(ID, 1, monday + timedelta(days=2))
    assert (third.version, third.sections) == (3, first.sections)
    assert 'data-menu-version="3"' in page(blobs)
    assert [revision.same_as for revision in history([store.published(ID, v) for v in store.versions(ID)])][-1] == 1
    assert changes(store.draft(ID).menu, third) == []


def test_sold_out_shows_at_once_without_a_publish(store: MenuStore, menu: Menu, monday: datetime, blobs: Blobs) -> None:
    store.publish(menu, monday)
    assert store.sold_out(ID) == {"tofu": None}
    store.mark_sold_out(ID, "rolls")
    store.mark_sold_out(ID, "tofu", sold_out=False)
    assert store.versions(ID) == [1]
    assert store.sold_out(ID) == {"rolls": None}
    assert 'item out" id="item-rolls"' in page(blobs, "en")
    assert 'item out" id="item-tofu"' not in page(blobs, "en")


def test_publishing_leaves_sold_out_to_the_kitchen(store: MenuStore, menu: Menu, monday: datetime) -> None:
    draft = store.publish(menu, monday)
    store.mark_sold_out(ID, "rolls")
    published = store.publish(draft, monday + timedelta(days=1))
    assert {item.id for _, _, item in published.placed if item.sold_out} == {"tofu", "rolls"}


def test_what_is_sold_out_until_then_comes_back_by_itself(
    blobs: Blobs, lake: Any, menu: Menu, monday: datetime
) -> None:
    now = [monday]
    store = MenuStore(blobs, lake, Scope.everything("ada"), clock=lambda: now[0])
    store.publish(menu, monday)
    store.mark_sold_out(ID, ["rolls", "satay"], until=monday + timedelta(hours=2))
    assert store.sold_out(ID) == {"tofu": None} | dict.fromkeys(("rolls", "satay"), monday + timedelta(hours=2))
    assert items(store.draft(ID).menu)["rolls"].sold_out_until == monday + timedelta(hours=2)
    ends = (monday.timestamp() + 7_200) * 1000
    assert availability(blobs) == {"version": 1, "sold_out": {"rolls": ends, "satay": ends, "tofu": None}}
    store.publish(priced(menu, "satay", 1), monday)
    assert availability(blobs)["version"] == 2
    now[0] += timedelta(hours=2)
    assert store.sold_out(ID) == {"tofu": None}
    assert not items(store.published(ID))["rolls"].sold_out
    with pytest.raises(MenuError, match="past, or names no time zone"):
        store.mark_sold_out(ID, "rolls", until=now[0])


def test_what_was_sold_out_in_earlier_days_still_is(
    store: MenuStore, menu: Menu, monday: datetime, blobs: Blobs
) -> None:
    store.publish(menu, monday)
    blobs.put(f"menus/{ID}/availability.json", b'{"sold_out": ["rolls"]}')
    assert store.sold_out(ID) == {"rolls": None}
    store.mark_sold_out(ID, "satay")
    assert store.sold_out(ID) == {"rolls": None, "satay": None}


def test_a_new_item_brings_along_until_when_it_is_sold_out(store: MenuStore, menu: Menu, monday: datetime) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    pie = Item(id="pie", name={"th": "พาย"}, price_minor=1, sold_out=True, sold_out_until=until)
    store.publish(apply(menu, [Add(into="starters", node=pie)])[0], monday)
    assert store.sold_out(ID)["pie"] == until


def test_a_photo_is_kept_and_published_with_its_page(
    store: MenuStore, menu: Menu, monday: datetime, blobs: Blobs
) -> None:
    with pytest.raises(MenuError, match="no published menu"):
        store.keep_photo(ID, picture("red"))
    store.publish(menu, monday)
    red, blue = store.keep_photo(ID, picture("red")), store.keep_photo(ID, picture("blue"))
    assert store.photos(ID) == {red.id, blue.id}
    assert blobs.names("site/r/ton-mamuang/photos/") == []
    store.publish(pictured(menu, red), monday)
    assert blobs.names(f"site/r/{ID}/photos/") == [f"{red.id}-320.webp", f"{red.id}-400.webp"]
    shown = blobs.get(f"site/r/{ID}/{red.file(400)}")
    assert shown
    assert shown[0] == store.photo(ID, red.id, 400)
    store.publish(pictured(menu, blue), monday)  # pages are open that still show the red one
    assert len(blobs.names(f"site/r/{ID}/photos/")) == 4
    store.publish(menu, monday)
    store.publish(menu, monday)
    assert blobs.names(f"site/r/{ID}/photos/") == []
    assert store.roll_back(ID, 2, monday).placed[0][2].photo == red
    assert store.photo(ID, red.id, 320)


def test_a_photo_that_is_not_kept_is_not_published(store: MenuStore, menu: Menu, monday: datetime) -> None:
    store.publish(menu, monday)
    kept = store.keep_photo(ID, picture("red"))
    for gone in (Photo(id="0" * 16, width=400, height=300), kept.model_copy(update={"width": 399})):
        with pytest.raises(MenuError, match=r"^The photo of ไก่สะเต๊ะ isn't kept here\. Add it again"):
            store.publish(pictured(menu, gone), monday)
    assert store.versions(ID) == [1]
    for name in ("../../draft", "0" * 16):
        with pytest.raises(MenuError, match="has no photo"):
            store.photo(ID, name, 400)


def test_publishing_rolling_back_and_other_rules_are_recorded_with_who_did_so(
    opened: Open, blobs: Blobs, menu: Menu, monday: datetime
) -> None:
    opened("mia").publish(menu, monday)
    opened("mia").publish(priced(menu, "satay", 1), monday)
    opened("leo").roll_back(ID, 1, monday)
    opened("ada").set_recommending(ID, lambda rules: rules.model_copy(update={"shows_others": False}))
    today = datetime.now(UTC).date()
    entries = reversed(Audit(blobs).read(today - timedelta(days=1), today))
    assert [(entry.kind, entry.who, entry.about, entry.details) for entry in entries] == [
        ("published", "mia", ID, {"version": "1"}),
        ("published", "mia", ID, {"version": "2"}),
        ("rolled_back", "leo", ID, {"version": "3", "to": "1"}),
        ("recommending_changed", "ada", ID, {"what": "No longer shows others to its guests"}),
    ]


class Dying:
    """Blobs of a process that dies before one of its writes."""

    def __init__(self, blobs: Blobs) -> None:
        self.blobs = blobs
        self.left = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.blobs, name)

    def put(self, key: str, body: bytes, tag: str | None = None) -> str:
        self._may_die()
        return self.blobs.put(key, body, tag)

    def delete(self, key: str) -> None:
        self._may_die()
        self.blobs.delete(key)

    def _may_die(self) -> None:
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1


def test_whenever_a_publish_dies_guests_see_whole_pages(blobs: Blobs, lake: Any, menu: Menu, monday: datetime) -> None:
    dying = Dying(blobs)
    store, mortal = (MenuStore(each, lake, Scope.everything("ada")) for each in (blobs, cast("Blobs", dying)))
    store.publish(menu, monday)
    red, blue = store.keep_photo(ID, picture("red")), store.keep_photo(ID, picture("blue"))
    fewer = menu.restaurant.model_copy(update={"languages": ("th", "en"), "area": "Thonglor"})
    old, new = pictured(menu, red), pictured(moved(menu), blue).model_copy(update={"restaurant": fewer})
    deaths = 0
    for dying.left in range(100):
        allowed = dying.left
        first = store.publish(old, monday)
        before = files(blobs)
        dying.left = allowed
        try:
            mortal.publish(new, monday)
        except KeyboardInterrupt:
            deaths += 1
        else:
            break
        now = files(blobs)
        said = json.loads(now["availability.json"])["version"]
        assert said in (first.version, first.version + 1)
        for path, body in now.items():
            if path.endswith(".html"):
                shown = re.search(rb'data-menu-version="(\d+)"', body)
                assert shown
                assert body == before.get(path) or int(shown[1]) == first.version + 1
                assert body.rstrip().endswith(b"</html>")
                assert int(shown[1]) >= said or path == "ar/index.html"  # a page that goes, goes last
                for photo in re.findall(rb"photos/[0-9a-f]{16}-\d+\.webp", body):
                    assert photo.decode() in now
        if store.versions(ID)[-1] > first.version:  # it was kept: the next who looks after it brings it to the end
            store.settle(ID)
            assert json.loads(files(blobs)["availability.json"])["version"] == first.version + 1
            assert {row["menu_version"] for row in lake.items[ID]} == {*store.versions(ID)}
            assert "ar/index.html" not in files(blobs)
            index = blobs.get("site/index.html")
            assert index
            assert b"Thonglor" in index[0]
    assert deaths >= 8


def test_an_unknown_item_cannot_be_sold_out(store: MenuStore, menu: Menu, monday: datetime) -> None:
    store.publish(menu, monday)
    with pytest.raises(MenuError, match="'pizza'"):
        store.mark_sold_out(ID, "pizza")


def test_publishing_over_somebody_elses_version_says_who_changed_what(
    opened: Open, menu: Menu, monday: datetime
) -> None:
    mine = opened("ada").publish(menu, monday)
    opened("luca").publish(priced(mine, "satay", 9_900), monday)
    with pytest.raises(
        ConflictError, match=r"from version 1, but 2 is published, by luca on 16 November at 11:00: .*99 THB"
    ):
        opened("ada").publish(mine, monday)


def test_four_who_publish_at_once_get_four_versions(
    opened: Open, menu: Menu, monday: datetime, lake: Any, blobs: Blobs
) -> None:
    together(lambda hour: opened(f"admin {hour}").publish(menu, monday + timedelta(hours=hour)), 4)
    assert opened().versions(ID) == [1, 2, 3, 4]
    assert {row["menu_version"] for row in lake.items[ID]} == {1, 2, 3, 4}
    assert 'data-menu-version="4"' in page(blobs)


def test_of_two_who_save_the_second_is_told_and_can_merge(opened: Open, menu: Menu, monday: datetime) -> None:
    first = opened("ada").save_draft(menu, None, monday)
    opened("luca").save_draft(priced(menu, "satay", 9_900), first, monday)
    mine = priced(priced(menu, "satay", 8_800), "rolls", 7_700)
    with pytest.raises(
        ConflictError, match=r"luca changed this menu of ton-mamuang on 16 November at 11:00, since .* → 99 THB\."
    ):
        opened("ada").save_draft(mine, first, monday)
    theirs = opened("ada").draft(ID)
    assert (theirs.by, theirs.at) == ("luca", monday)
    merged = merge(first.menu, mine, theirs.menu)
    assert [(conflict.mine, conflict.theirs) for conflict in merged.conflicts] == [("88 THB", "99 THB")]
    opened("ada").save_draft(merged.menu, theirs, monday)
    assert prices(opened().draft(ID).menu)["rolls"] == 7_700


def test_many_who_save_at_once_lose_nothing(opened: Open, menu: Menu, monday: datetime, blobs: Blobs) -> None:
    threads, saves = (20, 50) if isinstance(blobs, FolderBlobs) else (20, 3)
    dishes = tuple(Item(id=f"dish-{n}", name={"th": f"จาน {n}"}, price_minor=0) for n in range(threads))
    small = menu.model_copy(update={"sections": (Section(id="all", name={"th": "ทั้งหมด"}, items=dishes),)})
    opened().save_draft(small, None, monday)

    def save(number: int) -> None:
        mine = opened(f"admin {number}")
        for minor in range(1, saves + 1):
            base = mine.draft(ID)
            wanted = priced(base.menu, f"dish-{number}", minor)
            while True:
                try:
                    mine.save_draft(wanted, base, monday)
                    break
                except ConflictError:
                    theirs = mine.draft(ID)
                    merged = merge(base.menu, wanted, theirs.menu)
                    assert merged.conflicts == ()
                    base, wanted = theirs, merged.menu

    together(save, threads)
    assert set(prices(opened().draft(ID).menu).values()) == {saves}


def test_a_draft_begins_as_what_is_published(store: MenuStore, menu: Menu, monday: datetime) -> None:
    store.publish(menu, monday)
    draft = store.draft(ID)
    assert (draft.menu, draft.by, draft.at) == (menu, "ada", monday)


def test_a_draft_that_was_published_is_done_with(opened: Open, menu: Menu, monday: datetime) -> None:
    draft = opened("luca").save_draft(menu, None, monday)
    opened("ada").publish(draft.menu, monday)
    later = opened("luca").save_draft(priced(menu, "satay", 1), draft, monday)  # what luca had read is as it was
    opened("ada").roll_back(ID, 1, monday)
    assert opened().draft(ID) == later
    with pytest.raises(ConflictError, match="luca changed this menu"):
        opened("ada").save_draft(moved(menu), draft, monday)


def test_what_the_kitchen_sold_out_meanwhile_is_no_conflict(opened: Open, menu: Menu, monday: datetime) -> None:
    draft = opened("luca").save_draft(menu, None, monday)
    opened("ada").publish(menu, monday)
    opened("cook").mark_sold_out(ID, "rolls")
    opened("luca").save_draft(priced(menu, "satay", 1), draft, monday)
    assert {item.id for _, _, item in opened().draft(ID).menu.placed if item.sold_out} == {"rolls", "tofu"}


def test_who_edits_a_version_that_is_past_is_told(opened: Open, menu: Menu, monday: datetime) -> None:
    opened("ada").publish(menu, monday)
    base = opened("luca").draft(ID)
    opened("ada").publish(priced(menu, "satay", 9_900), monday)
    with pytest.raises(ConflictError, match="ada changed this menu of ton-mamuang on 16 November at 11:00"):
        opened("luca").save_draft(priced(base.menu, "satay", 1), base, monday)


def test_a_language_that_goes_takes_its_page_along(
    store: MenuStore, menu: Menu, monday: datetime, blobs: Blobs
) -> None:
    store.publish(menu, monday)
    fewer = menu.model_copy(update={"restaurant": menu.restaurant.model_copy(update={"languages": ("th", "en")})})
    store.publish(fewer, monday)
    left = ["availability.json", "en/", "index.html", "menu.json", "recommendations.json"]
    assert blobs.names(f"site/r/{ID}/") == left


def test_nothing_private_reaches_a_published_byte(opened: Open, menu: Menu, monday: datetime, blobs: Blobs) -> None:
    ids = tuple(item.id for _, _, item in menu.placed)
    secret = [
        Bulk(ids=ids, field="food_cost_minor", value=7_654_321),
        Bulk(ids=ids, field="notes", value="the cook's own secret"),
    ]
    mine = opened("spy@example")
    mine.save_draft(menu, None, monday)
    photo = mine.keep_photo(ID, picture("red", of="a secret place"))
    mine.publish(pictured(apply(menu, secret)[0], photo), monday)
    mine.save_draft(apply(menu, [*secret, Remove(what="item", id="satay")])[0], mine.draft(ID), monday)
    mine.mark_sold_out(ID, "rolls")
    mine.roll_back(ID, 1, monday)

    def published(folder: str) -> Iterator[bytes]:
        for name in blobs.names(folder):
            if name.endswith("/"):
                yield from published(folder + name)
            else:
                kept = blobs.get(folder + name)
                assert kept
                yield kept[0]

    site = b"\n".join(published("site/"))
    assert len(site) > 100_000
    for private in (b"7654321", b"76543", b"76,543", b"secret", b"food_cost", b"spy@example"):
        assert private not in site


def test_a_scope_sees_and_edits_its_own_restaurants_only(
    store: MenuStore, blobs: Blobs, lake: Any, menu: Menu, monday: datetime
) -> None:
    store.publish(menu, monday)
    stranger = MenuStore(blobs, lake, Scope("mia", "manager", frozenset({"duo"}), frozenset({"duo"})))
    reader = MenuStore(blobs, lake, Scope("mali", "manager", frozenset({ID})))
    assert (stranger.restaurants(), reader.restaurants()) == ([], [ID])
    for look in (stranger.published, stranger.draft, stranger.versions, stranger.sold_out):
        with pytest.raises(AccessError, match="mia may not see"):
            look(ID)
    assert reader.published(ID).version == 1
    draft = reader.draft(ID)
    for edit in (
        lambda: reader.publish(menu, monday),
        lambda: reader.save_draft(menu, draft, monday),
        lambda: reader.roll_back(ID, 1, monday),
        lambda: reader.mark_sold_out(ID, "rolls"),
    ):
        with pytest.raises(AccessError, match="mali may not edit"):
            edit()


@pytest.mark.parametrize("id", ["../people", "", "a/b", "A"])
def test_an_id_never_leaves_the_folder(store: MenuStore, id: str) -> None:
    with pytest.raises(MenuError, match="no restaurant's id"):
        store.published(id)


def test_a_broken_file_is_named(store: MenuStore, menu: Menu, monday: datetime, blobs: Blobs) -> None:
    store.publish(menu, monday)
    kept = blobs.get(f"menus/{ID}/versions/000001.json")
    assert kept
    blobs.put(f"menus/{ID}/versions/000002.json", json.dumps(json.loads(kept[0]) | {"sections": [{}]}).encode())
    with pytest.raises(MenuError, match=r"000002\.json holds no menu that can be read: sections\.0\.id"):
        store.published(ID)
    blobs.put(f"menus/{ID}/draft.json", b"half a fi")
    with pytest.raises(MenuError, match=r"draft\.json holds no menu that can be read: it is no JSON"):
        store.draft(ID)


def test_a_home_of_earlier_days_is_read(store: MenuStore, menu: Menu, blobs: Blobs, monday: datetime) -> None:
    blobs.put(f"menus/{ID}/draft.json", menu.model_dump_json().encode())
    draft = store.draft(ID)
    assert (draft.menu, draft.by, draft.at) == (menu, "", None)
    store.save_draft(moved(menu), draft, monday)
    with pytest.raises(ConflictError, match="ada changed"):
        store.save_draft(priced(menu, "satay", 1), draft, monday)


def test_what_was_never_published_is_said(store: MenuStore) -> None:
    with pytest.raises(MenuError, match="no published menu"):
        store.published(ID)


def test_a_time_without_a_zone_is_refused(store: MenuStore, menu: Menu, monday: datetime) -> None:
    with pytest.raises(MenuError, match="names no time zone"):
        store.publish(menu, monday.replace(tzinfo=None))


def test_dimensions_have_the_lakes_columns(menu: Menu, monday: datetime) -> None:
    restaurant, items = dimensions(menu.model_copy(update={"version": 7, "published_at": monday}))
    assert list(restaurant) == list(COLUMNS["restaurants"])
    assert all(list(item) == list(COLUMNS["menu_items"]) for item in items)
    assert items[1] | {"item_name": ""} == {
        "restaurant_id": ID,
        "menu_version": 7,
        "published_at": int(monday.timestamp() * 1000),
        "item_id": "som-tum",
        "item_name": "",
        "section_id": "starters",
        "section_name": "ของทานเล่น",
        "section_position": 1,
        "position": 2,
        "price_minor": 9000,
        "food_cost_minor": 3219,
    }


def test_a_drafts_items_are_not_counted(menu: Menu) -> None:
    with pytest.raises(MenuError, match="draft"):
        dimensions(menu)


def test_publishing_fills_the_lake(menu: Menu, monday: datetime, home: Path) -> None:
    open_store(home, Lake(home / "lake"), Scope.everything()).publish(menu, monday)
    assert (home / "lake" / "menu_items" / f"{ID}.parquet").exists()


def test_a_disk_that_says_no_is_said_in_words(menu: Menu, monday: datetime, home: Path, lake: Any) -> None:
    (home / "menus").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="Not a directory"):
        open_store(home, lake, Scope.everything()).publish(menu, monday)


def test_a_bucket_that_says_no_is_said_in_words(
    menu: Menu, monday: datetime, home: Path, lake: Any, bucket: str
) -> None:
    for url, words in (("s3://nowhere-at-all", "s3://nowhere-at-all/menus/.* can't be read: .*bucket"),):
        with pytest.raises(StorageError, match=words):
            open_store(home, lake, Scope.everything(), url).publish(menu, monday)
    with pytest.raises(SettingError, match="write it as s3://name"):
        open_store(home, lake, Scope.everything(), "menus-of-ours")


@pytest.mark.parametrize("menus_too", [True, False])
def test_publishing_fills_a_lake_in_a_bucket_and_not_the_homes(
    s3: Any, bucket: str, menu: Menu, monday: datetime, home: Path, menus_too: bool
) -> None:
    kept = bucket if menus_too else ""
    store = open_store(home, Lake(home / "lake"), Scope.everything(), kept, lake_bucket=f"{bucket}/lake")
    for number in (1, 2):
        store.publish(priced(menu, "satay", number), monday)
    name, rows = bucket.split("/")[2], {}
    for table in ("restaurants", "menu_items"):
        body = s3.get_object(Bucket=name, Key=f"group/lake/{table}/{ID}.parquet")["Body"].read()
        rows[table] = pq.read_table(pa.BufferReader(body))
        assert dict(zip(rows[table].column_names, map(str, rows[table].schema.types), strict=True)) == {
            column: {"varchar": "string", "bigint": "int64"}[kind] for column, kind in COLUMNS[table].items()
        }
    assert rows["restaurants"]["restaurant_id"].to_pylist() == [ID]
    satay = [row["price_minor"] for row in rows["menu_items"].to_pylist() if row["item_id"] == "satay"]
    assert satay == [1, 2]
    assert not (home / "lake").exists()
    assert (home / "menus").exists() != menus_too


def test_a_lake_that_says_no_is_said_in_words_and_the_next_publish_counts_both(
    s3: Any, bucket: str, menu: Menu, monday: datetime, home: Path, lake: Any
) -> None:
    with pytest.raises(StorageError, match=r"s3://no-such-lake/menu_items/.* can't be kept: .*bucket"):
        open_store(home, lake, Scope.everything(), lake_bucket="s3://no-such-lake").publish(menu, monday)
    store = open_store(home, lake, Scope.everything(), lake_bucket=bucket)
    store.publish(priced(menu, "satay", 1), monday)
    body = s3.get_object(Bucket=bucket.split("/")[2], Key=f"group/menu_items/{ID}.parquet")["Body"].read()
    assert {row["menu_version"] for row in pq.read_table(pa.BufferReader(body)).to_pylist()} == {1, 2}


def test_a_version_is_fetched_from_a_bucket_once(
    bucket: str, menu: Menu, monday: datetime, home: Path, lake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.s3 import S3Blobs

    store = open_store(home, lake, Scope.everything(), bucket)
    for number in (1, 2, 3):
        store.publish(priced(menu, "satay", number), monday)
    asked: list[str] = []
    get = S3Blobs.get
    monkeypatch.setattr(S3Blobs, "get", lambda blobs, key: [asked.append(key), get(blobs, key)][1])
    for _ in range(2):  # whoever opens the store again has the same bucket
        again = open_store(home, lake, Scope.everything(), bucket)
        assert [prices(version)["satay"] for version in again.history(ID)] == [1, 2, 3]
    assert len(asked) == len({*asked}) <= 3


def test_a_bucket_keeps_what_was_saved_over_and_says_what_a_page_is(
    s3: Any, bucket: str, menu: Menu, monday: datetime, home: Path, lake: Any
) -> None:
    store = open_store(home, lake, Scope.everything(), bucket)
    first = store.save_draft(menu, None, monday)
    store.save_draft(moved(menu), first, monday)
    store.publish(menu, monday)
    name = bucket.split("/")[2]
    drafts = s3.list_object_versions(Bucket=name, Prefix=f"group/menus/{ID}/draft.json")["Versions"]
    assert len(drafts) == 2
    page = s3.get_object(Bucket=name, Key=f"group/site/r/{ID}/index.html")
    assert page["ContentType"] == "text/html; charset=utf-8"
    assert not (home / "menus").exists()


SOMTUM = "som-tum"
ROLLS = Pick(restaurant_id=SOMTUM, item_id="rolls")


def beside(menu: Menu, id: str = SOMTUM, name: str = "Som Tum") -> Menu:
    """The same menu of another house."""
    house = menu.restaurant.model_copy(update={"id": id, "name": {menu.restaurant.language: name}})
    return menu.model_copy(update={"restaurant": house})


def test_opting_out_holds_without_a_publish_and_reaches_the_lake(
    store: MenuStore, menu: Menu, monday: datetime, lake: Any
) -> None:
    store.publish(menu, monday)
    assert store.recommending(ID) == Rules()
    store.set_recommending(ID, lambda rules: rules.model_copy(update={"shown_elsewhere": False, "shows_others": False}))
    assert not store.recommending(ID).shown_elsewhere
    assert [row["rule"] for row in lake.rules[ID]] == ["hidden", "silent"]
    store.set_recommending(ID, lambda _: Rules())
    assert (store.recommending(ID), lake.rules[ID]) == (Rules(), [])
    assert (store.versions(ID), store.restaurants()) == ([1], [ID])


def test_what_is_pinned_stands_no_longer_blocked(store: MenuStore, menu: Menu, monday: datetime, lake: Any) -> None:
    store.publish(menu, monday)
    store.publish(beside(menu), monday)
    store.set_recommending(ID, lambda rules: rules.with_blocked(ROLLS))
    before, after = store.set_recommending(ID, lambda rules: rules.with_pinned(ROLLS))
    assert (before.blocked, after.blocked, after.pinned) == ((ROLLS,), (), (ROLLS,))
    row = {"restaurant_id": ID, "place": 1, "recommended_restaurant_id": SOMTUM, "recommended_item_id": "rolls"}
    assert lake.rules[ID] == [row | {"rule": "pin"}]
    assert sentences(before, after, store.name) == [
        f"{store.name(ROLLS)} pinned",
        f"{store.name(ROLLS)} no longer blocked",
    ]
    assert store.name(ROLLS).endswith(" at Som Tum")
    assert store.set_recommending(ID, lambda rules: rules.without(ROLLS))[1] == Rules()


@pytest.mark.parametrize(
    ("pick", "why"),
    [
        (Pick(restaurant_id=ID, item_id="rolls"), "not to its own"),
        (Pick(restaurant_id="nowhere"), "has no published menu"),
        (Pick(restaurant_id=SOMTUM, item_id="pizza"), "has no item 'pizza'"),
    ],
)
def test_only_what_guests_can_order_elsewhere_is_pinned(
    store: MenuStore, menu: Menu, monday: datetime, pick: Pick, why: str
) -> None:
    store.publish(menu, monday)
    store.publish(beside(menu), monday)
    with pytest.raises(MenuError, match=why):
        store.set_recommending(ID, lambda rules: rules.with_pinned(pick))
    assert store.recommending(ID) == Rules()


def test_no_more_is_pinned_than_a_guest_is_shown(store: MenuStore, menu: Menu, monday: datetime) -> None:
    store.publish(menu, monday)
    for number in range(4):
        store.publish(beside(menu, f"house-{number}"), monday)
    for number in range(3):
        store.set_recommending(ID, methodcaller("with_pinned", Pick(restaurant_id=f"house-{number}")))
    with pytest.raises(MenuError, match="up to 3"):
        store.set_recommending(ID, lambda rules: rules.with_pinned(Pick(restaurant_id="house-3")))


def test_who_may_edit_opts_out_and_an_admin_pins(
    store: MenuStore, blobs: Blobs, lake: Any, menu: Menu, monday: datetime
) -> None:
    store.publish(menu, monday)
    store.publish(beside(menu), monday)
    editor = MenuStore(blobs, lake, Scope("mia", "manager", frozenset({ID}), frozenset({ID})))
    reader = MenuStore(blobs, lake, Scope("mali", "manager", frozenset({ID})))
    editor.set_recommending(ID, lambda rules: rules.model_copy(update={"shows_others": False}))
    assert not reader.recommending(ID).shows_others
    for pin in (lambda rules: rules.with_pinned(ROLLS), lambda rules: rules.with_blocked(ROLLS)):
        with pytest.raises(AccessError, match="mia may not pin or block"):
            editor.set_recommending(ID, pin)
    with pytest.raises(AccessError, match="mali may not edit"):
        reader.set_recommending(ID, lambda _: Rules())
    with pytest.raises(AccessError, match="mia may not see"):
        editor.recommending(SOMTUM)


def test_two_who_change_the_rules_at_once_both_have_their_say(opened: Open, menu: Menu, monday: datetime) -> None:
    opened().publish(menu, monday)
    opened().publish(beside(menu), monday)
    changes: list[Callable[[Rules], Rules]] = [
        lambda rules: rules.model_copy(update={"shown_elsewhere": False}),
        lambda rules: rules.model_copy(update={"shows_others": False}),
        lambda rules: rules.with_pinned(ROLLS),
        lambda rules: rules.with_blocked(Pick(restaurant_id=SOMTUM)),
    ]
    together(lambda number: opened().set_recommending(ID, changes[number]), len(changes))
    said = Rules(shown_elsewhere=False, shows_others=False, pinned=(ROLLS,), blocked=(Pick(restaurant_id=SOMTUM),))
    assert opened().recommending(ID) == said


def test_rules_that_a_lake_refused_reach_it_with_the_next_publish(
    store: MenuStore, menu: Menu, monday: datetime, lake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.publish(menu, monday)
    with monkeypatch.context() as broken:
        broken.delattr(type(lake), "write_rules")
        with pytest.raises(AttributeError):
            store.set_recommending(ID, lambda rules: rules.model_copy(update={"shows_others": False}))
    store.settle(ID)
    assert [row["rule"] for row in lake.rules[ID]] == ["silent"]


def test_a_publish_leaves_what_guests_are_recommended(
    store: MenuStore, menu: Menu, monday: datetime, blobs: Blobs
) -> None:
    store.publish(menu, monday)
    blobs.put(f"site/r/{ID}/recommendations.json", b"{}")
    store.publish(moved(menu), monday)
    assert files(blobs)["recommendations.json"] == b"{}"


def test_what_guests_may_be_shown_is_told_with_its_photos(
    store: MenuStore, opened: Open, menu: Menu, monday: datetime, blobs: Blobs
) -> None:
    store.publish(menu, monday)
    store.publish(beside(menu), monday)
    assert store.offers(ID) == []
    blobs.put(f"site/r/{SOMTUM}/photos/a-320.webp", b"picture")
    told = [{"item_id": "rolls", "photo": f"/r/{SOMTUM}/photos/a-320.webp"}, {"item_id": "satay"}]
    blobs.put(f"site/r/{ID}/recommendations.json", json.dumps({"v": 1, "items": told}).encode())
    pictured, plain = store.offers(ID)
    assert pictured == {"item_id": "rolls", "photo": "data:image/webp;base64,cGljdHVyZQ=="}
    assert plain == {"item_id": "satay"}


def test_a_house_without_a_menu_has_no_rules(store: MenuStore) -> None:
    with pytest.raises(MenuError, match="has no menu here"):
        store.set_recommending(ID, lambda rules: rules.model_copy(update={"shows_others": False}))
    assert store.restaurants() == []


def test_broken_rules_are_named(store: MenuStore, menu: Menu, monday: datetime, blobs: Blobs) -> None:
    store.publish(menu, monday)
    blobs.put(f"menus/{ID}/recommending.json", b'{"shows_others": "perhaps"}')
    with pytest.raises(MenuError, match=r"recommending\.json can't be read"):
        store.recommending(ID)
