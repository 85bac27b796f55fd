"""No Trino is left behind, however those end who started it."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.trino import bed

pytestmark = pytest.mark.trino
USE = "from pathlib import Path; from tests.trino import bed; bed.running(Path({folder!r})).__enter__()"


def children(process: psutil.Process) -> list[psutil.Process]:
    """Its one child, and that one's: the keeper and the server, once both run."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = process.children(recursive=True)
        if len(found) == 2 and found[1].name() == "java":
            return found
        time.sleep(0.02)
    raise AssertionError("the server was not started")


@pytest.mark.parametrize("killed", ["user", "keeper"])
def test_a_server_ends_when_its_user_or_its_keeper_is_killed(tmp_path: Path, killed: str) -> None:
    bed.fetch()
    user = psutil.Popen(
        [sys.executable, "-c", USE.format(folder=str(tmp_path))],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.DEVNULL,
    )
    keeper, server = children(user)
    {"user": user, "keeper": keeper}[killed].kill()
    gone, left = psutil.wait_procs([user, keeper, server], timeout=20)
    assert not left
    assert len(gone) == 3
