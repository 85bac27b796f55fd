"""A menu to publish and render: a Thai house that speaks English and Arabic too, with options and private fields."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.access import Scope
from dashboard.menus.model import Menu
from dashboard.menus.store import MenuStore, open_store

MONDAY = datetime(2026, 11, 16, 4, tzinfo=UTC)


class FakeLake:
    def __init__(self) -> None:
        self.restaurants: dict[str, dict[str, Any]] = {}
        self.items: dict[str, list[dict[str, Any]]] = {}
        self.rules: dict[str, list[dict[str, Any]]] = {}

    def write_dimensions(self, restaurant: Any, items: Any) -> None:
        self.restaurants[restaurant["restaurant_id"]] = dict(restaurant)
        self.items[restaurant["restaurant_id"]] = [dict(item) for item in items]

    def write_rules(self, restaurant_id: str, rules: Any) -> None:
        self.rules[restaurant_id] = [dict(rule) for rule in rules]


@pytest.fixture
def menu() -> Menu:
    return Menu.model_validate_json(Path(__file__).with_name("sample_menu.json").read_bytes())


@pytest.fixture
def lake() -> FakeLake:
    return FakeLake()


@pytest.fixture
def store(home: Path, lake: FakeLake) -> MenuStore:
    return open_store(home, lake, Scope.everything("ada"))


@pytest.fixture
def monday() -> datetime:
    return MONDAY
