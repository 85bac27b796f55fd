"""A menu to publish and render: a Thai house that speaks English and Arabic too, with options and private fields."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

from dashboard.access import Scope
from dashboard.menus.model import Menu
from dashboard.menus.store import MenuStore, open_store

MONDAY = datetime(2026, 11, 16, 4, tzinfo=UTC)


class FakeLake:
    def __init__(self) -> None:
        self.restaurants: dict[str, dict[str, Any]] = {}
        self.items: dict[str, list[dict[str, Any]]] = {}

    def write_dimensions(self, restaurant: Any, items: Any) -> None:
        self.restaurants[restaurant["restaurant_id"]] = dict(restaurant)
        self.items[restaurant["restaurant_id"]] = [dict(item) for item in items]


@pytest.fixture
def menu() -> Menu:
    return Menu.model_validate_json(Path(__file__).with_name("sample_menu.json").read_bytes())


@pytest.fixture
def lake() -> FakeLake:
    return FakeLake()


@pytest.fixture
def store(home: Path, lake: FakeLake) -> MenuStore:
    return open_store(home, lake, Scope.everything("ada"))


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
def monday() -> datetime:
    return MONDAY
