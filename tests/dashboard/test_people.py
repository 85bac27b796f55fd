"""Who has which role, and what follows from it."""

import csv
import io
import re
import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from dashboard.access import Scope, scope_of
from dashboard.audit import Audit
from dashboard.people import People, person
from errors import AccessError, BusyError, ParameterError, StorageError
from ingest_stack.lake import Lake

ADA = person("ada@menulens.example", "admin")
ANNA = person("anna@uno.example", "manager", ["uno"])


def test_people_are_kept_by_id_whatever_the_case(blobs):
    People(blobs).add(ANNA)
    People(blobs).add(ADA)
    assert People(blobs).read().people == (ADA, ANNA)
    assert People(blobs).find(" Anna@Uno.example ") == ANNA


def test_adding_somebody_again_changes_the_role(blobs):
    People(blobs).add(ANNA)
    People(blobs).add(person("ANNA@uno.example", "product"))
    assert [known.role for known in People(blobs).read().people] == ["product"]


def test_the_last_admin_can_neither_be_removed_nor_be_made_something_else(blobs):
    people = People(blobs)
    people.add(ADA)
    with pytest.raises(AccessError, match="nobody who is admin"):
        people.remove(ADA.id)
    with pytest.raises(AccessError, match="nobody who is admin"):
        people.add(person(ADA.id, "product"))
    people.add(person("bela@menulens.example", "admin"))
    people.remove(ADA.id)
    assert [known.id for known in people.read().people] == ["bela@menulens.example"]


def test_of_two_admins_who_take_each_other_off_at_once_one_stays(blobs):
    both = [ADA.id, "bela@menulens.example"]
    for id in both:
        People(blobs).add(person(id, "admin"))
    start, refused = threading.Barrier(2), []

    def remove(id: str) -> None:
        start.wait()
        try:
            People(blobs).remove(id)
        except AccessError:
            refused.append(id)

    run_together([partial(remove, id) for id in both])
    assert [known.id for known in People(blobs).read().people] == refused


def test_who_changes_what_somebody_else_changed_meanwhile_is_told_what_it_is_now(blobs):
    people = People(blobs)
    people.add(ANNA)
    product = person(ANNA.id, "product")
    people.replace(ANNA.id, ANNA, product, "ada")
    edits = person(ANNA.id, "manager", ["uno"], ["uno"])
    with pytest.raises(BusyError, match=r"Somebody else changed anna@uno.example since you looked: product\."):
        people.replace(ANNA.id, ANNA, edits, "bela")
    people.remove(ANNA.id)
    with pytest.raises(BusyError, match="since you looked: taken off"):
        people.replace(ANNA.id, product, edits, "bela")
    assert people.read().people == ()


def test_whoever_changes_others_is_in_nobody_s_way(blobs):
    people = People(blobs)
    people.add(ANNA)
    people.add(ADA)
    people.replace(ANNA.id, ANNA, None, "bela")
    assert people.read().people == (ADA,)


def test_many_writers_lose_nobody(blobs):
    run_together([partial(People(blobs).add, person(f"p{n}", "product")) for n in range(8)])
    assert len(People(blobs).read().people) == 8


def run_together(works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_what_changes_is_recorded_with_who_changed_it(blobs):
    people, today = People(blobs), datetime.now(UTC).date()
    people.add(ANNA, "ada")
    people.add(ANNA, "ada")  # changes nothing
    people.add(person(ANNA.id, "manager", ["duo", "uno"], ["duo"]), "bela")
    people.remove(ANNA.id, "ada")
    entries = Audit(blobs).read(today - timedelta(days=1), today)
    assert [(entry.kind, entry.who, entry.about, entry.details) for entry in reversed(entries)] == [
        ("role_changed", "ada", ANNA.id, {"is": "manager of uno"}),
        ("role_changed", "bela", ANNA.id, {"was": "manager of uno", "is": "manager of duo and uno, edits duo"}),
        ("person_removed", "ada", ANNA.id, {"was": "manager of duo and uno, edits duo"}),
    ]


def test_a_broken_file_is_named_with_its_place(blobs):
    blobs.put("people.json", b'[{"id": "x", "role": "chef"}]')
    with pytest.raises(StorageError, match=r"people.json is broken at 0.role"):
        People(blobs).read()


@pytest.mark.parametrize(("said", "may_edit"), [("true", ("duo", "uno")), ("false", ()), ('["uno"]', ("uno",))])
def test_a_file_that_says_only_whether_a_manager_edits_means_all_of_the_own_restaurants(blobs, said, may_edit):
    kept = f'[{{"id": "anna", "role": "manager", "restaurants": ["duo", "uno"], "may_edit": {said}}}]'
    blobs.put("people.json", kept.encode())
    assert People(blobs).find("anna").may_edit == may_edit


@pytest.mark.parametrize(
    ("role", "restaurants", "says"),
    [
        ("manager", [], "a manager needs at least one restaurant"),
        ("product", ["uno"], "the role product sees all restaurants"),
        ("admin", ["uno"], "the role admin sees all restaurants"),
    ],
)
def test_restaurants_must_fit_the_role(role, restaurants, says):
    with pytest.raises(ParameterError, match=says):
        person("x", role, restaurants)


def test_nobody_edits_the_menu_of_a_restaurant_that_isn_t_the_own():
    with pytest.raises(ParameterError, match="may_edit names 'duo', which isn't among the restaurants"):
        person("x", "manager", ["uno"], ["uno", "duo"])


def test_a_manager_s_scope_holds_the_own_restaurants_and_edits_those_that_it_is_told():
    scope = scope_of(ANNA)
    assert scope.restaurants == {"uno"}
    assert scope.may_see("uno")
    assert not scope.may_see("duo")
    assert not scope.edits
    assert not scope.may_edit("uno")
    trusted = scope_of(person("anna@uno.example", "manager", ["uno", "duo"], ["uno"]))
    assert trusted.edits
    assert trusted.may_edit("uno")
    assert not trusted.may_edit("duo")
    assert trusted.only("uno").edits
    assert not trusted.only("duo").edits


def test_product_sees_all_and_admin_edits_all():
    product, admin = scope_of(person("tomas", "product")), scope_of(ADA)
    assert product.may_see("any")
    assert not product.may_edit("any")
    assert admin.may_edit("any")
    assert Scope.everything().may_see("any")


def test_a_scope_narrows_to_one_restaurant_and_never_widens():
    assert scope_of(ADA).only("duo").restaurants == {"duo"}
    with pytest.raises(AccessError, match=r"anna@uno.example may not see the restaurant 'duo'. Ask an admin"):
        scope_of(ANNA).only("duo")
    with pytest.raises(AccessError):
        scope_of(ADA).only("duo").only("uno")


def test_scopes_of_different_people_are_different_keys():
    scopes = {scope_of(ANNA), scope_of(person("bela", "manager", ["uno"])), scope_of(ADA), scope_of(ADA).only("uno")}
    assert len(scopes) == 4
    assert scope_of(ANNA) in scopes


def test_people_are_kept_from_the_command_line(command, home):
    run = partial(command, "people")
    assert run("list")[1] == "Nobody yet: `menulens people add` adds somebody.\n"
    code, link, err = run("add", "Anna@uno.example", "--role", "manager", "--restaurant", "uno", "--may-edit")
    assert (code, err) == (0, "")
    assert link.startswith("http://127.0.0.1:8501/invitation/")
    assert run("add", "Anna@uno.example", "--role", "manager", "--restaurant", "uno", "--may-edit") == (0, "", "")
    assert run("add", "ada", "--role", "admin")[0] == 0
    assert [line.split() for line in run("list")[1].splitlines()[2:]] == [
        ["ada", "admin", "every", "restaurant", "every", "restaurant", "invited"],
        ["anna@uno.example", "manager", "uno", "uno", "invited"],
    ]
    run("add", "olga", "--role", "manager", "--restaurant", "uno", "--restaurant", "duo", "--may-edit", "duo")
    assert run("list")[1].splitlines()[4].split() == ["olga", "manager", "duo,", "uno", "duo", "invited"]
    run("remove", "olga")
    code, _, err = run("remove", "ada")
    assert (code, err) == (1, "menulens: That would leave nobody who is admin. Make somebody else admin first.\n")
    code, _, err = run("add", "bela", "--role", "manager")
    assert (code, err) == (2, "menulens: 'bela' can't be added: a manager needs at least one restaurant.\n")
    place = {"restaurant_name": "Duo", "area": "Harbour", "time_zone": "UTC", "currency": "EUR"}
    Lake(home / "lake").write_dimensions({"restaurant_id": "duo"} | place, [])
    code, _, err = run("add", "carl", "--role", "manager", "--restaurant", "uno", "--restaurant", "duo")
    assert (code, err) == (
        0,
        "carl was added, but: No restaurant 'uno' in this home. Did you mean 'duo'? It has duo.\n",
    )
    assert run("remove", "anna@uno.example")[0] == 0
    assert run("remove", "anna@uno.example")[0] == 1


def test_links_and_what_was_done_come_from_the_command_line_too(command, home, monkeypatch):
    run = partial(command, "people")
    run("add", "ada", "--role", "admin")
    code, link, err = run("invite", "ADA", "--dashboard-url", "https://dash.example/")
    assert (code, err) == (0, "")
    assert re.fullmatch(r"https://dash\.example/invitation/[0-9a-f]{32}-[\w-]{43}\n", link)
    assert run("reset", "ada")[1] != link
    assert run("list")[1].split()[-1] == "invited"
    assert run("unlock", "ada")[0] == 0
    assert run("invite", "eve")[0] == 1
    rows = list(csv.DictReader(io.StringIO(command("audit", "--format", "csv")[1])))
    assert [(row["kind"], row["about"]) for row in reversed(rows)] == [
        ("role_changed", "ada"), ("invited", "ada"),  # by being added
        ("invited", "ada"), ("password_reset", "ada"), ("invited", "ada"), ("unlocked", "ada"),
    ]  # fmt: skip
    assert command("audit", "--kind", "unlocked", "--format", "json")[1].count('"kind"') == 1
    assert command("audit", "--who", "mia", "--format", "json")[1] == "[]\n"
    for wrong, said in (
        (("--kind", "unlokced"), "'unlokced' is none of sign_in, "),
        (("--first-date", "2026-11-30", "--last-date", "2026-11-01"), "2026-11-30 is after --last-date 2026-11-01"),
    ):
        code, _, told = command("audit", *wrong)
        assert (code, said in told) == (2, True), told
    monkeypatch.setenv("MENULENS_SIGN_IN", "oidc")
    assert "No password is kept here" in run("invite", "ada")[2]
    assert run("list")[1].splitlines()[2].split() == ["ada", "admin", "every", "restaurant", "every", "restaurant"]
    run("add", "bea", "--role", "admin")
    assert run("remove", "ada")[0] == 0
