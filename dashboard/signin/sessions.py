"""Sessions: who signed in, until they sign out, do nothing for long, or their password or role changes."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from threading import Lock
from time import monotonic

from itsdangerous import BadSignature, Signer
from pydantic import BaseModel, ConfigDict, ValidationError

from dashboard.blobs import Blobs, StaleError

LONGEST = timedelta(days=30)  # then even who is here every day signs in anew
TRUSTED_SECONDS = 1.0  # so long a look-up holds: a rerun asks for one, and a page may rerun several times a second
TOLD = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)
MOST_TRUSTED = 10_000


class Session(BaseModel):
    """One sign-in on one browser. `stamp` is what the person's password and role were then."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    person: str
    began_at: datetime
    seen_at: datetime
    stamp: str


@dataclass(frozen=True)
class _Trust:
    """What a look-up found, None for nobody's, and until when (by `monotonic`) it holds."""

    session: Session | None
    until: float


class Sessions:
    """The store. A cookie holds a session's id and a signature; what is kept lies under the id's hash."""

    def __init__(
        self,
        blobs: Blobs,
        key: str,
        stamp_of: Callable[[str], str | None],
        idle: timedelta,
        longest: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._blobs = blobs
        self._signer = Signer(key, salt="menulens.session", digest_method=hashlib.sha256)
        self._stamp_of = stamp_of
        self._idle = idle
        self._longest = longest
        self._clock = clock
        self._trusted: dict[str, _Trust] = {}
        self._lock = Lock()

    def begin(self, person: str, stamp: str) -> str:
        """A new session's cookie. Its id is new, whatever cookie the browser had."""
        id, now = token_urlsafe(32), self._clock()
        session = Session(person=person, began_at=now, seen_at=now, stamp=stamp)
        self._blobs.put(_key(id), session.model_dump_json().encode(), "")
        return self._signer.sign(id).decode()

    def person(self, cookie: str | None, *, acts: bool = False) -> str | None:
        """Who has this cookie; None if it is forged, or its session is over.

        `acts`: that person did something just now. A page that looks for news by itself doesn't keep a session alive.
        """
        id = self._id(cookie)
        if id is None:
            return None
        before = self._trusted.get(id)
        if before and monotonic() < before.until and not (acts and self._was_idle(before.session)):
            session = before.session
        else:
            session = self._look_up(id, acts)
            with self._lock:
                if self._trusted.get(id) is before:  # else it was ended, or looked up, while we looked
                    self._trust(id, session)
        return session.person if session else None

    def kept(self, cookie: str | None) -> bool:
        """Whether something is kept of a session, though it may be over; nothing is of one that was ended."""
        id = self._id(cookie)
        return id is not None and self._blobs.get(_key(id)) is not None

    def end(self, cookie: str | None) -> str | None:
        """End a session for good; whose it was."""
        person, id = self.person(cookie), self._id(cookie)
        if id is not None:
            self._blobs.delete(_key(id))
            with self._lock:
                self._trust(id, None)
        return person

    def sweep(self) -> None:
        """Remove the sessions that are long over: a page that was open all night may be told that its is."""
        for file in self._blobs.names("sessions/"):
            kept = self._blobs.get(f"sessions/{file}") if file.endswith(".json") else None
            session = _read(kept[0]) if kept else None
            told = session is not None and self._clock() - session.seen_at < TOLD
            if kept and not told and not self._lives(session):
                self._blobs.delete(f"sessions/{file}")

    def _id(self, cookie: str | None) -> str | None:
        try:
            return self._signer.unsign(cookie or "").decode()
        except BadSignature:
            return None

    def _trust(self, id: str, session: Session | None) -> None:
        if len(self._trusted) >= MOST_TRUSTED:
            self._trusted.clear()
        self._trusted[id] = _Trust(session, monotonic() + TRUSTED_SECONDS)

    def _look_up(self, id: str, acts: bool) -> Session | None:
        kept = self._blobs.get(_key(id))
        session = _read(kept[0]) if kept else None
        if kept is None or session is None or not self._lives(session):
            return None
        if acts and self._was_idle(session):
            session = session.model_copy(update={"seen_at": self._clock()})
            try:
                self._blobs.put(_key(id), session.model_dump_json().encode(), kept[1])
            except StaleError:  # something was done in another tab just now, or it was ended: the next look says which
                return self._look_up(id, acts)
        return session

    def _was_idle(self, session: Session | None) -> bool:
        return session is not None and self._clock() - session.seen_at >= SEEN_EVERY

    def _lives(self, session: Session | None) -> bool:
        if session is None:
            return False
        now = self._clock()
        in_time = now - session.seen_at < self._idle and now - session.began_at < self._longest
        return in_time and session.stamp == self._stamp_of(session.person)


def _read(body: bytes) -> Session | None:
    try:
        return Session.model_validate_json(body)
    except ValidationError:
        return None


def _key(id: str) -> str:
    return f"sessions/{hashlib.sha256(id.encode()).hexdigest()}.json"
