"""The demo: seed or continue the home, start everything, say where it is and who may sign in, stop it all at last."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from types import FrameType

from rich.console import Console, Group
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dashboard.blobs import FolderBlobs
from dashboard.menus.model import Restaurant
from dashboard.people import People
from demo.live import LiveGuests
from demo.seed import Record, Wishes, invent_houses, lived_on, seed
from errors import BusyError, MenulensError, SettingError
from ingest_stack.disk import refusals
from ingest_stack.ports import ADDRESS, expect_free

ROLES = ("manager", "product", "admin")
START_SECONDS = 120.0
# The collector's process stops its own children one after the other.
STOP_SECONDS = 35.0
TICK_SECONDS = 0.2


@dataclass(frozen=True)
class Ports:
    serve: int
    dashboard: int


def run(home: Path, wishes: Wishes, ports: Ports, guests: bool) -> None:
    """Run the demo until Ctrl-C, SIGTERM or a closed terminal.

    Raises MenulensError when something keeps it from running, Ctrl-C before it does included.
    """
    console = Console()
    if ports.serve == ports.dashboard:
        raise SettingError(
            "The collector and the dashboard can't have the same port.",
            "Choose another with --dashboard-port or MENULENS_DASHBOARD_PORT.",
        )
    expect_free(ports.serve, "--serve-port or MENULENS_SERVE_PORT")
    expect_free(ports.dashboard, "--dashboard-port or MENULENS_DASHBOARD_PORT")
    with _alone(home), _interruptible(), contextlib.suppress(KeyboardInterrupt):
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
        )
        with _told_if_interrupted(), Progress(*columns, console=console, transient=True) as progress:
            record = seed(home, wishes, datetime.now(UTC), progress)
        with _Children(home, ports) as children:
            with console.status("Starting the collector and the dashboard"):
                children.wait_until_they_answer()
            console.print(_welcome(home, record, ports))
            with _live(home, record, ports) if guests else contextlib.nullcontext():
                children.watch()


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Be the one demo of this home: two that fill it would undo each other's work."""
    with refusals("The demo", home):
        home.mkdir(parents=True, exist_ok=True)
        folder = os.open(home, os.O_RDONLY)
    try:
        try:
            flock(folder, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            hint = "Stop it, or choose another home with --home or MENULENS_HOME."
            raise BusyError(f"Another demo is running in {home}.", hint) from None
        yield
    finally:
        os.close(folder)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM and a closed terminal end the demo as Ctrl-C does, which ends it from a script's background, too."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _told_if_interrupted() -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, RuntimeError) as problem:
        if isinstance(problem, RuntimeError) and str(problem) != "Query interrupted":  # DuckDB's word for Ctrl-C
            raise
        raise MenulensError("Stopped while the home was being filled; the next start finishes it.") from None


@contextlib.contextmanager
def _live(home: Path, record: Record, ports: Ports) -> Iterator[None]:
    guests = LiveGuests(home, record.plan, ports.serve)
    guests.start()
    try:
        yield
    finally:
        guests.stop()
        lived_on(home, record, datetime.now(UTC))


class _Children:
    """The collector and the dashboard, each a process of its own that writes to logs/ in the home.

    They end with this one, even if it is killed.
    """

    def __init__(self, home: Path, ports: Ports) -> None:
        self._home = home
        self._checks = {
            "serve": f"http://{ADDRESS}:{ports.serve}/healthz",
            "dashboard": f"http://{ADDRESS}:{ports.dashboard}/_stcore/health",
        }
        self._environment = {
            "MENULENS_HOME": str(home),
            "MENULENS_SERVE_PORT": str(ports.serve),
            "MENULENS_DASHBOARD_PORT": str(ports.dashboard),
            "MENULENS_SITE_URL": os.environ.get("MENULENS_SITE_URL") or f"http://{ADDRESS}:{ports.serve}",
            # Whoever comes is let in: that is for this machine, wherever else the dashboard may be reached.
            "MENULENS_DASHBOARD_HOST": ADDRESS,
            "MENULENS_DASHBOARD_URL": "",
            "MENULENS_DEMO": "1",
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "_Children":
        try:
            for name in self._checks:
                self._start(name)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _start(self, name: str) -> None:
        with refusals("Logs", self._home / "logs"):
            self._log(name).parent.mkdir(exist_ok=True)
            with self._log(name).open("wb") as log:
                # A session of its own: Ctrl-C reaches the demo alone, which then stops its children in order.
                self._running[name] = subprocess.Popen(  # noqa: S603 (our own command)
                    [sys.executable, "-m", "ingest_stack.children", "menulens", name],
                    env=os.environ | self._environment,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )

    def _log(self, name: str) -> Path:
        return self._home / "logs" / f"{name}.log"

    def wait_until_they_answer(self) -> None:
        patience = time.monotonic() + START_SECONDS
        for name, address in self._checks.items():
            while not _answers(address):
                self._expect_alive()
                if time.monotonic() > patience:
                    raise BusyError(
                        f"`menulens {name}` doesn't answer after {START_SECONDS:.0f} seconds.",
                        f"What it says is in {self._log(name)}.",
                    )
                time.sleep(TICK_SECONDS)

    def watch(self) -> None:
        """Return never; raises MenulensError as soon as one of them ends."""
        while True:
            self._expect_alive()
            time.sleep(TICK_SECONDS)

    def _expect_alive(self) -> None:
        for name, child in self._running.items():
            if child.poll() is not None:
                lines = self._log(name).read_text(errors="replace").split("\n")
                said = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
                raise MenulensError(
                    f"`menulens {name}` ended by itself, and the demo with it: {said.removeprefix('menulens: ')}"
                )

    def _stop(self) -> None:
        with _deaf():
            for child in self._running.values():
                child.terminate()
            patience = time.monotonic() + STOP_SECONDS
            for child in self._running.values():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(max(0.0, patience - time.monotonic()))
                # Itself, if it would not stop, and whatever it left running.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """A second Ctrl-C doesn't keep the demo from stopping what it started."""
    before = {
        number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:  # noqa: S310 (an address of our own)
            return bool(reply.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _welcome(home: Path, record: Record, ports: Ports) -> Panel:
    guests, people = Table.grid(padding=(0, 2)), Table.grid(padding=(0, 2))
    restaurants = [house.restaurant for house in invent_houses(record.plan)]
    for restaurant in _one_an_area(restaurants):
        address = f"http://{ADDRESS}:{ports.serve}/r/{restaurant.id}/?table=7"
        guests.add_row(f"[link={address}]{address}[/link]", f"[dim]{restaurant.area}[/dim]")
    for person in sorted(People(FolderBlobs(home)).read().people, key=lambda person: ROLES.index(person.role)):
        sees = ", ".join(person.restaurants) or "all restaurants"
        people.add_row(f"[bold]{person.id}[/bold]", person.role, f"[dim]{sees}[/dim]")
    dashboard = f"http://{ADDRESS}:{ports.dashboard}"
    return Panel(
        Group(
            f"[bold]Read a menu and order[/bold], as a guest at table 7 ({len(restaurants)} restaurants in all)",
            guests,
            "\n[bold]See it counted[/bold], about half a minute later",
            f"[link={dashboard}]{dashboard}[/link]\n",
            "[bold]Sign in with one click as[/bold]",
            people,
            f"\n[dim]Kept in {home}[/dim]",
        ),
        title="Menulens demo",
        subtitle="Ctrl-C stops everything",
        border_style="dark_orange3",
        padding=(1, 2),
        expand=False,
    )


def _one_an_area(restaurants: list[Restaurant]) -> list[Restaurant]:
    return list({restaurant.area: restaurant for restaurant in reversed(restaurants)}.values())[::-1]
