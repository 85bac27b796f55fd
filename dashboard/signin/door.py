"""The door: who may come in, who is in, and who left. The routes and the script hold the same one."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hmac import compare_digest
from math import ceil
from pathlib import Path
from secrets import token_urlsafe

from itsdangerous import BadSignature, URLSafeSerializer
from itsdangerous.signer import Signer

from dashboard.audit import Audit
from dashboard.blobs import Blobs, StaleError, open_blobs
from dashboard.people import People
from dashboard.signin import invitations, passwords
from dashboard.signin.accounts import Accounts, name, stamped
from dashboard.signin.attempts import Attempts
from dashboard.signin.sessions import LONGEST, Sessions
from errors import AccessError, BusyError

KEY = "sessions/key"
VOUCHED_FOR = timedelta(hours=12)  # then the provider is asked again: it may have closed the account


@dataclass(frozen=True)
class Entry:
    """What a browser gets that was let in: the session's cookie, and one by which the door knows the browser again."""

    session: str
    device: str


@cache
def open_door(home: Path, bucket: str, idle_minutes: int, *, vouched: bool = False) -> "Door":
    """The one door of a process; `vouched`: a provider says who comes. Raises StorageError if it can't keep its key."""
    return Door(open_blobs(home, bucket), timedelta(minutes=idle_minutes), vouched=vouched)


class Door:
    """Passwords, attempts, invitations and sessions, and what the audit says of them."""

    def __init__(
        self,
        blobs: Blobs,
        idle: timedelta,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        vouched: bool = False,
    ) -> None:
        self._blobs = blobs
        self._clock = clock
        self._vouched = vouched
        self._people = People(blobs)
        self._accounts = Accounts(blobs)
        self._attempts = Attempts(blobs, clock)
        self._audit = Audit(blobs, clock)
        key = _key(blobs)
        longest = VOUCHED_FOR if vouched else LONGEST
        self._sessions = Sessions(blobs, key, self._stamp, idle, longest, clock)
        self._devices = URLSafeSerializer(key, salt="menulens.device", signer_kwargs={"digest_method": hashlib.sha256})
        self._seals = Signer(key, salt="menulens.form", digest_method=hashlib.sha256)

    @property
    def anybody(self) -> bool:
        """Whether somebody is known here at all."""
        return bool(self._people.read().people)

    def enter(self, typed: str, password: str, device: str | None = None) -> Entry:
        """Let somebody in. Raises AccessError if name and password don't match, BusyError if there were too many tries.

        `device` is what a browser holds that was let in before: there the guesses of others lock nobody out.
        """
        person = typed.strip().lower()
        known = self._known(device, person)
        tried, alone = name(f"{person} {known}" if known else person), known is not None
        if waits := self._attempts.begin(tried, alone=alone):
            raise BusyError(f"Too many tries. Wait {_in_words(waits)}, then try again.")
        account = self._accounts.of(person)
        known_as, stamp = self._people.read().get(person), self._stamp(person)
        if not passwords.matches(password, account.password) or known_as is None or stamp is None:
            self._audit.record("sign_in_failed", known_as.id if known_as else "")
            if self._attempts.locks(tried):
                self._audit.record("locked_out", known_as.id if known_as else "")
            raise AccessError("This name and this password don't belong together.", "Check both, then try again.")
        self._attempts.succeeded(tried, alone=alone)
        if passwords.outdated(account.password):
            fresh = passwords.hashed(password)
            self._accounts.change(
                person, lambda now: now.model_copy(update={"password": fresh}) if now == account else now
            )
        return self._let_in(person, stamp, known)

    def invited(self, token: str) -> str:
        """Whom a link invites. Raises AccessError if it is no link (any more)."""
        person = invitations.invited(self._accounts, token, self._clock())
        if self._people.read().get(person) is None:
            raise AccessError(f"{person} isn't known here any more.", "Ask an admin.")
        return person

    def accept(self, token: str, password: str) -> Entry:
        """Set the password for which a link gives leave, and let its person in; all older sessions are over.

        Raises AccessError as `invited`, ParameterError if the password is a bad one.
        """
        person = self.invited(token)
        account = invitations.accept(self._accounts, token, password, self._clock())
        self._audit.record("password_set", person)
        self._attempts.forgive(name(person))
        return self._let_in(person, self._stamp(person) or account.stamp, None)

    def admit(self, person: str) -> Entry:
        """Let in whom a provider vouches for. Raises AccessError if nobody is known here by that address."""
        known_as = self._people.read().get(person)
        if known_as is None:
            self._audit.record("sign_in_failed", person.lower())
            raise AccessError(f"You are {person}, and no admin has added that address here.", "Ask one to add you.")
        if not self._accounts.of(known_as.id).stamp:  # taken off and added again, one gets another
            self._accounts.change(known_as.id, lambda account: account if account.stamp else stamped(account))
        return self._let_in(known_as.id, self._stamp(known_as.id) or "", None)

    def person(self, cookie: str | None, *, acts: bool = False) -> str | None:
        """Who has a session's cookie; None: nobody (any more). For about a second it may be what was so just before.

        `acts`: who has it did something just now, and so isn't idle.
        """
        return self._sessions.person(cookie, acts=acts)

    def knew(self, cookie: str | None) -> bool:
        """Whether this was a session's cookie that ended by itself: whoever has it may be told so."""
        return self._sessions.kept(cookie)

    def leave(self, cookie: str | None) -> None:
        """End a session."""
        if person := self._sessions.end(cookie):
            self._audit.record("sign_out", person)

    def seal(self, text: str) -> str:
        """What a form says to show that we made it for the browser that holds `text` in a cookie."""
        return self._seals.get_signature(text.encode()).decode()

    def sealed(self, text: str, seal: str) -> bool:
        return compare_digest(self.seal(text).encode(), seal.encode())

    def sweep(self) -> None:
        """Remove what is over: sessions, and attempts of long ago."""
        self._sessions.sweep()
        self._attempts.sweep()

    def _let_in(self, person: str, stamp: str, device: str | None) -> Entry:
        self._audit.record("sign_in", person)
        known = self._devices.dumps([name(person), device or token_urlsafe(16)])
        return Entry(self._sessions.begin(person, stamp), str(known))

    def _known(self, device: str | None, person: str) -> str | None:
        try:
            of, id = self._devices.loads(device or "")
        except (BadSignature, ValueError):
            return None
        return str(id) if of == name(person) else None

    def _stamp(self, person: str) -> str | None:
        """What a session holds to: another password or role, and it is over. None: this person may not come in."""
        known_as, account = self._people.read().get(person), self._accounts.of(person)
        if known_as is None or not (account.stamp if self._vouched else account.password):
            return None
        return f"{'vouched ' if self._vouched else ''}{account.stamp} {known_as.role}"


def _key(blobs: Blobs) -> str:
    """What is signed with here; made when it is first needed. Without it (remove the file) everybody is out."""
    while not (kept := blobs.get(KEY)):
        try:
            blobs.put(KEY, token_urlsafe(48).encode(), "")
        except StaleError:
            continue
    return kept[0].decode()


def _in_words(wait: timedelta) -> str:
    seconds = ceil(wait.total_seconds())
    minutes = -(-seconds // 60)
    if seconds < 60:
        return f"{seconds} seconds" if seconds > 1 else "a second"
    return f"{minutes} minutes" if minutes > 1 else "a minute"
