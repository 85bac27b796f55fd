"""`make trino`: the tests' Trino by hand, and Athena's double on it, over the lake of a home, until Ctrl-C."""

import signal
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from settings import read_settings
from tests.athena.double import Athena
from tests.athena.on_trino import on_trino
from tests.trino import bed
from tests.trino.tables import SCHEMA, Shown

CATALOG = "laptop"
FOLLOW_SECONDS = 2.0


def main() -> None:
    home = read_settings().home
    if lack := bed.missing():
        raise SystemExit(lack)
    print(f"Starting Trino over {home} …", flush=True)
    with tempfile.TemporaryDirectory(prefix="menulens-trino-") as folder, bed.running(Path(folder, "bed")) as url:
        shown = Shown(url, CATALOG, home, Path(folder, "shown"))
        with Athena(on_trino(url, CATALOG, SCHEMA)) as athena:
            trino = {"MENULENS_ENGINE": "trino", "MENULENS_TRINO_URL": url, "MENULENS_TRINO_CATALOG": CATALOG}
            print("It is ready, and follows what comes into the lake. In another terminal, one of these lines:\n")
            double = {"MENULENS_ENGINE": "athena", "MENULENS_ATHENA_WORKGROUP": "primary", **athena.environment}
            for settings in (trino, double):
                print(f"  export MENULENS_HOME={home} {_listed(settings)}\n")
            print("Then `.venv/bin/menulens ask daily`, or `make demo` for the pages. Ctrl-C stops it.", flush=True)
            while True:
                time.sleep(FOLLOW_SECONDS)
                with suppress(FileNotFoundError):  # a file was merged away meanwhile: next time
                    shown.follow()


def _listed(settings: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in settings.items())


if __name__ == "__main__":
    for name in (signal.SIGINT, signal.SIGTERM):  # a script's background ignores the first, unless told
        signal.signal(name, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        main()
