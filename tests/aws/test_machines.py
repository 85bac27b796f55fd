"""The state machines, run here: their calls of AWS are answered by a script."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from ingest_stack.aws import statements
from tests.aws.conftest import Template
from tests.aws.machine import Machine

NOW = "2026-11-24T12:00:00.123Z"


def definition(resource: dict[str, Any]) -> dict[str, Any]:
    """A machine with a name of its own in each place that the template fills in."""
    text = json.dumps(resource["Definition"])
    for name in resource["DefinitionSubstitutions"]:
        text = text.replace(f"${{{name}}}", f"the-{name}")
    assert "${" not in text, "everything is filled in"
    filled: dict[str, Any] = json.loads(text)
    return filled


class Cloud:
    """What the rollups' machine asks of AWS."""

    def __init__(
        self, running: int = 1, last: str | None = None, recommended: str | None = None, delivered: int = 5
    ) -> None:
        self._running, self._delivered = running, delivered
        self._marks = {"rollups/last": last, "rollups/recommended": recommended}
        self.sent: list[str] = []
        self.read: list[str] = []
        self.asked: dict[str, dict[str, Any]] = {}
        self.marked: list[str] = []

    def __call__(self, action: str, arguments: dict[str, Any]) -> Any:
        self.asked[action] = arguments
        match action:
            case "aws-sdk:sfn:listExecutions":
                return {"Executions": [{"Name": str(n)} for n in range(self._running)]}
            case "aws-sdk:s3:listObjectsV2":
                mark = self._marks[arguments["Prefix"]]
                return {"Contents": [{"LastModified": mark}]} if mark else {}
            case "aws-sdk:s3:putObject":
                self.marked.append(arguments["Key"])
            case "aws-sdk:cloudwatch:getMetricStatistics":
                return {"Datapoints": [{"Sum": self._delivered}, {"Sum": 0}] if self._delivered else []}
            case "athena:startQueryExecution.sync":
                assert arguments["WorkGroup"] == "the-WorkGroup"
                assert arguments["QueryExecutionContext"] == {"Database": "the-Database"}
                asked = arguments["QueryString"]
                (self.read if asked in statements.SHOWN.values() else self.sent).append(asked)
                where = {"OutputLocation": f"s3://results/{len(self.read)}.csv"}
                return {"QueryExecution": {"ResultConfiguration": where}}
        return {}


Roll = Callable[..., tuple[Machine, Cloud]]


@pytest.fixture
def roll(template: Template) -> Roll:
    def run(cloud: Cloud, **given: Any) -> tuple[Machine, Cloud]:
        machine = definition(template["Resources"]["Rollups"]["Properties"])
        return Machine(machine, cloud, given, NOW).run(), cloud

    return run


def test_what_came_since_the_last_run_is_counted(roll: Roll) -> None:
    machine, cloud = roll(Cloud(last="2026-11-24T11:02:00Z", recommended="2026-11-24T03:02:00Z"))
    assert machine.ended == "Done"
    days = {name: machine.variables[name] for name in statements.DATES}
    assert days == {
        "first_dt": "2026-11-23",
        "last_dt": "2026-11-25",
        "first_date": "2026-11-19",
        "last_date": "2026-11-25",
        "first_ledger_date": "2026-11-17",
        "last_ledger_date": "2026-11-26",
    }
    assert len(cloud.sent) == len(statements.creates()) + len(statements.fills())
    assert not [text for text in cloud.sent if re.search(r"%\w+%", text)]
    assert "LOCATION 's3://the-Bucket/derived/sightings/'" in cloud.sent[0]
    assert cloud.sent[-1].startswith("MERGE INTO ledger_hours")
    assert "DATE '2026-11-17'" in cloud.sent[-1]
    assert cloud.marked == ["rollups/last"]
    seen = cloud.asked["aws-sdk:cloudwatch:getMetricStatistics"]
    assert (seen["StartTime"][:19], seen["EndTime"]) == ("2026-11-24T10:02:00", NOW)


def test_nothing_is_asked_of_athena_while_nothing_came(roll: Roll) -> None:
    machine, cloud = roll(Cloud(last="2026-11-24T11:02:00Z", delivered=0))
    assert machine.ended == "Done"
    assert cloud.sent == []
    assert "lambda:invoke" not in cloud.asked
    assert not cloud.marked, "what came meanwhile is still looked for next time"


@pytest.mark.parametrize("recommended", [None, "2026-11-23T12:02:00Z"])
def test_what_is_recommended_is_made_anew_once_a_day(roll: Roll, recommended: str | None) -> None:
    _, cloud = roll(Cloud(last="2026-11-24T11:02:00Z", recommended=recommended))
    assert cloud.marked == ["rollups/last", "rollups/recommended"]
    whole = statements.creates(statements.RECOMMENDED) + statements.fills(statements.RECOMMENDED)
    sent = cloud.sent[-len(whole) :]
    assert not [text for text in cloud.sent if re.search(r"%\w+%", text)]
    (takes,) = (text for text in sent if text.startswith("INSERT INTO takes "))
    assert "BETWEEN CAST('2026-08-28' AS DATE) AND CAST('2026-11-25' AS DATE)" in takes
    assert "COALESCE(CAST('the-LeastGuests' AS BIGINT), 5)" in sent[-1]
    assert sent[-1].startswith("MERGE INTO recommendations")


@pytest.mark.parametrize("recommended", [None, "2026-11-24T03:02:00Z"], ids=["a new day", "the same day"])
def test_after_each_run_pages_get_what_they_may_recommend(roll: Roll, recommended: str | None) -> None:
    machine, cloud = roll(Cloud(last="2026-11-24T11:02:00Z", recommended=recommended))
    assert cloud.read == [statements.SHOWN["recommendations"], statements.SHOWN["recommendation_rules"]]
    told = {"recommendations": "s3://results/1.csv", "recommendation_rules": "s3://results/2.csv"}
    assert cloud.asked["lambda:invoke"] == {"FunctionName": "the-Showing", "Payload": told}
    assert machine.ended == "Done"


def test_one_run_never_overlaps_another(roll: Roll) -> None:
    machine, cloud = roll(Cloud(running=2))
    assert (machine.ended, [*cloud.asked]) == ("Done", ["aws-sdk:sfn:listExecutions"])


def test_the_first_run_counts_a_month_back(roll: Roll) -> None:
    machine, _ = roll(Cloud())
    assert (machine.variables["first_dt"], machine.variables["last_dt"]) == ("2026-10-24", "2026-11-25")


def test_after_a_long_silence_cloudwatch_is_asked_for_no_more_than_it_tells(roll: Roll) -> None:
    machine, cloud = roll(Cloud(last="2026-01-05T00:00:00Z"))
    assert cloud.asked["aws-sdk:cloudwatch:getMetricStatistics"]["StartTime"].startswith("2026-10-05")
    assert machine.variables["first_dt"] == "2026-01-03"


def test_a_run_counts_anew_from_the_day_it_is_told(roll: Roll) -> None:
    machine, cloud = roll(Cloud(delivered=0), since="2026-03-01")
    assert (machine.variables["first_date"], machine.variables["last_date"]) == ("2026-02-24", "2026-11-25")
    assert len(cloud.sent) > len(statements.creates())


def test_the_weekly_compaction_reaches_each_table_that_is_read(template: Template) -> None:
    cloud = Cloud()
    Machine(definition(template["Resources"]["Compaction"]["Properties"]), cloud, {}, NOW).run()
    texts = [text for text in cloud.sent if not text.startswith("CREATE TABLE IF NOT EXISTS")]
    assert texts == statements.compactions()


@pytest.mark.parametrize("name", ["Rollups", "Compaction"])
def test_a_statement_is_sent_again_before_a_run_fails(template: Template, name: str) -> None:
    states = template["Resources"][name]["Properties"]["Definition"]["States"]
    sent = [
        send for each in states.values() if each["Type"] == "Map" for send in each["ItemProcessor"]["States"].values()
    ]
    sent += [each for each in states.values() if each.get("Resource", "").endswith(("Execution.sync", "lambda:invoke"))]
    assert len(sent) == {"Rollups": 5, "Compaction": 1}[name]
    for send in sent:
        assert send["Retry"][0]["MaxAttempts"] >= 2
        assert send["Retry"][0]["BackoffRate"] > 1
