"""Who may come in: keys, hosts, connections that do not say what they want."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest
from running_server import WEB, Obedient, Threaded, asked, threaded, until

from vl2agent.errors import InputError
from vl2agent.serve.limits import Limits
from vl2agent.serve.site import Site

KEY = "sesame-open-0123"


@pytest.fixture(scope="module")
def locked() -> Iterator[Threaded]:
    """A server with a key."""
    with threaded(Obedient(), Limits(read_s=0.3), key=KEY) as server:
        until(lambda: "ready" in server.told)
        yield server


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer wrong", f"Bearer {KEY}x", f"Basic {KEY}", KEY, "Bearer \xff"])
def test_without_the_key_nobody_comes_in(locked: Threaded, shown: str) -> None:
    """Every route but the health; the answer tells nothing of the key."""
    headers = httpx.Headers({"authorization": shown} if shown else {}, encoding="latin-1")
    for method, path in (("GET", "models"), ("POST", "chat/completions"), ("GET", "predictions/x"), ("GET", "none")):
        answer = WEB.request(method, f"{locked.url}/{path}", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["error"]["code"] == "invalid_api_key"
        assert KEY not in answer.text
    assert WEB.get(locked.url.replace("/v1", "/health")).status_code == 200
    assert WEB.post(locked.url.replace("/v1", "/tokenize"), headers=headers, json=asked("x")).status_code == 401


def test_with_the_key_one_does(locked: Threaded) -> None:
    """As OpenAI's clients show it."""
    headers = {"authorization": f"Bearer {KEY}"}
    assert WEB.get(f"{locked.url}/models", headers=headers).status_code == 200
    assert WEB.post(f"{locked.url}/chat/completions", headers=headers, json=asked("x")).status_code == 200


def test_a_large_request_without_the_key_still_reads_its_answer(locked: Threaded) -> None:
    """The connection is not cut while the client writes."""
    answer = WEB.post(f"{locked.url}/chat/completions", json=asked("x" * 10_000_000))
    assert answer.status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "", "[::1", "x@y"])
def test_another_host_name_is_refused_on_loopback(locked: Threaded, host: str) -> None:
    """A page that has rebound its name to this machine still carries that name."""
    headers = {"host": host.format(port=locked.port), "authorization": f"Bearer {KEY}"}
    assert WEB.get(f"{locked.url}/models", headers=headers).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_its_own_names_are_taken(locked: Threaded, host: str) -> None:
    """Those of loopback, with and without the port."""
    headers = {"host": host.format(port=locked.port), "authorization": f"Bearer {KEY}"}
    assert WEB.get(f"{locked.url}/models", headers=headers).status_code == 200


def test_beyond_this_machine_a_key_is_demanded() -> None:
    """Without one it does not even listen."""
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"):
        with pytest.raises(InputError, match="API key"):
            Site(host=host)
    assert Site(host="0.0.0.0", key="k").names is None
    with pytest.raises(InputError, match="printable"):
        Site(key="two\nlines")


def test_ids_are_taken_from_clients_once_and_only_plain_ones(locked: Threaded) -> None:
    """What would not fit a line of log, or is in use, gets another."""
    headers = {"authorization": f"Bearer {KEY}"}

    def told(chosen: str) -> str:
        answer = WEB.post(
            f"{locked.url}/chat/completions", headers={**headers, "x-request-id": chosen}, json=asked("x")
        )
        assert answer.json()["id"] == answer.headers["x-request-id"]
        return answer.headers["x-request-id"]

    assert told("my-request-0001") == "my-request-0001"
    assert told("my-request-0001").startswith("chatcmpl-")
    assert told("two words and more").startswith("chatcmpl-")
    assert told("x" * 200).startswith("chatcmpl-")


def test_half_a_request_is_given_up(locked: Threaded) -> None:
    """Its place in the line is free again."""
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    with socket.create_connection(("127.0.0.1", locked.port), timeout=20) as connection:
        connection.sendall(head.encode())
        assert b"408" in connection.recv(100)
    assert WEB.get(locked.url.replace("/v1", "/health")).json()["queued"] == 0


def test_half_requests_to_count_do_not_add_up() -> None:
    """The next one is told to come again; when they are given up, there is room."""
    head = (
        "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    with threaded(Obedient()) as server:
        connections = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(32)]
        for connection in connections:
            connection.sendall(head.encode())
        tokenize = server.url.replace("/v1", "/tokenize")
        until(
            lambda: (
                (refused := WEB.post(tokenize, json=asked("x"))).status_code == 429 and refused.headers["retry-after"]
            )
        )
        for connection in connections:
            connection.close()
        until(lambda: WEB.post(tokenize, json=asked("x")).status_code == 200)


@pytest.mark.parametrize("sent", [b"", b"GET /health HT", b"GET /health HTTP/1.1\r\nHost: loc"])
def test_half_open_connections_are_closed(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever says nothing, or half a thing, is not waited for; others are answered meanwhile."""
    monkeypatch.setattr("vl2agent.serve.listening.HEADERS_S", 0.3)
    with threaded(Obedient()) as server:
        connections = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(50)]
        for connection in connections:
            connection.sendall(sent)
        assert WEB.get(server.url.replace("/v1", "/health")).status_code == 200
        for connection in connections:
            with connection:
                assert _is_closed(connection)


def test_an_idle_connection_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between requests clients may take their time."""
    monkeypatch.setattr("vl2agent.serve.listening.HEADERS_S", 0.05)
    with threaded(Obedient()) as server, socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        for _ in range(2):
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b""
            while b'"max_queue"' not in answer:
                answer += connection.recv(1000)
            connection.settimeout(0.3)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(20)


def test_what_is_no_http_is_refused(locked: Threaded) -> None:
    """And the server goes on."""
    with socket.create_connection(("127.0.0.1", locked.port), timeout=20) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    assert WEB.get(locked.url.replace("/v1", "/health")).status_code == 200


def _is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
