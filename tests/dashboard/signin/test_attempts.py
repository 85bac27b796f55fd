"""Guessing takes longer and longer, of one name and of many; whoever knows the password is let in."""

from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter

import pytest
from argon2 import PasswordHasher

from dashboard.audit import Audit
from dashboard.blobs import FolderBlobs
from dashboard.signin import passwords
from dashboard.signin.attempts import NOW, OF_ALL, OF_ONE
from dashboard.signin.door import Door
from errors import AccessError, BusyError
from tests.dashboard.signin.conftest import GOOD, Clock


def knock(door: Door, name: str, password: str = "guess", device: str | None = None) -> str:
    try:
        door.enter(name, password, device)
    except AccessError:
        return "wrong"
    except BusyError:
        return "wait"
    return "in"


def test_each_failure_over_a_few_doubles_the_wait_up_to_a_limit() -> None:
    waits = [OF_ONE.wait(failures) for failures in range(40)]
    assert waits[: OF_ONE.free] == [NOW] * OF_ONE.free
    assert waits[OF_ONE.free :][:3] == [OF_ONE.first, 2 * OF_ONE.first, 4 * OF_ONE.first]
    assert waits == sorted(waits)
    assert waits[-1] == OF_ONE.longest


@pytest.mark.parametrize("name", ["mia@example.com", "nobody@example.com", ""])
def test_a_name_is_locked_after_a_few_guesses_whether_it_exists_or_not(door: Door, mia: str, name: str) -> None:
    assert [knock(door, name) for _ in range(8)] == ["wrong"] * 5 + ["wait"] * 3


def test_the_right_password_must_wait_too_and_then_forgets_the_failures(door: Door, mia: str, clock: Clock) -> None:
    for _ in range(5):
        knock(door, "mia@example.com")
    assert knock(door, "mia@example.com", GOOD) == "wait"
    clock.passes(seconds=30)
    assert knock(door, "mia@example.com", GOOD) == "in"
    assert [knock(door, "mia@example.com") for _ in range(5)] == ["wrong"] * 5


def test_guessing_for_a_day_gets_few_guesses(door: Door, mia: str, clock: Clock) -> None:
    guesses = 0
    for _ in range(24 * 60):
        guesses += knock(door, "mia@example.com") == "wrong"
        clock.passes(minutes=1)
    assert guesses < 50


def test_of_many_guesses_at_once_no_more_get_through_than_of_one_after_another(door: Door, mia: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(lambda _: knock(door, "mia@example.com"), range(48)))
    assert said.count("wrong") == 5


def test_guessing_over_many_names_slows_down_too(door: Door, mia: str, clock: Clock) -> None:
    said = [knock(door, f"name-{n}@example.com") for n in range(OF_ALL.free + 10)]
    assert said == ["wrong"] * OF_ALL.free + ["wait"] * 10
    assert knock(door, "mia@example.com", GOOD) == "wait"
    clock.passes(seconds=1)
    assert knock(door, "mia@example.com", GOOD) == "in"


def test_names_made_up_without_end_leave_nothing_behind(door: Door, blobs: FolderBlobs) -> None:
    for n in range(OF_ALL.free):
        knock(door, f"name-{n}@example.com")
    kept = blobs.names("attempts/")
    assert {knock(door, f"other-{n}@example.com") for n in range(20)} == {"wait"}
    assert blobs.names("attempts/") == kept


def test_refused_by_the_crowd_a_name_is_charged_nothing(door: Door, mia: str, clock: Clock) -> None:
    for n in range(OF_ALL.free):
        knock(door, f"name-{n}@example.com")
    for _ in range(20):
        knock(door, "mia@example.com")
    clock.passes(minutes=10)
    assert knock(door, "mia@example.com", GOOD) == "in"


def test_many_who_sign_in_rightly_are_no_crowd(door: Door, mia: str) -> None:
    assert {knock(door, "mia@example.com", GOOD) for _ in range(OF_ALL.free + 10)} == {"in"}


def test_a_browser_that_was_in_before_isn_t_locked_out_by_others(door: Door, mia: str) -> None:
    device = door.enter("mia@example.com", GOOD).device
    for _ in range(20):
        knock(door, "mia@example.com")
    assert knock(door, "mia@example.com", GOOD) == "wait"
    assert knock(door, "mia@example.com", GOOD, device) == "in"
    assert [knock(door, "mia@example.com", "guess", device) for _ in range(6)] == ["wrong"] * 5 + ["wait"]


def test_a_browser_known_for_one_person_is_a_stranger_s_for_another(door: Door, mia: str) -> None:
    device = door.enter("mia@example.com", GOOD).device
    assert [knock(door, "ada@example.com", "guess", device) for _ in range(6)] == ["wrong"] * 5 + ["wait"]
    assert knock(door, "ada@example.com", "guess", device + "x") == "wait"


def test_failures_are_forgotten_after_a_day(door: Door, mia: str, clock: Clock, blobs: FolderBlobs) -> None:
    for _ in range(5):
        knock(door, "mia@example.com")
    clock.passes(days=1, seconds=1)
    assert knock(door, "mia@example.com") == "wrong"
    assert knock(door, "mia@example.com") == "wrong"
    clock.passes(days=1, seconds=1)
    door.sweep()
    assert blobs.names("attempts/") == []


def test_the_words_are_the_same_for_a_wrong_name_and_a_wrong_password(door: Door, mia: str) -> None:
    said = set()
    for name in ("mia@example.com", "pat@example.com", "nobody@example.com"):
        with pytest.raises(AccessError) as refused:
            door.enter(name, "guess")
        said.add(str(refused.value))
    assert len(said) == 1


def test_a_name_that_exists_takes_no_longer_to_refuse_than_one_that_does_not(
    door: Door, mia: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher = PasswordHasher(time_cost=2, memory_cost=8 * 1024, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr("dashboard.signin.door.Attempts.begin", lambda *_, **__: NOW)
    door._accounts.change("mia@example.com", lambda a: a.model_copy(update={"password": passwords.hashed(GOOD)}))

    def seconds(name: str) -> float:
        began = perf_counter()
        knock(door, name)
        return perf_counter() - began

    names = ("mia@example.com", "nobody@example.com", "pat@example.com")  # Pat was never invited
    took = {name: [] for name in names}
    for _ in range(15):  # by turns: what else the machine does meets all alike
        for name in names:
            took[name].append(seconds(name))
    known, unknown, without = (median(took[name]) for name in names)
    assert 0.5 < known / unknown < 2
    assert 0.5 < without / unknown < 2


def test_the_audit_names_known_people_only_and_says_when_a_name_was_locked(
    door: Door, mia: str, blobs: FolderBlobs, clock: Clock
) -> None:
    for _ in range(7):
        knock(door, "mia@example.com")
    knock(door, "my password, typed into the wrong field")
    entries = Audit(blobs).read(clock().date(), clock().date())
    said = [(entry.kind, entry.who) for entry in reversed(entries)]
    assert said[-7:] == [
        *[("sign_in_failed", "mia@example.com")] * 5,
        ("locked_out", "mia@example.com"),
        ("sign_in_failed", ""),
    ]
    assert "wrong field" not in str(entries)


def test_a_count_that_cannot_be_read_keeps_nobody_out(door: Door, mia: str, blobs: FolderBlobs) -> None:
    blobs.put("attempts/everybody.json", b"{broken")
    assert knock(door, "mia@example.com", GOOD) == "in"
