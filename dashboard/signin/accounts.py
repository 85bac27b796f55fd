"""Accounts: what signing in needs to know of a person beyond the role, which people.json says."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from secrets import token_urlsafe

from pydantic import BaseModel, ConfigDict, ValidationError

from dashboard.blobs import Blobs, StaleError
from errors import StorageError


class Invitation(BaseModel):
    """Leave to set a password, once. `secret` is the hash of what the link says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: str
    expires_at: datetime


class Account(BaseModel):
    """One person's. `password` is an argon2id hash, empty until one is set. `stamp` is what sessions hold to: another
    with each password, and each time that a person is added."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    person: str
    password: str = ""
    stamp: str = ""
    invitation: Invitation | None = None


class Accounts:
    """The store: an account a blob, each change made to what is there just then."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def of(self, person: str) -> Account:
        """A person's account; an empty one if there is none. Raises StorageError if it can't be read."""
        return self.named(name(person)) or Account(person=person)

    def named(self, name: str) -> Account | None:
        """The account that is kept under a name."""
        kept = self._blobs.get(_key(name))
        return self._read(name, kept[0]) if kept else None

    def change(self, person: str, how: Callable[[Account], Account]) -> Account:
        """Keep what `how` makes of a person's account; it is asked again if somebody else changed it meanwhile."""
        key = _key(name(person))
        while True:
            body, tag = self._blobs.get(key) or (b"", "")
            changed = how(self._read(name(person), body) if body else Account(person=person))
            try:
                self._blobs.put(key, changed.model_dump_json().encode(), tag)
            except StaleError:
                continue
            return changed

    def forget(self, person: str) -> None:
        """Remove the account: who is added again under this id later sets a new password."""
        self._blobs.delete(_key(name(person)))

    def _read(self, name: str, body: bytes) -> Account:
        try:
            return Account.model_validate_json(body)
        except ValidationError as problem:
            where = self._blobs.where(_key(name))
            raise StorageError(
                f"{where} is broken: {problem.errors()[0]['msg']}.", "Remove it, and invite its person again."
            ) from None


def stamped(account: Account) -> Account:
    """The account with another stamp, by which all its sessions are over."""
    return account.model_copy(update={"stamp": token_urlsafe(16)})


def name(person: str) -> str:
    """The name under which something of a person is kept: ids may hold what no file's name can."""
    return hashlib.sha256(person.encode()).hexdigest()[:32]


def _key(name: str) -> str:
    return f"accounts/{name}.json"
