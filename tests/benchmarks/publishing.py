"""Editing and publishing a menu of 300 items in three languages, in a folder; CPU time of this process.

The floor of publishing is a JSON dump of the menu and a plain Jinja page in each language, written to files: no
options to choose from, no styles, no order list, no lake. The floor of saving is the JSON dump, written and synced.
"""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from jinja2 import Environment, FileSystemLoader

from dashboard.access import Scope
from dashboard.menus.changes import changes
from dashboard.menus.merging import merge
from dashboard.menus.model import Allergen, Choice, Item, Menu, Option, Restaurant, Section
from dashboard.menus.patch import Move, Op, Set, apply
from dashboard.menus.store import open_store
from ingest_stack.lake import Lake

LANGUAGES = ("en", "th", "ar")
ROUNDS = 9
PAST_VERSIONS = 20


def in_all(text: str) -> dict[str, str]:
    return {language: f"{text} ({language})" for language in LANGUAGES}


def large_menu(sections: int = 15, items: int = 20) -> Menu:
    choices = tuple(
        Choice(id=size, name=in_all(size), price_delta_minor=n) for n, size in enumerate(("small", "large"))
    )
    return Menu(
        restaurant=Restaurant(
            id="large",
            name=in_all("Large"),
            area="Ari",
            time_zone="Asia/Bangkok",
            currency="THB",
            languages=LANGUAGES,
        ),
        sections=tuple(
            Section(
                id=f"section-{s}",
                name=in_all(f"Section {s}"),
                items=tuple(
                    Item(
                        id=f"item-{s}-{i}",
                        name=in_all(f"Dish {s}.{i}"),
                        description=in_all("What is in it, where that is from, and how it is made"),
                        price_minor=5_000 + 100 * i,
                        options=(Option(id="size", name=in_all("Size"), choices=choices),) if i % 3 == 0 else (),
                        allergens=frozenset({Allergen.MILK, Allergen.EGGS}),
                        food_cost_minor=1_500,
                    )
                    for i in range(items)
                ),
            )
            for s in range(sections)
        ),
    )


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of one run, the median of some; the first one warms up."""
    work()
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return median(took)


def run(scale: float) -> list[dict[str, Any]]:
    """The figures; a menu has one size, whatever the scale."""
    menu, at = large_menu(), datetime.now(UTC)
    edits: list[Op] = [
        Set(what="item", id="item-3-3", field="price_minor", value=9_900),
        Move(what="item", id="item-4-4", into="section-9"),
    ]
    edited = apply(menu, edits)[0]
    template = Environment(loader=FileSystemLoader(Path(__file__).with_name("floors")), autoescape=True).get_template(
        "menu.html.jinja"
    )
    with TemporaryDirectory() as folder:
        home, plain = Path(folder, "home"), Path(folder, "plain")
        plain.mkdir()
        store = open_store(home, Lake(home / "lake"), Scope.everything())

        def dump() -> None:
            with (plain / "menu.json").open("w") as file:
                file.write(json.dumps(menu.model_dump(mode="json")))
                file.flush()
                os.fsync(file.fileno())

        def render() -> None:
            dump()
            for language in LANGUAGES:
                (plain / f"{language}.html").write_text(template.render(menu=menu, language=language))

        draft = store.save_draft(menu, None, at)

        def save() -> None:
            nonlocal draft
            price = len(draft.tag) + int(draft.tag, 16) % 10_000
            patched, _ = apply(draft.menu, [Set(what="item", id="item-3-3", field="price_minor", value=price)])
            draft = store.save_draft(patched, draft, at)

        for _ in range(PAST_VERSIONS):
            store.publish(menu, at)
        floor_dump, floor_render = seconds(dump), seconds(render)
        measured = [
            ("publish 300 items, 3 languages", seconds(lambda: store.publish(menu, at)), floor_render),
            ("mark an item sold out", seconds(lambda: store.mark_sold_out("large", "item-3-3")), floor_render),
            ("edit and save a draft of 300 items", seconds(save), floor_dump),
            ("say what changed", seconds(lambda: changes(menu, edited)), floor_dump),
            ("merge two edited drafts", seconds(lambda: merge(menu, edited, edited)), floor_dump),
        ]
    return [
        {
            "name": name,
            "value": took * 1000,
            "unit": "ms",
            "floor": floor * 1000,
            "ratio": took / floor,
            "better": "lower",
        }
        for name, took, floor in measured
    ]
