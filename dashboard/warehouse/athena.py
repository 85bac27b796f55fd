"""Amazon Athena, through PyAthena's plain Cursor.

It keeps every value, '' apart from NULL too, and is the fastest up to some hundred rows, as most answers have: one
request for 999 of them, where cursors that read the result file from S3 make three. (PolarsCursor keeps values as well
and wins from about a thousand rows on, by less than a tenth of a second; in unload mode each query's text differs, so
that no result would be served again.) `python -m tests.benchmarks cursors` measures them all.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from time import monotonic, sleep
from typing import cast

import pandas as pd
import pyathena
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from pyathena.cursor import Cursor
from pyathena.model import AthenaQueryExecution
from pyathena.util import RetryConfig

from dashboard.warehouse import Cost, utc_now
from dashboard.warehouse.athena_errors import in_words
from dashboard.warehouse.frames import frame
from dashboard.warehouse.remote import RemoteWarehouse
from dashboard.warehouse.waiting import waited_for
from errors import EngineError

MEGABYTE, TERABYTE = 2**20, 2**40
LEAST_MEGABYTES = 10
"""A query is billed by the megabyte begun, and for so many at least."""
SHORTEST_PAUSE, LONGEST_PAUSE, PAUSE_SHARE = 0.05, 1.0, 0.1
"""Seconds between two polls: a share of what was waited so far, so that no answer lies there for long, relatively."""
LONGEST_REUSE_MINUTES = 7 * 24 * 60
"""Athena keeps results no longer."""
ATTEMPTS = 6
"""So often a call is made that AWS throttles: botocore waits longer each time, and by chance."""

# What PyAthena logs it raises too: its tracebacks would stand beside our sentence.
logging.getLogger("pyathena").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Account:
    """Where Athena is asked, and on what terms. An empty region or output is AWS's own setting, or the workgroup's."""

    region: str
    workgroup: str
    catalog: str
    database: str
    output: str
    timeout_seconds: int
    reuse_minutes: int
    dollars_per_terabyte: float


class AthenaWarehouse(RemoteWarehouse):
    """The port on Athena. A workgroup that enforces its settings decides on output and encryption, and how many bytes
    a query may read; credentials and endpoints are those that AWS's own tools use."""

    def __init__(self, account: Account, *, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__("athena", now)
        self._account, self._region = account, account.region
        with self._in_words("anything"):
            self._connection = pyathena.connect(
                region_name=account.region or None,
                work_group=account.workgroup,
                catalog_name=account.catalog,
                schema_name=account.database,
                s3_staging_dir=account.output,
                poll_interval=0,  # `_Wait` does the waiting
                config=Config(
                    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                    connect_timeout=5,
                    read_timeout=30,
                    max_pool_connections=32,
                ),
                retry_config=RetryConfig(attempt=1),  # botocore's retries are enough
            )
        self._region = self._connection.client.meta.region_name

    def run(
        self, sql: str, values: Sequence[object], question: str, generation: str | None = None
    ) -> tuple[pd.DataFrame, Cost]:
        wait = _Wait(question, self._account.timeout_seconds)
        cursor = self._connection.cursor(
            Cursor,
            on_poll=wait,
            result_reuse_enable=generation is not None and self._account.reuse_minutes > 0,
            result_reuse_minutes=min(self._account.reuse_minutes, LONGEST_REUSE_MINUTES),
        )
        literals = [literal(value) for value in values]
        if generation is not None:
            # Athena reuses the result of the same text, whatever became of the tables meanwhile. AWS doesn't say that
            # the values are compared too, and among them are the restaurants that the rows may be about.
            of = hashlib.sha256(repr((generation, literals)).encode()).hexdigest()[:32]
            sql = f"/* {of} */ {sql}"
        with self._in_words(question), wait.cancelling(cursor):
            cursor.execute(sql, literals or None, paramstyle="qmark")
            columns = [(str(column[0]), str(column[1])) for column in cursor.description or ()]
            return frame(columns, cast(list[tuple[object, ...]], cursor.fetchall())), self._cost(cursor)

    def _cost(self, cursor: Cursor) -> Cost:
        scanned, reused = cursor.data_scanned_in_bytes or 0, bool(cursor.reused_previous_result)
        billed = 0 if reused else max(LEAST_MEGABYTES, ceil(scanned / MEGABYTE)) * MEGABYTE
        return Cost(
            engine="athena",
            bytes_scanned=scanned,
            dollars=billed / TERABYTE * self._account.dollars_per_terabyte,
            queued_seconds=(cursor.query_queue_time_in_millis or 0) / 1000,
            seconds=(cursor.total_execution_time_in_millis or 0) / 1000,
            reused=reused,
        )

    @contextmanager
    def _in_words(self, question: str) -> Iterator[None]:
        try:
            yield
        except (pyathena.Error, BotoCoreError) as problem:
            at = self._account
            raise in_words(
                problem,
                question,
                region=self._region,
                workgroup=at.workgroup,
                catalog=at.catalog,
                database=at.database,
            ) from problem


class _Wait:
    """PyAthena's `on_poll`: polls fast at first and slower later, up to the deadline or until nobody waits."""

    def __init__(self, question: str, seconds: int) -> None:
        self._question, self._seconds = question, seconds
        self._began = monotonic()
        self._ended = False

    def __call__(self, execution: AthenaQueryExecution) -> None:
        self._ended = execution.state in AthenaQueryExecution.TERMINAL_STATES
        if self._ended:
            return
        if not waited_for.get()():
            raise EngineError(f"{self._question} was cancelled: nobody waits for it any longer.", "Reload the page.")
        waited = monotonic() - self._began
        if waited >= self._seconds:
            raise EngineError(
                f"Athena had no answer to {self._question} after {self._seconds} seconds, so it was cancelled.",
                "Ask about fewer days or a single restaurant, or raise MENULENS_ATHENA_TIMEOUT_SECONDS.",
            )
        pause = min(max(SHORTEST_PAUSE, waited * PAUSE_SHARE), LONGEST_PAUSE)
        sleep(min(pause, self._seconds - waited))

    @contextmanager
    def cancelling(self, cursor: Cursor) -> Iterator[None]:
        """Whatever ends the block early, be it an exception from another thread, stops the query on the server too."""
        try:
            yield
        except BaseException:
            if cursor.query_id and not self._ended:
                with suppress(pyathena.Error):  # why the block ended matters more
                    cursor.cancel()
            raise


def literal(value: object) -> str:
    """A value as Athena takes it for a `?`: an SQL literal. Queries cast each to its type, so dates are texts."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str() | date():
            return "'" + str(value).replace("'", "''") + "'"
    raise TypeError(f"{value!r} can't be a parameter")
