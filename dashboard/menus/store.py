"""Where menus are kept: drafts, published versions and what is sold out, for one person, in a folder or a bucket.

    menus/<restaurant_id>/draft.json            what an editor is writing: the menu, who saved it and when
    menus/<restaurant_id>/versions/000001.json  what was published; never changes
    menus/<restaurant_id>/availability.json     what is sold out just now: the kitchen's, not the menu's
    menus/<restaurant_id>/recommending.json     by which rules it is recommended and recommends others
    menus/<restaurant_id>/photos/<id>-<w>.webp  every photo that was kept, in its widths
    site/index.html, site/r/<restaurant_id>/…   the pages, made from those above, and availability.json; and
                                                recommendations.json, which ingest_stack.candidates writes

A menu read from here has its items' `sold_out` as availability.json says; publishing changes it for new items only.
Nobody waits for anybody: each write replaces only what its writer has read, and who comes second reads again. Pages
and dimensions follow from the rest; whoever wrote them last looks whether they are still true. New files come first,
then the pages that name them, the house's own last, and then the site's availability.json, by which an open page sees
what is newest. Only then goes what no page names any more: whoever dies between two writes leaves whole pages.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from dashboard.access import ASK_AN_ADMIN, Scope
from dashboard.audit import Audit, Kind
from dashboard.blobs import Blobs, StaleError, open_blobs
from dashboard.menus.changes import changes, listed, when
from dashboard.menus.model import KEPT, Menu, Photo, in_language, public, read_kept, to_json
from dashboard.menus.photos import read_photo
from dashboard.menus.recommending import MOST_SHOWN, Pick, Rules, rows, sentences
from dashboard.menus.site import HOLDOUT_RATE, index, site
from errors import AccessError, ConflictError, MenuError

State = TypeVar("State")
Parsed = TypeVar("Parsed")
SoldOut = Mapping[str, datetime | None]  # ids of items, and until when; None: until somebody says otherwise


class Dimensions(Protocol):
    """What takes the menu's two dimension tables and the rules of recommendations: `ingest_stack.lake.Lake`."""

    def write_dimensions(self, restaurant: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> None: ...

    def write_rules(self, restaurant_id: str, rules: Sequence[Mapping[str, Any]]) -> None: ...


@dataclass(frozen=True)
class Draft:
    """A draft as it was read or saved. `tag` names that state; `by` is empty and `at` None where nobody saved it."""

    menu: Menu
    tag: str
    by: str = ""
    at: datetime | None = None


class _DraftFile(BaseModel):
    """A draft as it is kept. Without a menu: nothing was edited since `version` was published."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    menu: Menu | None
    by: str = ""
    at: datetime | None = None
    version: int = 0


def open_store(
    home: Path,
    lake: Dimensions,
    scope: Scope,
    bucket: str = "",
    site_url: str = "",
    lake_bucket: str = "",
    holdout_rate: float = HOLDOUT_RATE,
) -> "MenuStore":
    """The menus of a home, in the home itself or in a bucket ("s3://name/folder"), as `scope` may see and edit them.

    `site_url` is where guests reach the site: pages say so to who shares them and to search engines. `lake_bucket`: the
    lake is there, and not `lake`. `holdout_rate`: the share of visits to which pages show no other restaurants.
    """
    if lake_bucket:
        from dashboard.menus.s3 import BucketLake

        lake = BucketLake(lake_bucket)
    return MenuStore(open_blobs(home, bucket), lake, scope, site_url, holdout_rate)


def dimensions(menu: Menu) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A published menu's row of `restaurants` and its rows of `menu_items`; names in the house's language."""
    restaurant, language = menu.restaurant, menu.restaurant.language
    if menu.published_at is None:
        raise MenuError(f"The menu of {restaurant.id} is a draft: only published versions are counted.")
    places = {section.id: place for place, section in enumerate(menu.sections, start=1)}
    row = {
        "restaurant_id": restaurant.id,
        "restaurant_name": in_language(restaurant.name, language),
        "area": restaurant.area,
        "time_zone": restaurant.time_zone,
        "currency": restaurant.currency,
    }
    items = [
        {
            "restaurant_id": restaurant.id,
            "menu_version": menu.version,
            "published_at": int(menu.published_at.timestamp() * 1000),
            "item_id": item.id,
            "item_name": in_language(item.name, language),
            "section_id": section.id,
            "section_name": in_language(section.name, language),
            "section_position": places[section.id],
            "position": position,
            "price_minor": item.price_minor,
            "food_cost_minor": item.food_cost_minor,
        }
        for position, section, item in menu.placed
    ]
    return row, items


class MenuStore:
    """One person's view of the menus: `scope` says which may be read and edited, and whose name stands at a change.

    Food costs and notes are told to who may edit a menu, and to nobody else. Every method raises AccessError for a
    restaurant that isn't in the scope, MenuError for what isn't there.
    """

    def __init__(
        self,
        blobs: Blobs,
        lake: Dimensions,
        scope: Scope,
        site_url: str = "",
        holdout_rate: float = HOLDOUT_RATE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._blobs = blobs
        self._audit = Audit(blobs, clock)
        self._lake = lake
        self._scope = scope
        self._site_url = site_url
        self._holdout_rate = holdout_rate
        self._clock = clock

    def restaurants(self) -> list[str]:
        """Ids of all restaurants that have a draft or a published menu."""
        return [id for id in self._restaurants() if self._scope.may_see(id)]

    def versions(self, restaurant_id: str) -> list[int]:
        """Published versions, oldest first."""
        return self._versions(self._seen(restaurant_id))

    def published(self, restaurant_id: str, version: int | None = None) -> Menu:
        """A published version, the newest if none is named."""
        versions = self.versions(restaurant_id)
        if not versions or version not in (None, *versions):
            raise MenuError(f"Restaurant {restaurant_id!r} has no published menu{f' {version}' if version else ''}.")
        menu = self._told(self._version(restaurant_id, version or versions[-1]))
        return _marked(menu, self._sold_out(restaurant_id)[0])

    def history(self, restaurant_id: str) -> list[Menu]:
        """All published versions, oldest first, each as it was published: nothing in them is sold out."""
        return [self._told(self._version(restaurant_id, version)) for version in self.versions(restaurant_id)]

    def draft(self, restaurant_id: str) -> Draft:
        """The draft; where there is none, the newest published version as one."""
        file, tag = self._draft_file(self._seen(restaurant_id))
        if file and file.menu:
            marked, newest = self._sold_out(restaurant_id)[0], max(self._versions(restaurant_id), default=0)
            menu = self._told(file.menu)
            return Draft(_marked(menu, self._sold_out_in(menu, marked, newest)), tag, file.by, file.at)
        menu = self.published(restaurant_id)
        return Draft(_unpublished(menu), tag, menu.published_by, menu.published_at)

    def save_draft(self, menu: Menu, base: Draft | None, at: datetime) -> Draft:
        """Keep a draft that was made from `base` (None: from nothing, as an import is).

        Raises ConflictError that says who changed what since `base` was read; `merging.merge` brings both together.
        """
        id, menu, tag = self._edited(menu.restaurant.id), _unpublished(menu), base.tag if base else ""
        body = _DraftFile(menu=menu, by=self._scope.person, at=at).model_dump_json(exclude_defaults=True).encode()
        while True:
            try:
                return Draft(menu, self._blobs.put(_draft(id), body, tag), self._scope.person, at)
            except StaleError:
                theirs = self.draft(id)
                began = base.menu if base else Menu(restaurant=theirs.menu.restaurant)
                found = changes(self._without_the_kitchens(began), self._without_the_kitchens(theirs.menu))
                if found:
                    raise ConflictError(
                        f"{theirs.by or 'Somebody else'} changed this menu of {id}{_on(theirs.menu, theirs.at)}, "
                        f"since you read it: {listed(found)}.",
                        "Look at both, then merge them or make your change again.",
                    ) from None
                tag = theirs.tag  # somebody kept or published what this was made from: nothing is overwritten

    def publish(self, menu: Menu, at: datetime) -> Menu:
        """Publish as the next version. `menu.version`: the version that it was made from; 0: no matter.

        A draft that held the same menu is done with. Raises ConflictError if another version was published meanwhile.
        """
        return self._publish(menu, at, "published")

    def _publish(self, menu: Menu, at: datetime, kind: Kind, **details: str) -> Menu:
        id = self._edited(menu.restaurant.id)
        if at.tzinfo is None:
            raise MenuError(f"The menu of {id} can't be published at {at}: that time names no time zone.")
        self._has_photos_of(menu)
        draft, tag = self._draft_file(id)
        new = self._claimed(menu, at)
        self._audit.record(kind, self._scope.person, id, version=str(new.version), **details)
        # The site comes last: no guest sees a version before it is kept and its items can be counted.
        self._mark(id, lambda marked: self._sold_out_in(menu, marked, new.version - 1))
        if draft is None or draft.menu is None or _same(draft.menu, menu):
            self._empty_draft(new, tag)
        self._settled(id, new.version == 1 or self._version(id, new.version - 1).restaurant != new.restaurant)
        return _marked(new, self._sold_out(id)[0])

    def settle(self, restaurant_id: str) -> None:
        """Write dimensions, rules and pages anew: what a publish, or a change of rules, that died left undone."""
        if self.versions(self._edited(restaurant_id)):
            self._settled(restaurant_id, index_too=True)

    def roll_back(self, restaurant_id: str, version: int, at: datetime) -> Menu:
        """Publish an older version again, as the next one; a draft with edits of its own stays as it is."""
        old = self.published(self._edited(restaurant_id), version)
        return self._publish(old.model_copy(update={"version": 0}), at, "rolled_back", to=str(version))

    def may_edit(self, restaurant_id: str) -> bool:
        """Whether this person may edit the menu, and so read what of it is private."""
        return self._scope.may_edit(self._seen(restaurant_id))

    def sold_out(self, restaurant_id: str) -> SoldOut:
        """The items that are sold out just now, and until when."""
        return self._sold_out(self._seen(restaurant_id))[0]

    def mark_sold_out(
        self, restaurant_id: str, items: str | Collection[str], sold_out: bool = True, until: datetime | None = None
    ) -> None:
        """Say that an item, or several, are sold out (`until`: and come back then by themselves), or no longer.

        The page says so at once, without a publish.
        """
        id, ids = self._edited(restaurant_id), {items} if isinstance(items, str) else {*items}
        if unknown := sorted(ids - {item.id for _, _, item in self.published(id).placed}):
            raise MenuError(f"The published menu of {id} has no item {unknown[0]!r}.")
        if until and (until.tzinfo is None or until <= self._clock()):
            raise MenuError(
                f"Nothing can be sold out until {until:%Y-%m-%d %H:%M}: that is past, or names no time zone."
            )
        told = dict.fromkeys(ids, until) if sold_out else {}
        self._mark(id, lambda marked: {item: end for item, end in marked.items() if item not in ids} | told)
        self._rendered(id)

    def recommending(self, restaurant_id: str) -> Rules:
        """By which rules the restaurant is recommended and recommends others."""
        return self._rules(self._seen(restaurant_id))[0]

    def set_recommending(self, restaurant_id: str, change: Callable[[Rules], Rules]) -> tuple[Rules, Rules]:
        """Change these rules: what they were, and what they are now. They hold without a publish.

        Who may edit the menu may opt out and in again; what is pinned and blocked is an admin's: AccessError.
        """
        id = self._edited(restaurant_id)
        if id not in self._restaurants():
            raise MenuError(f"The restaurant {id!r} has no menu here.", "Publish one first.")
        while True:
            before, tag = self._rules(id)
            after = change(before)
            if after == before:
                return before, after
            self._allow(before, after, id)
            try:
                self._blobs.put(_recommending(id), after.model_dump_json().encode(), tag)
            except StaleError:
                continue
            said = ". ".join(sentences(before, after, self.name))
            self._audit.record("recommending_changed", self._scope.person, id, what=said)
            self._ruled(id)
            return before, after

    def name(self, pick: Pick) -> str:
        """How guests know a pick: "Green Curry at Bangkok 23"; its id where it is on no menu any more."""
        menu = self._newest_of(pick.restaurant_id)
        if menu is None:
            return pick.item_id or pick.restaurant_id
        house = in_language(menu.restaurant.name, menu.restaurant.language)
        dish = pick.item_id and self.dishes(pick.restaurant_id).get(pick.item_id, pick.item_id)
        return f"{dish} at {house}" if dish else house

    def offers(self, restaurant_id: str) -> list[dict[str, Any]]:
        """What guests of a restaurant may be shown of others, the best first, as it lies beside its page; photos are in
        it, for who has no site to look them up in."""
        kept = self._blobs.get(f"site/r/{self._seen(restaurant_id)}/recommendations.json")
        offers: list[dict[str, Any]] = json.loads(kept[0])["items"] if kept else []
        for offer in offers[:MOST_SHOWN]:
            photo = self._blobs.get(f"site{offer['photo']}") if "photo" in offer else None
            if photo:
                offer["photo"] = f"data:image/webp;base64,{b64encode(photo[0]).decode()}"
        return offers

    def dishes(self, restaurant_id: str) -> dict[str, str]:
        """Id → name of the items that guests of any restaurant see, in the menu's order: what can be picked of it."""
        menu = self._newest_of(restaurant_id)
        return {item.id: in_language(item.name, menu.restaurant.language) for _, _, item in menu.placed} if menu else {}

    def keep_photo(self, restaurant_id: str, raw: bytes) -> Photo:
        """Keep somebody's photo, in the widths that pages need. Raises MenuError for what is none, or too large."""
        id = self.draft(self._edited(restaurant_id)).menu.restaurant.id  # photos alone are no restaurant
        photo, files = read_photo(raw)
        for width, body in files.items():
            self._blobs.put(f"menus/{id}/{photo.file(width)}", body)
        return photo

    def photo(self, restaurant_id: str, photo_id: str, width: int) -> bytes:
        """The WebP of a photo in one of its widths."""
        id, name = self._seen(restaurant_id), f"{photo_id}-{width}.webp"
        kept = self._blobs.get(f"menus/{id}/photos/{name}") if _PHOTO.fullmatch(name) else None
        if kept is None:
            raise MenuError(f"The restaurant {id!r} has no photo {name!r}.")
        return kept[0]

    def photos(self, restaurant_id: str) -> frozenset[str]:
        """Ids of all photos that were ever kept for a restaurant."""
        names = self._blobs.names(f"menus/{self._seen(restaurant_id)}/photos/")
        return frozenset(name.partition("-")[0] for name in names)

    def exported(self, restaurant_id: str, file: str) -> None:
        """Write down that this person took a file of a restaurant out."""
        self._audit.record("exported", self._scope.person, self._seen(restaurant_id), file=file)

    def _seen(self, restaurant_id: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", restaurant_id):
            raise MenuError(f"{restaurant_id!r} is no restaurant's id: lower-case letters, digits and hyphens only.")
        self._scope.only(restaurant_id)
        return restaurant_id

    def _edited(self, restaurant_id: str) -> str:
        if not self._scope.may_edit(self._seen(restaurant_id)):
            raise AccessError(f"{self._scope.person} may not edit the menu of {restaurant_id!r}.", ASK_AN_ADMIN)
        return restaurant_id

    def _told(self, menu: Menu) -> Menu:
        """A menu as this person may know it: what is private is for who may edit it."""
        if self._scope.may_edit(menu.restaurant.id):
            return menu
        return public(menu).model_copy(update={"published_by": menu.published_by})

    def _restaurants(self) -> list[str]:
        return [name.removesuffix("/") for name in self._blobs.names("menus/") if name.endswith("/")]

    def _versions(self, id: str) -> list[int]:
        names = self._blobs.names(f"menus/{id}/versions/")
        return sorted(int(name.removesuffix(".json")) for name in names if name.endswith(".json"))

    def _version(self, id: str, version: int) -> Menu:
        key = _numbered(id, version)
        kept = self._blobs.fixed(key)
        if kept is None:
            raise MenuError(f"Restaurant {id!r} has no published menu {version}.")
        return _read(kept, _parsed, self._blobs.where(key))

    def _draft_file(self, id: str) -> tuple[_DraftFile | None, str]:
        kept = self._blobs.get(_draft(id))
        return (_read(kept[0], _parsed_draft, self._blobs.where(_draft(id))), kept[1]) if kept else (None, "")

    def _claimed(self, menu: Menu, at: datetime) -> Menu:
        """The menu as the next version, kept under a number that nobody else has."""
        id = menu.restaurant.id
        while True:
            versions = self._versions(id)
            newest = max(versions, default=0)
            if versions and menu.version not in (0, newest):
                last = self._version(id, newest)
                found = changes(self._version(id, menu.version), last) if menu.version in versions else []
                raise ConflictError(
                    f"This menu of {id} was made from version {menu.version}, but {newest} is published, "
                    f"by {last.published_by or 'somebody else'}{_on(last, last.published_at)}: {listed(found)}.",
                    "Look at what changed since, then publish again.",
                )
            told = {"version": newest + 1, "published_at": at, "published_by": self._scope.person}
            new = _marked(menu, {}).model_copy(update=told)
            try:
                self._blobs.put(_numbered(id, new.version), to_json(new), "")
            except StaleError:
                continue
            return new

    def _empty_draft(self, published: Menu, tag: str) -> None:
        """Say in the draft's place that there is none, so that who still edits an older one is told."""
        told = _DraftFile(
            menu=None, by=published.published_by, at=published.published_at, version=published.version
        ).model_dump_json()
        with suppress(StaleError):  # who saved one meanwhile keeps it
            self._blobs.put(_draft(published.restaurant.id), told.encode(), tag)

    def _sold_out(self, id: str) -> tuple[SoldOut, str]:
        """What is sold out now, and the tag of the file that says so: what is past its end is sold out no longer."""
        key = f"menus/{id}/availability.json"
        kept = self._blobs.get(key)
        if kept is None:
            return {}, ""
        try:
            marked, now = _ends(json.loads(kept[0])["sold_out"]), self._clock()
        except (ValueError, KeyError, TypeError, AttributeError):
            where = self._blobs.where(key)
            raise MenuError(f"{where} can't be read: what is sold out at {id} isn't known.") from None
        return {item: end for item, end in marked.items() if end is None or end > now}, kept[1]

    def _mark(self, id: str, change: Callable[[SoldOut], SoldOut]) -> None:
        while True:
            marked, tag = self._sold_out(id)
            told = {item: end and end.isoformat() for item, end in sorted(change(marked).items())}
            try:
                self._blobs.put(f"menus/{id}/availability.json", json.dumps({"sold_out": told}).encode(), tag)
            except StaleError:
                continue
            return

    def _sold_out_in(self, menu: Menu, marked: SoldOut, newest: int) -> SoldOut:
        """What is sold out of a menu: of published items the kitchen knows, a new one brings its mark along."""
        known = {item.id for _, _, item in self._version(menu.restaurant.id, newest).placed} if newest else set()
        brought = {item.id: item.sold_out_until for _, _, item in menu.placed if item.sold_out and item.id not in known}
        still = known & {item.id for _, _, item in menu.placed}
        return {item: end for item, end in marked.items() if item in still} | brought

    def _without_the_kitchens(self, menu: Menu) -> Menu:
        """A menu in which only what was never published is sold out: of the rest the kitchen decides, not a draft."""
        newest = max(self._versions(menu.restaurant.id), default=0)
        return _marked(menu, self._sold_out_in(menu, {}, newest))

    def _rules(self, id: str) -> tuple[Rules, str]:
        """The rules, and the tag of the file that says so: empty where nobody said anything yet."""
        kept = self._blobs.get(_recommending(id))
        if kept is None:
            return Rules(), ""
        try:
            return Rules.model_validate_json(kept[0]), kept[1]
        except ValidationError:
            where = self._blobs.where(_recommending(id))
            raise MenuError(f"{where} can't be read: by which rules {id} is recommended isn't known.") from None

    def _allow(self, before: Rules, after: Rules, id: str) -> None:
        """Raises AccessError for picks that aren't an admin's, MenuError for a new one that guests couldn't order."""
        old, new = ({*rules.pinned, *rules.blocked} for rules in (before, after))
        if (before.pinned, before.blocked) != (after.pinned, after.blocked) and self._scope.role != "admin":
            raise AccessError(f"{self._scope.person} may not pin or block what guests are shown.", "Ask an admin.")
        for pick in sorted(new - old, key=str):
            self._can_be_picked(pick, id)

    def _can_be_picked(self, pick: Pick, id: str) -> None:
        if pick.restaurant_id == id:
            raise MenuError("A restaurant is recommended to the guests of others, not to its own.")
        menu = self._newest_of(pick.restaurant_id)
        if menu is None:
            raise MenuError(f"Restaurant {pick.restaurant_id!r} has no published menu.")
        if pick.item_id and pick.item_id not in self.dishes(pick.restaurant_id):
            raise MenuError(f"The published menu of {pick.restaurant_id} has no item {pick.item_id!r}.")

    def _newest_of(self, id: str) -> Menu | None:
        """What guests of any restaurant see: it is public, whatever this person's scope."""
        versions = self._versions(id)
        return self._version(id, versions[-1]) if versions else None

    def _ruled(self, id: str) -> None:
        self._settle(lambda: self._rules(id)[0], lambda rules: self._lake.write_rules(id, rows(id, rules)))

    def _settle(self, state: Callable[[], State], write: Callable[[State], None]) -> None:
        """Write what follows from a state, until that is still the state when it is written."""
        written = None
        while (now := state()) != written:
            write(now)
            written = now

    def _count(self, id: str, versions: Sequence[int]) -> None:
        of_each = [dimensions(self._version(id, version)) for version in versions]
        self._lake.write_dimensions(of_each[-1][0], [item for _, items in of_each for item in items])

    def _settled(self, id: str, index_too: bool) -> None:
        self._settle(lambda: self._versions(id), lambda versions: self._count(id, versions))
        if self._blobs.get(_recommending(id)):
            self._ruled(id)
        self._rendered(id)
        if index_too:
            self._settle(self._newest, self._render_index)

    def _rendered(self, id: str) -> None:
        self._settle(lambda: (self._versions(id)[-1], self._sold_out(id)[0]), lambda now: self._render(id, *now))

    def _render(self, id: str, version: int, sold_out: SoldOut) -> None:
        """Write a menu's site: photos, then pages, the house's own last of them, then what an open page looks at.

        What no page names any more goes in the end, but photos of the version before: pages are open that show them.
        """
        folder, menu = f"site/r/{id}/", self._version(id, version)
        files = site(_marked(menu, sold_out), self._site_url, self._holdout_rate)
        photos = _photo_files(menu)
        for name in sorted(photos - {f"photos/{name}" for name in self._blobs.names(f"{folder}photos/")}):
            kept = self._blobs.get(f"menus/{id}/{name}")
            if kept is None:
                raise MenuError(f"{self._blobs.where(f'menus/{id}/{name}')} is gone: pages can't show that photo.")
            self._blobs.put(folder + name, kept[0])
        with suppress(StaleError):  # nothing is recommended yet, and pages will ask
            self._blobs.put(f"{folder}recommendations.json", b'{"v":1,"items":[]}', "")
        for path in sorted(files, key=lambda path: (path.endswith(".html"), path == "index.html", path)):
            self._blobs.put(folder + path, files[path].encode())
        ends = {item: end and int(end.timestamp() * 1000) for item, end in sorted(sold_out.items())}
        told = json.dumps({"version": version, "sold_out": ends}, separators=(",", ":"))
        self._blobs.put(f"{folder}availability.json", told.encode())
        before = _photo_files(self._version(id, version - 1)) if version > 1 else set()
        named = {*files, *photos, *before, "availability.json", "recommendations.json"}
        for path in self._below(folder):
            if path not in named:
                self._blobs.delete(folder + path)

    def _below(self, folder: str, path: str = "") -> Iterator[str]:
        """Paths of all files below a folder."""
        for name in self._blobs.names(folder + path):
            if name.endswith("/"):
                yield from self._below(folder, path + name)
            else:
                yield path + name

    def _has_photos_of(self, menu: Menu) -> None:
        """Raises MenuError for a photo that this store doesn't keep in its widths: then no page could show it."""
        kept = {f"photos/{name}" for name in self._blobs.names(f"menus/{menu.restaurant.id}/photos/")}
        for _, _, item in menu.placed:
            if item.photo and not {item.photo.file(width) for width in item.photo.widths} <= kept:
                name = in_language(item.name, menu.restaurant.language)
                raise MenuError(f"The photo of {name} isn't kept here.", "Add it again, or take it off the menu.")

    def _newest(self) -> dict[str, int]:
        return {id: versions[-1] for id in self._restaurants() if (versions := self._versions(id))}

    def _render_index(self, newest: Mapping[str, int]) -> None:
        restaurants = [self._version(id, version).restaurant for id, version in newest.items()]
        self._blobs.put("site/index.html", index(restaurants).encode())


_PHOTO = re.compile(r"[0-9a-f]{16}-\d{1,4}\.webp")


def _draft(id: str) -> str:
    return f"menus/{id}/draft.json"


def _recommending(id: str) -> str:
    return f"menus/{id}/recommending.json"


def _numbered(id: str, version: int) -> str:
    return f"menus/{id}/versions/{version:06}.json"


def _on(menu: Menu, at: datetime | None) -> str:
    """An instant, to stand behind a verb."""
    return f" on {when(menu.restaurant, at)}" if at else ""


def _unpublished(menu: Menu) -> Menu:
    return menu.model_copy(update={"version": 0, "published_at": None, "published_by": ""})


def _marked(menu: Menu, sold_out: SoldOut) -> Menu:
    sections = tuple(
        section.model_copy(
            update={
                "items": tuple(
                    item.model_copy(update={"sold_out": item.id in sold_out, "sold_out_until": sold_out.get(item.id)})
                    for item in section.items
                )
            }
        )
        for section in menu.sections
    )
    return menu.model_copy(update={"sections": sections})


def _photo_files(menu: Menu) -> set[str]:
    photos = [item.photo for _, _, item in menu.placed if item.photo]
    return {photo.file(width) for photo in photos for width in photo.widths}


def _ends(told: list[str] | dict[str, str | None]) -> SoldOut:
    """What availability.json says; once it was a list of ids alone."""
    return {
        item: datetime.fromisoformat(end) if end else None
        for item, end in (told if isinstance(told, dict) else dict.fromkeys(told)).items()
    }


def _same(one: Menu, other: Menu) -> bool:
    """Whether two menus differ in nothing but in what is sold out, and in who published when."""
    return _marked(_unpublished(one), {}) == _marked(_unpublished(other), {})


@lru_cache(maxsize=256)
def _parsed(raw: bytes) -> Menu:
    return read_kept(raw)


@lru_cache(maxsize=64)
def _parsed_draft(raw: bytes) -> _DraftFile:
    """A draft's file; once it held the menu alone."""
    fields = from_json(raw)
    bare = isinstance(fields, dict) and "restaurant" in fields
    return _DraftFile(menu=read_kept(raw)) if bare else _DraftFile.model_validate_json(raw, context=KEPT)


def _read(raw: bytes, parsed: Callable[[bytes], Parsed], where: str) -> Parsed:
    """What a file holds; the same bytes are parsed once."""
    try:
        return parsed(raw)
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise MenuError(f"{where} holds no menu that can be read: {place}: {first['msg']}.") from None
    except ValueError:
        raise MenuError(f"{where} holds no menu that can be read: it is no JSON.") from None
