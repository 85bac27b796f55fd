"""Where the dashboard keeps things, in both ways: a folder, and a bucket of an emulated S3; and colours to draw in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

from dashboard.blobs import Blobs, FolderBlobs
from dashboard.charts import Theme
from tests.aws import emulator


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, home: Path) -> Blobs:
    """An empty place to keep things: what holds of one holds of the other."""
    if request.param == "folder":
        return FolderBlobs(home)
    from dashboard.s3 import S3Blobs

    return S3Blobs(request.getfixturevalue("bucket"))


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of an emulated S3 on this machine, which AWS's settings point to as long as the session runs."""
    if lack := emulator.missing():
        pytest.skip(lack)
    with (
        emulator.running(tmp_path_factory.mktemp("s3")) as aws,
        pytest.MonkeyPatch.context() as environment,
    ):
        for name, value in aws.environment.items():
            environment.setenv(name, value)
        environment.setenv("AWS_DEFAULT_REGION", emulator.SECOND)
        yield boto3.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    """The URL of an empty folder in a new bucket that keeps versions."""
    name = f"menus-{uuid4().hex}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": emulator.SECOND})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return f"s3://{name}/group"


@pytest.fixture
def theme() -> Theme:
    ten = tuple(f"#{n}0{n}0{n}0" for n in range(10))
    return Theme("#1B1714", "#6B635B", "#E5DFD7", "#FFFFFF", "#B4371F", "#0B6760", "#962458", ten, ten, ten)
