"""What the dashboard asks of its buckets, held to what AWS's policies allow: enough for each, and no more than that."""

import re
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from argon2 import PasswordHasher
from botocore.client import BaseClient
from cfnlint.decode import decode_str

from dashboard.access import Scope
from dashboard.audit import Audit
from dashboard.menus.model import Menu
from dashboard.menus.store import open_store
from dashboard.people import People, person
from dashboard.s3 import S3Blobs
from dashboard.signin import passwords
from dashboard.signin.door import Door
from ingest_stack.aws.templates import render
from tests.aws.conftest import everything_in, plain
from tests.dashboard.menus.conftest import MONDAY, FakeLake
from tests.dashboard.signin.conftest import GOOD, let_in

ADMIN = "ada@example.com"


class Asked(NamedTuple):
    action: str
    bucket: str
    what: str
    """A key, or what a listing begins with."""


@pytest.fixture
def asked(bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Asked]]:
    """What is asked of S3 from now on. The lake's bucket is played by a folder beside the menus' one."""
    seen: list[Asked] = []
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def noted(client: Any, operation: str, given: dict[str, Any]) -> Any:
        folder, _, key = str(given.get("Key", given.get("Prefix", ""))).partition("/")
        whose = {"group": "MenusBucket", "group-lake": "LakeBucket"}[folder]
        seen.append(Asked("s3:" + operation.replace("ObjectsV2", "Bucket"), whose, key))
        return call(client, operation, given)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    yield seen
    monkeypatch.undo()


@pytest.fixture(scope="module")
def policies() -> dict[str, list[dict[str, Any]]]:
    """A managed policy's name → its statements."""
    resources = plain(decode_str(render("template"))[0])["Resources"]
    managed = {name: each for name, each in resources.items() if each["Type"] == "AWS::IAM::ManagedPolicy"}
    return {
        name: [node for node in everything_in(each) if isinstance(node, dict) and "Effect" in node]
        for name, each in managed.items()
    }


def allowed(statements: list[dict[str, Any]], one: Asked) -> bool:
    return any(_allows(statement, one) for statement in statements)


def _allows(statement: dict[str, Any], one: Asked) -> bool:
    actions, resources = (
        value if isinstance(value, list) else [value] for value in (statement["Action"], statement["Resource"])
    )
    if one.action not in actions:
        return False
    if one.action == "s3:ListBucket":
        prefixes = statement.get("Condition", {}).get("StringLikeIfExists", {}).get("s3:prefix", "*")
        listed = prefixes if isinstance(prefixes, list) else [prefixes]
        whole = {"Fn::GetAtt": [one.bucket, "Arn"]} in resources
        return whole and any(fnmatchcase(one.what, each) for each in listed)
    patterns = [each["Fn::Sub"] for each in resources if isinstance(each, dict) and "Fn::Sub" in each]
    wanted = f"${{{one.bucket}.Arn}}/{one.what}"
    return any(re.fullmatch(re.escape(each).replace(r"\*", ".*"), wanted) for each in patterns)


def edit_and_publish(bucket: str, home: Path, menu: Menu) -> str:
    store = open_store(home, FakeLake(), Scope.everything(ADMIN), bucket, lake_bucket=f"{bucket}-lake")
    id = menu.restaurant.id
    store.publish(menu, MONDAY)
    store.save_draft(store.draft(id).menu, store.draft(id), MONDAY)
    store.roll_back(id, 1, MONDAY + timedelta(hours=1))
    store.set_recommending(id, lambda rules: rules.model_copy(update={"shows_others": False}))
    store.exported(id, "menu.csv")
    return str(store.history(id)[0].restaurant.id)


def sign_in(bucket: str) -> None:
    blobs = S3Blobs(bucket)
    people, door = People(blobs), Door(blobs, timedelta(hours=1))
    people.add(person(ADMIN, "admin"))
    people.add(person("mia@example.com", "manager", ["bistro"]))
    let_in(door, blobs, ADMIN)
    entry = door.enter(ADMIN, GOOD)
    assert door.person(entry.session) == ADMIN
    door.leave(entry.session)
    door.sweep()
    people.remove("mia@example.com")
    assert Audit(blobs).read(MONDAY.date(), MONDAY.date().replace(year=2100))


def test_who_edits_menus_may_do_all_that_takes_and_sees_nobodys_account(
    asked: list[Asked], policies: dict[str, Any], bucket: str, home: Path, menu: Menu
) -> None:
    edit_and_publish(bucket, home, menu)
    assert {one.bucket for one in asked} == {"MenusBucket", "LakeBucket"}
    assert [one for one in asked if not allowed(policies["MenusPolicy"], one)] == []


def test_who_signs_people_in_may_do_all_that_takes_and_edits_no_menu(
    asked: list[Asked], policies: dict[str, Any], bucket: str, home: Path, menu: Menu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    sign_in(bucket)
    assert {one.action for one in asked} == {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"}
    assert [one for one in asked if not allowed(policies["PeoplePolicy"], one)] == []
    private = [one for one in asked if one.what.startswith(("people.json", "accounts/", "attempts/", "sessions/"))]
    assert [one for one in private if allowed(policies["MenusPolicy"], one)] == []
    assert [one for one in private if allowed(policies["DashboardPolicy"], one)] == []
    asked.clear()
    edit_and_publish(bucket, home, menu)
    site = [one for one in asked if one.what.startswith(("site/", "menus/"))]
    assert [one for one in site if allowed(policies["PeoplePolicy"], one)] == []
