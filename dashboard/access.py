"""Identity becomes a Scope here and nowhere else: which restaurants an answer may be about."""

from dataclasses import dataclass, replace
from typing import Self

from dashboard.people import Person, Role
from errors import AccessError

ASK_AN_ADMIN = "Ask an admin: `menulens people add` says who sees which restaurant."


@dataclass(frozen=True)
class Scope:
    """What one person may see. Hashable: it is part of every cache's key. Made by `scope_of`, `everything`, `only`.

    `restaurants` None means all of them, also those that come later. `edits` says whether menus may be changed.
    """

    person: str
    role: Role
    restaurants: frozenset[str] | None
    edits: bool = False

    @classmethod
    def everything(cls, person: str = "the owner of this machine") -> Self:
        """All restaurants: for who holds the home's files anyway, never for who signs in."""
        return cls(person, "admin", None, edits=True)

    def only(self, restaurant_id: str) -> Self:
        """This scope narrowed to one restaurant. Raises AccessError if that isn't in it."""
        if not self.may_see(restaurant_id):
            raise AccessError(f"{self.person} may not see the restaurant {restaurant_id!r}.", ASK_AN_ADMIN)
        return replace(self, restaurants=frozenset({restaurant_id}))

    def may_see(self, restaurant_id: str) -> bool:
        return self.restaurants is None or restaurant_id in self.restaurants

    def may_edit(self, restaurant_id: str) -> bool:
        """Whether this restaurant's menu may be changed and published."""
        return self.edits and self.may_see(restaurant_id)


def scope_of(person: Person) -> Scope:
    """What a person may see and edit: a manager the own restaurants, product and admin all."""
    if person.role == "manager":
        return Scope(person.id, person.role, frozenset(person.restaurants), edits=person.may_edit)
    return Scope(person.id, person.role, None, edits=person.role == "admin")
