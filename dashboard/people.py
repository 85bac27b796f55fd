"""Who has which role: the people of a home, kept in people.json."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from errors import AccessError, BusyError, ParameterError, StorageError

Role = Literal["manager", "product", "admin"]


class Person(BaseModel):
    """One person: a manager sees the restaurants named here; product and admin see all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=254)] = Field(
        description="the e-mail address, or another name, by which sign-in knows this person"
    )
    role: Role
    restaurants: tuple[str, ...] = ()
    may_edit: bool = Field(default=False, description="a manager may publish menus of the own restaurants")

    @model_validator(mode="after")
    def _restaurants_fit_the_role(self) -> Self:
        if self.role == "manager" and not self.restaurants:
            raise ValueError("a manager needs at least one restaurant")
        if self.role != "manager" and self.restaurants:
            raise ValueError(f"the role {self.role} sees all restaurants: name none")
        if self.role != "manager" and self.may_edit:
            raise ValueError(f"may_edit is for managers: the role {self.role} says it already")
        return self


def person(id: str, role: Role, restaurants: Iterable[str] = (), *, may_edit: bool = False) -> Person:
    """A Person from what somebody typed. Raises ParameterError in words."""
    try:
        return Person(id=id, role=role, restaurants=tuple(sorted(set(restaurants))), may_edit=may_edit)
    except ValidationError as problem:
        why = str(problem.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ParameterError(f"{id!r} can't be added: {why}.") from None


@dataclass(frozen=True)
class Roster:
    """The people as they were read; `version` names that state and is asked for when they are written."""

    people: tuple[Person, ...]
    version: str


_FILE = TypeAdapter(tuple[Person, ...])


class People:
    """The store: whole-file replacement by rename, and only over the state that the writer had read."""

    def __init__(self, home: Path) -> None:
        self._path = home / "people.json"

    def read(self) -> Roster:
        """Everybody, by id. Raises StorageError if the file is not what this store writes."""
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return Roster((), "")
        except OSError as problem:
            raise StorageError(f"{self._path} can't be read: {problem.strerror}.") from problem
        try:
            return Roster(_FILE.validate_json(raw), hashlib.sha256(raw).hexdigest())
        except ValidationError as problem:
            first = problem.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise StorageError(f"{self._path} is broken at {where or 'its start'}: {first['msg']}.") from None

    def find(self, id: str) -> Person:
        """The person with this id. Raises AccessError that says how to add one."""
        wanted = id.strip().lower()
        for person in self.read().people:
            if person.id == wanted:
                return person
        raise AccessError(f"Nobody here is called {id!r}.", "An admin adds people with `menulens people add`.")

    def write(self, people: tuple[Person, ...], version: str) -> Roster:
        """Replace everybody, if the state is still `version`.

        Raises BusyError if somebody else wrote since, AccessError if it would leave a home without its last admin.
        """
        with self._alone():
            now = self.read()
            if now.version != version:
                raise BusyError("Somebody else changed the people since you read them.", "Look again, then repeat.")
            if _admins(now.people) and not _admins(people):
                raise AccessError("That would leave nobody who is admin.", "Make somebody else admin first.")
            self._replace(_FILE.dump_json(tuple(sorted(people, key=lambda person: person.id)), indent=2) + b"\n")
            return self.read()

    def add(self, person: Person) -> None:
        """Add a person, or give a known one another role."""
        now = self.read()
        self.write((*(other for other in now.people if other.id != person.id), person), now.version)

    def remove(self, id: str) -> None:
        """Take a person off. Raises AccessError if nobody has this id, or if it is the last admin."""
        gone = self.find(id)
        now = self.read()
        self.write(tuple(other for other in now.people if other.id != gone.id), now.version)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # The lock is a file of its own: people.json is replaced, so a lock on it would lock the old one.
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.with_suffix(".lock").open("w") as lock:
                flock(lock, LOCK_EX)
                yield
        except OSError as problem:
            raise StorageError(f"{self._path} can't be written: {problem.strerror}.") from problem

    def _replace(self, raw: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".people-")
        fresh = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        finally:
            fresh.unlink(missing_ok=True)


def _admins(people: tuple[Person, ...]) -> list[Person]:
    return [person for person in people if person.role == "admin"]
