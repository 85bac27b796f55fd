"""What an import would do, as cells of `elements.table` and as sums. Pure."""

from typing import Any

from dashboard.menus.changes import money
from dashboard.menus.importing import Preview
from dashboard.menus.model import Menu, in_language

Cell = dict[str, Any]
COLUMNS: list[Cell] = [
    {"key": "item", "label": "Item", "kind": "text", "width": "minmax(150px,1fr)", "phone": "name"},
    {"key": "state", "label": "", "name": "What happens", "kind": "chip", "width": "110px", "phone": "main"},
    {"key": "words", "label": "", "name": "What changes, or why", "kind": "words", "width": "minmax(220px,2.4fr)",
     "phone": "line"},
]  # fmt: skip
# What happens → its words and its tone, in the order in which somebody looks at it.
STATES: dict[str, tuple[str, str]] = {
    "wrong": ("can’t be used", "bad"),
    "removed": ("removed", "bad"),
    "added": ("added", "good"),
    "changed": ("changed", "warn"),
    "same": ("as it is", "muted"),
}


def sums(found: Preview) -> dict[str, int]:
    """How many items of each state there are, without those of which there are none."""
    states = [row.state for row in found.rows] + ["removed"] * len(found.removed)
    return {state: states.count(state) for state in STATES if state in states}


def rows(found: Preview, present: Menu | None) -> list[Cell]:
    """A row for each line of the file, each item that goes and each section that changes: what is wrong comes first.

    Lines that can be used say little while others are wrong, for nothing is taken then.
    """
    known = {item.id: (section, item) for _, section, item in found.menu.placed} if found.menu else {}
    lines = []
    for row in found.rows:
        words = row.words
        if row.state == "added" and found.menu and row.item_id in known:
            section, item = known[row.item_id]
            name = in_language(section.name, found.menu.restaurant.language)
            words = f"{name}, {money(found.menu, item.price_minor)}"
        lines.append(_row(row.name, row.place, row.state, _sentence(words)))
    lines += [_row(name, "on the menu now", "removed", "The file doesn’t have it.") for name in found.removed]
    lines += [
        _row("Restaurant" if change.what == "restaurant" else "Section", "", state, change.sentence)
        for change in found.changes
        if change.what != "item" and present
        for state in [change.kind if change.kind in STATES else "changed"]
    ]
    order = list(STATES)
    return sorted(lines, key=lambda line: order.index(line["id"]))


def told(found: Preview) -> str:
    """ "12 items added, 3 changed, 1 removed"."""
    parts = [(state, count) for state, count in sums(found).items() if state not in ("same", "wrong")]
    if not parts:
        return "nothing changed"
    (first, count), *others = parts
    begins = f"{count:,} {'item' if count == 1 else 'items'} {STATES[first][0]}"
    return ", ".join([begins, *(f"{count:,} {STATES[state][0]}" for state, count in others)])


def _row(name: str, place: str, state: str, words: str) -> Cell:
    return {
        "id": state,
        "item": {"text": name or "–", "sub": place},
        "state": {"text": STATES[state][0], "tone": STATES[state][1]},
        "words": {"text": words},
    }


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] if words else ""
