"""Where the dashboard keeps things, in both ways: a folder, and a bucket of an emulated S3; and colours to draw in."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

from dashboard.blobs import Blobs, FolderBlobs
from dashboard.charts import Theme


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, home: Path) -> Blobs:
    """An empty place to keep things: what holds of one holds of the other."""
    if request.param == "folder":
        return FolderBlobs(home)
    from dashboard.s3 import S3Blobs

    return S3Blobs(request.getfixturevalue("bucket"))


@pytest.fixture(scope="session")
def s3() -> Iterator[Any]:
    """A client of an emulated S3 on this machine, which AWS's settings point to as long as the session runs."""
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{any_port.getsockname()[1]}"
    told = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": url.rpartition(":")[2], "IOT_MTLS_ENABLED": "0"}
    server = subprocess.Popen(
        [sys.executable, "-m", "ministack"], env=os.environ | told, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in {
                "AWS_ENDPOINT_URL_S3": url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "eu-central-1",
            }.items():
                environment.setenv(name, value)
            if not _answers(url, server):
                (pytest.fail if os.environ.get("CI") else pytest.skip)("the emulated S3 of `ministack` did not start")
            yield boto3.client("s3")
    finally:
        server.kill()
        server.wait()


def _answers(url: str, server: subprocess.Popen[bytes], seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def bucket(s3: Any) -> str:
    """The URL of an empty folder in a new bucket that keeps versions."""
    name = f"menus-{uuid4().hex}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return f"s3://{name}/group"


@pytest.fixture
def theme() -> Theme:
    ten = tuple(f"#{n}0{n}0{n}0" for n in range(10))
    return Theme("#1B1714", "#6B635B", "#E5DFD7", "#FFFFFF", "#B4371F", "#0B6760", "#962458", ten, ten, ten)
