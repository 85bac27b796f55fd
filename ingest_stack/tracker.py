"""tracker.js as it is served: without the comments and spaces that only its reader needs."""

from functools import cache
from pathlib import Path

import rjsmin

SOURCE = Path(__file__).with_suffix(".js")


@cache
def script() -> str:
    """The tracker's script, at most 1,800 bytes when gzipped."""
    return str(rjsmin.jsmin(SOURCE.read_text(encoding="utf-8")))
