"""Signing in at an OpenID Connect provider: it says whose e-mail address it is, and the door does all else.

Of what the provider gives nothing is kept: no token, and no claim that would hold longer than it is true.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize
from urllib.parse import quote, urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dashboard.signin.door import Door
from dashboard.signin.routes import LEAVE, RETURN, SIGN_IN, SIGN_OUT, START, STYLE, Pages, own_path
from errors import AccessError, SettingError
from ingest_stack.ports import is_loopback

DISCOVERY = "/.well-known/openid-configuration"
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
SECONDS = 10.0  # that a provider may take to answer
log = logging.getLogger("menulens.dashboard")


@dataclass(frozen=True)
class Provider:
    """Where people sign in, as whom it knows us, and the claim by which it says that an e-mail address is theirs."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    verified: str

    @property
    def host(self) -> str:
        return urlsplit(self.issuer).netloc


def provider(issuer: str, client_id: str, client_secret: str, verified: str, address: str) -> Provider:
    """The provider as the settings say; the dashboard is reached at `address`.

    Raises SettingError for what would else come out at the first sign-in. A provider that doesn't answer just now is
    only logged: who is in may stay.
    """
    given = {"ISSUER": issuer, "CLIENT_ID": client_id, "CLIENT_SECRET": client_secret}
    if lacking := [f"MENULENS_OIDC_{name}" for name, value in given.items() if not value]:
        raise SettingError(f"To sign in at a provider, {' and '.join(lacking)} must be set.", "See docs/signing-in.md.")
    issuer = issuer.removesuffix(DISCOVERY)
    for name, url in (("MENULENS_OIDC_ISSUER", issuer), ("MENULENS_DASHBOARD_URL", address)):
        if not _is_safe(url):
            raise SettingError(
                f"{name} is {url}: signing in at a provider needs an https address.",
                "Only this machine may do without.",
            )
    try:
        answer = httpx2.get(described_at(issuer), timeout=SECONDS, follow_redirects=False)
        _expect_provider(issuer, answer)
    except httpx2.HTTPError as problem:
        log.warning("%s doesn't answer (%s): nobody can sign in until it does.", issuer, type(problem).__name__)
    return Provider(issuer, client_id, client_secret, verified)


def described_at(issuer: str) -> str:
    """Where a provider says of itself what we must know; some issuers end with a slash."""
    return issuer.rstrip("/") + DISCOVERY


def email(claims: Mapping[str, Any], provider: Provider) -> str:
    """The address that the provider vouches for. Raises AccessError if it vouches for none."""
    address = str(claims.get("email") or "").strip()
    if not address:
        raise AccessError(f"{provider.host} doesn't say your e-mail address.", "Ask an admin to have it say so.")
    if claims.get(provider.verified) not in (True, "true", "1"):
        raise AccessError(
            f"{provider.host} doesn't say that {address} is really yours.",
            "Confirm the address there, or ask an admin, then sign in again.",
        )
    if normalize("NFKC", address) != address:  # "K" for kelvins becomes the letter k: it would be another's address
        raise AccessError(f"{address} is written with signs that pass for others.", "Sign in with another address.")
    return address


class ProviderPages(Pages):
    """The routes of a door whose people come from a provider."""

    _then = ""

    def __init__(self, door: Door, address: str, palette: Callable[[], str], provider: Provider) -> None:
        super().__init__(door, address, palette)
        self._provider = provider
        self._client = OAuth().register(
            "provider",
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            server_metadata_url=described_at(provider.issuer),
            client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "timeout": SECONDS},
        )

    def routes(self) -> list[Route]:
        return [
            Route(SIGN_IN, self._ask, methods=["GET"]),
            Route(START, self._start, methods=["GET"]),
            Route(RETURN, self._return, methods=["GET"]),
            Route(SIGN_OUT, self._sign_out, methods=["POST"]),
            Route(STYLE, self._css, methods=["GET"]),
            Route(LEAVE, self._script, methods=["GET"]),
        ]

    async def _start(self, request: Request) -> Response:
        to = own_path(request.query_params.get("next"))
        request.session["next"] = to
        try:
            # select_account: who just signed out isn't signed in again without being asked.
            response = await self._client.authorize_redirect(request, self._address + RETURN, prompt="select_account")
        except (httpx2.HTTPError, ValueError) as problem:
            return self._not_now(request, to, problem)
        return RedirectResponse(response.headers["location"], 303, {"cache-control": "no-store"})

    async def _return(self, request: Request) -> Response:
        to = own_path(request.session.pop("next", None))
        try:
            token = await self._client.authorize_access_token(request)
            person = email(token.get("userinfo") or {}, self._provider)
        except AccessError as problem:
            return self._begin(request, to, str(problem), 403)
        except OAuthError as problem:
            if problem.error in ("access_denied", "login_required", "interaction_required"):
                return self._begin(request, to, f"{self._provider.host} let nobody in.", 403)
            return self._not_now(request, to, problem)
        except (httpx2.HTTPError, JoseError, ValueError, KeyError) as problem:
            return self._not_now(request, to, problem)
        try:
            entry = await self._apart(self._door.admit, person)
        except AccessError as problem:
            return self._page(request, "stranger", 403, title="Nobody here knows you yet", lead=str(problem))
        return await self._in(request, entry, to)

    def _not_now(self, request: Request, to: str, problem: Exception) -> Response:
        # Anybody can come back with a problem made up: it gets one short line.
        log.warning("Signing in at %s failed: %s: %.200r", self._provider.host, type(problem).__name__, str(problem))
        said = f"Signing in at {self._provider.host} didn't work. Try again; if it stays so, tell an admin."
        return self._begin(request, to, said, 502)

    def _begin(self, request: Request, to: str, problem: str = "", status: int = 200) -> Response:
        way, host = f"{START}?next={quote(to, safe='/')}", self._provider.host
        return self._page(request, "provider", status, title="Sign in", problem=problem, way=way, host=host)


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    )


def _expect_provider(issuer: str, answer: httpx2.Response) -> None:
    """Raises SettingError unless that is what a provider says of itself."""
    what = f"MENULENS_OIDC_ISSUER is {issuer}: what is at {described_at(issuer)}"
    try:
        said = answer.json() if answer.status_code == httpx2.codes.OK else {}
    except ValueError:
        said = {}
    if not isinstance(said, dict) or any(not _is_safe(str(said.get(name, ""))) for name in NEEDED):
        raise SettingError(
            f"{what} isn't how a provider describes itself ({answer.status_code}).", "Check the address."
        )
    if said.get("issuer") != issuer:
        # A provider of many tenants would let any of them claim any address.
        raise SettingError(f"{what} is of another, {said.get('issuer')}.", "Set it to that, of one tenant alone.")
