"""The published menu site as HTTP answers: which file a path means, and the headers a browser should have with it."""

import base64
import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from mimetypes import guess_type
from pathlib import Path

from ingest_stack.tracker import script

_INLINE_SCRIPT = re.compile(
    rb"<script(?![^>]*\b(?:src\s*=|type\s*=\s*[\"']application/))[^>]*>(.*?)</script", re.DOTALL | re.IGNORECASE
)
# A file that is named by what it holds never changes: a browser that has it needn't ask again for a year.
_NAMED_BY_CONTENT = re.compile(r"[0-9a-f]{16,}(-\d+)?\.\w+")
_KINDS = {".webp": "image/webp"}  # of which not every machine's list of types knows
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
_SAFE = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
]


@dataclass(frozen=True)
class Found:
    """A file or a `content` to send, or (`location`) where it is instead."""

    path: Path | None
    headers: list[tuple[str, str]]
    location: str | None = None
    content: bytes | None = None

    @property
    def etag(self) -> str:
        return next(value for name, value in self.headers if name == "etag")


def find(site: Path, path: str, accept_encoding: str = "") -> Found | None:
    """What the site in folder `site` has for a URL path, gzipped where that is accepted; None: nothing."""
    zipped = bool(_GZIP.search(accept_encoding))
    if path == "/tracker.js":
        return _tracker(zipped)
    try:
        return _find(site.resolve(), path, zipped)
    except (OSError, ValueError):  # a name that no file can have: too long, or with a NUL in it
        return None


def _find(root: Path, path: str, zipped: bool) -> Found | None:
    wanted = (root / path.lstrip("/")).resolve()
    if not wanted.is_relative_to(root) or any(part.startswith(".") for part in wanted.relative_to(root).parts):
        return None
    if wanted.is_dir():
        if not path.endswith("/"):
            return Found(None, [], location=f"/{wanted.relative_to(root).as_posix()}/")
        wanted /= "index.html"
    elif path.endswith("/"):
        return None
    return _file(wanted, zipped) if wanted.is_file() else None


@cache
def _tracker(zipped: bool) -> Found:
    content = script().encode()
    tag = hashlib.sha256(content).hexdigest()[:16]
    content = gzip.compress(content, mtime=0) if zipped else content
    return Found(None, _headers("text/javascript", len(content), tag, zipped), content=content)


def _file(path: Path, zipped: bool) -> Found | None:
    try:
        status = path.stat()
    except OSError:
        return None
    kind = _KINDS.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
    content = _gzip(path, status.st_mtime_ns) if zipped and _is_text(kind) else None
    length = status.st_size if content is None else len(content)
    lasting = bool(_NAMED_BY_CONTENT.fullmatch(path.name))
    headers = _headers(kind, length, f"{status.st_mtime_ns:x}-{status.st_size:x}", content is not None, lasting)
    if kind == "text/html":
        headers.append(("content-security-policy", _policy(path, status.st_mtime_ns)))
    return Found(path, headers, content=content)


def _is_text(kind: str) -> bool:
    return kind.startswith("text/") or kind == "application/json"


def _headers(kind: str, length: int, tag: str, zipped: bool, lasting: bool = False) -> list[tuple[str, str]]:
    headers = [
        ("content-type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind),
        ("content-length", str(length)),
        ("etag", f'"{tag}-gzip"' if zipped else f'"{tag}"'),
        # Always asked for again, seldom sent again: a published menu is on every phone at its next load.
        ("cache-control", "public, max-age=31536000, immutable" if lasting else "no-cache"),
        ("vary", "accept-encoding"),
        *_SAFE,
    ]
    return [*headers, ("content-encoding", "gzip")] if zipped else headers


@lru_cache(maxsize=256)
def _gzip(path: Path, _changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)


@lru_cache(maxsize=1024)
def _policy(path: Path, _changed: int) -> str:
    return policy(path.read_bytes())


def policy(page: bytes) -> str:
    """What a menu page may do: run its own scripts (inline ones by their hash), style itself, talk to this origin."""
    inline = _INLINE_SCRIPT.findall(page)
    hashes = "".join(f" 'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" for script in inline)
    return (
        f"default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; manifest-src 'self'; media-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    )
