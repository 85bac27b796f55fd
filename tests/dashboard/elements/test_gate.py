"""What Streamlit's server hears of whom: nothing before sign-in, nothing of what was done after it ended."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.blobs import FolderBlobs
from dashboard.elements.gate import Gate
from dashboard.people import People, person
from dashboard.signin import passwords
from dashboard.signin.cookies import Cookies
from dashboard.signin.door import Door
from tests.dashboard.signin.conftest import let_in

ADDRESS = "http://127.0.0.1:8501"
STREAM = "/_stcore/stream"


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    blobs = FolderBlobs(tmp_path)
    People(blobs).add(person("ada@example.com", "admin"))
    People(blobs).add(person("mia@example.com", "manager", ["bistro"]))
    return blobs


@pytest.fixture
def door(blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr("dashboard.signin.sessions.TRUSTED_SECONDS", 0.0)
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return Door(blobs, timedelta(hours=12))


@pytest.fixture
def mia(door: Door, blobs: FolderBlobs) -> str:
    return let_in(door, blobs, "mia@example.com")


@pytest.fixture
def client(door: Door) -> Iterator[TestClient]:
    async def page(request: Request) -> PlainTextResponse:
        kind = "image/png" if request.url.path.endswith(".png") else "text/html"
        return PlainTextResponse("Streamlit", media_type=kind)

    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        if asked := socket.headers.get("sec-websocket-protocol"):
            await socket.send_text(asked)
        with suppress(WebSocketDisconnect):
            while True:
                await socket.send_bytes(await socket.receive_bytes())

    inner = [WebSocketRoute(STREAM, stream), Route("/{path:path}", page, methods=["GET", "PUT", "POST", "DELETE"])]
    app = Starlette(routes=inner, middleware=[Middleware(Gate, door=door, cookies=Cookies(ADDRESS))])
    with TestClient(app, ADDRESS, follow_redirects=False) as client:
        yield client


def clicked() -> bytes:
    """A click on the button "publish", in a fragment of a page, as a browser sends it."""
    said = BackMsg()
    said.rerun_script.query_string = "restaurant=bistro"
    said.rerun_script.page_script_hash = "abc"
    said.rerun_script.fragment_id = "f"
    state = said.rerun_script.widget_states.widgets.add()
    state.id, state.trigger_value = "publish", True
    return said.SerializeToString()


@pytest.mark.parametrize("cookie", ["", "made up", "x.y", "a" * 5000])
@pytest.mark.parametrize("path", ["/", "/menu", "/nowhere", "/menu/_stcore", "//", "/Static/x"])
def test_a_page_leads_whoever_isnt_in_to_the_sign_in_page_and_back(client: TestClient, cookie: str, path: str) -> None:
    answer = client.get(f"{path}?restaurant=bistro&days=7", headers={"cookie": f"menulens={cookie}"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert "Streamlit" not in answer.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/media/0123.csv"),
        ("GET", "/_stcore/metrics"),
        ("PUT", "/_stcore/upload_file/a/b"),
        ("DELETE", "/_stcore/upload_file/a/b"),
        ("POST", "/_stcore/agent/interact"),
        ("GET", "/component/x/index.html"),
        ("POST", "/"),
    ],
)
def test_nothing_that_programs_ask_for_is_given_to_whoever_isnt_in(
    client: TestClient, mia: str, method: str, path: str
) -> None:
    assert client.request(method, path).status_code == 401
    assert client.request(method, path, headers={"cookie": f"menulens={mia}"}).text == "Streamlit"


@pytest.mark.parametrize(
    "path", ["/sign-in", "/invitation/x", "/app/static/inter.woff2", "/static/js/a.js", "/_stcore/health"]
)
def test_what_the_sign_in_page_needs_is_open(client: TestClient, path: str) -> None:
    assert client.get(path).text == "Streamlit"


def test_a_socket_is_refused_to_whoever_isnt_in(client: TestClient, door: Door, mia: str) -> None:
    door.leave(mia)
    for cookie in ("", "made up", mia):
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(STREAM, headers={"cookie": f"menulens={cookie}"}),
        ):
            pass


def test_a_page_that_was_open_over_the_end_is_told_and_takes_up_nothing_of_before(
    client: TestClient, door: Door, mia: str, blobs: FolderBlobs
) -> None:
    People(blobs).remove("mia@example.com")
    headers = {"cookie": f"menulens={mia}", "sec-websocket-protocol": "streamlit, xsrf, the-session-of-before"}
    with client.websocket_connect(STREAM, headers=headers) as socket:
        assert socket.receive_text() == "streamlit, xsrf"
        socket.send_bytes(clicked())
        assert socket.receive_bytes() != clicked()


def test_pages_are_kept_by_no_browser(client: TestClient, mia: str) -> None:
    headers = {"cookie": f"menulens={mia}"}
    assert client.get("/", headers=headers).headers["cache-control"] == "no-store"
    assert "cache-control" not in client.get("/picture.png", headers=headers).headers


def test_while_the_session_lives_messages_pass_as_they_are(client: TestClient, mia: str) -> None:
    with client.websocket_connect(STREAM, headers={"cookie": f"menulens={mia}"}) as socket:
        socket.send_bytes(clicked())
        assert socket.receive_bytes() == clicked()
        socket.send_bytes(b"no such message")
        assert socket.receive_bytes() == b"no such message"


def test_a_page_that_runs_by_itself_does_not_count_as_somebody(
    client: TestClient, mia: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    acted: list[bool] = []
    monkeypatch.setattr(Door, "person", lambda _door, _cookie, acts=False: acted.append(acts) or "mia@example.com")
    by_itself = BackMsg()
    by_itself.rerun_script.is_auto_rerun = True
    with client.websocket_connect(STREAM, headers={"cookie": f"menulens={mia}"}) as socket:
        for message in (by_itself.SerializeToString(), clicked()):
            socket.send_bytes(message)
            assert socket.receive_bytes() == message
    assert acted == [True, False, True]


@pytest.mark.parametrize("end", ["sign-out", "removal", "role"])
def test_a_click_after_the_end_runs_the_script_and_presses_no_button(
    client: TestClient, door: Door, mia: str, blobs: FolderBlobs, end: str
) -> None:
    with client.websocket_connect(STREAM, headers={"cookie": f"menulens={mia}"}) as socket:
        if end == "sign-out":
            door.leave(mia)
        elif end == "removal":
            People(blobs).remove("mia@example.com")
        else:
            People(blobs).add(person("mia@example.com", "product"))
        beat = BackMsg()
        beat.clear_cache = True
        socket.send_bytes(beat.SerializeToString())  # asks for no run: nobody hears it
        socket.send_bytes(b"no such message")
        socket.send_bytes(clicked())
        heard = BackMsg()
        heard.ParseFromString(socket.receive_bytes())
    assert heard.rerun_script.query_string == "restaurant=bistro"
    assert heard.rerun_script.page_script_hash == "abc"
    assert heard.rerun_script.fragment_id == ""
    assert not heard.rerun_script.widget_states.widgets


def test_a_click_on_a_file_after_the_end_makes_none_and_runs_the_script(
    client: TestClient, door: Door, mia: str
) -> None:
    asked, heard = BackMsg(), BackMsg()
    asked.backend_operation_request.deferred_file.file_id = "menu.csv"
    with client.websocket_connect(STREAM, headers={"cookie": f"menulens={mia}"}) as socket:
        door.leave(mia)
        socket.send_bytes(asked.SerializeToString())
        heard.ParseFromString(socket.receive_bytes())
    assert heard.WhichOneof("type") == "rerun_script"
