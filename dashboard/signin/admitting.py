"""What an admin does about people's signing in, each written down; and how it stands with everybody."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from dashboard.audit import Audit
from dashboard.blobs import Blobs
from dashboard.people import People, Person
from dashboard.signin import invitations
from dashboard.signin.accounts import Accounts, name
from dashboard.signin.attempts import Attempts

LOOKED_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Standing:
    """How it stands with one person. `until`: how long an invitation can be used; `seen_at`: the last sign-in, if that
    was within LOOKED_BACK."""

    state: Literal["active", "invited", "locked", "not invited"]
    until: datetime | None = None
    seen_at: datetime | None = None


class Admitting:
    """One admin's hand at the door. `address` is where people reach the dashboard: links lead there."""

    def __init__(
        self, blobs: Blobs, by: str, address: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._blobs = blobs
        self._by = by
        self._address = address
        self._clock = clock
        self._people = People(blobs)
        self._accounts = Accounts(blobs)
        self._attempts = Attempts(blobs, clock)
        self._audit = Audit(blobs, clock)

    def standings(self, people: Iterable[Person]) -> dict[str, Standing]:
        """How it stands with each of these people, by id."""
        today = self._clock().date()
        entries = self._audit.read(today - LOOKED_BACK, today)
        seen = {entry.who: entry.at for entry in reversed(entries) if entry.kind == "sign_in"}
        ids = [person.id for person in people]
        with ThreadPoolExecutor(16) as asking:  # a bucket takes its time for each
            return dict(zip(ids, asking.map(lambda id: self._standing(id, seen.get(id)), ids), strict=True))

    def invite(self, id: str) -> str:
        """A link with which somebody sets a password, once; one that is set stays until then. Raises AccessError."""
        person = self._people.find(id).id
        link = invitations.invite(self._blobs, person, self._address, self._clock())
        self._audit.record("invited", self._by, person)
        return link

    def reset(self, id: str) -> str:
        """A link as `invite` gives it. The password no longer works from now on, and who is signed in is out."""
        person = self._people.find(id).id
        self._accounts.change(person, lambda account: account.model_copy(update={"password": "", "stamp": ""}))
        self._audit.record("password_reset", self._by, person)
        return self.invite(person)

    def unlock(self, id: str) -> None:
        """Forget somebody's failed attempts: another can be made at once."""
        person = self._people.find(id).id
        self._attempts.forgive(name(person))
        self._audit.record("unlocked", self._by, person)

    def take_off(self, seen: Person) -> None:
        """Remove a person, who must still be as `seen`, with password and all. Raises as `People.replace`."""
        self._people.replace(seen.id, seen, None, self._by)
        self._accounts.forget(seen.id)
        self._attempts.forgive(name(seen.id))

    def _standing(self, id: str, seen_at: datetime | None) -> Standing:
        account = self._accounts.of(id)
        open = account.invitation
        until = open.expires_at if open and open.expires_at > self._clock() else None
        if not account.password:
            return Standing("invited" if until else "not invited", until, seen_at)
        return Standing("locked" if self._attempts.locks(name(id)) else "active", until, seen_at)
