"""Waiting, giving up, time-outs and the end, with a model that does as it is told."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import running_server
from running_server import WEB, Obedient, Threaded, asked, events, threaded, until

from vl2agent.errors import BackendError
from vl2agent.serve.limits import Limits


def post(server: Threaded, word: str, **options: Any) -> httpx.Response:
    """Ask for one word."""
    return WEB.post(f"{server.url}/chat/completions", json=asked(word, **options))


def health(server: Threaded) -> dict[str, Any]:
    """How it is."""
    told: dict[str, Any] = WEB.get(server.url.replace("/v1", "/health")).json()
    return told


def status_of(server: Threaded, id_: str) -> str:
    """What became of a request."""
    return str(WEB.get(f"{server.url}/predictions/{id_}").json().get("status"))


def arrived(server: Threaded, number: int) -> None:
    """Wait until so many are in the line."""
    until(lambda: health(server)["queued"] + health(server)["running"] == number)


def begin(server: Threaded, word: str, **options: Any) -> socket.socket:
    """Send a request, and do not wait for its answer; closing the connection gives it up."""
    body = json.dumps(asked(word, **options)).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nX-Request-Id: request-{word}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(head.encode() + body)
    return connection


def test_requests_are_answered_in_the_order_they_came() -> None:
    """First come, first served."""
    backend = Obedient()
    backend.go.clear()
    with threaded(backend) as server, ThreadPoolExecutor(5) as clients:
        asking = []
        for number in range(5):
            asking.append(clients.submit(post, server, f"w{number}"))
            arrived(server, number + 1)
        backend.go.set()
        texts = [answer.result().json()["choices"][0]["message"]["content"] for answer in asking]
    assert texts == [f".w{number}" for number in range(5)]
    assert backend.began == [f"w{number}" for number in range(5)]


def test_a_full_line_says_when_to_come_again() -> None:
    """429 with whole seconds; what is inside is not harmed, and a place that is free again can be taken."""
    backend = Obedient()
    backend.go.clear()
    with threaded(backend, Limits(max_queue=2)) as server, ThreadPoolExecutor(3) as clients:
        inside = []
        for number in range(3):
            inside.append(clients.submit(post, server, f"w{number}"))
            arrived(server, number + 1)
        refused = post(server, "x" * 10_000)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["error"]["code"] == "queue_full"
        assert refused.json()["error"]["type"] == "rate_limit_error"
        backend.go.set()
        assert [answer.result().status_code for answer in inside] == [200] * 3
        assert post(server, "again").status_code == 200


def test_who_goes_away_while_it_runs_ends_it() -> None:
    """The model is told to stop, and the next one has its turn."""
    backend = Obedient()
    backend.go.clear()
    with threaded(backend) as server:
        gone = begin(server, "gone")
        until(lambda: backend.began)
        gone.close()
        until(lambda: backend.ended)
        assert backend.ended == ["gone cancelled"]
        assert status_of(server, "request-gone") == "cancelled"
        backend.go.set()
        assert post(server, "next").status_code == 200


def test_who_goes_away_while_waiting_leaves_the_line() -> None:
    """Its place is free at once, and the model never hears of it."""
    backend = Obedient()
    backend.go.clear()
    with threaded(backend, Limits(max_queue=1)) as server:
        first = begin(server, "first")
        until(lambda: backend.began)
        second = begin(server, "second")
        until(lambda: status_of(server, "request-second") == "queued" and health(server)["queued"] == 1)
        assert post(server, "refused").status_code == 429
        second.close()
        until(lambda: health(server)["queued"] == 0)
        assert status_of(server, "request-second") == "cancelled"
        third = begin(server, "third")
        until(lambda: health(server)["queued"] == 1)
        backend.go.set()
        until(lambda: status_of(server, "request-third") == "done")
        for connection in (first, third):
            connection.close()
    assert backend.began == ["first", "third"]


def test_a_prediction_is_followed_through_its_states() -> None:
    """By an id that the client chose."""
    backend = Obedient()
    backend.go.clear()
    with threaded(backend) as server:
        connections = [begin(server, "one")]
        until(lambda: status_of(server, "request-one") == "running")
        connections.append(begin(server, "two"))
        until(lambda: status_of(server, "request-two") == "queued")
        backend.go.set()
        until(lambda: status_of(server, "request-two") == "done")
        for connection in connections:
            connection.close()


@pytest.mark.parametrize("stream", [False, True])
def test_time_runs_out_for_what_runs_and_what_waits(stream: bool) -> None:
    """503 with a code, or an error in the stream; the model is told to stop."""
    backend = Obedient()
    backend.go.clear()
    with threaded(backend, Limits(timeout_s=0.3)) as server, ThreadPoolExecutor(2) as clients:
        running, waiting = (clients.submit(post, server, f"w{n}", stream=stream) for n in range(2))
        answers = [running.result(), waiting.result()]
        until(lambda: health(server)["running"] == 0)
        late = [answer for answer in answers if answer.status_code == 503]
        assert all(answer.json()["error"]["code"] == "timeout" for answer in late)
        if stream:
            [begun] = [answer for answer in answers if answer.status_code == 200]
            *_, last = events(iter(begun.text.splitlines()))
            assert last["error"]["code"] == "timeout"
        assert len(late) == (1 if stream else 2)
        backend.go.set()
        assert post(server, "next").status_code == 200


def test_a_model_that_does_not_stop_is_told_as_failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer comes in time all the same; no other request is given to it meanwhile."""
    monkeypatch.setattr("vl2agent.serve.line.OVERDUE_S", 0.2)
    backend = Obedient()
    backend.go.clear()
    backend.ignores_cancelling = True
    with threaded(backend, Limits(timeout_s=0.2)) as server:
        assert post(server, "stuck").status_code == 503
        until(lambda: health(server)["status"] == "failing")
        assert post(server, "other").status_code == 503
        assert backend.began == ["stuck"]
        backend.go.set()
        until(lambda: health(server)["status"] == "ready")


def test_while_it_loads_it_says_so() -> None:
    """Health, and 503 to requests; then it is ready."""
    backend = Obedient()
    backend.may_load.clear()
    with threaded(backend) as server:
        assert health(server)["status"] == "loading"
        refused = post(server, "x")
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "loading"
        assert refused.headers["retry-after"]
        backend.may_load.set()
        until(lambda: health(server)["status"] == "ready")
        assert server.told == ["listening", "ready"]
        assert post(server, "x").status_code == 200


@pytest.mark.parametrize("error", [BackendError("no such weights"), MemoryError()])
def test_a_model_that_cannot_be_loaded_ends_the_server(error: Exception) -> None:
    """With the error at hand, whatever it is."""
    backend = Obedient()
    backend.error = error
    with threaded(backend) as server:
        until(lambda: "stopped" in server.told)
        assert server.server.failure is backend.error


@pytest.mark.parametrize(
    ("error", "said"), [(BackendError("no memory is left"), "no memory"), (RuntimeError("secret"), "RuntimeError")]
)
def test_a_model_that_fails_is_a_500(error: Exception, said: str) -> None:
    """Its own words only where they are meant for people; several in a row are a failing server."""
    backend = Obedient()
    with threaded(backend) as server:
        until(lambda: health(server)["status"] == "ready")
        backend.error = error
        for _ in range(3):
            answer = post(server, "x")
            assert answer.status_code == 500
            assert said in answer.json()["error"]["message"]
            assert "secret" not in answer.text
        assert health(server)["status"] == "failing"
        backend.error = None
        assert post(server, "x").status_code == 200
        assert health(server)["status"] == "ready"


def test_a_stream_that_is_running_ends_well_when_the_server_stops() -> None:
    """What runs comes to its end, what waits and what is new gets a 503."""
    backend = Obedient()
    backend.go.clear()
    with threaded(backend) as server, ThreadPoolExecutor(2) as clients:
        running = clients.submit(post, server, "running", stream=True)
        until(lambda: backend.began)
        waiting = clients.submit(post, server, "waiting")
        until(lambda: health(server)["queued"] == 1)
        server.server.stop()
        assert waiting.result().status_code == 503
        refused = post(server, "new")
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "stopping"
        assert health(server)["status"] == "stopping"
        backend.go.set()
        chunks = events(iter(running.result().text.splitlines()))
        assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
        until(lambda: "stopped" in server.told)
    assert backend.began == ["running"]


def test_what_does_not_end_in_time_is_ended_with_the_server() -> None:
    """The stream says why."""
    backend = Obedient()
    backend.go.clear()
    with threaded(backend, Limits(grace_s=0.1)) as server, ThreadPoolExecutor(1) as clients:
        running = clients.submit(post, server, "running", stream=True)
        until(lambda: backend.began)
        server.server.stop()
        *_, last = events(iter(running.result().text.splitlines()))
        assert last["error"]["code"] == "stopping"
        until(lambda: "stopped" in server.told)
        assert server.server.line.is_at_rest
    assert backend.ended == ["running cancelled"]


def test_a_client_that_stops_reading_does_not_hold_the_line() -> None:
    """The model goes on with the next one."""
    backend = Obedient()
    with threaded(backend, Limits(read_s=0.2)) as server:
        silent = begin(server, "silent", stream=True)
        answers = [post(server, f"w{n}").status_code for n in range(3)]
        silent.close()
    assert answers == [200] * 3


def test_many_at_once_lose_nobody() -> None:
    """Each gets its own word, or a 429."""
    backend = Obedient()
    with threaded(backend, Limits(max_queue=4)) as server, ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(lambda n: (n, post(server, f"w{n}")), range(64)))
        assert health(server)["queued"] == health(server)["running"] == 0
    for number, answer in answers:
        if answer.status_code != 429:
            assert answer.json()["choices"][0]["message"]["content"] == f".w{number}"
    assert sum(answer.status_code == 200 for _, answer in answers) == len(backend.began) >= 5


def test_a_signal_that_comes_early_ends_it_well() -> None:
    """Before it listens: it has a loop by then, and nothing to wait for."""
    code = (
        "import os, signal, sys; sys.path[:0] = sys.argv[1:]\n"
        "from running_server import Obedient\n"
        "from vl2agent.serve import listening\n"
        "startup = listening.Server.startup\n"
        "async def early(self, sockets=None):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    await startup(self, sockets)\n"
        "listening.Server.startup = early\n"
        "listening.serve(Obedient(), name='x', site=listening.Site(port=0), told=lambda event, url: print(event))\n"
    )
    command = [sys.executable, "-c", code, str(Path(running_server.__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split()[-1] == "stopped"
