"""Identity becomes a Scope here and nowhere else: which restaurants an answer may be about."""

from dataclasses import dataclass, replace
from typing import Self

from dashboard.people import OWNER, Person, Role
from errors import AccessError

ASK_AN_ADMIN = "Ask an admin: the page People says who sees and edits which restaurant."


@dataclass(frozen=True)
class Scope:
    """What one person may see. Hashable: it is part of every cache's key. Made by `scope_of`, `everything`, `only`.

    `restaurants` None means all of them, also those that come later; so does `editable`, of those whose menus may be
    changed.
    """

    person: str
    role: Role
    restaurants: frozenset[str] | None
    editable: frozenset[str] | None = frozenset()

    @classmethod
    def everything(cls, person: str = OWNER) -> Self:
        """All restaurants: for who holds the home's files anyway, never for who signs in."""
        return cls(person, "admin", None, None)

    @property
    def edits(self) -> bool:
        """Whether there is any menu that may be changed."""
        return self.editable is None or bool(self.editable)

    def only(self, restaurant_id: str) -> Self:
        """This scope narrowed to one restaurant. Raises AccessError if that isn't in it."""
        if not self.may_see(restaurant_id):
            raise AccessError(f"{self.person} may not see the restaurant {restaurant_id!r}.", ASK_AN_ADMIN)
        one = frozenset({restaurant_id})
        return replace(self, restaurants=one, editable=one if self.may_edit(restaurant_id) else frozenset())

    def may_see(self, restaurant_id: str) -> bool:
        return self.restaurants is None or restaurant_id in self.restaurants

    def may_edit(self, restaurant_id: str) -> bool:
        """Whether this restaurant's menu may be changed and published."""
        return self.may_see(restaurant_id) and (self.editable is None or restaurant_id in self.editable)

    def covers(self, other: Self) -> bool:
        """Whether all that `other` may see and edit may be seen and edited here too."""
        pairs = ((self.restaurants, other.restaurants), (self.editable, other.editable))
        return all(mine is None or (theirs is not None and theirs <= mine) for mine, theirs in pairs)


def scope_of(person: Person) -> Scope:
    """What a person may see and edit: a manager the own restaurants, product and admin all."""
    if person.role == "manager":
        return Scope(person.id, person.role, frozenset(person.restaurants), frozenset(person.may_edit))
    return Scope(person.id, person.role, None, None if person.role == "admin" else frozenset())
