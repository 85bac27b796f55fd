"""The collector under load: requests a second, each synced before its answer, against the same server doing nothing.

`wrk` sends 20 events a request over 64 connections, on the same cores.
"""

import asyncio
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

EVENTS = 20
CONNECTIONS = 64
PORTS = {"noop": 18820, "collector": 18821}

_VIEW = {"type": "item_view", "section_id": "mains", "dwell_ms": 2400, "visible_rate": 0.87, "currency": "EUR"}
_REQUEST = {
    "v": 1,
    "restaurant_id": "daliyah",
    "menu_version": 3,
    "visit_id": "5f0c8a61b7d24e90",
    "guest_id": "c3b1f07e9a554d12",
    "table_id": "7",
    "locale": "de-AT",
    "viewport_width": 390,
    "sent_at": 1_790_000_020_000,
    "events": [
        _VIEW | {"seq": n, "at": 1_790_000_000_000 + n, "item_id": f"item-{n}", "position": n + 1, "price_minor": 1290}
        for n in range(EVENTS)
    ],
}
_SCRIPT = 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[{}]==]\n'


def run(scale: float) -> list[dict[str, Any]]:
    """Three rounds of each, turn about; the medians. `scale` lengthens the rounds, up to ten seconds."""
    if shutil.which("wrk") is None:
        note = "wrk is not installed: apt-get install wrk"
        return [
            {"name": "collector", "value": 0, "unit": "requests/s", "bound": None, "better": "higher", "note": note}
        ]
    seconds = max(2, min(10, round(5 * scale)))
    rates: dict[str, list[float]] = {role: [] for role in PORTS}
    slowest: dict[str, list[float]] = {role: [] for role in PORTS}
    with tempfile.TemporaryDirectory(prefix="menulens-bench-") as folder:
        script = Path(folder) / "post.lua"
        script.write_text(_SCRIPT.format(json.dumps(_REQUEST)))
        for _ in range(3):
            for role, port in PORTS.items():
                with _serving(role, Path(folder) / "home", port):
                    rate, p99 = _load(script, port, seconds)
                rates[role].append(rate)
                slowest[role].append(p99)
                shutil.rmtree(Path(folder) / "home", ignore_errors=True)
    ours, floor = median(rates["collector"]), median(rates["noop"])
    return [
        {
            "name": "collector: accepted and on disk",
            "value": ours,
            "unit": "requests/s",
            "floor": floor,
            "ratio": ours / floor,
            "bound": 0.35,
            "better": "higher",
            "note": f"{ours * EVENTS:,.0f} events/s; the floor is the same server answering without looking",
        },
        {
            "name": "collector: p99 at 64 connections",
            "value": median(slowest["collector"]),
            "unit": "ms",
            "floor": median(slowest["noop"]),
            "ratio": None,
            "bound": 50,
            "better": "lower",
            "note": "",
        },
    ]


@contextmanager
def _serving(role: str, home: Path, port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.benchmarks.collector", role, str(home), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"the {role} server did not start")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _load(script: Path, port: int, seconds: int) -> tuple[float, float]:
    """Requests a second, and the 99th percentile in ms."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script)]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}/v1/events"], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in said:
        raise RuntimeError(said)
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()  # type: ignore[union-attr]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
    return rate, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


async def _noop(port: int) -> None:
    """The same server, reading the body and answering."""
    from granian.server.embed import Server

    async def answer(_scope: Any, protocol: Any) -> None:
        await protocol()
        protocol.response_str(202, [("content-type", "application/json")], '{"accepted": 20}')

    server = Server(
        answer, "127.0.0.1", port, interface="rsgi", http="1", websockets=False, backlog=1024, log_enabled=False
    )  # type: ignore[arg-type]
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    serving = asyncio.create_task(server.serve())
    await asyncio.sleep(0.5)
    print("ready", flush=True)
    await serving


def _serve(role: str, home: str, port: str) -> None:
    import uvloop

    from ingest_stack.collector import collect

    if role == "noop":
        uvloop.run(_noop(int(port)))
    else:
        uvloop.run(collect(Path(home), int(port), 10, 60, lambda: print("ready", flush=True)))


if __name__ == "__main__":
    _serve(*sys.argv[1:])
