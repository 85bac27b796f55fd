"""What a laptop's menu site recommends follows the table, the rules and the menus, and is otherwise left alone."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest_stack import rollups
from ingest_stack.lake import Lake
from ingest_stack.loading import load
from ingest_stack.showing import Showing
from tests.ingest_stack.conftest import ROOT

NOON = 1_790_000_000_000


def publish(home: Path, id: str, *items: str) -> None:
    """What publishing leaves in the lake and in the site, as far as it is looked at here."""
    restaurant = {"restaurant_name": id.title(), "area": "Ari", "time_zone": "UTC", "currency": "THB"}
    rows = [
        {"restaurant_id": id, "menu_version": 1, "published_at": NOON, "item_id": item, "item_name": f"{item} of {id}"}
        | {"section_id": "s", "section_name": "S", "section_position": 1, "position": place, "price_minor": 100}
        for place, item in enumerate(items, start=1)
    ]
    Lake(home / "lake").write_dimensions({"restaurant_id": id, **restaurant}, rows)
    dishes = [{"id": item, "name": {"en": item}, "price_minor": 100} for item in items]
    about = {"id": id, "name": {"en": id.title()}, "time_zone": "UTC", "currency": "THB", "languages": ["en"]}
    menu = home / "site" / "r" / id / "menu.json"
    menu.parent.mkdir(parents=True, exist_ok=True)
    menu.write_text(json.dumps({"restaurant": about, "sections": [{"id": "s", "items": dishes}]}))


def offered(home: Path, id: str) -> list[tuple[str, str]]:
    said = json.loads((home / "site" / "r" / id / "recommendations.json").read_bytes())
    return [(card["restaurant_id"], card["item_id"]) for card in said["items"]]


@pytest.fixture
def town(home: Path) -> Path:
    """Four houses of an area whose guests go to all of them, and the tables that tell of it."""
    for id in ("blue", "green", "red", "white"):
        publish(home, id, "soup", "rice")
    visits = [
        {"restaurant_id": id, "menu_version": 1, "visit_id": f"{id}{guest}", "guest_id": f"g{guest}", "sent_at": NOON}
        | {"events": [{"seq": 0, "type": "item_open", "at": NOON, "item_id": "soup", "section_id": "s", "position": 1}]}
        for guest in range(8)
        for id in ("blue", "green", "red", "white")
    ]
    file = home / "visits.ndjson"
    file.write_text("\n".join(map(json.dumps, visits)))
    load(home, [file])
    rollups.refresh(home / "lake")
    return home


def rule(id: str, word: str) -> dict[str, Any]:
    return {"restaurant_id": id, "rule": word, "recommended_restaurant_id": None, "recommended_item_id": None}


def test_each_page_is_told_what_to_recommend_and_nothing_is_written_twice(town: Path) -> None:
    showing = Showing(town)
    assert showing.follow() == ["blue", "green", "red", "white"]
    assert {house for house, _ in offered(town, "blue")} == {"green", "red", "white"}
    assert showing.follow() == []
    assert Showing(town).follow() == []


def test_a_rule_holds_at_once(town: Path) -> None:
    showing = Showing(town)
    showing.follow()
    Lake(town / "lake").write_rules("red", [rule("red", "hidden"), rule("red", "silent")])
    assert "red" in showing.follow()
    assert offered(town, "red") == []
    assert {house for house, _ in offered(town, "blue")} == {"green", "white"}
    Lake(town / "lake").write_rules("red", [])
    showing.follow()
    assert "red" in {house for house, _ in offered(town, "blue")}


def test_what_another_house_takes_off_its_menu_is_no_longer_recommended(town: Path) -> None:
    showing = Showing(town)
    showing.follow()
    assert ("green", "soup") in offered(town, "blue")
    publish(town, "green", "rice")
    assert "blue" in showing.follow()
    assert ("green", "soup") not in offered(town, "blue")


def test_menulens_refresh_brings_them_to_the_pages(town: Path, command: Callable[..., tuple[int, str, str]]) -> None:
    assert command("refresh")[0] == 0
    assert {house for house, _ in offered(town, "blue")} == {"green", "red", "white"}


def test_the_keeper_brings_them_to_the_pages_without_anybody_asking(town: Path) -> None:
    keeper = subprocess.Popen(
        [sys.executable, "-m", "ingest_stack.serving", "keeper", str(town), "0.5", "5"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    file, patience = town / "site" / "r" / "blue" / "recommendations.json", time.monotonic() + 60
    try:
        while not file.exists():
            assert time.monotonic() < patience, "the keeper wrote nothing"
            time.sleep(0.1)
    finally:
        keeper.terminate()
        keeper.wait(30)
    assert {house for house, _ in offered(town, "blue")} == {"green", "red", "white"}


def test_a_home_without_a_menu_or_a_guest_has_nothing_to_write(home: Path) -> None:
    assert Showing(home).follow() == []
    assert not (home / "site").exists()
