"""What every request meets before Streamlit: which names and doors answer, and headers that say what a page may do."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import URL, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from dashboard.menus.site import preview_scripts, source
from dashboard.signin.routes import from_here
from ingest_stack.ports import is_loopback

HEALTH, STREAM = "/_stcore/health", "/_stcore/stream"
# What Streamlit's page asks for. Its metrics, its API for agents, its own sign-in, and whatever the next version brings
# below these paths, are shut.
OPEN = re.compile(r"/_stcore/(health|host-config|stream|upload_file/.+)")
SHUT = re.compile(r"/(_stcore|component|auth)(/.*)?|/oauth2callback")
YEAR = 365 * 24 * 60 * 60
NOWHERE = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone")
NEVER = (*NOWHERE, "midi", "payment", "publickey-credentials-get", "screen-wake-lock", "usb", "xr-spatial-tracking")


class Guard:
    """Lets in who asks for the dashboard by its own address, `url`, and by no other name that was made to lead here.

    Where that address is https, a proxy ends TLS before us: browsers are told to come by https only, and to give our
    cookies to nobody else. It is the setting that says so, and no header, for anybody may send a header.
    """

    def __init__(self, app: ASGIApp, url: str) -> None:
        self.app = app
        self.url = url
        self.host = urlsplit(url).hostname or ""
        self.secure = url.startswith("https:")
        self.headers = _headers(secure=self.secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        if (refusal := self._refusal(scope)) is None:
            return await self.app(scope, receive, self._dressed(scope, send))
        if scope["type"] == "websocket":
            return await WebSocketClose(1008)(scope, receive, send)
        return await refusal(scope, receive, self._dressed(scope, send))

    def _refusal(self, scope: Scope) -> Response | None:
        path = re.sub("//+", "/", scope["path"]).rstrip("/")
        shut = SHUT.fullmatch(path) and not OPEN.fullmatch(path)
        if shut or (path == STREAM) != (scope["type"] == "websocket"):
            return PlainTextResponse("Not found", 404)
        # Streamlit takes sockets of whatever else runs on this machine, and a cookie knows no port.
        if path == STREAM and not from_here(HTTPConnection(scope), self.url):
            return PlainTextResponse("Not a page of ours.", 403)
        if path == HEALTH:  # a load balancer asks for it by whatever address the machine has
            return None
        asked = URL(scope=scope).hostname
        if asked == self.host:
            return None
        if is_loopback(asked) and is_loopback(self.host) and scope["type"] == "http":
            # Cookies know 127.0.0.1 and localhost as two: whoever came in by one would be nobody at the other.
            return RedirectResponse(str(URL(scope=scope).replace(hostname=self.host)), 307)
        return PlainTextResponse("Nothing answers by this name here.", 400)

    def _dressed(self, scope: Scope, send: Send) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/media/"):
                    headers["cache-control"] = "private, no-store"
                if self.secure:
                    message["headers"] = [(name, _secure(name, value)) for name, value in message["headers"]]
            await send(message)

        return dressed


def _headers(*, secure: bool) -> dict[str, str]:
    headers = {
        "content-security-policy": _policy(),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": ", ".join(f"{feature}=()" for feature in NEVER),
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
    return headers | ({"strict-transport-security": f"max-age={YEAR}"} if secure else {})


def _policy() -> str:
    """What a page may load and run: from this server alone, and of what stands in it only scripts that we know.

    Streamlit runs a component's script as a blob, and writes the styles of its elements as it draws them. A menu's
    preview is a frame without an address: it stands under this policy and under its own.
    """
    scripts = " ".join((*_scripts_of_streamlit(), *preview_scripts()))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' blob: {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


@cache
def _scripts_of_streamlit() -> tuple[str, ...]:
    page = (Path(st.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    inline = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return tuple(source(text) for text in inline)


def _secure(name: bytes, value: bytes) -> bytes:
    return value + b"; Secure" if name == b"set-cookie" and b"; secure" not in value.lower() else value
