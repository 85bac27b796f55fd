"""Google's Lighthouse: fetched once with npm, run on the Chromium that the other tests use too."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

VERSION = "12.8.2"
UNPACKED = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "menulens" / f"lighthouse-{VERSION}"
NO_NPM = "no `npm` found: install Debian's `nodejs` and `npm` to fetch Lighthouse, and run its tests"


def missing() -> str | None:
    """What this machine lacks to run Lighthouse, in a sentence; None if nothing."""
    return None if shutil.which("node") and (UNPACKED.is_dir() or shutil.which("npm")) else NO_NPM


def fetch() -> None:
    """Bring Lighthouse to this machine, if it isn't there yet: 190 MB, once. It appears whole."""
    if UNPACKED.is_dir():
        return
    UNPACKED.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=UNPACKED.parent) as beside:
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", beside, f"lighthouse@{VERSION}"]
        subprocess.run(command, check=True, stdout=sys.stderr)
        with suppress(OSError):  # somebody else was faster
            Path(beside).rename(UNPACKED)
            Path(beside).mkdir()  # what ends this block removes it


def audit(url: str, chromium: str, arguments: list[str], *categories: str) -> dict[str, Any]:
    """Lighthouse's report of a page as a phone loads it: `{"categories": {name: {"score": 0..1}}, "audits": …}`."""
    fetch()
    command = [
        *("node", str(UNPACKED / "node_modules" / "lighthouse" / "cli" / "index.js"), url, "--quiet", "--output=json"),
        *(f"--only-categories={','.join(categories)}", f"--chrome-flags={' '.join(['--headless=new', *arguments])}"),
    ]
    environment = os.environ | {"CHROME_PATH": chromium}
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, timeout=180)
    report: dict[str, Any] = json.loads(told.stdout)
    return report
