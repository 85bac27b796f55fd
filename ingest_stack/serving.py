"""`menulens serve`: runs the collector and the keeper, each in its own process, and starts again what dies.

A child talks to its parent in lines on stdout: `ready`, `! {error as JSON}`, or a sentence to show. It stops on
SIGTERM, and when its stdin ends, so that it never outlives its parent.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import errors
from errors import MenulensError, StorageError
from ingest_stack.children import end_with_parent
from ingest_stack.derived import LEAST_GUESTS

START_SECONDS = 20.0
STOP_SECONDS = 15.0
STEADY_SECONDS = 10.0
# A request waits for its segment to be closed, for the keeper's next round, and for that round itself.
WAITS = 3
NICENESS = 5
RECOMMEND_SECONDS = 86_400.0
"""Recommendations are made of months: once a day is often enough."""


def serve(
    home: Path,
    port: int,
    lag_seconds: int,
    say: Callable[[str], None] = print,
    *,
    least_guests: int = LEAST_GUESTS,
) -> None:
    """Serve until Ctrl-C or SIGTERM, then stop the collector, then the keeper. Raises BusyError or StorageError."""
    _expect_usable(home)
    every = max(0.5, lag_seconds / WAITS)
    with _stopping():
        # The keeper is stopped last: it brings in what the collector still took.
        keeper = _Child("keeper", [str(home), str(every), str(least_guests)], say)
        collector = _Child("collector", [str(home), str(port), str(every), str(max(60, WAITS * lag_seconds))], say)
        try:
            # The collector first: it takes the home, and the keeper of another one's home must not even begin.
            for child in (collector, keeper):
                child.start()
            say(f"Menulens takes events at http://127.0.0.1:{port}/v1/events and shows menus at /r/<restaurant_id>/.")
            while True:
                time.sleep(0.2)
                for child in (keeper, collector):
                    child.look_after()
        except KeyboardInterrupt:
            say("Stopping.")
        finally:
            collector.stop()
            keeper.stop()


def _expect_usable(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as problem:
        raise StorageError(
            f"The home {home} can't be used: {problem.strerror}.", "Choose another with --home or MENULENS_HOME."
        ) from None


@contextmanager
def _stopping() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Child:
    """One of the two processes."""

    def __init__(self, role: str, arguments: list[str], say: Callable[[str], None]) -> None:
        self._role = role
        self._command = [sys.executable, "-m", "ingest_stack.serving", role, *arguments]
        self._say = say
        self._process: subprocess.Popen[str] | None = None
        self._started = 0.0

    def start(self) -> None:
        """Start it and wait until it is ready. Raises the error that it stopped with."""
        self._started = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603  the command is our own
            self._command,
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C reaches the whole group of a terminal; the parent stops its children in order.
            start_new_session=True,
        )
        # Of this process alone: the end of one that died before may be heard late.
        heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, args=[self._process, heard], daemon=True).start()
        try:
            first = heard.get(timeout=START_SECONDS)
        except queue.Empty:
            first = ""
        if first.startswith("! "):
            error = json.loads(first[2:])
            raise getattr(errors, error["kind"])(error["message"], error["hint"])
        if first != "ready":
            raise MenulensError(f"The {self._role} did not start.")

    def _listen(self, process: subprocess.Popen[str], heard: queue.SimpleQueue[str]) -> None:
        assert process.stdout is not None
        started = False
        for line in map(str.rstrip, process.stdout):
            if not started and line.startswith(("ready", "! ")):
                started = True
                heard.put(line)
            elif line.startswith("! "):
                error = json.loads(line[2:])
                self._say(str(MenulensError(error["message"], error["hint"])))
            else:
                self._say(line)
        heard.put("")

    def look_after(self) -> None:
        """Start it again if it died; one that dies again and again waits a while each time."""
        if self._process is None or self._process.poll() is None:
            return
        self._say(f"The {self._role} stopped unexpectedly ({_ending(self._process.returncode)}); starting it again.")
        if time.monotonic() - self._started < STEADY_SECONDS:
            time.sleep(1.0)
        try:
            self.start()
        except MenulensError as problem:
            # The other child goes on meanwhile: guests' requests are kept even while nothing brings them in.
            self._say(f"The {self._role} can't be started: {problem}")

    def stop(self) -> None:
        """Let it finish what it took; a step that takes too long is cut off, which loses nothing."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _tell(line: str) -> None:
    print(line, flush=True)


def _collector(home: str, port: str, rotate_seconds: str, behind_seconds: str) -> None:
    import uvloop

    from ingest_stack.collector import collect

    uvloop.run(
        collect(Path(home), int(port), float(rotate_seconds), float(behind_seconds), ready=lambda: _tell("ready"))
    )


def _keeper(home: str, every_seconds: str, least_guests: str) -> None:
    from ingest_stack.keeper import keep
    from ingest_stack.rollups import refresh
    from ingest_stack.showing import Showing

    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    # Guests first: the collector shares the machine.
    os.nice(NICENESS)
    _tell("ready")
    showing = Showing(Path(home))

    def bring_up(lake: Path) -> None:
        refresh(lake, least_guests=int(least_guests), recommend_after=RECOMMEND_SECONDS)
        showing.follow()

    keep(Path(home), float(every_seconds), bring_up, stopped, _tell)


_ROLES: dict[str, Callable[..., None]] = {"collector": _collector, "keeper": _keeper}


def _child(role: str, *arguments: str) -> int:
    end_with_parent()
    try:
        _ROLES[role](*arguments)
    except MenulensError as problem:
        _tell("! " + json.dumps({"kind": type(problem).__name__, "message": problem.message, "hint": problem.hint}))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_child(*sys.argv[1:]))
