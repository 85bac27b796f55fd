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
from dashboard.menus.site import HOLDOUT_RATE
from dashboard.menus.store import MenuStore, open_store
from dashboard.people import People
from dashboard.signin.admitting import Admitting
from errors import AccessError, MenuError
from ingest_stack.lake import Lake


@dataclass(frozen=True)
class _Desk:
    home: Path
    bucket: str
    site_url: str
    lake_bucket: str
    holdout_rate: float
    sign_in_url: str


_desk: _Desk | None = None


def open(
    home: Path,
    bucket: str,
    site_url: str,
    lake_bucket: str,
    holdout_rate: float = HOLDOUT_RATE,
    sign_in_url: str = "",
) -> None:
    """Say where this process keeps menus and tells what is on them ("": in the home), and where guests read them.

    The entry script does so. `holdout_rate`: the share of visits to which pages show no other restaurants.
    `sign_in_url`: where people sign in with passwords that are kept here ("": they don't).
    """
    global _desk
    _desk = _Desk(home, bucket, site_url, lake_bucket, holdout_rate, sign_in_url)


def store(scope: Scope) -> MenuStore:
    """The menus as `scope` may see and edit them."""
    desk = _opened()
    lake = Lake(desk.home / "lake")
    return open_store(desk.home, lake, scope, desk.bucket, desk.site_url, desk.lake_bucket, desk.holdout_rate)


def of_now(scope: Scope) -> Scope:
    """The same person's scope as the people of this home say just now: an editor stays open for hours."""
    return scope_of(people().find(scope.person))


def admin_of_now(scope: Scope) -> Scope:
    """As `of_now`, for what only an admin may do. Raises AccessError for who isn't one any more."""
    now = of_now(scope)
    if now.role != "admin":
        raise AccessError(f"{now.person} is no admin any more.", "Ask one of them.")
    return now


def people() -> People:
    """Who has which role here."""
    return People(_blobs())


def audit() -> Audit:
    """The record of who did what here."""
    return Audit(_blobs())


def admitting(scope: Scope) -> Admitting:
    """What this admin may do about people's signing in. Raises AccessError for who isn't one any more."""
    return Admitting(_blobs(), admin_of_now(scope).person, _opened().sign_in_url)


def keeps_passwords() -> bool:
    """Whether people sign in with passwords that are kept here."""
    return bool(_opened().sign_in_url)


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
