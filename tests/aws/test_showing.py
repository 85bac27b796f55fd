"""The Lambda that brings recommendations to the pages, as the template has it, against an S3 that is played."""

import ast
import io
import json
import sys
from typing import Any

import pytest

from dashboard.menus.model import Item, Menu, Restaurant, Section
from dashboard.menus.site import site as published
from ingest_stack.aws import statements
from tests.aws.conftest import Template

RECOMMENDED = """"restaurant_id","item_id","recommended_restaurant_id","recommended_item_id","rank","score","support"
"bistro",,"cafe","cake","1","0.5","5"
"bistro","soup","cafe","cake","1","0.5",
"""
RULES = """"restaurant_id","rule","recommended_restaurant_id","recommended_item_id"
"""


def menu(id: str, item: str) -> bytes:
    """What is published of a house with one dish."""
    house = Restaurant(
        id=id,
        name={"en": id.title()},
        area="Vienna",
        time_zone="Europe/Vienna",
        currency="EUR",
        languages=("en",),
    )
    dish = Item(id=item, name={"en": item.title()}, price_minor=450)
    whole = Menu(restaurant=house, sections=(Section(id="all", name={"en": "All"}, items=(dish,)),))
    return published(whole)["menu.json"].encode()


class S3:
    """Objects by bucket and key, and what was said with those that were written."""

    class exceptions:
        class NoSuchKey(Exception): ...

    def __init__(self, objects: dict[str, bytes]) -> None:
        self._objects, self.put = objects, dict[str, dict[str, Any]]()

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        try:
            return {"Body": io.BytesIO(self._objects[f"{Bucket}/{Key}"])}
        except KeyError:
            raise self.exceptions.NoSuchKey from None

    def put_object(self, Bucket: str, Key: str, Body: bytes, **said: Any) -> None:
        self._objects[f"{Bucket}/{Key}"], self.put[f"{Bucket}/{Key}"] = Body, said


@pytest.fixture
def source(template: Template) -> str:
    text: str = template["Resources"]["Showing"]["Properties"]["Code"]["ZipFile"]
    return text


@pytest.fixture
def lambda_(source: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the function of the template once, over an S3."""
    monkeypatch.setenv("MENUS_BUCKET", "menus")
    code: dict[str, Any] = {"__name__": "index"}
    exec(compile(source, "index.py", "exec"), code)

    def run(s3: S3) -> Any:
        monkeypatch.setattr(code["boto3"], "client", lambda service: {"s3": s3}[service])
        asked = {"recommendations": "s3://results/1.csv", "recommendation_rules": "s3://results/a/2.csv"}
        return code["handler"](asked, None)

    return run


def site(rules: str = RULES) -> S3:
    menus = {f"menus/site/r/{id}/menu.json": menu(id, item) for id, item in (("bistro", "soup"), ("cafe", "cake"))}
    return S3({"results/1.csv": RECOMMENDED.encode(), "results/a/2.csv": rules.encode()} | menus)


def test_what_is_recommended_stands_beside_the_menu_and_is_fresh_within_minutes(lambda_: Any) -> None:
    s3 = site()
    assert lambda_(s3) == {"changed": ["bistro", "cafe"]}
    said = json.loads(s3.get_object("menus", "site/r/bistro/recommendations.json")["Body"].read())
    assert [(each["restaurant_id"], each["item_id"], each["price_minor"]) for each in said["items"]] == [
        ("cafe", "cake", 450)
    ]
    told = {"ContentType": "application/json", "CacheControl": "public, max-age=300"}
    assert s3.put == {f"menus/site/r/{id}/recommendations.json": told for id in ("bistro", "cafe")}


def test_what_would_say_the_same_is_not_written_again(lambda_: Any) -> None:
    s3 = site()
    lambda_(s3)
    s3.put.clear()
    assert lambda_(s3) == {"changed": []}
    assert s3.put == {}


def test_a_rule_holds_at_the_next_run(lambda_: Any) -> None:
    s3 = site(RULES + '"cafe","hidden",,\n')
    lambda_(s3)
    assert json.loads(s3.get_object("menus", "site/r/bistro/recommendations.json")["Body"].read())["items"] == []


def test_the_function_needs_nothing_that_its_runtime_has_not(source: str) -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert imported <= {*sys.stdlib_module_names, "boto3"}
    assert len(source.encode()) < 4_000_000, "CloudFormation takes no more in a template"


def test_the_questions_have_the_columns_that_candidates_are_made_of() -> None:
    for name, text in statements.SHOWN.items():
        table = {"recommendations": RECOMMENDED, "recommendation_rules": RULES}[name]
        asked = text.removeprefix("SELECT ").partition(" FROM ")[0]
        assert asked == table.splitlines()[0].replace('"', "").replace(",", ", ")
