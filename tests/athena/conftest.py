"""An Athena whose rows a test scripts, and the warehouse that asks it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from dashboard.warehouse import open_warehouse
from dashboard.warehouse.athena import Account, AthenaWarehouse
from tests.athena.double import Asked, Athena, Result

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
NEWS = Result(
    [(name, "varchar") for name in ("restaurant_id", "time_zone")]
    + [(name, "bigint") for name in ("newest_at", "received", "published_at")],
    [["uno", "Europe/Berlin", "1793620800000", "7", "1762000000123"], ["duo", None, None, None, None]],
    bytes_scanned=3_000_000,
)
DAILY: Sequence[tuple[str, str]] = [
    ("restaurant_id", "varchar"),
    ("local_date", "date"),
    ("visits", "bigint"),
    ("orders", "bigint"),
    ("ordering_visits", "bigint"),
    ("revenue_minor", "bigint"),
    ("currency", "varchar"),
    ("conversion_rate", "double"),
]


class Script:
    """Answers the adapter's look at what is new with `looked`, and every other query with `answer`."""

    def __init__(self) -> None:
        self.looked: Callable[[Asked], Result] = lambda _: NEWS
        self.answer: Callable[[Asked], Result] = lambda _: Result(DAILY, [], bytes_scanned=1)

    def __call__(self, asked: Asked) -> Result:
        return self.looked(asked) if "news" in asked.sql else self.answer(asked)


Opened = Callable[..., tuple[AthenaWarehouse, Athena]]


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def opened(script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Opens an Athena (its options begin with `athena_`) and a warehouse on it (the rest is its account's).

    `environment` is set over that which points to the double; None unsets.
    """
    with ExitStack() as stack:

        def open_both(
            environment: Mapping[str, str | None] | None = None, **given: Any
        ) -> tuple[AthenaWarehouse, Athena]:
            options = {name.removeprefix("athena_"): given.pop(name) for name in [*given] if name.startswith("athena_")}
            athena = stack.enter_context(Athena(script, **options))
            for name, value in {**athena.environment, **(environment or {})}.items():
                monkeypatch.delenv(name, raising=False)
                if value is not None:
                    monkeypatch.setenv(name, value)
            account = asdict(Account("eu-central-1", "primary", "AwsDataCatalog", "menulens", "", 20, 60, 5.0)) | given
            warehouse = open_warehouse("athena", tmp_path, account, now=lambda: NOW)
            return cast(AthenaWarehouse, warehouse), athena

        yield open_both


@pytest.fixture(autouse=True)
def no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's AWS settings, and no waiting for a metadata service or between retries."""
    for name in ("AWS_PROFILE", "AWS_ATHENA_S3_STAGING_DIR", "AWS_ATHENA_WORK_GROUP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
