"""What an admin does at the door: links, resets, locks, and who is let in no more."""

from datetime import timedelta

import pytest

from dashboard.audit import Audit
from dashboard.blobs import FolderBlobs
from dashboard.people import People
from dashboard.signin.admitting import Admitting, Standing
from dashboard.signin.door import Door
from errors import AccessError, BusyError
from tests.dashboard.signin.conftest import ADDRESS, GOOD, Clock

MIA = "mia@example.com"


@pytest.fixture
def admitting(blobs: FolderBlobs, clock: Clock) -> Admitting:
    return Admitting(blobs, "ada@example.com", ADDRESS, clock)


def standing(admitting: Admitting, blobs: FolderBlobs) -> Standing:
    return admitting.standings(People(blobs).read().people)[MIA]


def accepts(door: Door, link: str) -> str:
    """Use a link; the session's cookie."""
    return door.accept(link.removeprefix(f"{ADDRESS}/invitation/"), GOOD).session


def test_it_is_told_who_was_invited_who_came_and_who_is_locked_out(
    admitting: Admitting, blobs: FolderBlobs, door: Door, clock: Clock
) -> None:
    assert standing(admitting, blobs) == Standing("not invited")
    link = admitting.invite(MIA)
    week = clock.now + timedelta(days=7)
    assert standing(admitting, blobs) == Standing("invited", week)
    clock.passes(hours=1)
    accepts(door, link)
    assert standing(admitting, blobs) == Standing("active", None, clock.now)
    for _ in range(5):
        with pytest.raises(AccessError):
            door.enter(MIA, "wrong")
    assert standing(admitting, blobs).state == "locked"
    with pytest.raises(BusyError):
        door.enter(MIA, GOOD)
    admitting.unlock(MIA)
    assert standing(admitting, blobs).state == "active"
    door.enter(MIA, GOOD)


def test_an_invitation_that_nobody_used_is_over_after_a_week(
    admitting: Admitting, blobs: FolderBlobs, clock: Clock
) -> None:
    admitting.invite(MIA)
    clock.passes(days=7)
    assert standing(admitting, blobs) == Standing("not invited")


def test_a_sign_in_of_long_ago_is_none(admitting: Admitting, blobs: FolderBlobs, door: Door, clock: Clock) -> None:
    accepts(door, admitting.invite(MIA))
    clock.passes(days=32)
    assert standing(admitting, blobs) == Standing("active")


def test_inviting_again_leaves_the_password_until_the_link_is_used(admitting: Admitting, door: Door) -> None:
    cookie = accepts(door, admitting.invite(MIA))
    admitting.invite(MIA)
    assert door.person(cookie) == MIA
    door.enter(MIA, GOOD)


def test_a_reset_ends_sessions_and_the_password_at_once(admitting: Admitting, door: Door) -> None:
    cookie = accepts(door, admitting.invite(MIA))
    link = admitting.reset(MIA)
    assert door.person(cookie) is None
    with pytest.raises(AccessError):
        door.enter(MIA, GOOD)
    assert door.person(accepts(door, link)) == MIA


def test_who_is_taken_off_is_out_and_comes_back_without_the_old_password(
    admitting: Admitting, blobs: FolderBlobs, door: Door
) -> None:
    cookie, mia = accepts(door, admitting.invite(MIA)), People(blobs).find(MIA)
    admitting.take_off(mia)
    assert door.person(cookie) is None
    People(blobs).add(mia)
    with pytest.raises(AccessError):
        door.enter(MIA, GOOD)
    assert standing(admitting, blobs).state == "not invited"


def test_the_last_admin_keeps_the_password(admitting: Admitting, blobs: FolderBlobs, door: Door) -> None:
    ada = People(blobs).find("ada@example.com")
    cookie = accepts(door, admitting.invite(ada.id))
    with pytest.raises(AccessError, match="nobody who is admin"):
        admitting.take_off(ada)
    assert door.person(cookie) == ada.id


def test_nobody_is_invited_who_is_not_known(admitting: Admitting) -> None:
    with pytest.raises(AccessError, match="Nobody here is called 'eve'"):
        admitting.invite("eve")


def test_all_of_it_is_recorded_and_no_link_is(admitting: Admitting, blobs: FolderBlobs, clock: Clock) -> None:
    links = [admitting.invite(MIA), admitting.reset(MIA)]
    admitting.unlock(MIA)
    found = Audit(blobs, clock).read(clock.now.date(), clock.now.date())
    entries = [entry for entry in found if entry.who == "ada@example.com"]
    assert [entry.kind for entry in reversed(entries)] == ["invited", "password_reset", "invited", "unlocked"]
    assert {entry.about for entry in entries} == {MIA}
    kept = (blobs.get(f"audit/{clock.now.date()}.ndjson") or (b"",))[0].decode()
    assert not any(link.rpartition("-")[2] in kept for link in links)
