"""The pages about people: who gets there, what a sheet changes, and that rights are asked for on each click."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.audit import Audit, Entry
from dashboard.blobs import FolderBlobs
from dashboard.elements.person import OPEN, Sheet
from dashboard.menus import desk
from dashboard.people import People, person

App = Callable[..., AppTest]
ADA, MIA, PAT = "ada@example.com", "mia@example.com", "pat@example.com"


@pytest.fixture
def blobs(lived_in: Path, tmp_path: Path) -> FolderBlobs:
    shutil.copytree(lived_in, tmp_path / "home")
    return FolderBlobs(tmp_path / "home")


@pytest.fixture
def people(blobs: FolderBlobs) -> People:
    return People(blobs)


@pytest.fixture
def inside(app: App, blobs: FolderBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """The app in a home of its own."""
    monkeypatch.setenv("MENULENS_HOME", str(tmp_path / "home"))
    return app


@pytest.fixture
def with_passwords(inside: App, monkeypatch: pytest.MonkeyPatch) -> App:
    """The same where people sign in with passwords that are kept here."""
    kept_here, opened = {"sign_in_url": "https://dash.example"}, desk.open
    monkeypatch.setattr(desk, "open", lambda *given, **named: opened(*given, **named | kept_here))
    return inside


def words(test: AppTest) -> str:
    kinds = ("title", "header", "subheader", "markdown", "caption", "warning", "error", "toast", "code")
    said = " ".join(element.value for kind in kinds for element in test.get(kind))
    return said.translate(str.maketrans("", "", "\\\u2060"))


def button(test: AppTest, label: str):
    return next(button for button in test.button if button.label == label)


def recorded(blobs: FolderBlobs) -> list[Entry]:
    today = datetime.now(UTC).date()
    return Audit(blobs).read(today - timedelta(days=1), today)


def sheet_of(test: AppTest, id: str) -> AppTest:
    """Tap a name: the table itself is a component, which runs in a browser only."""
    test.session_state[OPEN] = Sheet(desk.people().find(id))
    return test.run()


@pytest.mark.parametrize("page", ["people", "audit"])
@pytest.mark.parametrize("who", [MIA, PAT])
def test_only_admins_get_there(inside: App, page: str, who: str) -> None:
    test = inside(who, page=page)
    assert [title.value for title in test.title] == ["You may not see who may do what"]
    assert "People" not in [link.label for link in test.get("page_link")]
    assert ADA not in words(test)


def test_an_admin_sees_who_is_here(inside: App) -> None:
    test = inside(ADA, page="people")
    assert not test.exception
    assert [title.value for title in test.title] == ["3 people: 1 manager, 1 of the product team and 1 admin"]
    assert "Something broke" not in words(test)


def test_somebody_is_added_and_edits_what_is_named(inside: App, people: People) -> None:
    test = inside(ADA, page="people")
    button(test, "Add somebody").click().run()
    test.text_input[0].set_value("Noi@House-1.example").run()
    own = next(box for box in test.multiselect if box.label == "Sees the restaurants")
    own.set_value(["house-1", "house-3"]).run()
    next(box for box in test.multiselect if box.label == "Edits the menus of").set_value(["house-3"]).run()
    button(test, "Add").click().run()
    assert not test.exception
    assert people.find("noi@house-1.example") == person(
        "noi@house-1.example", "manager", ["house-1", "house-3"], ["house-3"]
    )
    assert "4 people" in words(test)


def test_a_restaurant_that_is_no_longer_seen_is_no_longer_edited(inside: App, people: People) -> None:
    people.add(person(MIA, "manager", ["house-2", "house-3"], ["house-2", "house-3"]))
    test = sheet_of(inside(ADA, page="people"), MIA)
    next(box for box in test.multiselect if box.label == "Sees the restaurants").set_value(["house-3"]).run()
    button(test, "Save").click().run()
    assert not test.exception
    assert people.find(MIA) == person(MIA, "manager", ["house-3"], ["house-3"])


@pytest.mark.parametrize(
    ("id", "says"),
    [
        (" ", "String should have at least 1 character"),
        ("new@example.com", "a manager needs at least one restaurant"),
        ("PAT@example.com", "pat@example.com is here already: product."),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(inside: App, people: People, id: str, says: str) -> None:
    before, test = people.read(), inside(ADA, page="people")
    button(test, "Add somebody").click().run()
    test.text_input[0].set_value(id).run()
    if "PAT" in id:
        next(box for box in test.button_group if box.label == "Role").set_value("product").run()
    button(test, "Add").click().run()
    assert says in words(test)
    assert people.read() == before


def test_of_two_admins_who_change_one_person_the_second_is_told_and_looks_again(inside: App, people: People) -> None:
    test = sheet_of(inside(ADA, page="people"), MIA)
    people.add(person(MIA, "product"), "bea@example.com")
    next(box for box in test.multiselect if box.label == "Edits the menus of").set_value(["house-2"]).run()
    button(test, "Save").click().run()
    assert "Somebody else changed mia@example.com since you looked: product." in words(test)
    assert people.find(MIA).role == "product"
    button(test, "Look again").click().run()
    assert not test.error
    assert next(box for box in test.button_group if box.label == "Role").value == "product"


def test_taking_off_is_asked_about_first(inside: App, people: People, blobs: FolderBlobs) -> None:
    test = sheet_of(inside(ADA, page="people"), MIA)
    button(test, "Take off").click().run()
    button(test, "Keep").click().run()
    button(test, "Take off").click().run()
    assert people.read().get(MIA)
    button(test, "Yes, take off").click().run()
    assert people.read().get(MIA) is None
    assert "2 people" in words(test)
    assert (recorded(blobs)[0].kind, recorded(blobs)[0].who, recorded(blobs)[0].about) == ("person_removed", ADA, MIA)


def test_the_last_admin_is_told_to_make_another_first(inside: App, people: People) -> None:
    test = sheet_of(inside(ADA, page="people"), ADA)
    button(test, "Take off").click().run()
    button(test, "Yes, take off").click().run()
    assert "That would leave nobody who is admin. Make somebody else admin first." in words(test)
    assert people.read().get(ADA)


@pytest.mark.parametrize("click", ["Save", "Yes, take off", "Make an invitation link"])
def test_who_is_no_admin_any_more_changes_nothing_from_an_open_sheet(
    with_passwords: App, people: People, blobs: FolderBlobs, click: str
) -> None:
    people.add(person("bea@example.com", "admin"))
    test = sheet_of(with_passwords(ADA, page="people"), MIA)
    next(box for box in test.multiselect if box.label == "Edits the menus of").set_value(["house-2"]).run()
    button(test, "Take off").click().run()
    people.add(person(ADA, "product"), "bea@example.com")
    before = people.read()
    button(test, click).click().run()
    assert people.read() == before
    assert [title.value for title in test.title] == ["You may not see who may do what"]
    assert MIA not in words(test)
    assert recorded(blobs)[0].about == ADA


def test_a_link_is_shown_once(with_passwords: App, blobs: FolderBlobs) -> None:
    test = sheet_of(with_passwords(ADA, page="people"), MIA)
    assert "Has no password, and no link that works." in words(test)
    button(test, "Make an invitation link").click().run()
    (link,) = [code.value for code in test.get("code")]
    assert link.startswith("https://dash.example/invitation/")
    sheet_of(test, MIA)
    assert not test.get("code")
    assert "Invited; the link works until" in words(test)
    assert (recorded(blobs)[0].kind, recorded(blobs)[0].about) == ("invited", MIA)


def test_where_passwords_are_kept_elsewhere_nothing_is_said_of_them(inside: App) -> None:
    assert "Signing in" not in words(sheet_of(inside(ADA, page="people"), MIA))


def test_whose_role_is_gone_is_out_at_the_next_click(inside: App, people: People) -> None:
    test = inside(MIA, page="attention")
    assert "House-2" in test.selectbox(key="pick_restaurant").options
    people.remove(MIA)
    test.run()
    assert not test.selectbox
    assert "Nobody here is called" in words(test)


def test_a_restaurant_that_was_taken_away_is_gone_at_the_next_click(inside: App, people: People) -> None:
    test = inside(MIA, page="attention")
    people.add(person(MIA, "manager", ["house-4"]))
    test.run()
    assert test.selectbox(key="pick_restaurant").options == ["House-4"]
    assert "House-2" not in words(test)


# The record


def test_the_record_is_looked_through_by_person_and_by_what_was_done(inside: App, blobs: FolderBlobs) -> None:
    audit = Audit(blobs)
    audit.record("sign_in", MIA)
    audit.record("sign_in_failed", MIA)
    audit.record("published", ADA, "house-2", version="7")
    test = inside(ADA, page="audit")
    assert not test.exception
    assert "are failed sign-ins" not in test.title[0].value
    assert "1 is a failed sign-in" in test.title[0].value
    test.selectbox(key="audit-who").set_value(ADA).run()
    assert test.title[0].value == "1 entry by 1 person"
    test.selectbox(key="audit-who").set_value(None).run()
    test.multiselect(key="audit-did").set_value(["sign_in", "published"]).run()
    assert test.title[0].value == "2 entries by 2 people"


def test_days_without_an_entry_say_so(inside: App) -> None:
    test = inside(ADA, page="audit")
    day = datetime(2026, 1, 1, tzinfo=UTC).date()
    test.date_input(key="audit-days").set_value((day, day)).run()
    assert test.title[0].value == "Nothing was recorded"
