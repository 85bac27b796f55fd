"""AWS on this machine: ministack, with our bridges over what it lacks, on a free port of 127.0.0.1.

It is fetched once from PyPI into a folder of its own, since it pins a botocore that is not ours. It keeps everything in
memory, runs in a process of its own, and ends with who started it. `bridges` says what is the emulator's and what is
ours; docs/operations.md lists what neither can prove.
"""

import hashlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from ingest_stack.aws.deploy import Place, Stacks
from tests.ingest_stack.conftest import Reply, free_port
from tests.trino.bed import end_with_parent

PINS = Path(__file__).with_name("ministack.txt")
UNPACKED = (
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    / "menulens"
    / f"ministack-{hashlib.sha256(PINS.read_bytes()).hexdigest()[:12]}"
)
FIRST, SECOND = "eu-west-1", "eu-central-1"
PATIENCE_SECONDS = 60.0
NO_NODE = "no `node` found: install Debian's `nodejs`, which runs the site's CloudFront function"
NO_INSTALLER = "neither `uv` nor pip found to fetch ministack, and run its tests"


def missing() -> str | None:
    """What this machine lacks to run the emulator, in a sentence; None if nothing."""
    if not shutil.which("node"):
        return NO_NODE
    return None if UNPACKED.is_dir() or _install() else NO_INSTALLER


def fetch() -> None:
    """Bring ministack to this machine, if it isn't there yet: 100 MB, once. It appears whole."""
    if UNPACKED.is_dir():
        return
    UNPACKED.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=UNPACKED.parent) as beside:
        command = [*_install(), "--quiet", "--target", f"{beside}/tree", "--requirement", str(PINS)]
        subprocess.run(command, check=True, stdout=sys.stderr)
        with suppress(OSError):  # somebody else was faster
            Path(beside, "tree").rename(UNPACKED)


def _install() -> list[str]:
    if shutil.which("uv"):
        return ["uv", "pip", "install", "--python", sys.executable]
    pip = [sys.executable, "-m", "pip"]
    there = subprocess.run([*pip, "--version"], capture_output=True).returncode == 0
    return [*pip, "install", "--disable-pip-version-check"] if there else []


@dataclass(frozen=True)
class Emulator:
    """An account of one's own in every region."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What points boto3 to it, with credentials that mean nothing, and nothing of this machine's own."""
        keys = {
            "AWS_ACCESS_KEY_ID": "emulated",
            "AWS_SECRET_ACCESS_KEY": "emulated",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **keys,
        }

    def client(self, service: str, region: str = FIRST, url: str = "") -> Any:
        """A client of a service, or of its double at `url`."""
        keys = {"aws_access_key_id": "emulated", "aws_secret_access_key": "emulated"}
        return boto3.client(service, region_name=region, endpoint_url=url or self.url, **keys)  # type: ignore[call-overload]

    def stacks(self, name: str, region: str = FIRST, second: str = SECOND) -> Stacks:
        """The deploy command's own, which says nothing and waits little."""
        return Stacks(Place(name, region, second), lambda _: None, self.client, lambda _: time.sleep(0.2))

    def deploy(self, name: str, **parameters: str) -> dict[str, str]:
        """Both stacks of a name; the first region's outputs."""
        outputs = self.stacks(name).deploy(parameters, lambda _: True)
        assert outputs is not None
        return outputs

    def download(self, bucket: str, prefix: str, folder: Path) -> list[Path]:
        """Copies of a bucket's objects below `prefix`, under their keys; those that are there already stay."""
        s3 = self.client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
        for path, key in ((folder / key, key) for key in keys if not (folder / key).exists()):
            path.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(bucket, key, str(path))
        return [folder / key for key in keys]

    def ask(self, host: str, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """A request to an address of CloudFront's: TLS ends before the emulator, as the header says."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            chunked = "transfer-encoding" in named
            connection.request(
                method, path, body, {"host": host, "x-forwarded-proto": "https"} | named, encode_chunked=chunked
            )
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


@contextmanager
def running(folder: Path) -> Iterator[Emulator]:
    """An emulator with nothing in it; `folder` takes its log and what it leaves on disk."""
    fetch()
    emulator, log = Emulator(free_port()), folder / "emulator.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "PYTHONPATH": str(UNPACKED),
        "BIND_HOST": "127.0.0.1",  # it would listen everywhere
        "GATEWAY_PORT": str(emulator.port),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(folder),  # a Lambda's code, among others
    }
    bridges = Path(__file__).with_name("bridges.py")
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", str(bridges)],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent,
        )
    try:
        _wait(process, emulator, log)
        yield emulator
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", emulator: Emulator, log: Path) -> None:
    began = time.monotonic()
    while process.poll() is None and time.monotonic() - began < PATIENCE_SECONDS:
        with suppress(OSError, http.client.HTTPException):
            if emulator.ask("localhost", "GET", "/_ministack/health").status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError("The emulator did not start:\n" + "\n".join(log.read_text().splitlines()[-30:]))
