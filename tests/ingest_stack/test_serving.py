"""`menulens serve` as a person runs it: one command, one sentence when it can't, everything stopped at the end."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ingest_stack import serving
from tests.ingest_stack.conftest import ROOT, Server, body, free_port, in_lake

Serve = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts `menulens serve`; what it says is on stdout. What still runs at the end is killed with its children."""
    started: list[subprocess.Popen[str]] = []

    def start(home: Path, port: int) -> "subprocess.Popen[str]":
        command = [sys.executable, "-u", "-m", "menulens", "serve", "--home", str(home), "--serve-port", str(port)]
        process = subprocess.Popen(
            [*command, "--lag-seconds", "1"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children():
                child.kill()
            process.kill()
        process.communicate()


def says(process: "subprocess.Popen[str]", words: str) -> None:
    """Wait until it has said a line with these words."""
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return
    pytest.fail(f"it never said {words!r}: {process.stderr and process.stderr.read()}")


def children(process: "subprocess.Popen[str]") -> dict[str, psutil.Process]:
    return {child.cmdline()[3]: child for child in psutil.Process(process.pid).children()}


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_events_reach_the_lake_and_the_end_stops_everything(home: Path, serve: Serve, ending: signal.Signals) -> None:
    server = Server(home)
    process = serve(home, server.port)
    says(process, f"http://127.0.0.1:{server.port}/v1/events")
    assert server.post(body("first")).status == 202
    while not list(home.glob("lake/derived/visits/*/*.parquet")):
        time.sleep(0.1)
    assert [row["request"]["visit_id"] for row in in_lake(home)] == ["first"]
    assert server.post(body("last")).status == 202
    family = children(process)
    process.send_signal(ending)
    assert process.wait(30) == 0
    assert not any(child.is_running() for child in family.values())
    assert sorted(row["request"]["visit_id"] for row in in_lake(home)) == ["first", "last"]


def test_a_dead_keeper_is_started_again(home: Path, serve: Serve) -> None:
    process = serve(home, free_port())
    says(process, "takes events")
    children(process)["keeper"].kill()
    says(process, "The keeper stopped unexpectedly (SIGKILL); starting it again.")
    while "keeper" not in children(process):
        time.sleep(0.05)


def test_children_do_not_outlive_a_killed_parent(home: Path, serve: Serve) -> None:
    process = serve(home, free_port())
    says(process, "takes events")
    family = children(process)
    process.kill()
    gone, alive = psutil.wait_procs(family.values(), timeout=20)
    assert (len(gone), alive) == (2, [])


def test_a_taken_port_is_one_sentence(home: Path, serve: Serve) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = serve(home, port)
        _, complaint = process.communicate(timeout=30)
    assert process.returncode == 1
    assert complaint == (
        f"menulens: Port {port} of 127.0.0.1 can't be had: Address already in use. "
        "Stop what uses it, or choose another with --serve-port or MENULENS_SERVE_PORT.\n"
    )


def test_a_home_that_is_in_use_is_one_sentence(home: Path, serve: Serve) -> None:
    says(serve(home, free_port()), "takes events")
    second = serve(home, free_port())
    family: set[str] = set()
    while second.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            family |= children(second).keys()
        time.sleep(0.01)
    _, complaint = second.communicate(timeout=30)
    assert (second.returncode, complaint) == (
        1,
        f"menulens: Another collector is running on {home}. Stop it, or choose another home.\n",
    )
    assert "keeper" not in family


def test_a_broken_home_is_one_sentence(tmp_path: Path, serve: Serve) -> None:
    (tmp_path / "home").write_text("a file")
    process = serve(tmp_path / "home", free_port())
    _, complaint = process.communicate(timeout=30)
    assert process.returncode == 1
    assert complaint.startswith(f"menulens: {tmp_path / 'home'} is a file, not a folder. ")
    assert os.linesep not in complaint.rstrip()


def test_the_late_end_of_a_child_that_died_is_not_taken_for_the_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "STEADY_SECONDS", 0.0)
    # The first one leaves somebody who holds its stdout for a moment; the second is slower than that.
    first = "print('ready', flush=True); subprocess.Popen(['sleep', '0.7']); os._exit(3)"
    script = f"import os, pathlib, subprocess, time; seen = pathlib.Path({str(tmp_path / 'seen')!r})\n"
    script += f"if not seen.exists():\n    seen.touch(); {first}\n"
    script += "time.sleep(1.4); print('ready', flush=True); time.sleep(60)"
    said: list[str] = []
    child = serving._Child("keeper", [], said.append)
    child._command = [sys.executable, "-c", script]
    try:
        child.start()
        assert child._process is not None
        child._process.wait()
        child.look_after()
        assert child._process.poll() is None
    finally:
        child.stop()
    assert said == ["The keeper stopped unexpectedly (exit code 3); starting it again."]


def test_a_child_that_ends_with_an_error_says_why(home: Path, serve: Serve) -> None:
    home.mkdir(exist_ok=True)
    (home / "lake").write_text("a file where the lake should be")
    process = serve(home, free_port())
    says(process, f"can't be kept in {home / 'lake'}")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
