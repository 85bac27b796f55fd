"""What the dashboard's server answers to whoever asks, one class of findings after the other."""

import re
import tomllib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.elements.guard import Guard
from dashboard.menus.site import preview_scripts

HERE, PUBLIC = "http://127.0.0.1:8501", "https://menulens.example"


async def _answer(request: Request) -> Response:
    response = PlainTextResponse("told")
    response.set_cookie("plain", "1")
    response.set_cookie("sure", "1", secure=True)
    return response


async def _listen(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("told")
    await socket.close()


def asking(url: str = HERE, by: str = "") -> TestClient:
    """Asks a guarded app that tells everybody everything; `by` is the address that is asked instead of its own."""
    routes = [
        WebSocketRoute("/_stcore/stream", _listen),
        WebSocketRoute("/elsewhere", _listen),
        Route("/{path:path}", _answer),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Guard, url=url)])
    return TestClient(app, base_url=by or url, follow_redirects=False)


def listening(asked: TestClient, path: str = "/_stcore/stream", **headers: str) -> WebSocketTestSession:
    host = asked.base_url.netloc.decode()  # else it says another name
    return asked.websocket_connect(path, headers={"host": host, **headers})


# By which name one asks


@pytest.mark.parametrize(
    ("url", "by"), [(HERE, "http://evil.example"), (PUBLIC, HERE), (PUBLIC, "https://other.example")]
)
def test_a_name_that_was_made_to_lead_here_is_told_nothing(url: str, by: str) -> None:
    asked = asking(url, by)
    answer = asked.get("/menu")
    assert (answer.status_code, "told" in answer.text) == (400, False)
    with pytest.raises(WebSocketDisconnect), listening(asked):
        pass


def test_localhost_is_sent_on_to_the_address_whose_cookies_count_with_all_that_it_asked_for() -> None:
    answer = asking(HERE, "http://localhost:9000").get("/menu?days=7")
    assert (answer.status_code, answer.headers["location"]) == (307, "http://127.0.0.1:9000/menu?days=7")


def test_a_load_balancer_may_ask_by_any_name_whether_the_server_lives() -> None:
    assert asking(PUBLIC, "http://10.0.0.7:8501").get("/_stcore/health").status_code == 200


# What is shut


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/metrics/",
        "/_stcore//metrics",
        "/_stcore/agent/interact",
        "/_stcore/agent/openapi.json",
        "/_stcore/script-health-check",
        "/_stcore/bidi-components/any/file.js",
        "/_stcore/what-comes-next",
        "/component/any/index.html",
        "/auth/login",
        "/auth/logout",
        "/oauth2callback",
    ],
)
def test_a_door_of_streamlit_s_that_no_page_needs_is_shut(path: str) -> None:
    assert asking().get(path).status_code == 404


def test_doors_that_pages_need_are_open() -> None:
    asked = asking()
    for path in ("/", "/menu", "/_stcore/host-config", "/_stcore/upload_file/a/b", "/media/x.png", "/static/js/a.js"):
        assert asked.get(path).text == "told"
    with listening(asked) as socket:
        assert socket.receive_text() == "told"


def test_sockets_are_opened_where_the_pages_one_is_and_nowhere_else() -> None:
    with pytest.raises(WebSocketDisconnect), listening(asking(), "/elsewhere"):
        pass
    assert asking().get("/_stcore/stream").status_code == 404


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:9999", "http://localhost:8501", "https://127.0.0.1:9999", "null", "http://["]
)
def test_a_socket_is_opened_for_no_page_of_another_server_on_this_machine(origin: str) -> None:
    with pytest.raises(WebSocketDisconnect), listening(asking(), origin=origin):
        pass


@pytest.mark.parametrize(
    ("url", "by", "origin"), [(HERE, "http://127.0.0.1:9000", "http://127.0.0.1:9000"), (PUBLIC, PUBLIC, PUBLIC)]
)
def test_a_socket_is_opened_for_our_pages_whatever_port_leads_to_them(url: str, by: str, origin: str) -> None:
    with listening(asking(url, by), origin=origin) as socket:
        assert socket.receive_text() == "told"


# What a page may do


def directives(answer: Response) -> dict[str, list[str]]:
    parts = (part.split() for part in answer.headers["content-security-policy"].split(";"))
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("path", ["/", "/_stcore/metrics", "/media/x.png"])
@pytest.mark.parametrize("by", [HERE, "http://localhost:8501", "http://evil.example"])
def test_every_answer_says_what_its_page_may_do(path: str, by: str) -> None:
    headers = asking(HERE, by).get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_scripts_run_from_here_or_known_by_their_hash_and_none_is_made_of_text() -> None:
    policy = directives(asking().get("/"))
    assert policy["default-src"] == ["'none'"]
    assert policy["connect-src"] == policy["form-action"] == ["'self'"]
    assert policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    inline = {source for source in policy["script-src"] if source.startswith("'sha256-")}
    assert set(policy["script-src"]) - inline == {"'self'", "blob:"}
    assert inline >= set(preview_scripts())
    assert "unsafe-eval" not in str(policy)
    assert not [source for sources in policy.values() for source in sources if re.match(r"\*|https?:|wss?:", source)]


def test_what_was_handed_out_is_kept_by_no_cache() -> None:
    assert asking().get("/media/x.csv").headers["cache-control"] == "private, no-store"


# Behind TLS


def test_behind_tls_browsers_come_by_https_only_and_give_cookies_to_nobody_else() -> None:
    answer = asking(PUBLIC).get("/")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert [cookie.lower().count("; secure") for cookie in answer.headers.get_list("set-cookie")] == [1, 1]


@pytest.mark.parametrize("header", ["x-forwarded-proto", "x-forwarded-ssl", "front-end-https"])
def test_without_tls_no_header_makes_believe_that_there_is(header: str) -> None:
    answer = asking(HERE).get("/", headers={header: "https"})
    assert "strict-transport-security" not in answer.headers
    assert answer.headers.get_list("set-cookie")[0].lower().count("; secure") == 0


@pytest.mark.parametrize("header", ["x-forwarded-host", "x-host", "forwarded"])
def test_no_header_gives_the_server_another_name(header: str) -> None:
    assert asking(PUBLIC, "https://evil.example").get("/", headers={header: "menulens.example"}).status_code == 400


# What the server is set to


def test_the_server_keeps_to_itself_what_goes_wrong_and_what_it_is_made_of() -> None:
    config = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text())
    server, client = config["server"], config["client"]
    assert server["address"] == "127.0.0.1"
    assert server["enableXsrfProtection"] is True
    assert server["fileWatcherType"] == "none"
    assert server["maxUploadSize"] <= 20
    assert client["showErrorDetails"] == "none"
    assert client["toolbarMode"] == "viewer"
    assert not {"enableCORS", "corsAllowedOrigins", "trustedUserHeaders", "enableAgentApi"} & server.keys()
