"""A double of the Athena API: PyAthena talks to it over HTTP as it would to AWS.

It holds what Athena holds (workgroups, executions with their states and statistics, results that may be reused) and
leaves the rows to whoever answers: a script in the tests of the adapter's own behaviour, real Trino in all others
(`on_trino`). It knows nothing of credentials, signatures, S3 or Glue.

    with Athena(lambda query: Result(columns=[("one", "integer")], rows=[["1"]])) as athena:
        environment = athena.environment   # what points boto3 to it
"""

import json
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Texts = Sequence[Sequence[str | None]]
PAGE = 1000


@dataclass(frozen=True)
class Asked:
    """A query on its way to whoever answers. `stopped` is set when its caller stops it."""

    sql: str
    parameters: tuple[str, ...]
    catalog: str | None
    database: str | None
    stopped: threading.Event = field(compare=False, default_factory=threading.Event)


@dataclass(frozen=True)
class Result:
    """Columns with their types as Athena declares them, and rows as the text that Athena prints."""

    columns: Sequence[tuple[str, str]]
    rows: Texts
    bytes_scanned: int = 0


class Refused(Exception):
    """Athena refuses a call: the error's code and message, with HTTP status 400."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Failed(Exception):
    """A query ends as FAILED, with this reason."""

    def __init__(self, reason: str, category: int = 2, *, retryable: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.category, self.retryable = reason, category, retryable


@dataclass(frozen=True)
class Workgroup:
    """What a workgroup decides for its queries."""

    output: str | None = "s3://results/"
    enforced: bool = True
    bytes_cutoff: int | None = None


class _Execution:
    """One query, from QUEUED to its end; `document` is what GetQueryExecution says of it."""

    def __init__(self, asked: Asked, workgroup: str, output: str) -> None:
        self.asked, self.began, self.result = asked, time.monotonic(), Result((), ())
        self.document: dict[str, Any] = {
            "QueryExecutionId": (id := str(uuid.uuid4())),
            "Query": asked.sql,
            "StatementType": "DML",
            "SubstatementType": "SELECT",
            "ResultConfiguration": {"OutputLocation": f"{output.rstrip('/')}/{id}.csv"},
            "QueryExecutionContext": {"Catalog": asked.catalog, "Database": asked.database},
            "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
            "Statistics": {"ResultReuseInformation": {"ReusedPreviousResult": False}},
            "WorkGroup": workgroup,
        }

    @property
    def state(self) -> str:
        return str(self.document["Status"]["State"])

    def end(self, state: str, reason: str | None = None, **more: Any) -> None:
        """The last state; whatever comes later (an answer after a stop) changes nothing."""
        if self.state in ("QUEUED", "RUNNING"):
            total = round((time.monotonic() - self.began) * 1000)
            self.document["Statistics"].setdefault("QueryQueueTimeInMillis", total)
            self.document["Statistics"]["TotalExecutionTimeInMillis"] = total
            why = {} if reason is None else {"StateChangeReason": reason}
            self.document["Status"] |= {"State": state, "CompletionDateTime": time.time(), **why, **more}


class Athena:
    """The server. `calls` is what it was asked, in order; `refusals` are raised for the next calls, one for each."""

    def __init__(
        self,
        answer: Callable[[Asked], Result],
        *,
        workgroups: dict[str, Workgroup] | None = None,
        queued_seconds: float = 0,
    ) -> None:
        self._answer, self._queued_seconds = answer, queued_seconds
        self._workgroups = workgroups or {"primary": Workgroup()}
        self._executions: dict[str, _Execution] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refusals: list[Refused] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"athena": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment that points boto3 to this double, with credentials that mean nothing."""
        keys = {"AWS_ACCESS_KEY_ID": "double", "AWS_SECRET_ACCESS_KEY": "double"}
        return {"AWS_ENDPOINT_URL_ATHENA": self.url, "AWS_DEFAULT_REGION": "eu-central-1", **keys}

    def called(self, operation: str) -> list[dict[str, Any]]:
        """What each call of one operation said."""
        return [given for name, given in self.calls if name == operation]

    def do(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """One call of the API. Raises Refused."""
        self.calls.append((operation, given))
        if self.refusals:
            raise self.refusals.pop(0)
        match operation:
            case "StartQueryExecution":
                return {"QueryExecutionId": self._start(given).document["QueryExecutionId"]}
            case "GetQueryExecution":
                return {"QueryExecution": self._execution(given).document}
            case "GetQueryResults":
                return self._results(self._execution(given), given)
            case "StopQueryExecution":
                execution = self._execution(given)
                execution.end("CANCELLED", "Query cancelled by user")
                execution.asked.stopped.set()
                return {}
        raise Refused("UnknownOperationException", f"The double doesn't know {operation}.")

    def _execution(self, given: dict[str, Any]) -> _Execution:
        try:
            return self._executions[given["QueryExecutionId"]]
        except KeyError:
            raise _invalid(f"QueryExecution {given['QueryExecutionId']} was not found") from None

    def _start(self, given: dict[str, Any]) -> _Execution:
        name = given.get("WorkGroup", "primary")
        if name not in self._workgroups:
            raise _invalid("WorkGroup is not found.")
        workgroup = self._workgroups[name]
        asked_for = given.get("ResultConfiguration", {}).get("OutputLocation")
        output = workgroup.output if workgroup.enforced else asked_for or workgroup.output
        if not output:
            raise _invalid(
                "No output location provided. An output location is required either through the Workgroup result"
                " configuration setting or as an API input."
            )
        context = given.get("QueryExecutionContext", {})
        parameters = tuple(given.get("ExecutionParameters", ()))
        asked = Asked(given["QueryString"], parameters, context.get("Catalog"), context.get("Database"))
        execution = _Execution(asked, name, output)
        reuse = given.get("ResultReuseConfiguration", {}).get("ResultReuseByAgeConfiguration", {})
        earlier = self._earlier(execution, reuse["MaxAgeInMinutes"]) if reuse.get("Enabled") else None
        self._executions[execution.document["QueryExecutionId"]] = execution
        if earlier:
            execution.result = replace(earlier.result, bytes_scanned=0)
            execution.document["Statistics"]["DataScannedInBytes"] = 0
            execution.document["Statistics"]["ResultReuseInformation"] = {"ReusedPreviousResult": True}
            execution.end("SUCCEEDED")
        else:
            threading.Thread(target=self._run, args=(execution, workgroup.bytes_cutoff), daemon=True).start()
        return execution

    def _earlier(self, execution: _Execution, minutes: int) -> _Execution | None:
        newest_first = reversed(self._executions.values())
        return next(
            (
                other
                for other in newest_first
                if other.asked == execution.asked
                and other.document["WorkGroup"] == execution.document["WorkGroup"]
                and other.state == "SUCCEEDED"
                and execution.began - other.began < 60 * minutes
            ),
            None,
        )

    def _run(self, execution: _Execution, bytes_cutoff: int | None) -> None:
        if execution.asked.stopped.wait(self._queued_seconds):
            return
        queued = round((time.monotonic() - execution.began) * 1000)
        execution.document["Statistics"]["QueryQueueTimeInMillis"] = queued
        execution.document["Status"]["State"] = "RUNNING"
        try:
            execution.result = self._answer(execution.asked)
        except Failed as why:
            error = {"ErrorCategory": why.category, "Retryable": why.retryable, "ErrorMessage": why.reason}
            execution.end("FAILED", why.reason, AthenaError=error)
            return
        except Exception as problem:  # a script or an engine that breaks must not leave its caller waiting
            execution.end("FAILED", f"INTERNAL_ERROR: the double broke: {problem!r}")
            return
        scanned = execution.result.bytes_scanned
        execution.document["Statistics"]["DataScannedInBytes"] = scanned
        if bytes_cutoff is not None and scanned > bytes_cutoff:
            execution.end("CANCELLED", "Bytes scanned limit was exceeded")
        else:
            execution.end("SUCCEEDED")

    def _results(self, execution: _Execution, given: dict[str, Any]) -> dict[str, Any]:
        if execution.state != "SUCCEEDED":
            raise _invalid(f"Query did not finish successfully. Final query state: {execution.state}")
        begin, size = int(given.get("NextToken", 0)), given.get("MaxResults", PAGE)
        names = [name for name, _ in execution.result.columns]
        rows = [names, *execution.result.rows]
        page = [
            {"Data": [{} if text is None else {"VarCharValue": text} for text in row]} for row in rows[begin:][:size]
        ]
        plain = {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Precision": 0, "Scale": 0}
        columns = [
            {**plain, "Name": name, "Label": name, "Type": kind, "Nullable": "UNKNOWN", "CaseSensitive": False}
            for name, kind in execution.result.columns
        ]
        more = {"NextToken": str(begin + size)} if begin + size < len(rows) else {}
        return {"UpdateCount": 0, "ResultSet": {"ResultSetMetadata": {"ColumnInfo": columns}, "Rows": page}, **more}


def _invalid(message: str) -> Refused:
    return Refused("InvalidRequestException", message)


class _Handler(BaseHTTPRequestHandler):
    athena: Athena
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            status, said = 200, self.athena.do(self.headers["X-Amz-Target"].rpartition(".")[2], given)
        except Refused as refused:
            status, said = 400, {"__type": refused.code, "Message": refused.message}
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
