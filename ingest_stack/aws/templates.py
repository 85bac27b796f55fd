"""The CloudFormation templates, with what the event contract decides put in: none of it is typed twice by hand.

In the files a value `"{{ name }}"` stands for something derived, as JSON, which is YAML too; within a text
`{{ name }}` stands for characters.

python -m ingest_stack.aws.templates FOLDER      writes them there as CloudFormation takes them
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from ingest_stack import contract, lake
from ingest_stack.aws import statements

Name = Literal["replica", "template", "dashboard"]
NAMES: tuple[Name, ...] = ("replica", "template", "dashboard")
"""In the order in which stacks are brought: each needs those before it."""
FOLDER = Path(__file__).parent
_BUCKET_NAME = re.compile(r'\bBucketName: !Sub "([^"]*)"')
_BUCKET = re.compile(r'^  (\w+):.*\n    Type: "AWS::S3::Bucket"\n(?:    .*\n)*?      BucketName: (\S+)$', re.MULTILINE)
_PSEUDO = re.compile(r"\$\{AWS::(\w+)\}")
_PLACE = re.compile(r'"\{\{ (\w+) \}\}"|\{\{ (\w+) \}\}')


def bots() -> str:
    """The known bots' user agents as one pattern for `(?s)`, as the collector knows them.

    It has no quote and no backslash: who reads a VTL text may take them for its own.
    """
    pattern = "|".join(str(known["pattern"]) for known in CRAWLER_USER_AGENTS_DATA)
    for spelled, plain in ((r"[\s\S]", "."), (r"\d", "[0-9]"), ("'", ".")):
        pattern = pattern.replace(spelled, plain)
    return re.sub(r"\\(\W)", r"[\1]", pattern)


def api_digest() -> str:
    """Digest of the template's part about the API."""
    (part,) = (part for part in _read("template").split("\n  # --- ") if "::RestApi" in part)
    return hashlib.sha256(_filled(part.replace("{{ api_digest }}", "")).encode()).hexdigest()[:12]


def _columns(typed: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind.replace("varchar", "string")} for name, kind in typed.items()]


def _day(name: str) -> str:
    """One of the rollups' dates, in the words of the state machine."""
    days = (statements.DATES | statements.TAKEN_DATES)[name]
    since = "$since" if name in statements.DATES and name.startswith("first") else "$began"
    return f"{{% $fromMillis($toMillis({since}) + {days} * 86400000, '[Y0001]-[M01]-[D01]') %}}"


def _text() -> str:
    """A statement with its dates, its place and its number, in the words of the state machine."""
    text = "$replace($states.input, '%location%', 's3://${Bucket}/derived/')"
    text = f"$replace({text}, '%{statements.LEAST_GUESTS}%', '${{LeastGuests}}')"
    for name in (*statements.DATES, *statements.TAKEN_DATES):
        text = f"$replace({text}, '%{name}%', ${name})"
    return f"{{% {text} %}}"


def showing_code() -> str:
    """The Lambda's source as the one file that CloudFormation takes: the pure half, then the half that asks S3."""
    pure, asking = ((FOLDER / name).read_text() for name in ("../candidates.py", "showing.py"))
    return pure + asking.replace("from ingest_stack.candidates import write\n", "")


DERIVED: dict[str, Callable[[], Any]] = {
    "api_digest": api_digest,
    "bots": bots,
    "menu_items_columns": partial(_columns, lake.COLUMNS["menu_items"]),
    "compaction_statements": lambda: [
        *statements.creates((*statements.TABLES, *statements.RECOMMENDED)),
        *statements.compactions(),
    ],
    "recommendation_rules_columns": partial(_columns, lake.COLUMNS["recommendation_rules"]),
    "recommending_statements": lambda: [
        *statements.creates(statements.RECOMMENDED),
        *statements.fills(statements.RECOMMENDED),
    ],
    "rejects_columns": partial(_columns, lake.COLUMNS["rejects"]),
    "rollup_days": lambda: {name: _day(name) for name in (*statements.DATES, *statements.TAKEN_DATES)},
    "rollup_statements": lambda: [*statements.creates(), *statements.fills()],
    "rollup_text": _text,
    "request_columns": partial(_columns, contract.glue_request_columns()),
    "restaurants_columns": partial(_columns, lake.COLUMNS["restaurants"]),
    "request_model": contract.draft_4,
    "shown_recommendations": lambda: statements.SHOWN["recommendations"],
    "shown_rules": lambda: statements.SHOWN["recommendation_rules"],
    "showing_code": showing_code,
}
"""Placeholder → what stands there."""


@cache
def render(name: Name) -> str:
    """The template as CloudFormation takes it."""
    return _filled(_read(name))


def with_bucket_names(text: str, stack: str, account: str, region: str) -> str:
    """A template whose buckets have their names in full: CloudFormation takes over no other that is there already."""
    filled = {"StackName": stack, "AccountId": account, "Region": region}
    return _BUCKET_NAME.sub(lambda found: f"BucketName: {_PSEUDO.sub(lambda it: filled[it[1]], found[1])}", text)


def buckets(text: str) -> dict[str, str]:
    """The buckets of a template that has their names in full, by the names of their resources."""
    return dict(_BUCKET.findall(text))


def key_alone(text: str) -> str:
    """A template of its key and nothing else: a key that is there already comes into a stack before the rest does."""
    head, _, resources = text.partition("\nResources:\n")
    key, *_ = re.findall(r"^  Key:.*\n(?:    .*\n)+", resources, re.MULTILINE)  # the other is an output
    return f"{head}\nResources:\n{key}"


def parameters(name: Name) -> list[str]:
    """Names of a template's parameters."""
    block = _read(name).partition("\nParameters:\n")[2].partition("\n\n")[0]
    return re.findall(r"^  (\w+):$", block, re.MULTILINE)


def _read(name: Name) -> str:
    return (FOLDER / f"{name}.yaml").read_text()


def _filled(text: str) -> str:
    return _PLACE.sub(_derived, text)


def _derived(place: re.Match[str]) -> str:
    whole, within = place.groups()
    return json.dumps(DERIVED[whole]()) if whole else str(DERIVED[within]())


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        (folder / f"{name}.yaml").write_text(render(name))
