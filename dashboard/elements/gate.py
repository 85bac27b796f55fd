"""Before somebody signed in, nothing of Streamlit answers: no page, no socket, no file; after signing out neither."""

import re
from contextlib import suppress
from functools import partial

from anyio import to_thread
from google.protobuf.message import DecodeError
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.elements.handing_out import may_take
from dashboard.signin.cookies import Cookies
from dashboard.signin.door import Door
from dashboard.signin.routes import is_ours, to_sign_in

# The font and icon of the door's pages, Streamlit's program (which everybody can have from its makers), and what a page
# that was open all night asks before it opens its socket again.
OPEN = re.compile(r"/static/.*|/app/static/.*|/_stcore/(health|host-config)")
FILE = re.compile(r"/media/([^/]+)")
FOR_PROGRAMS = re.compile(r"/(_stcore|media|component)/.*")


class Gate:
    """Asks the door about each request, and about each message of an open socket: callbacks run before the script."""

    def __init__(self, app: ASGIApp, door: Door, cookies: Cookies) -> None:
        self.app = app
        self._door = door
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or is_ours(scope["path"]) or OPEN.fullmatch(scope["path"]):
            return await self.app(scope, receive, send)
        cookie = HTTPConnection(scope).cookies.get(self._cookies.session)
        person = await self._person(cookie)
        if scope["type"] == "websocket":
            if person is None:
                if not await to_thread.run_sync(self._door.knew, cookie):
                    return await WebSocketClose(1008)(scope, receive, send)
                scope = _of_its_own(scope)
            return await self.app(scope, self._while_it_lives(cookie, receive), send)
        if person is not None and (file := FILE.fullmatch(scope["path"])) and not may_take(file[1], person):
            return await PlainTextResponse("Not found", 404)(scope, receive, send)
        if person is not None:
            return await self.app(scope, receive, _forgotten(send))
        if scope["method"] in ("GET", "HEAD") and not FOR_PROGRAMS.fullmatch(scope["path"]):
            way = to_sign_in(scope["path"], scope["query_string"].decode("latin-1"))
            return await RedirectResponse(way, 303, {"cache-control": "no-store"})(scope, receive, send)
        return await PlainTextResponse("Sign in first.", 401)(scope, receive, send)

    def _while_it_lives(self, cookie: str | None, receive: Receive) -> Receive:
        """Messages as they come; once the session is over, of each only that the script shall run, which says so."""

        async def heard() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                said = _heard(message.get("bytes") or b"")
                if await self._person(cookie, acts=not said.rerun_script.is_auto_rerun):
                    return message
                if said.WhichOneof("type") in ("rerun_script", "backend_operation_request"):  # the latter: a file
                    return {"type": "websocket.receive", "bytes": _run_only(said)}

        return heard

    async def _person(self, cookie: str | None, *, acts: bool = True) -> str | None:
        return await to_thread.run_sync(partial(self._door.person, cookie, acts=acts)) if cookie else None


def _of_its_own(scope: Scope) -> Scope:
    """A socket that takes up no session of Streamlit's: what waits there for its reader was read by who was in."""
    headers = MutableHeaders(raw=list(scope["headers"]))
    if asked := headers.get("sec-websocket-protocol"):
        headers["sec-websocket-protocol"] = ",".join(asked.split(",")[:2])
    return {**scope, "headers": headers.raw}


def _forgotten(send: Send) -> Send:
    """Pages are kept by no browser: the way back to one, after signing out, leads over the gate."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                headers["cache-control"] = "no-store"
        await send(message)

    return sent


def _heard(body: bytes) -> BackMsg:
    """What a page says; nothing, if it is no such message: Streamlit closes the socket over it."""
    said = BackMsg()
    with suppress(DecodeError):
        said.ParseFromString(body)
    return said


def _run_only(said: BackMsg) -> bytes:
    """A message that the script shall run, without all that was done on the page."""
    bare = BackMsg()
    bare.rerun_script.query_string = said.rerun_script.query_string
    bare.rerun_script.page_script_hash = said.rerun_script.page_script_hash
    return bytes(bare.SerializeToString())
