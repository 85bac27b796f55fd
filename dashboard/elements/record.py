"""The record of who did what as cells of `elements.table`, and in a sentence. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from dashboard.audit import Entry, Kind
from dashboard.elements.components import chip

Cell = dict[str, Any]

DID: dict[Kind, str] = {
    "sign_in": "Signed in",
    "sign_in_failed": "Failed to sign in",
    "locked_out": "Was locked out",
    "sign_out": "Signed out",
    "invited": "Invited",
    "password_set": "Set a password",
    "password_reset": "Reset a password",
    "unlocked": "Unlocked",
    "role_changed": "Changed a role",
    "person_removed": "Took somebody off",
    "published": "Published a menu",
    "rolled_back": "Rolled a menu back",
    "exported": "Took a file out",
    "budget_overridden": "Changed the budget",
    "recommending_changed": "Changed recommendations",
}
NOBODY = "Somebody unknown"
_BAD: set[Kind] = {"sign_in_failed", "locked_out"}

RECORD: list[Cell] = [
    {"key": "at", "label": "When, UTC", "kind": "words", "width": "112px", "sort": True, "phone": "line"},
    {"key": "who", "label": "Who", "kind": "text", "width": "minmax(150px,1fr)", "phone": "name"}
    | {"sort": True, "up": True},
    {"key": "did", "label": "Did", "kind": "chip", "width": "188px", "phone": "main"},
    {"key": "about", "label": "To what", "kind": "words", "width": "minmax(180px,2fr)", "phone": "line"},
]


def rows(entries: Iterable[Entry]) -> list[Cell]:
    """One row an entry."""
    return [
        {
            "id": str(number),
            "at": {"text": f"{entry.at:%-d %b, %H:%M}", "v": entry.at.timestamp()},
            "who": {"text": entry.who or NOBODY, "v": entry.who},
            "did": chip(DID[entry.kind], "bad" if entry.kind in _BAD else "muted"),
            "about": {"text": ": ".join(part for part in (entry.about, entry.told) if part)},
        }
        for number, entry in enumerate(entries)
    ]


def headline(entries: Sequence[Entry]) -> str:
    """ "41 entries by 5 people, 2 are failed sign-ins"."""
    if not entries:
        return "Nothing was recorded"
    people = len({entry.who for entry in entries if entry.who})
    failed = sum(entry.kind == "sign_in_failed" for entry in entries)
    who = f" by {people:,} {'person' if people == 1 else 'people'}" if people else ""
    what = f", {failed:,} {'is a failed sign-in' if failed == 1 else 'are failed sign-ins'}" if failed else ""
    return f"{len(entries):,} {'entry' if len(entries) == 1 else 'entries'}{who}{what}"
