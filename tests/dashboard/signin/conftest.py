"""A door with three people, a clock that tests turn, and hashes that cost little."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from dashboard.blobs import Blobs, FolderBlobs
from dashboard.people import People, person
from dashboard.signin import invitations, passwords
from dashboard.signin.door import Door

GOOD = "copper violin on the lamp"
ADDRESS = "http://127.0.0.1:8501"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 30, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **of: float) -> None:
        self.now += timedelta(**of)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr("dashboard.signin.sessions.TRUSTED_SECONDS", 0.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    blobs = FolderBlobs(tmp_path)
    people = People(blobs)
    people.add(person("ada@example.com", "admin"))
    people.add(person("mia@example.com", "manager", ["bistro"]))
    people.add(person("pat@example.com", "product"))
    return blobs


@pytest.fixture
def door(blobs: FolderBlobs, clock: Clock) -> Door:
    return Door(blobs, idle=timedelta(hours=12), clock=clock)


@pytest.fixture
def token(blobs: FolderBlobs, clock: Clock) -> str:
    """What the link says with which Mia sets a password."""
    return invited(blobs, "mia@example.com", clock)


def invited(blobs: FolderBlobs, who: str, clock: Clock) -> str:
    return invitations.invite(blobs, who, ADDRESS, clock()).removeprefix(ADDRESS + invitations.PATH)


def let_in(door: Door, blobs: Blobs, who: str) -> str:
    """The cookie of somebody who has just set a password, GOOD, by a link."""
    return door.accept(invitations.invite(blobs, who, "").removeprefix(invitations.PATH), GOOD).session


@pytest.fixture
def mia(door: Door, token: str) -> str:
    """Mia's cookie: she has set a password and is in."""
    return door.accept(token, GOOD).session
