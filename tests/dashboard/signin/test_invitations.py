"""A link sets a password once, within a week, for one person, and nobody can make one up."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.audit import Audit
from dashboard.blobs import FolderBlobs
from dashboard.people import People
from dashboard.signin.accounts import Accounts
from dashboard.signin.door import Door
from errors import AccessError, MenulensError, ParameterError
from tests.dashboard.signin.conftest import GOOD, Clock, invited


def test_a_link_sets_the_password_and_lets_its_person_in(door: Door, token: str) -> None:
    assert door.invited(token) == "mia@example.com"
    assert door.person(door.accept(token, GOOD).session) == "mia@example.com"
    assert door.person(door.enter("mia@example.com", GOOD).session) == "mia@example.com"


def test_a_link_works_once(door: Door, token: str) -> None:
    door.accept(token, GOOD)
    for again in (lambda: door.invited(token), lambda: door.accept(token, "another good password")):
        with pytest.raises(AccessError, match="doesn't work any more"):
            again()
    assert door.enter("mia@example.com", GOOD)


def test_of_two_who_use_a_link_at_once_one_sets_the_password(door: Door, token: str) -> None:
    def use(password: str) -> str | None:
        try:
            return password if door.accept(token, password) else None
        except AccessError:
            return None

    tries = [f"{GOOD} {n}" for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        winners = [won for won in pool.map(use, tries) if won]
    assert len(winners) == 1
    assert door.enter("mia@example.com", winners[0])


def test_a_bad_password_leaves_the_link_open(door: Door, token: str) -> None:
    with pytest.raises(ParameterError):
        door.accept(token, "password1234")
    assert door.invited(token)


def test_a_link_is_over_after_a_week(door: Door, token: str, clock: Clock) -> None:
    clock.passes(days=6, hours=23)
    assert door.invited(token)
    clock.passes(hours=1)
    with pytest.raises(AccessError):
        door.accept(token, GOOD)


def test_a_newer_link_closes_the_older_one(door: Door, token: str, blobs: FolderBlobs, clock: Clock) -> None:
    newer = invited(blobs, "mia@example.com", clock)
    with pytest.raises(AccessError):
        door.invited(token)
    assert door.accept(newer, GOOD)


@pytest.mark.parametrize(
    "made_up",
    ["", "-", "x", "../../people", "0" * 32 + "-" + "A" * 43, "%00", "é" * 32 + "-" + "A" * 43, "A" * 10_000],
)
def test_a_link_that_nobody_made_leads_nowhere(door: Door, token: str, made_up: str) -> None:
    with pytest.raises(AccessError):
        door.invited(made_up)
    with pytest.raises(AccessError):
        door.accept(token[:33] + made_up, GOOD)


def test_only_the_hash_of_a_link_is_kept(token: str, blobs: FolderBlobs) -> None:
    secret = token.partition("-")[2]
    kept = [blobs.fixed(f"accounts/{name}") or b"" for name in blobs.names("accounts/")]
    assert kept
    assert not any(secret.encode() in body for body in kept)


def test_a_link_of_somebody_taken_off_lets_nobody_in(door: Door, token: str, blobs: FolderBlobs) -> None:
    People(blobs).remove("mia@example.com")
    with pytest.raises(MenulensError, match="isn't known here any more"):
        door.accept(token, GOOD)


def test_a_reset_leaves_the_old_password_until_the_link_is_used_and_ends_old_sessions_then(
    door: Door, mia: str, blobs: FolderBlobs, clock: Clock
) -> None:
    link = invited(blobs, "mia@example.com", clock)
    assert door.enter("mia@example.com", GOOD)
    assert door.person(mia)
    door.accept(link, "a quite different good one")
    assert door.person(mia) is None
    with pytest.raises(AccessError):
        door.enter("mia@example.com", GOOD)


def test_who_is_forgotten_and_added_again_sets_a_new_password(door: Door, mia: str, blobs: FolderBlobs) -> None:
    Accounts(blobs).forget("mia@example.com")
    assert door.person(mia) is None
    with pytest.raises(AccessError):
        door.enter("mia@example.com", GOOD)


def test_the_audit_tells_of_a_password_and_holds_none(door: Door, token: str, blobs: FolderBlobs, clock: Clock) -> None:
    door.accept(token, GOOD)
    entries = Audit(blobs).read(clock().date(), clock().date())
    assert [(entry.kind, entry.who) for entry in entries if entry.kind != "role_changed"] == [
        ("sign_in", "mia@example.com"),
        ("password_set", "mia@example.com"),
    ]
    assert GOOD not in str(entries)
