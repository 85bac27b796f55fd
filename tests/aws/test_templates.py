"""The templates as a whole: valid, in order, and answering as the contract says."""

import json
import re
from pathlib import Path
from typing import Any

import airspeed
import pytest
from cfnlint.api import ManualArgs, lint
from playwright.sync_api import Browser

from ingest_stack.aws import templates
from ingest_stack.documents import openapi
from settings import SETTINGS
from tests.aws.conftest import Template, of_kind

FOLDER = Path(templates.__file__).parent


@pytest.mark.parametrize("name", templates.NAMES)
def test_cfn_lint_finds_nothing(name: templates.Name) -> None:
    found = lint(templates.render(name), config=ManualArgs(regions=["eu-west-1", "us-east-1"]))
    assert [f"{each.rule.id} {each.message}, line {each.linenumber}" for each in found] == []


@pytest.mark.parametrize("name", templates.NAMES)
def test_every_parameter_and_output_is_explained(name: templates.Name, templates: dict[str, Template]) -> None:
    for kind in ("Parameters", "Outputs"):
        for each, described in templates[name][kind].items():
            assert described["Description"].endswith((".", "MENULENS_ATHENA_DATABASE", "MENULENS_ATHENA_WORKGROUP")), (
                each
            )


def test_a_managed_policy_is_no_longer_than_iam_takes(template: Template) -> None:
    filled = {"${AWS::Partition}": "aws", "${AWS::Region}": "ap-southeast-1", "${AWS::AccountId}": "1" * 12}
    for name, policy in of_kind(template, "IAM::ManagedPolicy").items():
        text = json.dumps(policy["Properties"]["PolicyDocument"], separators=(",", ":"))
        for part, value in filled.items():
            text = text.replace(part, value)
        assert len(re.sub(r"\$\{[\w:.]+\}", "m" * 20, text)) <= 6_144, name


def test_names_hold_nothing_that_aws_refuses(template: Template) -> None:
    (budget,) = of_kind(template, "Budgets::Budget").values()
    name = budget["Properties"]["Budget"]["BudgetName"]["Fn::Sub"]
    assert not set(":\\") & set(re.sub(r"\$\{[^}]*\}", "", name))
    buckets = [bucket["Properties"]["BucketName"]["Fn::Sub"] for bucket in of_kind(template, "S3::Bucket").values()]
    longest = {"${AWS::StackName}": "m" * 20, "${AWS::AccountId}": "1" * 12, "${AWS::Region}": "ap-southeast-1"}
    for bucket in [*buckets, "${AWS::StackName}-menus-copy-${AWS::AccountId}-${AWS::Region}"]:
        for part, value in longest.items():
            bucket = bucket.replace(part, value)
        assert re.fullmatch(r"[a-z0-9-]{3,63}", bucket)


def test_the_hosted_dashboard_is_told_by_settings_that_there_are(templates: dict[str, Template]) -> None:
    (container,) = templates["dashboard"]["Resources"]["Task"]["Properties"]["ContainerDefinitions"]
    (secrets,) = (each for each in container["Secrets"]["Fn::If"] if isinstance(each, list))
    told = {each["Name"] for each in (*container["Environment"], *secrets)}
    assert told - {setting.variable for setting in SETTINGS} == {"AWS_DEFAULT_REGION"}
    defaults = {setting.variable: setting.default for setting in SETTINGS}
    for each in container["Environment"]:
        given = each["Value"].get("Ref") if isinstance(each["Value"], dict) else None
        if (default := templates["dashboard"]["Parameters"].get(given, {}).get("Default")) is not None:
            assert default == defaults[each["Name"]], f"{given} is {each['Name']}"


def test_an_exception_from_a_scanner_says_why() -> None:
    for path in FOLDER.glob("*.yaml"):
        for line in path.read_text().splitlines():
            if "id: CKV" in line:
                assert re.search(r'comment: "[A-Z].{20,}\."', line), line
            if "ignore_checks" in line:
                assert re.search(r"# .{20,}", line), line


def answers(template: Template) -> dict[str, dict[str, Any]]:
    """Status → headers of each way the endpoint can answer a POST."""
    found: dict[str, dict[str, Any]] = {}
    for response in template["Resources"]["SendEvents"]["Properties"]["MethodResponses"]:
        found[response["StatusCode"]] = {key.split(".")[-1]: True for key in response["ResponseParameters"]}
    for response in of_kind(template, "ApiGateway::GatewayResponse").values():
        headers = response["Properties"]["ResponseParameters"]
        found.setdefault(response["Properties"].get("StatusCode", "4xx"), {key.split(".")[-1]: True for key in headers})
    return found


def test_the_endpoint_answers_with_the_statuses_and_headers_of_the_contract(template: Template) -> None:
    documented = openapi()["paths"]["/v1/events"]["post"]["responses"]
    given = answers(template)
    assert documented.keys() <= given.keys()
    for status, reply in documented.items():
        assert reply["headers"].keys() <= given[status].keys(), status


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({"__type": "ValidationException", "message": "too long"}, 413, "longer than"),
        ({"__type": "com.amazonaws.firehose#ValidationException"}, 413, "longer than"),
        ({"__type": "InvalidKMSResourceException"}, None, "can't be kept now"),
        ({"__type": "ResourceNotFoundException"}, None, "can't be kept now"),
        ({}, None, "can't be kept now"),
    ],
)
def test_what_firehose_refuses_is_too_large_or_comes_again(
    template: Template, said: dict[str, str], status: int | None, words: str
) -> None:
    integration = template["Resources"]["SendEvents"]["Properties"]["Integration"]
    (refused,) = (each for each in integration["IntegrationResponses"] if each["StatusCode"] == "503")
    assert "SelectionPattern" not in refused, "whatever isn't a 200"
    override: dict[str, int] = {}

    class Input:
        def path(self, way: str) -> str | None:
            return said.get(way.removeprefix("$."))

    context = {"responseOverride": override}
    body = airspeed.Template(refused["ResponseTemplates"]["application/json"]).merge(
        {"input": Input(), "context": context}
    )
    assert words in json.loads(body)["error"]
    assert override.get("status") == status


def test_an_hour_without_events_is_an_alarm_only_while_some_house_is_open(template: Template) -> None:
    metrics = template["Resources"]["NoEventsWhileOpen"]["Properties"]["Metrics"]
    text = next(metric["Expression"]["Fn::Sub"] for metric in metrics if metric["Id"] == "expected")
    test, *_ = re.fullmatch(r"IF\((.*), FILL\(received, 0\), 1\)", text).groups()  # type: ignore[union-attr]

    def opened(opens: int, closes: int) -> set[int]:
        filled = test.replace("${OpensUtc}", str(opens)).replace("${ClosesUtc}", str(closes))
        return {hour for hour in range(24) if eval(filled, {"hour": hour})}

    assert opened(11, 20) == set(range(11, 20))
    assert opened(0, 24) == set(range(24))
    assert opened(17, 3) == {*range(17, 24), 0, 1, 2}, "over midnight"
    assert opened(8, 8) == set(), "off"


@pytest.mark.browser  # the function is plain JavaScript
@pytest.mark.parametrize(
    ("asked", "query", "reads", "leads_to"),
    [
        ("/r/zum-hirsch/", {}, "/r/zum-hirsch/index.html", None),
        ("/r/zum-hirsch/de/", {"table": {"value": "5"}}, "/r/zum-hirsch/de/index.html", None),
        ("/", {}, "/index.html", None),
        ("/r/zum-hirsch/photos/0a-320.webp", {}, "/r/zum-hirsch/photos/0a-320.webp", None),
        ("/r/zum-hirsch", {}, None, "/r/zum-hirsch/"),
        ("/r/x", {"table": {"value": "Terrace%203"}, "quiet": {"value": ""}}, None, "/r/x/?table=Terrace%203&quiet"),
        ("/r/x", {"a": {"value": "2", "multiValue": [{"value": "1"}, {"value": "2"}]}}, None, "/r/x/?a=1&a=2"),
        ("//evil.example/x", {}, None, "/evil.example/x/"),
    ],
)
def test_a_folder_of_the_site_is_its_page(
    browser: Browser, template: Template, asked: str, query: dict[str, Any], reads: str | None, leads_to: str | None
) -> None:
    code = template["Resources"]["SitePaths"]["Properties"]["FunctionCode"]
    event = {"request": {"uri": asked, "querystring": query}}
    page = browser.new_page()
    found = page.evaluate(f"event => {{ {code}\n return handler(event) }}", event)
    page.close()
    assert found.get("uri") == reads
    assert found.get("headers", {}).get("location", {}).get("value") == leads_to


@pytest.mark.browser  # the function is plain JavaScript
@pytest.mark.parametrize(
    ("status", "kept", "said"),
    [
        (200, "script-src 'self' 'sha256-x'", "script-src 'self' 'sha256-x'"),
        (304, "script-src 'self' 'sha256-x'", "script-src 'self' 'sha256-x'"),
        (200, None, "default-src 'none'; frame-ancestors 'none'"),
        (304, None, None),
    ],
    ids=["a page", "a page again", "a photo", "nothing new"],
)
def test_a_page_is_shown_under_the_policy_that_it_was_published_with(
    browser: Browser, template: Template, status: int, kept: str | None, said: str | None
) -> None:
    code = template["Resources"]["SitePolicies"]["Properties"]["FunctionCode"]
    headers = {"etag": {"value": "x"}} | ({"x-amz-meta-content-security-policy": {"value": kept}} if kept else {})
    page = browser.new_page()
    event = {"response": {"statusCode": status, "headers": headers}}
    found = page.evaluate(f"event => {{ {code}\n return handler(event) }}", event)["headers"]
    page.close()
    assert found.get("content-security-policy", {}).get("value") == said
    assert found.keys() <= {"etag", "content-security-policy"}
