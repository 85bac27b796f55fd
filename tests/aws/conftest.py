"""The templates as CloudFormation would read them."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint.decode import decode_str

from ingest_stack.aws.templates import NAMES, Name, render

Template = dict[str, Any]


def plain(node: Any) -> Any:
    """Without the parser's own classes, so that copies are cheap and messages short."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


@pytest.fixture(scope="session")
def parsed() -> dict[Name, Template]:
    return {name: plain(decode_str(render(name))[0]) for name in NAMES}


@pytest.fixture
def templates(parsed: dict[Name, Template]) -> dict[Name, Template]:
    """Both templates, the test's own to break."""
    return copy.deepcopy(parsed)


@pytest.fixture
def template(templates: dict[Name, Template]) -> Template:
    return templates["template"]


def of_kind(template: Template, kind: str) -> dict[str, Any]:
    """Logical name → resource, of one kind such as "S3::Bucket"."""
    return {name: each for name, each in template["Resources"].items() if each["Type"] == f"AWS::{kind}"}


def everything_in(node: Any) -> Iterator[Any]:
    """A node and all below it."""
    yield node
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for each in below:
        yield from everything_in(each)
