"""A Trino cluster of one's own, through the `trino` client.

A question and its values go in one request (EXECUTE IMMEDIATE): the client's older way prepares, executes and forgets a
statement, three queries for one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any, cast
from urllib.parse import urlsplit

import pandas as pd
import requests
import trino
from trino.auth import BasicAuthentication
from trino.dbapi import Cursor
from trino.exceptions import HttpError, TrinoConnectionError, TrinoQueryError

from dashboard.warehouse import Cost, utc_now
from dashboard.warehouse.frames import frame
from dashboard.warehouse.remote import RemoteWarehouse
from dashboard.warehouse.waiting import waited_for
from errors import EngineError, SettingError

ATTEMPTS = 4
"""So often a request is made that the cluster turns away (429, 502, 503, 504): the client waits longer each time."""
REQUEST_SECONDS = 30.0
_PLACE = "MENULENS_TRINO_CATALOG and MENULENS_TRINO_SCHEMA say where the tables are."
_DENIED = "Whoever looks after the cluster can allow it to the user that Menulens signs in as."
_LATER = "Try again in a minute."
# Trino's name of an error → message and hint; {…} are what was asked, where, and Trino's own words.
_ERRORS: dict[str, tuple[str, str]] = {
    "CATALOG_NOT_FOUND": ("Trino at {url} has no catalog {catalog}.", _PLACE),
    "SCHEMA_NOT_FOUND": ("Trino's catalog {catalog} has no schema {schema}.", _PLACE),
    "TABLE_NOT_FOUND": (
        "{said}",
        "It comes with the first events: once guests were on a menu page, the next refresh fills it. " + _PLACE,
    ),
    "PERMISSION_DENIED": ("Trino does not allow {user} to see {question}: {said}", _DENIED),
    "EXCEEDED_TIME_LIMIT": (
        "Trino stopped {question}: {said}",
        "Ask about fewer days or a single restaurant, or let whoever looks after the cluster raise its limit.",
    ),
    "ADMINISTRATIVELY_KILLED": ("Trino stopped {question}: {said}", _LATER),
    "USER_CANCELED": ("Somebody cancelled {question} on the cluster.", "Ask again."),
} | dict.fromkeys(
    ("QUERY_QUEUE_FULL", "CLUSTER_OUT_OF_MEMORY", "NO_NODES_AVAILABLE", "SERVER_STARTING_UP", "SERVER_SHUTTING_DOWN"),
    ("Trino is too busy to answer {question} at the moment: {said}", _LATER),
)
_STATUS = {
    "401": ("Trino at {url} does not know {user}.", "Check MENULENS_TRINO_USER and MENULENS_TRINO_PASSWORD."),
    "403": ("Trino at {url} does not let {user} in.", _DENIED),
    "429": ("Trino at {url} is asked too often at the moment.", _LATER),
    "503": ("Trino at {url} is too busy, or still starting.", _LATER),
}
"""The same for the status of an HTTP answer."""
_PREFIX = re.compile(r"^(line \d+:\d+|Access Denied): ")


@dataclass(frozen=True)
class Cluster:
    """Where Trino is asked, as whom, and in which catalog and schema the tables are. A password needs https."""

    url: str
    user: str
    password: str = field(repr=False)
    catalog: str
    schema: str
    timeout_seconds: int


class TrinoWarehouse(RemoteWarehouse):
    """The port on a Trino cluster. Raises SettingError if its address can't be one."""

    def __init__(self, cluster: Cluster, *, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__("trino", now)
        self._cluster = cluster
        at = _address(cluster)
        self._connection = trino.dbapi.connect(
            host=at.hostname,
            port=at.port,
            http_scheme=at.scheme,
            user=cluster.user,
            auth=BasicAuthentication(cluster.user, cluster.password) if cluster.password else None,
            catalog=cluster.catalog,
            schema=cluster.schema,
            source="menulens",
            timezone="UTC",
            max_attempts=ATTEMPTS,
            request_timeout=REQUEST_SECONDS,
            legacy_prepared_statements=False,
        )

    def run(
        self,
        sql: str,
        values: Sequence[object],
        question: str,
        generation: str | None = None,  # noqa: ARG002 - Trino keeps no results
    ) -> tuple[pd.DataFrame, Cost]:
        cursor = self._connection.cursor(stats_callback=_Wait(question, self._cluster.timeout_seconds))
        with self._in_words(question), _cancelling(cursor):
            rows = cursor.execute(sql, list(values)).fetchall()
            columns = [(column.name, cast(str, column.type_code)) for column in cursor.description]
        return frame(columns, rows), _cost(cursor.stats)

    @contextmanager
    def _in_words(self, question: str) -> Iterator[None]:
        at = self._cluster
        words = {"url": at.url, "user": at.user, "catalog": at.catalog, "schema": at.schema, "question": question}
        try:
            yield
        except TrinoQueryError as problem:
            said = _sentence(_PREFIX.sub("", problem.message))
            otherwise = ("Trino could not answer {question}: {said}", _LATER)
            message, hint = _ERRORS.get(problem.error_name or "", otherwise)
            raise EngineError(message.format(**words, said=said), hint) from problem
        except (HttpError, TrinoConnectionError, requests.RequestException) as problem:
            otherwise = ("Trino at {url} can't be reached: {said}", "Check that it runs, and MENULENS_TRINO_URL.")
            status = str(problem).removeprefix("error ")[:3] if isinstance(problem, HttpError) else ""
            message, hint = _STATUS.get(status, otherwise)
            raise EngineError(message.format(**words, said=_sentence(str(_root(problem)))), hint) from problem


class _Wait:
    """The client's `stats_callback`, called at each reply of the cluster: up to the deadline, or until nobody waits."""

    def __init__(self, question: str, seconds: int) -> None:
        self._question, self._seconds = question, seconds
        self._deadline = monotonic() + seconds

    def __call__(self, stats: dict[str, Any]) -> None:
        if stats["state"] in ("FINISHED", "FAILED"):
            return
        if not waited_for.get()():
            raise EngineError(f"{self._question} was cancelled: nobody waits for it any longer.", "Reload the page.")
        if monotonic() >= self._deadline:
            raise EngineError(
                f"Trino had no answer to {self._question} after {self._seconds} seconds, so it was cancelled.",
                "Ask about fewer days or a single restaurant, or raise MENULENS_TRINO_TIMEOUT_SECONDS.",
            )


@contextmanager
def _cancelling(cursor: Cursor) -> Iterator[None]:
    """Whatever ends the block early, be it an exception from another thread, stops the query on the cluster too."""
    try:
        yield
    except BaseException:
        with suppress(trino.exceptions.Error, HttpError, requests.RequestException):  # why the block ended matters more
            cursor.cancel()
        raise


def _cost(stats: dict[str, Any]) -> Cost:
    return Cost(
        engine="trino",
        bytes_scanned=stats["physicalInputBytes"],
        dollars=0.0,
        queued_seconds=stats["queuedTimeMillis"] / 1000,
        seconds=stats["elapsedTimeMillis"] / 1000,
    )


def _address(cluster: Cluster) -> Any:
    at = urlsplit(cluster.url)
    hint = "Write it as https://trino.example or http://127.0.0.1:8080, in MENULENS_TRINO_URL."
    try:
        usable = at.scheme in ("http", "https") and at.hostname and (at.port or True)
    except ValueError:  # a port that is no number
        usable = False
    if "@" in cluster.url:  # never repeated: it may hold a password
        hint = "Leave that to MENULENS_TRINO_USER and MENULENS_TRINO_PASSWORD."
        raise SettingError("MENULENS_TRINO_URL names a user.", hint)
    if not usable:
        raise SettingError(f"{cluster.url!r} is no address of a Trino.", hint)
    if cluster.password and at.scheme == "http":
        raise SettingError("A password would travel readable for all over http.", "Let MENULENS_TRINO_URL be https.")
    return at


def _root(problem: BaseException) -> BaseException:
    """What the network said, below what the libraries say about it."""
    while (below := problem.__cause__ or problem.__context__) is not None:
        problem = below
    return problem


def _sentence(said: str) -> str:
    first = (said.splitlines() or ["no reason given"])[0].strip()
    return first if first.endswith((".", "!")) else f"{first}."
