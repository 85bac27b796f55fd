"""Who has which role, and what follows from it."""

import threading
from functools import partial

import pytest

from dashboard.access import Scope, scope_of
from dashboard.people import People, person
from errors import AccessError, BusyError, ParameterError, StorageError
from ingest_stack.lake import Lake

ADA = person("ada@menulens.example", "admin")
ANNA = person("anna@uno.example", "manager", ["uno"])


def test_people_are_kept_by_id_whatever_the_case(home):
    People(home).add(ANNA)
    People(home).add(ADA)
    assert People(home).read().people == (ADA, ANNA)
    assert People(home).find(" Anna@Uno.example ") == ANNA


def test_adding_somebody_again_changes_the_role(home):
    People(home).add(ANNA)
    People(home).add(person("ANNA@uno.example", "product"))
    assert [known.role for known in People(home).read().people] == ["product"]


def test_the_last_admin_can_neither_be_removed_nor_be_made_something_else(home):
    people = People(home)
    people.add(ADA)
    with pytest.raises(AccessError, match="nobody who is admin"):
        people.remove(ADA.id)
    with pytest.raises(AccessError, match="nobody who is admin"):
        people.add(person(ADA.id, "product"))
    people.add(person("bela@menulens.example", "admin"))
    people.remove(ADA.id)
    assert [known.id for known in people.read().people] == ["bela@menulens.example"]


def test_who_writes_over_what_somebody_else_changed_is_told(home):
    people = People(home)
    seen = people.read()
    people.add(ADA)
    with pytest.raises(BusyError, match="Somebody else"):
        people.write((ANNA,), seen.version)
    assert people.read().people == (ADA,)


def test_many_writers_lose_nobody(home):
    def add(n: int) -> None:
        while True:
            try:
                return People(home).add(person(f"p{n}", "product"))
            except BusyError:
                continue

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(People(home).read().people) == 8


def test_a_broken_file_is_named_with_its_place(home):
    (home / "people.json").write_text('[{"id": "x", "role": "chef"}]')
    with pytest.raises(StorageError, match=r"people.json is broken at 0.role"):
        People(home).read()


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


def test_a_manager_s_scope_holds_the_own_restaurants_and_edits_only_if_told():
    scope = scope_of(ANNA)
    assert scope.restaurants == {"uno"}
    assert scope.may_see("uno")
    assert not scope.may_see("duo")
    assert not scope.may_edit("uno")
    trusted = scope_of(person("anna@uno.example", "manager", ["uno"], may_edit=True))
    assert trusted.may_edit("uno")
    assert not trusted.may_edit("duo")


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
    assert run("add", "Anna@uno.example", "--role", "manager", "--restaurant", "uno", "--may-edit") == (0, "", "")
    assert run("add", "ada", "--role", "admin")[0] == 0
    assert [line.split() for line in run("list")[1].splitlines()[2:]] == [
        ["ada", "admin", "every", "restaurant", "menus"],
        ["anna@uno.example", "manager", "uno", "menus"],
    ]
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
