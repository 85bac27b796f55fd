"""Where menus are kept: the port, and its folder below $MENULENS_HOME.

    menus/<restaurant_id>/draft.json            what an editor is writing
    menus/<restaurant_id>/versions/000001.json  what was published; never changes
    menus/<restaurant_id>/availability.json     what is sold out just now: the kitchen's, not the menu's
    site/index.html, site/r/<restaurant_id>/…   the pages, made from the two above

A menu read from here has its items' `sold_out` as availability.json says; publishing changes it for new items only.
"""

import fcntl
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from dashboard.menus.model import Menu, Restaurant, in_language
from dashboard.menus.site import index, site
from errors import MenuError
from ingest_stack.disk import refusals, write_whole


class Dimensions(Protocol):
    """What publishing hands the menu's two dimension tables to: `ingest_stack.lake.Lake`."""

    def write_dimensions(self, restaurant: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> None: ...


class MenuStore(Protocol):
    """Every method raises MenuError when what is asked for isn't there or was changed by somebody else."""

    def restaurants(self) -> list[str]:
        """Ids of all restaurants that have a draft or a published menu."""
        ...

    def versions(self, restaurant_id: str) -> list[int]:
        """Published versions, oldest first."""
        ...

    def published(self, restaurant_id: str, version: int | None = None) -> Menu:
        """A published version, the newest if none is named."""
        ...

    def draft(self, restaurant_id: str) -> tuple[Menu, str]:
        """The draft and its tag; where there is none, the newest published version as one, with an empty tag."""
        ...

    def save_draft(self, menu: Menu, tag: str) -> str:
        """Keep a draft in place of the one with `tag` (empty: there is none yet); the new one's tag."""
        ...

    def publish(self, menu: Menu, at: datetime) -> Menu:
        """Publish as the next version. `menu.version`: the version it was made from or is to become; 0: no matter."""
        ...

    def sold_out(self, restaurant_id: str) -> frozenset[str]:
        """Ids of the items that are sold out just now."""
        ...

    def mark_sold_out(self, restaurant_id: str, item_id: str, sold_out: bool = True) -> None:
        """Say that an item is sold out, or no longer; its page says so at once, without a publish."""
        ...


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


class FolderStore:
    """The menu store in a folder: `home` is $MENULENS_HOME, `lake` takes the dimensions. One writer at a time."""

    def __init__(self, home: Path, lake: Dimensions) -> None:
        self.menus = home / "menus"
        self.site = home / "site"
        self.lake = lake

    def restaurants(self) -> list[str]:
        return sorted(path.name for path in self.menus.glob("[!.]*") if path.is_dir())

    def versions(self, restaurant_id: str) -> list[int]:
        return sorted(int(path.stem) for path in (self._folder(restaurant_id) / "versions").glob("*.json"))

    def published(self, restaurant_id: str, version: int | None = None) -> Menu:
        versions = self.versions(restaurant_id)
        if not versions or version not in (None, *versions):
            raise MenuError(f"Restaurant {restaurant_id!r} has no published menu{f' {version}' if version else ''}.")
        return _marked(_read(self._version(restaurant_id, version or versions[-1])), self.sold_out(restaurant_id))

    def draft(self, restaurant_id: str) -> tuple[Menu, str]:
        path = self._folder(restaurant_id) / "draft.json"
        if path.exists():
            menu = _read(path)
            return _marked(menu, self._sold_out_in(menu)), _tag(path.read_bytes())
        menu = self.published(restaurant_id)
        return menu.model_copy(update={"version": 0, "published_at": None}), ""

    def save_draft(self, menu: Menu, tag: str) -> str:
        path = self._folder(menu.restaurant.id) / "draft.json"
        body = _bytes(menu.model_copy(update={"version": 0, "published_at": None}))
        with self._writing():
            if tag != (_tag(path.read_bytes()) if path.exists() else ""):
                raise MenuError(
                    f"The draft of {menu.restaurant.id} was changed by somebody else since you read it.",
                    "Look at theirs, then make your change again.",
                )
            write_whole(path, body)
        return _tag(body)

    def publish(self, menu: Menu, at: datetime) -> Menu:
        restaurant = menu.restaurant
        if at.tzinfo is None:
            raise MenuError(f"The menu of {restaurant.id} can't be published at {at}: that time names no time zone.")
        with self._writing():
            versions = self.versions(restaurant.id)
            newest = versions[-1] if versions else 0
            if menu.version not in (0, newest, newest + 1):
                raise MenuError(
                    f"This menu of {restaurant.id} was made from version {menu.version}, but {newest} is published.",
                    "Look at what changed since, then publish again.",
                )
            sold_out = self._sold_out_in(menu)
            new = _marked(menu, frozenset()).model_copy(update={"version": newest + 1, "published_at": at})
            past = [_read(self._version(restaurant.id, version)) for version in versions]
            row, items = dimensions(new)
            # The page comes last: no guest sees a version before it is kept and its items can be counted.
            self._mark(restaurant.id, sold_out)
            write_whole(self._version(restaurant.id, new.version), _bytes(new))
            self.lake.write_dimensions(row, [item for menu in past for item in dimensions(menu)[1]] + items)
            published = _marked(new, sold_out)
            self._render(published)
            self._render_index()
        return published

    def sold_out(self, restaurant_id: str) -> frozenset[str]:
        path = self._availability(restaurant_id)
        if not path.exists():
            return frozenset()
        try:
            return frozenset(json.loads(path.read_bytes())["sold_out"])
        except (ValueError, KeyError, TypeError):
            raise MenuError(f"{path} can't be read: what is sold out at {restaurant_id} isn't known.") from None

    def mark_sold_out(self, restaurant_id: str, item_id: str, sold_out: bool = True) -> None:
        with self._writing():
            menu = self.published(restaurant_id)
            if item_id not in {item.id for _, _, item in menu.placed}:
                raise MenuError(f"The published menu of {restaurant_id} has no item {item_id!r}.")
            marked = self.sold_out(restaurant_id)
            marked = marked | {item_id} if sold_out else marked - {item_id}
            self._mark(restaurant_id, marked)
            self._render(_marked(menu, marked))

    def _sold_out_in(self, menu: Menu) -> frozenset[str]:
        """What is sold out of a menu: of published items the kitchen knows, a new one brings its mark along."""
        versions, marked = self.versions(menu.restaurant.id), self.sold_out(menu.restaurant.id)
        newest = _read(self._version(menu.restaurant.id, versions[-1])).placed if versions else []
        known = {item.id for _, _, item in newest}
        return frozenset(
            item.id for _, _, item in menu.placed if (item.id in marked if item.id in known else item.sold_out)
        )

    def _mark(self, restaurant_id: str, sold_out: frozenset[str]) -> None:
        write_whole(self._availability(restaurant_id), json.dumps({"sold_out": sorted(sold_out)}).encode())

    def _render(self, menu: Menu) -> None:
        """Write a menu's pages, each at once and whole; pages of languages that it lost go."""
        folder, pages = self.site / "r" / menu.restaurant.id, site(menu)
        for path, html in pages.items():
            write_whole(folder / path, html.encode())
        for stale in folder.iterdir():
            if stale.is_dir() and f"{stale.name}/index.html" not in pages:
                shutil.rmtree(stale)

    def _render_index(self) -> None:
        published: list[Restaurant] = [
            _read(self._version(id, versions[-1])).restaurant
            for id in self.restaurants()
            if (versions := self.versions(id))
        ]
        write_whole(self.site / "index.html", index(published).encode())

    def _folder(self, restaurant_id: str) -> Path:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", restaurant_id):
            raise MenuError(f"{restaurant_id!r} is no restaurant's id: lower-case letters, digits and hyphens only.")
        return self.menus / restaurant_id

    def _version(self, restaurant_id: str, version: int) -> Path:
        return self._folder(restaurant_id) / "versions" / f"{version:06}.json"

    def _availability(self, restaurant_id: str) -> Path:
        return self._folder(restaurant_id) / "availability.json"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Between reading what is there and writing what follows from it, nobody else writes."""
        with refusals("Menus", self.menus):
            self.menus.mkdir(parents=True, exist_ok=True)
            with (self.menus / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield


def _marked(menu: Menu, sold_out: frozenset[str]) -> Menu:
    sections = tuple(
        section.model_copy(
            update={"items": tuple(item.model_copy(update={"sold_out": item.id in sold_out}) for item in section.items)}
        )
        for section in menu.sections
    )
    return menu.model_copy(update={"sections": sections})


def _bytes(menu: Menu) -> bytes:
    return menu.model_dump_json(indent=1, exclude_defaults=True).encode()


def _tag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


def _read(path: Path) -> Menu:
    try:
        return Menu.model_validate_json(path.read_bytes())
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MenuError(f"{path} holds no menu that can be read: {where}: {first['msg']}.") from None
