"""The door's pages: plain HTML from the app's own server, for nothing of Streamlit runs before somebody signed in."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

from anyio import CapacityLimiter, to_thread
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.signin import invitations, passwords
from dashboard.signin.cookies import Cookies
from dashboard.signin.door import Door, Entry
from dashboard.signin.sessions import LONGEST
from errors import AccessError, BusyError, ParameterError

SIGN_IN, SIGN_OUT, STYLE, LEAVE = "/sign-in", "/sign-out", "/sign-in.css", "/sign-in.js"
START, RETURN = f"{SIGN_IN}/start", f"{SIGN_IN}/return"  # where people go to a provider, and come back
MOST_BYTES = 16 * 1024  # of a form
KNOWN_FOR = 180 * 24 * 3600
HOME = "/"
_CACHED = {"cache-control": "max-age=300"}
_FOREIGN = "This form didn't come from here, or it is too old. Try again."
_HERE = Path(__file__).parent
log = logging.getLogger("menulens.dashboard")
Value = TypeVar("Value")


class Pages:
    """The routes of one door. `palette` gives the colours as CSS variables; people reach the dashboard at `address`."""

    _then = " and gives a link with which you set a password"

    def __init__(self, door: Door, address: str, palette: Callable[[], str]) -> None:
        self._door = door
        self._address = address
        self._cookies = Cookies(address)
        self._palette = palette
        templates = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
        templates.globals |= {"style": STYLE, "shortest": passwords.SHORTEST, "longest": passwords.LONGEST}
        self._templates = templates
        # Hashing waits for its turn; whoever reads a page or a font doesn't wait behind it.
        self._threads = CapacityLimiter(8)

    def routes(self) -> list[Route]:
        return [
            Route(SIGN_IN, self._ask, methods=["GET"]),
            Route(SIGN_IN, self._sign_in, methods=["POST"]),
            Route(SIGN_OUT, self._sign_out, methods=["POST"]),
            Route(f"{invitations.PATH}{{token}}", self._invite, methods=["GET"]),
            Route(f"{invitations.PATH}{{token}}", self._accept, methods=["POST"]),
            Route(STYLE, self._css, methods=["GET"]),
            Route(LEAVE, self._script, methods=["GET"]),
        ]

    async def _ask(self, request: Request) -> Response:
        to = own_path(request.query_params.get("next"))
        if await self._apart(self._door.person, request.cookies.get(self._cookies.session)):
            return RedirectResponse(to, 303)
        if not await self._apart(lambda: self._door.anybody):
            return self._page(
                request,
                "page",
                title="Nobody can sign in yet",
                lead=f"Nobody is known here. On the machine that holds the home, this adds you{self._then}:",
                command="menulens people add you@example.com --role admin",
            )
        return self._begin(request, to)

    async def _sign_in(self, request: Request) -> Response:
        form = await _form(request)
        to, typed = own_path(form.get("next")), form.get("name", "")
        if not self._genuine(request, form):
            return self._form(request, to, typed, _FOREIGN, 403)
        device = request.cookies.get(self._cookies.device)
        try:
            entry = await self._apart(self._door.enter, typed, form.get("password", ""), device)
        except AccessError as problem:
            return self._form(request, to, typed, str(problem), 403)
        except BusyError as problem:
            return self._form(request, to, typed, str(problem), 429)
        return await self._in(request, entry, to)

    async def _sign_out(self, request: Request) -> Response:
        cookie = request.cookies.get(self._cookies.session, "")
        if not (
            from_here(request, self._address) and self._door.sealed(cookie, (await _form(request)).get("seal", ""))
        ):
            return self._page(request, "page", 403, title="You are still signed in", lead=_FOREIGN)
        await self._apart(self._door.leave, cookie)
        response = RedirectResponse(SIGN_IN, 303)
        self._cookies.drop(response, self._cookies.session)
        return response

    async def _invite(self, request: Request, problem: str = "", status: int = 200) -> Response:
        try:
            person = await self._apart(self._door.invited, request.path_params["token"])
        except AccessError as refused:
            return self._page(request, "page", 404, title="This link leads nowhere", lead=str(refused))
        return self._page(request, "invitation", status, title="Choose your password", problem=problem, name=person)

    async def _accept(self, request: Request) -> Response:
        form = await _form(request)
        if not self._genuine(request, form):
            return await self._invite(request, _FOREIGN, 403)
        if form.get("password", "") != form.get("again", ""):
            return await self._invite(request, "The two aren't the same. Type the password again, twice.", 422)
        try:
            entry = await self._apart(self._door.accept, request.path_params["token"], form.get("password", ""))
        except AccessError:
            return await self._invite(request)
        except ParameterError as problem:
            return await self._invite(request, str(problem), 422)
        return await self._in(request, entry, HOME)

    async def failed(self, request: Request, problem: Exception) -> Response:
        """The words for a MenulensError that kept one of these pages from its work; what it was isn't for strangers."""
        log.warning("%s: %s", type(problem).__name__, problem)
        lead = "Try again in a minute. If it stays so, tell an admin: the log of `menulens dashboard` has the reason."
        return self._page(request, "page", 503, title="This doesn't work just now", lead=lead)

    async def _css(self, _request: Request) -> Response:
        style = f":root {{ color-scheme: light dark; {self._palette()} }}\n{(_HERE / 'page.css').read_text()}"
        return Response(style, media_type="text/css", headers=_CACHED)

    async def _script(self, _request: Request) -> Response:
        return Response((_HERE / "leave.js").read_text(), media_type="text/javascript", headers=_CACHED)

    async def _in(self, request: Request, entry: Entry, to: str) -> Response:
        """Another session replaces the one that the browser had, which nobody could have planted for it then."""
        await self._apart(self._door.leave, request.cookies.get(self._cookies.session))
        response = RedirectResponse(to, 303)
        self._cookies.keep(response, self._cookies.session, entry.session, int(LONGEST.total_seconds()))
        self._cookies.keep(response, self._cookies.device, entry.device, KNOWN_FOR)
        return response

    def _begin(self, request: Request, to: str) -> Response:
        """The page on which signing in begins, and after which it goes on to `to`."""
        return self._form(request, to)

    def _form(self, request: Request, to: str, typed: str = "", problem: str = "", status: int = 200) -> Response:
        return self._page(request, "sign_in", status, title="Sign in", problem=problem, name=typed, next=to)

    def _page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        nonce = request.cookies.get(self._cookies.form) or token_urlsafe(24)
        values = {"lead": "", "command": "", "problem": "", "seal": self._door.seal(nonce)} | values
        html = self._templates.get_template(f"{template}.html.jinja").render(values)
        response = HTMLResponse(html, status, headers={"cache-control": "no-store"})
        self._cookies.keep(response, self._cookies.form, nonce)
        return response

    def _genuine(self, request: Request, form: dict[str, str]) -> bool:
        nonce = request.cookies.get(self._cookies.form, "")
        sealed = bool(nonce) and self._door.sealed(nonce, form.get("seal", ""))
        return sealed and from_here(request, self._address)

    async def _apart(self, work: Callable[..., Value], *given: Any) -> Value:
        return await to_thread.run_sync(partial(work, *given), limiter=self._threads)


def is_ours(path: str) -> bool:
    """Whether one of these pages is there."""
    folder, _, token = path.rpartition("/")
    return path in (SIGN_IN, SIGN_OUT, STYLE, LEAVE, START, RETURN) or (
        f"{folder}/" == invitations.PATH and token != ""
    )


def own_path(wanted: str | None) -> str:
    """Where to go after signing in: a path of ours, never somebody else's address; the home page if it is none."""
    wanted = wanted or HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    plain = wanted.isascii() and wanted.isprintable() and " " not in wanted and "\\" not in wanted
    ours = wanted.startswith("/") and not wanted.startswith("//") and not parts.scheme and not parts.netloc
    return wanted if plain and ours and not is_ours(parts.path) else HOME


def to_sign_in(path: str, query: str = "") -> str:
    """The way to the sign-in page, and from there to a page of ours with all that its address says."""
    wanted = own_path(f"{quote(path)}?{query}" if query else quote(path))
    return SIGN_IN if wanted == HOME else f"{SIGN_IN}?next={quote(wanted, safe='/')}"


def from_here(asked: HTTPConnection, address: str) -> bool:
    """Whether a form was sent, or a socket opened, by a page of ours: browsers say so, and no page can change that."""
    origin = asked.headers.get("origin")
    if origin is None:
        return asked.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    return origin == address or origin.partition("://")[2] == asked.headers.get("host")


async def _form(request: Request) -> dict[str, str]:
    """A form's fields; those of one that is too large are none."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
