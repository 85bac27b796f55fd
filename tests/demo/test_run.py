import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime

import psutil
import pytest
from rich.progress import Progress

import menulens
from dashboard.access import Scope
from dashboard.warehouse import open_warehouse
from demo.run import Ports, run
from demo.seed import Wishes, seed
from errors import BusyError, SettingError


def free_ports():
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return Ports(one.getsockname()[1], other.getsockname()[1])


def options(home, ports):
    return ["demo", "--home", str(home), "--serve-port", str(ports.serve), "--dashboard-port", str(ports.dashboard)]


def wait_for(what, seconds=150):
    patience = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < patience
        time.sleep(0.2)
    return found


def hear_ctrl_c():
    # Test workers and background jobs ignore it, and what they start inherits that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextlib.contextmanager
def running(home, log, ports, *more):
    """The demo as a process of its own, at last stopped with Ctrl-C."""
    command = [sys.executable, "-m", "menulens", *options(home, ports), *more]
    elsewhere = {"MENULENS_DASHBOARD_HOST": "0.0.0.0", "MENULENS_DASHBOARD_URL": "https://menulens.example"}
    environment = os.environ | {"MENULENS_LAG_SECONDS": "1"} | elsewhere
    with log.open("wb") as out:
        demo = subprocess.Popen(
            command, stdout=out, stderr=out, env=environment, start_new_session=True, preexec_fn=hear_ctrl_c
        )
    try:
        wait_for(lambda: "Ctrl-C stops everything" in log.read_text() or demo.poll() is not None)
        yield demo, psutil.Process(demo.pid).children(recursive=True)
    finally:
        if demo.poll() is None:
            demo.send_signal(signal.SIGINT)
        try:
            demo.wait(120)
        except subprocess.TimeoutExpired:
            demo.kill()
            raise


def still_running(processes):
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Seeded by the first test that starts the demo, found seeded by the second."""
    return tmp_path_factory.mktemp("run") / "home"


def test_the_demo_serves_menus_counts_its_live_guests_and_ctrl_c_leaves_nothing_running(home, tmp_path):
    log, ports = tmp_path / "log", free_ports()
    with running(home, log, ports, "--restaurants", "2", "--days", "1", "--visits-per-day", "10") as (demo, children):
        assert "mali@sen-and-sai.example" in log.read_text()
        assert len(children) >= 3
        with urllib.request.urlopen(f"http://127.0.0.1:{ports.serve}/r/sen-and-sai/?table=7") as page:
            assert "เส้นกับสาย" in page.read().decode()
        with urllib.request.urlopen(f"http://127.0.0.1:{ports.dashboard}/_stcore/health") as health:
            assert health.status == 200
        # Wherever else the dashboard may be reached: the demo lets anybody be anybody, on this machine only.
        with urllib.request.urlopen(f"http://127.0.0.1:{ports.dashboard}/") as page:
            assert page.status == 200
        listening = {
            each.laddr.ip for child in children for each in child.net_connections("tcp") if each.status == "LISTEN"
        }
        assert listening == {"127.0.0.1"}

        def visits():
            answer = open_warehouse("duckdb", home, once=True).ask("daily", Scope.everything())
            return int(answer.frame.visits.sum())

        seeded = visits()
        wait_for(lambda: visits() > seeded)
    assert demo.returncode == 0
    assert "Traceback" not in log.read_text()
    assert not still_running(children)


def test_a_child_that_dies_is_said_in_one_sentence_and_ends_the_demo(home, tmp_path):
    log = tmp_path / "log"
    with running(home, log, free_ports(), "--no-guests") as (demo, children):
        next(child for child in children if "dashboard" in child.cmdline()).kill()
        assert demo.wait(120) == 1
    assert log.read_text().strip().splitlines()[-1].startswith("menulens: `menulens dashboard` ended by itself")
    assert not still_running(children)


def test_nothing_outlives_a_killed_demo(home, tmp_path):
    with running(home, tmp_path / "log", free_ports(), "--no-guests") as (demo, children):
        demo.kill()
        wait_for(lambda: not still_running(children))
    assert len(children) >= 4


def test_ctrl_c_while_the_home_is_filled_is_one_sentence_and_the_next_start_finishes_it(tmp_path):
    home, log = tmp_path / "home", tmp_path / "log"
    command = [sys.executable, "-m", "menulens", *options(home, free_ports())]
    with log.open("wb") as out:
        demo = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True, preexec_fn=hear_ctrl_c)
    wait_for(lambda: (home / "demo.json").exists())
    time.sleep(1)
    demo.send_signal(signal.SIGINT)
    assert demo.wait(60) == 1
    said = "menulens: Stopped while the home was being filled; the next start finishes it."
    assert log.read_text().strip() == said
    with Progress(disable=True) as progress:
        record = seed(home, Wishes(restaurants=1, days=1, visits_per_day=10), datetime.now(UTC), progress)
    assert record.state == "ready"


def test_a_second_demo_in_a_home_is_refused_before_it_touches_anything(tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        with pytest.raises(BusyError, match=f"Another demo is running in {tmp_path}"):
            run(tmp_path, Wishes(), free_ports(), guests=False)
    finally:
        os.close(folder)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("taken", "option"), [("serve", "--serve-port"), ("dashboard", "--dashboard-port")])
def test_a_port_that_is_taken_is_said_before_anything_is_seeded(tmp_path, taken, option):
    ports = free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", getattr(ports, taken)))
        other.listen()
        with pytest.raises(BusyError, match=f"Port {getattr(ports, taken)} of 127.0.0.1 can't be had.*{option}"):
            run(tmp_path / "home", Wishes(), ports, guests=False)
    assert not (tmp_path / "home").exists()


def test_one_port_for_both_is_refused(tmp_path):
    with pytest.raises(SettingError, match="the same port"):
        run(tmp_path / "home", Wishes(), Ports(18850, 18850), guests=False)


@pytest.mark.parametrize(
    "wrong",
    [
        ["--days", "0"],
        ["--restaurants", "many"],
        ["--last-day", "2999-01-01"],
        ["--last-day", "soon"],
        ["--visits-per-day", "nan"],
        ["--dashboard-port", "0"],
    ],
)
def test_a_wrong_option_is_wrong_usage(tmp_path, wrong, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["menulens", *options(tmp_path / "home", free_ports()), *wrong])
    with pytest.raises(SystemExit) as end:
        menulens.main()
    assert end.value.code == 2
    assert wrong[0] in capsys.readouterr().err
    assert not (tmp_path / "home").exists()


def test_what_keeps_the_demo_from_starting_is_one_sentence_and_exit_code_1(tmp_path, monkeypatch, capsys):
    (tmp_path / "home").write_text("")
    monkeypatch.setattr(sys, "argv", ["menulens", *options(tmp_path / "home", free_ports())])
    with pytest.raises(SystemExit) as end:
        menulens.main()
    said = capsys.readouterr().err.strip()
    assert end.value.code == 1
    assert said.startswith(f"menulens: {tmp_path}/home is a file, not a folder. Choose another home with --home")
