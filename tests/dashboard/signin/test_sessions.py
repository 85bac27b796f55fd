"""A session is its person's until it ends; nobody gets one by guessing, planting or keeping an old cookie."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.blobs import FolderBlobs
from dashboard.people import People, person
from dashboard.signin.door import Door, open_door
from dashboard.signin.sessions import LONGEST
from errors import AccessError
from tests.dashboard.signin.conftest import GOOD, Clock


def test_a_session_lives_on_in_another_process(door: Door, mia: str, blobs: FolderBlobs, clock: Clock) -> None:
    assert Door(blobs, timedelta(hours=12), clock).person(mia) == "mia@example.com"


def test_signing_out_ends_it_on_the_server(door: Door, mia: str, blobs: FolderBlobs, clock: Clock) -> None:
    other = door.enter("mia@example.com", GOOD).session
    door.leave(mia)
    assert door.person(mia) is None
    assert Door(blobs, timedelta(hours=12), clock).person(mia) is None
    assert door.person(other) == "mia@example.com"


def test_signing_out_ends_a_session_that_is_trusted_for_a_moment_too(
    door: Door, mia: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.signin.sessions.TRUSTED_SECONDS", 60.0)
    assert door.person(mia)
    door.leave(mia)
    assert door.person(mia) is None


def test_who_does_nothing_is_out_after_the_idle_time_and_who_does_stays(door: Door, mia: str, clock: Clock) -> None:
    for _ in range(5):
        clock.passes(hours=11)
        assert door.person(mia, acts=True)
    clock.passes(hours=12)
    assert door.person(mia) is None


@pytest.mark.parametrize("trusted", [0.0, 60.0])
def test_a_page_that_looks_for_news_by_itself_keeps_nobody_in(
    door: Door, mia: str, clock: Clock, monkeypatch: pytest.MonkeyPatch, trusted: float
) -> None:
    for _ in range(6):
        assert door.person(mia)
        clock.passes(hours=2)
    assert door.person(mia) is None
    mia = door.enter("mia@example.com", GOOD).session
    monkeypatch.setattr("dashboard.signin.sessions.TRUSTED_SECONDS", trusted)
    clock.passes(hours=11)
    assert door.person(mia)
    assert door.person(mia, acts=True)  # what was looked up for the page just before doesn't hide it
    monkeypatch.setattr("dashboard.signin.sessions.TRUSTED_SECONDS", 0.0)
    door._sessions._trusted.clear()
    clock.passes(hours=11)
    assert door.person(mia)


def test_after_a_month_even_who_comes_every_hour_signs_in_anew(door: Door, mia: str, clock: Clock) -> None:
    for _ in range(int(LONGEST / timedelta(hours=6)) - 1):
        clock.passes(hours=6)
        assert door.person(mia, acts=True)
    clock.passes(hours=6)
    assert door.person(mia) is None


def test_another_role_ends_the_session_and_another_restaurant_does_not(
    door: Door, mia: str, blobs: FolderBlobs
) -> None:
    People(blobs).add(person("mia@example.com", "manager", ["bistro", "diner"]))
    assert door.person(mia)
    People(blobs).add(person("mia@example.com", "product"))
    assert door.person(mia) is None


def test_who_is_taken_off_is_out(door: Door, mia: str, blobs: FolderBlobs) -> None:
    People(blobs).remove("mia@example.com")
    assert door.person(mia) is None


def test_every_sign_in_has_an_id_of_its_own(door: Door, mia: str) -> None:
    assert len({mia, *(door.enter("mia@example.com", GOOD).session for _ in range(5))}) == 6


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 200), letter=st.characters())
def test_a_cookie_that_was_tampered_with_is_nobody_s(door: Door, mia: str, at: int, letter: str) -> None:
    changed = mia[: at % len(mia)] + letter + mia[at % len(mia) + 1 :]
    assert (door.person(changed) is None) or _same_signature(changed, mia)


def _same_signature(one: str, other: str) -> bool:
    # The last letter of base64 holds two bits that are no part of the signature.
    return one[:-1] == other[:-1]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cookie=st.text())
def test_a_cookie_that_we_never_made_is_nobody_s(door: Door, cookie: str) -> None:
    assert door.person(cookie) is None


def test_a_cookie_signed_by_another_home_is_nobody_s(door: Door, mia: str, tmp_path: Path, clock: Clock) -> None:
    other = FolderBlobs(tmp_path / "other")
    for name in door._blobs.names("sessions/"):
        if name != "key":
            other.put(f"sessions/{name}", door._blobs.fixed(f"sessions/{name}") or b"")
    assert Door(other, timedelta(hours=12), clock).person(mia) is None


def test_without_its_key_a_home_has_nobody_in_it(door: Door, mia: str, blobs: FolderBlobs, clock: Clock) -> None:
    blobs.delete("sessions/key")
    assert Door(blobs, timedelta(hours=12), clock).person(mia) is None


def test_what_is_kept_of_a_session_is_of_no_use_as_a_cookie(door: Door, mia: str, blobs: FolderBlobs) -> None:
    for name in blobs.names("sessions/"):
        assert door.person(name.removesuffix(".json")) is None
        assert mia.split(".")[0].encode() not in (blobs.fixed(f"sessions/{name}") or b"")


def test_only_the_owner_of_the_home_reads_what_is_kept(door: Door, mia: str, tmp_path: Path) -> None:
    with pytest.raises(AccessError):
        door.enter("mia@example.com", "guess")
    kept = [file for folder in ("accounts", "attempts", "sessions") for file in (tmp_path / folder).iterdir()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}


def test_sweeping_removes_what_is_long_over_and_nothing_else(
    door: Door, mia: str, blobs: FolderBlobs, clock: Clock
) -> None:
    clock.passes(days=6)
    assert door.enter("mia@example.com", GOOD)
    door.sweep()
    assert door.person(mia) is None
    assert door.knew(mia)
    clock.passes(days=1)
    now = door.enter("mia@example.com", GOOD).session
    door.sweep()
    assert not door.knew(mia)
    assert len(blobs.names("sessions/")) == 3
    assert door.person(now)


def test_a_broken_record_is_no_session(door: Door, mia: str, blobs: FolderBlobs) -> None:
    [name] = [name for name in blobs.names("sessions/") if name != "key"]
    blobs.put(f"sessions/{name}", b"{}")
    assert door.person(mia) is None
    door.sweep()
    assert blobs.names("sessions/") == ["key"]


def test_routes_and_script_hold_the_same_door(tmp_path: Path) -> None:
    assert open_door(tmp_path, "", 60) is open_door(tmp_path, "", 60)
