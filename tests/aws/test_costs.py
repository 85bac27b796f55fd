"""The bill, held to what was promised; and the document that shows it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest_stack.aws import costs
from ingest_stack.aws.costs import HABITS, PRICES, REGIONS, bill, million, total
from tests.aws.conftest import Template, of_kind

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs" / "costs.md"


@pytest.mark.parametrize("region", REGIONS)
def test_a_million_events_at_20_a_request_cost_at_most_a_quarter(region: str) -> None:
    assert 0.15 < total(million(region, 20)) <= 0.25


@pytest.mark.parametrize("region", REGIONS)
def test_a_month_in_which_nobody_comes_costs_at_most_five_dollars(region: str) -> None:
    for habits in HABITS.values():
        assert 2 < total(bill(0, 0, habits, region)) <= 5, "two keys are never free"


def test_while_nobody_comes_only_what_stands_there_is_billed() -> None:
    for habits in HABITS.values():
        assert {line.part for line in bill(0, 0, habits) if line.dollars} == {"standing"}


def test_the_worst_case_is_never_cheaper_and_more_visits_never_are() -> None:
    for region in REGIONS:
        before = 0.0
        for visits in (0, 1, 100, 10_000, 1_000_000):
            usual, worst = (total(bill(visits, 10, habits, region)) for habits in HABITS.values())
            assert before <= usual <= worst
            before = usual


def test_what_is_free_is_given_once() -> None:
    """Events and menus share CloudFront's free requests."""
    lines = [line for line in bill(1_000_000) if line.price is PRICES["https"]]
    assert sum(line.quantity for line in lines) - PRICES["https"].free == pytest.approx(
        sum(line.dollars for line in lines) / PRICES["https"].dollars["eu-west-1"]
    )


def test_the_bill_counts_what_the_templates_hold(templates: dict[str, Template]) -> None:
    def count(kind: str) -> int:
        return sum(len(of_kind(template, kind)) for template in templates.values())

    used = {name: quantity for part, name, quantity in costs.usage(1, 0, HABITS["usual"]) if part == "standing"}
    assert used["keys"] == count("KMS::Key")
    assert templates["template"]["Parameters"]["Graphs"]["Default"] == "no", "three dollars of five, at worst"
    alarms = [alarm["Properties"] for alarm in of_kind(templates["template"], "CloudWatch::Alarm").values()]
    metrics = [sum("MetricStat" in each for each in alarm.get("Metrics", [{"MetricStat": {}}])) for alarm in alarms]
    assert used["alarms"] == sum(metrics), "an alarm is billed by the metrics that it looks at"
    assert templates["template"]["Parameters"]["BufferSeconds"]["Default"] == costs.BUFFER_SECONDS
    buckets = [templates["template"]["Resources"][name]["Properties"] for name in ("LakeBucket", "MenusBucket")]
    rules = [rule for bucket in buckets for rule in bucket["ReplicationConfiguration"]["Rules"]]
    assert used["metrics"] == 4 * sum("Metrics" in rule["Destination"] for rule in rules)


def test_the_hosted_dashboard_is_billed_as_its_template_has_it(templates: dict[str, Template]) -> None:
    hosted = templates["dashboard"]
    defaults = {name: each.get("Default") for name, each in hosted["Parameters"].items()}
    assert defaults["TaskCpu"] / 1024 == costs.PROCESSORS
    assert defaults["TaskMemory"] / 1024 == costs.MEMORY_GB
    assert defaults["Tasks"] == HABITS["usual"].tasks
    (balancer,) = of_kind(hosted, "ElasticLoadBalancingV2::LoadBalancer").values()
    assert len(balancer["Properties"]["Subnets"]) == costs.BALANCER_ADDRESSES
    used = {name: amount for part, name, amount in costs.usage(0, 0, HABITS["usual"], hosted=True) if part == "hosted"}
    for name, kind in (("alarms", "CloudWatch::Alarm"), ("secrets", "SecretsManager::Secret")):
        assert used[name] == len(of_kind(hosted, kind))
    assert not of_kind(hosted, "EC2::NatGateway")


@pytest.mark.parametrize("region", REGIONS)
def test_who_hosts_no_dashboard_pays_for_none(region: str) -> None:
    for habits in HABITS.values():
        without, hosted = (bill(1_000, 10, habits, region, hosted=wanted) for wanted in (False, True))
        assert not [line for line in without if line.part == "hosted" and line.quantity]
        assert total(hosted) - total(without) == pytest.approx(total(hosted, "hosted"), abs=0.01)
        assert 30 < total(hosted, "hosted") < 120


def test_the_document_shows_the_same_tables() -> None:
    text = DOCS.read_text()
    assert all(f"<!-- {name} -->\n| " in text for name in costs.TABLES)
    assert costs.with_tables(text) == text, "write it anew: python -m ingest_stack.aws.costs"


def test_the_command_prints_the_bill(command: Callable[..., tuple[int, str, str]]) -> None:
    code, out, said = command("aws", "cost", "--visits", "10000", "--format", "json")
    assert code == 0
    expected = total(bill(10_000, 1_000))
    assert sum(row["dollars"] for row in json.loads(out)) == pytest.approx(expected, abs=0.01)
    assert f"${expected:.2f} a month" in said
