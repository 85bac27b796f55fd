"""Requests as guests send them, and a collector of one's own."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest_stack.lake import Lake

ROOT = Path(__file__).parent.parent.parent


def request(visit_id: str = "v1", events: int = 1, **fields: Any) -> dict[str, Any]:
    """A request that keeps the contract."""
    views = [
        {"seq": seq, "type": "item_pass", "at": 1_790_000_000_000 + seq, "item_id": "soup"} for seq in range(events)
    ]
    envelope = {"restaurant_id": "r1", "menu_version": 1, "visit_id": visit_id, "sent_at": 1_790_000_001_000}
    return envelope | {"events": views} | fields


def body(visit_id: str = "v1", events: int = 1, **fields: Any) -> bytes:
    return json.dumps(request(visit_id, events, **fields)).encode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def in_lake(home: Path) -> list[dict[str, Any]]:
    """Every row of the lake's `requests`."""
    rows = duckdb.sql(Lake(home / "lake").select("requests"))
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """A collector in a process of its own."""

    home: Path
    port: int = field(default_factory=free_port)
    rotate_seconds: float = 0.3
    process: subprocess.Popen[str] | None = None

    def start(self, *wrapped_by: str) -> "Server":
        command = [sys.executable, "-m", "ingest_stack.serving", "collector", str(self.home), str(self.port)]
        command += [str(self.rotate_seconds), "60"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([*wrapped_by, *command], cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        return self

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named, encode_chunked="transfer-encoding" in named)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def post(self, body: Any, content_type: str = "application/json", **headers: str) -> Reply:
        return self.ask("POST", "/v1/events", body, content_type=content_type, **headers)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(20)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process = None
        return code


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """A collector, not yet started, on an empty home."""
    server = Server(home)
    yield server
    if server.process:
        server.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector that a whole file of tests shares."""
    server = Server(tmp_path_factory.mktemp("home"), rotate_seconds=60).start()
    yield server
    server.end()
