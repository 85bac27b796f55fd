"""Who has which role: people.json, kept beside the menus."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from dashboard.audit import Audit, Kind
from dashboard.blobs import Blobs, StaleError
from errors import AccessError, BusyError, ParameterError, StorageError

Role = Literal["manager", "product", "admin"]
KEY = "people.json"
OWNER = "the owner of this machine"  # whoever works in the home's files


class Person(BaseModel):
    """One person: a manager sees the restaurants named here; product and admin see all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=254)] = Field(
        description="the e-mail address, or another name, by which sign-in knows this person"
    )
    role: Role
    restaurants: tuple[str, ...] = ()
    may_edit: tuple[str, ...] = Field(default=(), description="those of them whose menus a manager may publish")

    @model_validator(mode="before")
    @classmethod
    def _once_it_was_all_or_none(cls, fields: Any) -> Any:
        if isinstance(fields, dict) and isinstance(all_of_them := fields.get("may_edit"), bool):
            return fields | {"may_edit": fields.get("restaurants", ()) if all_of_them else ()}
        return fields

    @model_validator(mode="after")
    def _restaurants_fit_the_role(self) -> Self:
        if self.role == "manager" and not self.restaurants:
            raise ValueError("a manager needs at least one restaurant")
        if self.role != "manager" and self.restaurants:
            raise ValueError(f"the role {self.role} sees all restaurants: name none")
        if self.role != "manager" and self.may_edit:
            raise ValueError(f"may_edit is for managers: the role {self.role} says it already")
        if foreign := sorted({*self.may_edit} - {*self.restaurants}):
            raise ValueError(f"may_edit names {foreign[0]!r}, which isn't among the restaurants")
        return self


def person(id: str, role: Role, restaurants: Iterable[str] = (), may_edit: Iterable[str] = ()) -> Person:
    """A Person from what somebody typed. Raises ParameterError in words."""
    own, edits = (tuple(sorted({*ids})) for ids in (restaurants, may_edit))
    try:
        return Person(id=id, role=role, restaurants=own, may_edit=edits)
    except ValidationError as problem:
        why = str(problem.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ParameterError(f"{id!r} can't be added: {why}.") from None


def described(person: Person) -> str:
    """A person's role in words: "manager of uno and duo, edits duo"."""
    of = f" of {' and '.join(person.restaurants)}" if person.restaurants else ""
    return f"{person.role}{of}" + (f", edits {' and '.join(person.may_edit)}" if person.may_edit else "")


@dataclass(frozen=True)
class Roster:
    """The people as they were read, by id; `tag` names that state."""

    people: tuple[Person, ...]
    tag: str

    def get(self, id: str) -> Person | None:
        wanted = id.strip().lower()
        return next((person for person in self.people if person.id == wanted), None)


_FILE = TypeAdapter(tuple[Person, ...])


class People:
    """The store: the whole file is replaced, and only over the state that the writer had read.

    What changes is recorded with the name of who changed it.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def read(self) -> Roster:
        """Everybody. Raises StorageError if the file is not what this store writes."""
        raw, tag = self._blobs.get(KEY) or (b"[]", "")
        try:
            return Roster(_FILE.validate_json(raw), tag)
        except ValidationError as problem:
            first = problem.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "its start"
            raise StorageError(f"{self._blobs.where(KEY)} is broken at {place}: {first['msg']}.") from None

    def find(self, id: str) -> Person:
        """The person with this id. Raises AccessError that says how to add one."""
        if found := self.read().get(id):
            return found
        raise AccessError(f"Nobody here is called {id!r}.", "An admin adds people with `menulens people add`.")

    def add(self, person: Person, by: str = OWNER) -> None:
        """Add a person, or give a known one another role; `by` is who does so."""
        self.replace(person.id, self.read().get(person.id), person, by)

    def remove(self, id: str, by: str = OWNER) -> None:
        """Take a person off. Raises AccessError if nobody has this id, or if it is the last admin."""
        self.replace(id, self.find(id), None, by)

    def replace(self, id: str, seen: Person | None, new: Person | None, by: str) -> None:
        """Make `new` of who has this id and must still be as `seen`; None: nobody.

        Raises BusyError that says what somebody else made of the person since, AccessError for the last admin.
        """
        while True:
            roster = self.read()
            now = roster.get(id)
            if now == new:
                return
            if now != seen:
                raise BusyError(
                    f"Somebody else changed {id} since you looked: {described(now) if now else 'taken off'}.",
                    "Look again, then repeat.",
                )
            people = [*(other for other in roster.people if other is not now), *([new] if new else [])]
            if _admins(roster.people) and not _admins(people):
                raise AccessError("That would leave nobody who is admin.", "Make somebody else admin first.")
            body = _FILE.dump_json(tuple(sorted(people, key=lambda person: person.id)), indent=2) + b"\n"
            with suppress(StaleError):  # another person changed meanwhile: that is no matter
                self._blobs.put(KEY, body, roster.tag)
                break
        states = {"was": described(seen) if seen else "", "is": described(new) if new else ""}
        kind: Kind = "role_changed" if new else "person_removed"
        Audit(self._blobs).record(kind, by, id, **{name: said for name, said in states.items() if said})


def _admins(people: Iterable[Person]) -> list[Person]:
    return [person for person in people if person.role == "admin"]
