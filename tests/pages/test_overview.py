"""Overview and restaurants, as each role sees them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

App = Callable[..., AppTest]
PEOPLE = ("mia@example.com", "pat@example.com", "ada@example.com")


def words(test: AppTest) -> str:
    return " ".join(
        element.value for kind in ("title", "header", "markdown", "caption", "warning") for element in test.get(kind)
    )


@pytest.fixture
def until_yesterday() -> dict[str, str]:
    last = datetime.now(UTC).date() - timedelta(days=1)
    return {"first_date": str(last - timedelta(days=13)), "last_date": str(last)}


@pytest.mark.parametrize("who", PEOPLE)
def test_everybody_has_an_overview(app: App, who: str, until_yesterday: dict[str, str]) -> None:
    test = app(who, **until_yesterday)
    assert not test.exception
    assert "usual" in words(test)
    assert "against the usual" in words(test)


def test_the_day_before_is_told_while_today_has_no_visit(app: App) -> None:
    assert "No visit yet today: this is" in words(app("mia@example.com"))


def test_a_day_without_any_visits_before_it_says_what_to_do(app: App) -> None:
    long_ago = {"first_date": "2020-01-01", "last_date": "2020-01-02"}
    test = app("mia@example.com", **long_ago)
    assert test.title[0].value == "Nobody has read House-2’s menu in these days"
    assert "Guests may have come on other days" in words(test)


@pytest.mark.parametrize("who", ["pat@example.com", "ada@example.com"])
def test_restaurants_stand_side_by_side(app: App, who: str) -> None:
    test = app(who, page="restaurants")
    assert not test.exception
    assert test.title[0].value == "House-1 converts best"
    assert "1 of 6 restaurants stands out" in words(test)


def test_an_area_narrows_the_restaurants(app: App) -> None:
    test = app("pat@example.com", page="restaurants", area="Hill")
    assert "3 restaurants, side by side" in words(test)
