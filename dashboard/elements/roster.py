"""People as cells of `elements.table`, and in a sentence. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from dashboard.access import scope_of
from dashboard.elements.cards import ago
from dashboard.elements.components import chip
from dashboard.insights import words
from dashboard.insights.words import listed
from dashboard.people import Person, Role
from dashboard.signin.admitting import Standing

Cell = dict[str, Any]

ROLES: dict[Role, str] = {"manager": "Manager", "product": "Product team", "admin": "Admin"}
MEANING: dict[Role, str] = {
    "manager": "Sees the own restaurants, and edits those menus that you name.",
    "product": "Sees every restaurant, and edits none.",
    "admin": "Sees every restaurant, edits every menu, and decides who else does.",
}
EVERY = "Every restaurant"
_STATES = {"active": "good", "invited": "warn", "locked": "bad", "not invited": "muted"}
_PERSON: Cell = {"key": "person", "label": "Person", "kind": "text", "width": "minmax(190px,1.3fr)", "phone": "name"}
_SEES: Cell = {"key": "sees", "label": "Sees", "kind": "words", "width": "minmax(150px,1.4fr)", "phone": "line"}
_EDITS: Cell = {"key": "edits", "label": "Edits menus of", "kind": "words", "width": "minmax(130px,1fr)"}
_SEEN: Cell = {"key": "seen", "label": "Last sign-in", "kind": "num", "width": "128px", "sort": True}
_STATE: Cell = {"key": "state", "label": "Sign-in", "kind": "chip", "width": "130px", "phone": "main"}


def columns(*, passwords: bool) -> list[Cell]:
    """The table's columns; those about passwords only where passwords are kept here."""
    person = _PERSON | {"sort": True, "up": True, "pick": True}
    return [person, _SEES, _EDITS, *([_SEEN, _STATE] if passwords else [])]


def rows(
    people: Iterable[Person], standings: Mapping[str, Standing], names: Mapping[str, str], now: datetime
) -> list[Cell]:
    """One row a person; `names` are restaurants' by id. A tap gives the person's id."""
    return [_row(person, standings.get(person.id), names, now) for person in people]


def headline(people: Iterable[Person]) -> str:
    """ "6 people: 4 managers, 1 of the product team, 1 admin"."""
    counts = Counter(person.role for person in people)
    nouns: dict[Role, str] = {"manager": "manager{}", "product": "of the product team", "admin": "admin{}"}
    told = [f"{count} {nouns[role].format('s' * (count > 1))}" for role in nouns if (count := counts[role])]
    return f"{counts.total()} {'person' if counts.total() == 1 else 'people'}: {listed(told)}"


def finding(standings: Mapping[str, Standing]) -> str:
    """What an admin should look at: who can't come in."""
    counts = Counter(standing.state for standing in standings.values())
    locked, waiting = counts["locked"], counts["invited"] + counts["not invited"]
    if locked:
        return f"{locked} {'is' if locked == 1 else 'are'} locked out after wrong passwords"
    if waiting:
        return f"{waiting} {'has' if waiting == 1 else 'have'} no password yet"
    return "Who may see and edit what"


def seen_when(standing: Standing, now: datetime) -> str:
    """When somebody signed in last: "just now", "5 h 22 min ago"."""
    if standing.seen_at:
        return "just now" if now - standing.seen_at < timedelta(minutes=1) else f"{ago(standing.seen_at, now)} ago"
    return "over a month ago" if standing.state in ("active", "locked") else words.UNKNOWN


def _row(person: Person, standing: Standing | None, names: Mapping[str, str], now: datetime) -> Cell:
    edits = [names.get(id, id) for id in person.may_edit]
    row: Cell = {
        "id": person.id,
        "person": {"text": person.id, "sub": ROLES[person.role], "v": person.id},
        "sees": {"text": listed([names.get(id, id) for id in person.restaurants]) if person.restaurants else EVERY},
        "edits": {"text": listed(edits) if edits else EVERY if scope_of(person).edits else "None"},
    }
    if standing:
        seen = standing.seen_at
        row["seen"] = {"text": seen_when(standing, now), "v": seen.timestamp() if seen else None}
        row["state"] = chip(standing.state.capitalize(), _STATES[standing.state])
    return row
