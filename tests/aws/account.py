"""A stack on the emulator whose Athena is real Trino, over the emulator's own Glue catalogue and S3.

Ours are: Athena's API (tests/athena/double), its DDL for Iceberg tables in Trino's words, the file of a query's rows in
the results' bucket, and Step Functions (`machine`). Statements are otherwise run as they are sent.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import trino
from botocore import xform_name

from ingest_stack.aws.deploy import Place
from tests.athena.double import Asked, Athena, Result, Workgroup
from tests.athena.on_trino import on_trino
from tests.aws.emulator import FIRST, SECOND, Emulator
from tests.aws.machine import Machine

_CREATE = re.compile(
    r"CREATE TABLE IF NOT EXISTS (?P<table>\w+) \((?P<columns>[^()]*)\)(?: PARTITIONED BY \((?P<layout>.*)\))?"
    r" LOCATION '(?P<place>[^']*)/' TBLPROPERTIES \('table_type' = 'ICEBERG', .*\)"
)
_BUCKET = re.compile(r"bucket\((\d+), (\w+)\)")


@dataclass(frozen=True)
class Account:
    """One deployed stack, as those see it who work with it, and the services that work for it."""

    aws: Emulator
    place: Place
    outputs: Mapping[str, str]
    athena: Athena

    @property
    def environment(self) -> dict[str, str]:
        """What points boto3 to it, in its region."""
        region = {"AWS_DEFAULT_REGION": self.place.region, "AWS_ENDPOINT_URL_ATHENA": self.athena.url}
        return self.aws.environment | region

    def client(self, service: str) -> Any:
        return self.aws.client(service, self.place.region)

    def roll(self, **given: str) -> Machine:
        """One run of the rollups' state machine as it stands there."""
        machines = self.client("stepfunctions").list_state_machines()["stateMachines"]
        (arn,) = (each["stateMachineArn"] for each in machines if each["name"] == f"{self.place.name}-rollups")
        definition = json.loads(self.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"])
        return Machine(definition, self._call, given, _in_iso(datetime.now(UTC)), arn).run()

    def _call(self, action: str, arguments: dict[str, Any]) -> Any:
        """What Step Functions does for a task: its result, which names and times come in as it writes them."""
        match action.split(":"):
            case ["athena", "startQueryExecution.sync"]:
                return {"QueryExecution": self._query(arguments)}
            case ["lambda", "invoke"]:
                payload = json.dumps(arguments["Payload"])
                answer = self.client("lambda").invoke(**arguments | {"Payload": payload})
                said = answer["Payload"].read().decode()
                assert "FunctionError" not in answer, said
                return {"Payload": json.loads(said)}
            case ["aws-sdk", service, operation]:
                client = self.client("stepfunctions" if service == "sfn" else service)
                model = client.meta.service_model.operation_model(operation[0].upper() + operation[1:])
                names = {name.lower(): name for name in model.input_shape.members}
                given = {names[name.lower()]: value for name, value in arguments.items()}
                answer = getattr(client, xform_name(operation))(**given)
                return _told({name[0].upper() + name[1:]: value for name, value in answer.items()})
        raise AssertionError(f"No machine has done {action} yet.")

    def _query(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """An execution that succeeded, once its rows lie in the results' bucket, where Athena leaves them."""
        client = self.aws.client("athena", self.place.region, self.athena.url)
        id = client.start_query_execution(**arguments)["QueryExecutionId"]
        while (found := client.get_query_execution(QueryExecutionId=id)["QueryExecution"])["Status"]["State"] in (
            "QUEUED",
            "RUNNING",
        ):
            time.sleep(0.02)
        assert found["Status"]["State"] == "SUCCEEDED", f"{arguments['QueryString'][:200]} …: {found['Status']}"
        at = urlsplit(found["ResultConfiguration"]["OutputLocation"])
        pages = client.get_paginator("get_query_results").paginate(QueryExecutionId=id)
        rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
        self.client("s3").put_object(Bucket=at.netloc, Key=at.path.lstrip("/"), Body=_as_csv(rows))
        execution: dict[str, Any] = _told(found)
        return execution


@contextmanager
def opened(
    aws: Emulator, url: str, name: str, region: str = FIRST, second: str = SECOND, **given: str
) -> Iterator[Account]:
    """A stack, deployed by the deploy command's own code, with the Trino at `url` for its Athena."""
    stacks = aws.stacks(name, region, second)
    outputs = stacks.deploy(given, lambda _: True)
    assert outputs is not None
    catalog = _catalogs(aws, url, name, region, outputs["Database"])
    said = aws.client("athena", region).get_work_group(WorkGroup=outputs["WorkGroup"])["WorkGroup"]["Configuration"]
    workgroup = Workgroup(
        said["ResultConfiguration"]["OutputLocation"],
        said["EnforceWorkGroupConfiguration"],
        int(said["BytesScannedCutoffPerQuery"]),
    )
    run = on_trino(url, catalog, outputs["Database"])

    def answer(asked: Asked) -> Result:
        return run(replace(asked, sql=_in_trinos_words(asked.sql, f'{catalog}_iceberg."{outputs["Database"]}"')))

    with Athena(answer, workgroups={outputs["WorkGroup"]: workgroup}) as athena:
        yield Account(aws, Place(name, region, second), outputs, athena)


def _catalogs(aws: Emulator, url: str, name: str, region: str, database: str) -> str:
    """One catalog for all tables, as Athena has it: Trino needs another for Iceberg's, and the first leads there."""
    at, catalog = urlsplit(url), re.sub(r"\W", "_", name)
    keys = {"aws-access-key": "emulated", "aws-secret-key": "emulated"}
    glue = {"region": region, "endpoint-url": aws.url, **keys}
    s3 = {"endpoint": aws.url, "region": region, "path-style-access": "true", **keys}
    shared = {f"hive.metastore.glue.{key}": value for key, value in glue.items()}
    shared |= {f"s3.{key}": value for key, value in s3.items()} | {"fs.native-s3.enabled": "true"}
    hive = {"hive.metastore": "glue", "hive.partition-projection-enabled": "true"}
    connection = trino.dbapi.connect(host=at.hostname, port=at.port, user="bed")
    for made, connector, properties in (
        (f"{catalog}_iceberg", "iceberg", {"iceberg.catalog.type": "glue"}),
        (catalog, "hive", hive | {"hive.iceberg-catalog-name": f"{catalog}_iceberg"}),
    ):
        listed = ", ".join(f"\"{key}\" = '{value}'" for key, value in (shared | properties).items())
        connection.cursor().execute(f"CREATE CATALOG {made} USING {connector} WITH ({listed})").fetchall()
    return catalog


def _in_trinos_words(sql: str, schema: str) -> str:
    """Athena's DDL is Hive's; Trino has its own for the same table. All else is left as it is."""
    asked = _CREATE.fullmatch(sql)
    if asked is None:
        return sql
    columns = asked["columns"].replace("`", '"').replace(" string", " varchar")
    parts = _BUCKET.sub(r"bucket(\2, \1)", asked["layout"] or "").split(", ") if asked["layout"] else []
    parts = re.findall(r"\w+\([^)]*\)", ", ".join(parts))
    layout = ", partitioning = ARRAY[" + ", ".join(f"'{part}'" for part in parts) + "]" if parts else ""
    where = f"location = '{asked['place']}'"
    return f"CREATE TABLE IF NOT EXISTS {schema}.{asked['table']} ({columns}) WITH ({where}{layout})"


def _as_csv(rows: list[list[dict[str, str]]]) -> bytes:
    """As Athena writes them: each value quoted, and nothing for NULL."""
    quoted = [['"' + cell["VarCharValue"].replace('"', '""') + '"' if cell else "" for cell in row] for row in rows]
    return "".join(",".join(row) + "\n" for row in quoted).encode()


def _told(node: Any) -> Any:
    """A result with its times as ISO texts."""
    if isinstance(node, dict):
        return {key: _told(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_told(value) for value in node]
    return _in_iso(node) if isinstance(node, datetime) else node


def _in_iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
