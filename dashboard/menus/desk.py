"""Where menus and people lie, for pages that change them: the entry script opens the desk, a page asks it for a store.

view = elements.current()                       # view.here is the Scope of the one restaurant that was picked
store = desk.store(view.here)
draft = store.draft(view.restaurant.restaurant_id)
"""

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from dashboard.access import Scope, scope_of
from dashboard.audit import Audit
from dashboard.blobs import Blobs, open_blobs
from dashboard.menus.model import Restaurant
from dashboard.menus.store import MenuStore, open_store
from dashboard.people import People
from errors import MenuError
from ingest_stack.lake import Lake


@dataclass(frozen=True)
class _Desk:
    home: Path
    bucket: str
    site_url: str
    lake_bucket: str


_desk: _Desk | None = None


def open(home: Path, bucket: str, site_url: str, lake_bucket: str) -> None:
    """Say where this process keeps menus and tells what is on them ("": in the home), and where guests read them.

    The entry script does so.
    """
    global _desk
    _desk = _Desk(home, bucket, site_url, lake_bucket)


def store(scope: Scope) -> MenuStore:
    """The menus as `scope` may see and edit them."""
    desk = _opened()
    return open_store(desk.home, Lake(desk.home / "lake"), scope, desk.bucket, desk.site_url, desk.lake_bucket)


def of_now(scope: Scope) -> Scope:
    """The same person's scope as the people of this home say just now: an editor stays open for hours."""
    return scope_of(people().find(scope.person))


def people() -> People:
    """Who has which role here."""
    return People(_blobs())


def audit() -> Audit:
    """The record of who did what here."""
    return Audit(_blobs())


def site_url() -> str:
    """The address that guests reach: codes lead there."""
    return _opened().site_url


def unlisted(scope: Scope, listed: Container[str]) -> tuple[list[str], list[Restaurant]]:
    """Ids of the restaurants that have a menu and are `listed` elsewhere; and those that aren't, as their drafts say.

    Those are few, as a rule never published yet: no more menus are read than that.
    """
    menus = store(scope)
    ids = menus.restaurants()
    return [id for id in ids if id in listed], [menus.draft(id).menu.restaurant for id in ids if id not in listed]


def _blobs() -> Blobs:
    return open_blobs(_opened().home, _opened().bucket)


def _opened() -> _Desk:
    if _desk is None:
        raise MenuError("The menus are not open yet.", "Reload the page.")
    return _desk
