"""The whole way on the emulator and real Trino: deploy, post, deliver, count, ask; then lose it all, and restore it."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import duckdb
import pandas as pd
import pytest

import queries
from dashboard.access import Scope
from dashboard.menus.store import open_store
from dashboard.warehouse import Warehouse, open_warehouse
from dashboard.warehouse.remote import RemoteWarehouse
from ingest_stack.aws import smoke
from ingest_stack.lake import Lake
from ingest_stack.loading import load
from ingest_stack.rollups import refresh
from tests.aws import account, emulator, town
from tests.aws.account import Account
from tests.aws.emulator import FIRST, SECOND, Emulator
from tests.aws.town import Sent
from tests.ingest_stack.conftest import Reply

pytestmark = [
    pytest.mark.emulator,
    pytest.mark.trino,
    pytest.mark.timeout(900),
]  # the first waits for all that is counted
NOW = datetime.now(UTC)
REPORTS = queries.names("report")


def telling() -> list[str]:
    """Few reports that together read every table that any report reads."""
    chosen, unread = list[str](), {table for report in REPORTS for table in queries.load(report).reads}
    for report in sorted(REPORTS, key=lambda name: -len(queries.load(name).reads)):
        if unread & {*queries.load(report).reads}:
            chosen.append(report)
            unread -= {*queries.load(report).reads}
    return chosen


@pytest.fixture(scope="module")
def deployed(trino: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with (
        emulator.running(tmp_path_factory.mktemp("aws")) as aws,
        account.opened(aws, trino, "whole") as deployed,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in deployed.environment.items():
            patch.setenv(name, value)
        yield deployed


@pytest.fixture(scope="module")
def sent(deployed: Account, tmp_path_factory: pytest.TempPathFactory) -> list[Sent]:
    """What guests posted, after the menus were published."""
    outputs = deployed.outputs
    publish(tmp_path_factory.mktemp("desk"), f"s3://{outputs['MenusBucket']}", f"s3://{outputs['LakeBucket']}")
    visits = town.visits(NOW)
    for visit in visits:
        for _ in range(visit.times):
            body = json.dumps(visit.request, ensure_ascii=False).encode()
            headers = {"content_type": "text/plain;charset=UTF-8", "user_agent": visit.agent}
            reply = deployed.aws.ask(outputs["DistributionDomain"], "POST", "/v1/events", body, **headers)
            assert reply.status == 202
    return visits


@pytest.fixture(scope="module")
def lake(deployed: Account, sent: list[Sent], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The rows that Firehose wrote."""
    found = deployed.aws.download(deployed.outputs["LakeBucket"], "requests/", tmp_path_factory.mktemp("copied"))
    rows = duckdb.read_parquet([str(path) for path in found], hive_partitioning=True).to_arrow_table()
    listed: list[dict[str, Any]] = rows.to_pylist()
    return listed


@pytest.fixture(scope="module")
def laptop(sent: list[Sent], lake: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A home that took the same requests at the same moments, and published the same menus."""
    home = tmp_path_factory.mktemp("laptop") / "home"
    posted = {visit.request["visit_id"]: visit.request for visit in sent}
    records = [
        {"received_at": row["received_at"], "bot": row["bot"], "request": posted[row["request"]["visit_id"]]}
        for row in lake
    ]
    publish(home)
    file = home / "posted.ndjson"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert load(home, [file]).refused == 0
    refresh(home / "lake")
    return open_warehouse("duckdb", home, once=True, now=lambda: NOW)


@pytest.fixture(scope="module")
def rolled(deployed: Account, sent: list[Sent]) -> Account:
    """The first run of the state machine is over."""
    assert deployed.roll().ended == "Done"
    return deployed


def publish(home: Path, menus_bucket: str = "", lake_bucket: str = "") -> None:
    store = open_store(home, Lake(home / "lake"), Scope.everything("ada"), menus_bucket, "https://menu", lake_bucket)
    for menu in town.menus().values():
        store.publish(menu, NOW - timedelta(days=9))
    store.set_recommending("kaede-und-kohle", lambda rules: rules.model_copy(update={"shows_others": False}))


def warehouse(of: Account) -> Warehouse:
    """The dashboard's own adapter, through PyAthena."""
    settings: dict[str, Any] = {
        "region": of.place.region,
        "workgroup": of.outputs["WorkGroup"],
        "catalog": "AwsDataCatalog",
    }
    settings |= {"database": of.outputs["Database"], "output": "", "timeout_seconds": 60, "reuse_minutes": 0}
    return open_warehouse("athena", Path(), settings | {"dollars_per_terabyte": 5.0}, now=lambda: NOW)


def expect_same(mine: Warehouse, theirs: Warehouse, report: str) -> int:
    """The same rows in the same order; returns how many."""
    ours, other = (asked.ask(report, Scope.everything()) for asked in (mine, theirs))
    assert other.as_of == ours.as_of
    pd.testing.assert_frame_equal(other.frame, ours.frame, rtol=1e-12, atol=0)
    return len(ours.frame)


def test_each_request_is_a_row_as_it_was_posted_under_the_day_it_came(
    sent: list[Sent], lake: list[dict[str, Any]]
) -> None:
    posted = {visit.request["visit_id"]: visit for visit in sent}
    assert len(lake) == sum(visit.times for visit in sent)
    for row in lake:
        visit = posted[row["request"]["visit_id"]]
        kept = {name: value for name, value in row["request"].items() if value is not None}
        kept["events"] = [
            {name: value for name, value in event.items() if value is not None} for event in kept["events"]
        ]
        assert kept == {name: value for name, value in visit.request.items() if value is not None}
        assert row["bot"] == (visit.agent == town.BOT)
        assert str(row["dt"]) == str(datetime.fromtimestamp(row["received_at"] / 1000, UTC).date())


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_has_the_rows_that_the_laptop_has(rolled: Account, laptop: Warehouse, report: str) -> None:
    assert expect_same(laptop, warehouse(rolled), report) > 0


def test_pages_recommend_what_guests_of_the_town_went_on_to(rolled: Account) -> None:
    shown = rolled.aws.ask(rolled.outputs["DistributionDomain"], "GET", "/r/daliyah/recommendations.json")
    assert shown.status == 200
    assert {item["restaurant_id"] for item in shown.json["items"]} == {"kaede-und-kohle", "grano-sette"}


def test_a_guest_reads_the_published_page_and_nothing_behind_it(rolled: Account) -> None:
    def read(path: str) -> Reply:
        return rolled.aws.ask(rolled.outputs["DistributionDomain"], "GET", path)

    page = read("/r/daliyah/")
    assert (page.status, b"Hummus" in page.body) == (200, True)
    assert "'sha256-" in page.headers["content-security-policy"]
    assert not [name for name in page.headers if name.startswith("x-amz-meta")]
    assert (read("/r/daliyah").status, read("/r/daliyah").headers["location"]) == (308, "/r/daliyah/")
    for hidden in ("/menus/daliyah/draft.json", "/../menus/daliyah/draft.json", "/audit/"):
        assert read(hidden).status in (403, 404)


def test_the_smoke_test_finds_what_it_sends(rolled: Account) -> None:
    def post(url: str, body: bytes, content_type: str) -> smoke.Reply:
        at = urlsplit(url)
        reply = rolled.aws.ask(at.netloc, "POST", at.path, body, content_type=content_type)
        return smoke.Reply(reply.status, reply.headers, 0.0)

    def ask(sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        frame, _ = athena.run(sql, values, "the smoke test")
        return list(frame.itertuples(index=False, name=None))

    athena, said = cast(RemoteWarehouse, warehouse(rolled)), list[str]()
    smoke.smoke(rolled.outputs["EventsUrl"], ask, rolled.client("s3"), 60, said.append, post=post)
    assert [line for line in said if line.startswith("Removed s3://whole-lake")], said


@pytest.fixture(scope="module")
def copied(rolled: Account) -> Account:
    """What can't be converted came in too, and a page was taken away again."""
    data = b'{"received_at": 1, "bot": false, "request": "no request"}'
    rolled.client("firehose").put_record(DeliveryStreamName="whole-requests", Record={"Data": data})
    menus, s3 = rolled.outputs["MenusBucket"], rolled.client("s3")
    s3.put_object(Bucket=menus, Key="site/taken-away.html", Body=b"<p>soup")
    s3.delete_object(Bucket=menus, Key="site/taken-away.html")
    return rolled


def objects(aws: Emulator, bucket: str, prefix: str = "") -> dict[str, bytes]:
    s3 = aws.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def copy_of(bucket: str) -> str:
    """The bucket of the second region."""
    return bucket.replace("-000000000000-", "-copy-000000000000-").replace(FIRST, SECOND)


@pytest.mark.parametrize("folder", ["requests", "errors", "restaurants", "menu_items", "recommendation_rules"])
def test_the_second_region_holds_every_object_of_the_lake(copied: Account, folder: str) -> None:
    lake = copied.outputs["LakeBucket"]
    held = objects(copied.aws, lake, f"{folder}/")
    assert held
    assert objects(copied.aws, copy_of(lake), f"{folder}/") == held


def test_the_second_region_holds_every_menu_and_page_and_nothing_that_follows_from_the_rest(copied: Account) -> None:
    menus, lake = copied.outputs["MenusBucket"], copied.outputs["LakeBucket"]
    held = objects(copied.aws, menus)
    assert {key.split("/")[0] for key in held} >= {"menus", "site"}
    assert objects(copied.aws, copy_of(menus)) == held
    assert objects(copied.aws, lake, "derived/")
    assert not objects(copied.aws, copy_of(lake), "derived/")


def test_a_region_that_is_lost_is_restored_from_the_copies(copied: Account, laptop: Warehouse, trino: str) -> None:
    """As docs/operations.md says it, folder by folder."""
    how = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    (folders,) = re.findall(r"^for folder in (.*); do aws s3 sync \$FROM/\$folder", how, re.MULTILINE)
    aws, menus, lake = copied.aws, copied.outputs["MenusBucket"], copied.outputs["LakeBucket"]
    for bucket in (menus, lake):
        lose(aws, bucket)
    with account.opened(aws, trino, "whole2", SECOND, FIRST) as restored, pytest.MonkeyPatch.context() as patch:
        for name, value in restored.environment.items():
            patch.setenv(name, value)
        for folder in folders.split():
            sync(aws, copy_of(lake), restored.outputs["LakeBucket"], f"{folder}/")
        sync(aws, copy_of(menus), restored.outputs["MenusBucket"])
        assert restored.roll(since=str(NOW.date() - timedelta(days=3))).ended == "Done"
        theirs = warehouse(restored)
        for report in telling():
            assert expect_same(laptop, theirs, report) > 0, report
        page = aws.ask(restored.outputs["DistributionDomain"], "GET", "/r/daliyah/")
        assert (page.status, b"Hummus" in page.body) == (200, True)


def lose(aws: Emulator, bucket: str) -> None:
    """Every version of every object: no copy follows that."""
    versions = aws.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket)
    for page in versions:
        for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            aws.client("s3").delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    assert not objects(aws, bucket)


def sync(aws: Emulator, source: str, target: str, prefix: str = "") -> None:
    s3 = aws.client("s3")
    for key in objects(aws, source, prefix):
        s3.copy_object(Bucket=target, Key=key, CopySource={"Bucket": source, "Key": key})
