"""`menulens aws …` against the emulator: what botocore's stubs can't say is whether CloudFormation takes it."""

import time
from collections.abc import Callable, Iterator

import pytest

from ingest_stack.aws.cloud import client
from ingest_stack.aws.deploy import Stacks
from tests.aws import emulator
from tests.aws.emulator import FIRST, SECOND, Emulator

pytestmark = pytest.mark.emulator
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator.running(tmp_path_factory.mktemp("aws")) as aws:
        yield aws


@pytest.fixture
def run(aws: Emulator, command: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `menulens aws …` for a stack `mine`; who is asked says yes."""
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Stacks.__init__, "__defaults__", (client, lambda _: time.sleep(0.3)))
    monkeypatch.setattr("click.confirm", lambda *_, **__: True)
    monkeypatch.setattr("click.prompt", lambda *_, **__: "mine")
    return lambda name, *words: command("aws", name, "--name", "mine", *words)


def buckets(aws: Emulator) -> set[str]:
    return {each["Name"] for each in aws.client("s3").list_buckets()["Buckets"]}


def test_a_stack_is_brought_changed_taken_away_and_brought_back_over_what_it_kept(aws: Emulator, run: Run) -> None:
    code, said, _ = run("deploy", "--set", "AlarmEmail=ops@example.com")
    assert (code, said.splitlines()[0]) == (0, f"mine in {SECOND} is new: 6 resources.")
    outputs = dict(line.split(": ", 1) for line in said.splitlines() if line.split(":")[0].isidentifier())
    made, lake = buckets(aws), outputs["LakeBucket"]
    assert {lake, outputs["MenusBucket"]} < made
    assert len(made) == 6

    code, said, _ = run("deploy")
    assert code == 0
    assert f"mine in {SECOND} is as it should be: no change." in said
    assert f"mine in {FIRST} is as it should be: no change." in said
    code, said, _ = run("status")
    assert (code, "insufficient data: mine: a rollup failed" in said) == (0, True)

    code, said, _ = run("deploy", "--set", "LeastGuests=7")
    assert code == 0
    assert f"mine in {FIRST} changes: " in said
    assert "AlarmEmail" not in said, "what was set stays as it was set"

    for key in ("requests/dt=2026-11-30/kept.parquet", "derived/visits/data/1.parquet", "rollups/last"):
        aws.client("s3").put_object(Bucket=lake, Key=key, Body=b"PAR1")
    for _ in range(2):  # what is kept is told whether or not there is a stack
        code, said, _ = run("destroy")
        assert (code, {*said.splitlines()[-1].removeprefix("Kept: ").rstrip(".").split(", ")}) == (0, made)
    assert buckets(aws) == made
    code, said, _ = run("status")
    assert (code, said.splitlines()[0]) == (1, "first region: no stack")

    code, said, why = run("deploy")
    assert (code, why) == (0, "")
    assert f"Key: {outputs['Key']}" in said.splitlines(), "what was there can be read"
    (held,) = aws.client("s3").list_objects_v2(Bucket=lake)["Contents"]
    assert held["Key"].startswith("requests/"), "the bucket was taken over with what can't be had again"
    for bucket in (lake, outputs["MenusBucket"]):
        copied = aws.client("s3").get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
        assert copied["Role"] in {each["Arn"] for each in aws.client("iam").list_roles()["Roles"]}
    code, said, _ = run("destroy", "--data-too")
    assert (code, said.splitlines()[-1]) == (0, "Nothing is left.")
    assert buckets(aws) == set()


def test_what_the_template_says_of_buckets_holds_there(aws: Emulator) -> None:
    """What CloudFormation is told, read back from S3."""
    outputs, s3 = aws.deploy("said"), aws.client("s3")
    for bucket in (outputs["LakeBucket"], outputs["MenusBucket"]):
        (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
        rules = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]["Rules"]
        assert all(each["Status"] == "Enabled" for each in rules)
        s3.put_object(Bucket=bucket, Key="any", Body=b"thing")
        kept = s3.head_object(Bucket=bucket, Key="any")
        assert (kept["ServerSideEncryption"], kept["SSEKMSKeyId"]) == ("aws:kms", outputs["Key"])
