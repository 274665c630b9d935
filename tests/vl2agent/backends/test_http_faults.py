"""A model behind a server that fails: typed errors, tries again where that helps, and never in the middle of a reply."""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import formatdate
from typing import Any

import pytest
from faulty_server import Answer, FaultyServer, Visit, ending, piece, refused, said, serving
from PIL import Image

from vl2agent.backends.http import HttpBackend
from vl2agent.completion import Prompt
from vl2agent.errors import (
    BackendError,
    BackendTimeout,
    BadAnswer,
    InputError,
    MissingExtra,
    ServerBusy,
    ServerError,
    ServerUnreachable,
)

PICTURE = Image.new("RGB", (30, 20), "orange")
ASKED = Prompt.ask("What is this?")

Serve = Callable[..., tuple[FaultyServer, HttpBackend]]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Start servers that fail as they are told to; pauses between tries are short."""
    monkeypatch.setattr("vl2agent.backends.openai.retry.FIRST_PAUSE_S", 0.02)
    with ExitStack() as stack:

        def start(*answers: Answer, **options: Any) -> tuple[FaultyServer, HttpBackend]:
            server = stack.enter_context(serving(FaultyServer(*answers)))
            backend = HttpBackend(server.url, **options)
            stack.callback(backend.close)
            return server, backend

        yield start


def stream(*chunks: Any, breaks: bool = False) -> Answer:
    """Send chunks, and neither an end nor the mark of one."""

    def answer(visit: Visit) -> None:
        visit.open()
        visit.send(*chunks)
        if breaks:
            time.sleep(0.1)  # what was sent arrives before the connection is reset
            visit.break_off()

    return answer


def broken(visit: Visit) -> None:
    """Close the connection before the answer."""
    visit.break_off()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_that_passes_is_not_noticed(serve: Serve, status: int) -> None:
    """Twice, and then there is the reply."""
    server, backend = serve(refused(status), refused(status), said("x"))
    assert backend.complete(ASKED, [PICTURE]).text == "x"
    assert len(server.bodies) == 3


@pytest.mark.parametrize("fault", [broken, stream({"choices": [{"delta": {"role": "assistant"}}]}, breaks=True)])
def test_a_connection_that_breaks_before_the_first_token_is_made_again(serve: Serve, fault: Answer) -> None:
    """Nothing of the reply has been handed over yet."""
    _, backend = serve(fault, said("x"))
    assert backend.complete(ASKED, [PICTURE]).text == "x"


@pytest.mark.parametrize(
    "fault",
    [
        stream(piece("a"), breaks=True),
        stream(piece("a")),
        stream(piece("a"), *ending()[:-1]),
        stream(piece("a"), "[DONE]"),
        stream(piece("a"), {"error": {"message": "the model crashed", "code": 500}}, "[DONE]"),
        stream(piece("a"), '{"choices": [{"delta": {"content"'),
        stream(piece("a"), {"id": "x"}),
        stream(piece("a"), {"choices": [{"delta": {"content": 7}}]}),
        stream(piece("a"), [1, 2]),
        stream(piece("a"), *ending("abort")),
        stream(piece("a"), *ending("content_filter")),
    ],
)
def test_half_a_reply_is_an_error(serve: Serve, fault: Answer) -> None:
    """Not tried again: somebody has heard its beginning."""
    server, backend = serve(fault, said("x"))
    heard: list[str] = []
    with pytest.raises(BadAnswer):
        backend.complete(ASKED, [PICTURE], on_text=heard.append)
    assert heard == ["a"]
    assert len(server.bodies) == 1


@pytest.mark.parametrize(
    ("fault", "said_of_it"),
    [
        (lambda visit: visit.reply(200, b"<html>Welcome</html>", kind="text/html"), "text/html"),
        (lambda visit: visit.reply(200, b"{"), "JSON"),
        (lambda visit: visit.reply(200, {"ok": True}), "choices"),
        (lambda visit: visit.reply(200, {"choices": []}), "finish_reason"),
        (lambda visit: visit.reply(200, {"error": {"message": "out of memory"}}), "out of memory"),
        (lambda visit: (visit.open(), visit.raw(b"data: \xff\xfe\n\n")), "UTF-8"),
        (lambda visit: (visit.open(), visit.raw(b"data: " + b"x" * 9_000_000)), "lines"),
        (stream('{"choices": ' + "[" * 100_000), "JSON"),
        (stream({"choices": [{"logprobs": {"content": [{"token": "a", "logprob": float("nan")}]}}]}), "logprob"),
    ],
)
def test_an_answer_that_is_none_is_an_error(serve: Serve, fault: Answer, said_of_it: str) -> None:
    """It says what was expected."""
    _, backend = serve(fault)
    with pytest.raises(BadAnswer, match=said_of_it):
        backend.complete(ASKED, [PICTURE])


@pytest.mark.parametrize(
    ("status", "hint"), [(401, "api_key"), (403, "API key"), (404, "/v1"), (413, "smaller"), (400, "no such luck")]
)
def test_a_refusal_is_told_in_the_servers_words(serve: Serve, status: int, hint: str) -> None:
    """With a hint; it is not asked again."""
    server, backend = serve(refused(status, "no such luck"))
    with pytest.raises(ServerError, match=hint) as caught:
        backend.complete(ASKED, [PICTURE])
    assert "no such luck" in str(caught.value)
    assert caught.value.status == status
    assert len(server.bodies) == 1


@pytest.mark.parametrize(
    "content",
    [
        {"error": "no luck"},
        {"detail": [{"loc": ["body"], "msg": "no luck"}]},
        {"object": "error", "message": "no luck"},
    ],
)
def test_other_forms_of_errors_are_read_too(serve: Serve, content: Any) -> None:
    """FastAPI's, and those of older servers."""
    _, backend = serve(lambda visit: visit.reply(422, content))
    with pytest.raises(ServerError, match="no luck"):
        backend.complete(ASKED, [PICTURE])


def test_tries_come_to_an_end(serve: Serve) -> None:
    """After so many, with the last failure."""
    server, backend = serve(refused(500, "still broken"), retries=2)
    with pytest.raises(ServerError, match="still broken"):
        backend.complete(ASKED, [PICTURE])
    assert len(server.bodies) == 3


def test_a_busy_server_is_asked_when_it_wants(serve: Serve) -> None:
    """Not sooner than it says; at once where it gives a time that is over."""
    server, backend = serve(
        refused(429, retry_after="1"), refused(429, retry_after=formatdate(0, usegmt=True)), said("x")
    )
    assert backend.complete(ASKED, [PICTURE]).text == "x"
    first, second, third = server.times[-3:]
    assert second - first >= 1
    assert third > second


@pytest.mark.parametrize("wanted", ["3600", "9" * 400])
def test_a_wait_beyond_the_budget_is_not_waited(serve: Serve, wanted: str) -> None:
    """The error says how long the server wants."""
    server, backend = serve(refused(429, "queue full", retry_after=wanted), budget_s=5)
    with pytest.raises(ServerBusy, match="queue full") as caught:
        backend.complete(ASKED, [PICTURE])
    assert caught.value.retry_after_s == float(wanted)
    assert len(server.bodies) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_no_proxy_stands_before_this_machine(serve: Serve, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Whatever the environment says: it would have no way here, and sees every screen."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server, _ = serve(said("x"))
    backend = HttpBackend(server.url.replace("127.0.0.1", host), retries=0)
    assert backend.complete(ASKED, [PICTURE]).text == "x"
    backend.close()


def test_a_pause_can_be_cancelled(serve: Serve) -> None:
    """Nothing is sent again."""
    server, backend = serve(refused(503, retry_after="30"))
    reply = backend.complete(ASKED, [PICTURE], cancelled=lambda: len(server.bodies) == 1)
    assert (reply.text, reply.stop_reason) == ("", "cancelled")
    assert len(server.bodies) == 1


def test_reaching_can_be_cancelled() -> None:
    """A server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        backend = HttpBackend(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
        until_s = time.monotonic() + 0.2
        assert backend.complete(ASKED, [PICTURE], cancelled=lambda: time.monotonic() > until_s).text == ""
        backend.close()


@pytest.mark.parametrize("drips", [False, True])
def test_a_reply_that_takes_too_long_is_an_error(serve: Serve, drips: bool) -> None:
    """Also where something comes all the time."""
    left = threading.Event()

    def slow(visit: Visit) -> None:
        visit.open()
        while drips and not left.is_set():
            visit.send(piece("."))
            left.wait(0.1)
        if visit.is_left():
            left.set()

    server, backend = serve(slow, timeout_s=0.6)
    try:
        with pytest.raises(BackendTimeout, match=r"0\.6 s"):
            backend.complete(ASKED, [PICTURE])
    finally:
        left.set() if drips else None
    assert left.wait(5)
    assert len(server.bodies) == 1


def test_a_server_that_is_not_there_is_named_at_once(serve: Serve) -> None:
    """Before it was ever reached, nothing is gained by waiting."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    backend = HttpBackend(f"http://127.0.0.1:{port}/v1", retries=1000)
    with pytest.raises(ServerUnreachable, match=f"127.0.0.1:{port}"):
        backend.load()
    backend.close()


def test_a_server_that_comes_back_is_found_again(serve: Serve) -> None:
    """It went away between two calls, and its connections with it."""
    server, backend = serve(said("x"))
    backend.load()
    server.models = refused(500)
    backend.close()
    assert backend.complete(ASKED, [PICTURE]).text == "x"


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (lambda visit: visit.reply(200, b"<html></html>", kind="text/html"), "list of models"),
        (lambda visit: visit.reply(200, {"data": "none"}), "list of models"),
        (lambda visit: visit.reply(200, {"data": []}), "serves none"),
        (lambda visit: visit.reply(200, {"data": [{"id": "a"}, {"id": "b"}]}), "serves a, b"),
        (refused(404), "/v1"),
        (refused(401), "VL2AGENT_API_KEY"),
    ],
)
def test_a_server_without_the_model_is_an_error(serve: Serve, models: Answer, expected: str) -> None:
    """It says what is there instead."""
    server, backend = serve(said("x"), model="c")
    server.models = models
    with pytest.raises(ServerError, match=expected):
        backend.load()


def test_no_redirect_is_followed(serve: Serve) -> None:
    """The key and the screen go where they were sent."""
    other, _ = serve(said("x"))
    there = f"{other.url}/chat/completions"
    _, backend = serve(lambda visit: visit.reply(307, {}, headers={"location": there}), api_key="s3cret")
    with pytest.raises(ServerError, match=there):
        backend.complete(ASKED, [PICTURE])
    assert not other.asked


def test_the_key_is_sent_and_never_told(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """Not even where the server repeats it."""
    caplog.set_level(logging.DEBUG)
    server, backend = serve(
        refused(500, "s3cret is bad"), refused(401, "Incorrect API key: s3cret"), api_key="s3cret", retries=1
    )
    with pytest.raises(ServerError, match=r"Incorrect API key: \*\*\*") as caught:
        backend.complete(ASKED, [PICTURE])
    assert {visit.headers["authorization"] for visit in server.asked} == {"Bearer s3cret"}
    assert "s3cret" not in f"{caught.value!r} {backend!r} {vars(caught.value)} {caplog.text}"


@pytest.mark.parametrize(
    "url", ["ftp://h/v1", "http://", "http://h:99999", "http://u:p@h/v1", "http://h/v1?a=b", "http://[::1", "h:80"]
)
def test_an_address_that_cannot_work_is_refused(url: str) -> None:
    """Before anything is sent; a password in it is not repeated."""
    with pytest.raises(InputError) as caught:
        HttpBackend(url)
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize("host", ["a b", "x" * 70 + ".invalid", "..", "-._!"])
def test_a_host_that_cannot_be_is_an_error(host: str) -> None:
    """At once, whoever notices it."""
    backend = HttpBackend(f"http://{host}/v1", timeout_s=20)
    with pytest.raises((InputError, ServerUnreachable)):
        backend.load()
    backend.close()


def test_a_connection_may_break_after_the_reply(serve: Serve) -> None:
    """It is whole by then."""
    _, backend = serve(stream(piece("a"), *ending(), breaks=True))
    assert backend.complete(ASKED, [PICTURE]).text == "a"


@pytest.mark.parametrize(
    "options",
    [
        {"timeout_s": 0},
        {"retries": -1},
        {"budget_s": -1},
        {"window": 0},
        {"api_key": "a\nb"},
        {"api_key": "é"},
        {"api_key": "k "},
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, Any]) -> None:
    """A key is not repeated."""
    with pytest.raises(InputError) as caught:
        HttpBackend("http://127.0.0.1:1/v1", **options)
    assert "a\nb" not in str(caught.value)


def test_a_picture_that_cannot_be_sent_is_refused(serve: Serve) -> None:
    """Sixteen bits to a colour."""
    with pytest.raises(InputError, match="8-bit"):
        serve(said("x"))[1].complete(ASKED, [Image.new("I;16", (9, 9))])


def test_without_its_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that installs it."""
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(MissingExtra, match=r"vl2agent\[remote\]"):
        HttpBackend("http://127.0.0.1:1/v1").load()


def test_an_error_of_the_listener_is_the_callers(serve: Serve) -> None:
    """And the connection is closed; the next call works."""
    _, backend = serve(said("a", "b"))

    def fail(text: str) -> None:
        raise RuntimeError("full disk")

    with pytest.raises(RuntimeError, match="full disk"):
        backend.complete(ASKED, [PICTURE], on_text=fail)
    assert backend.complete(ASKED, [PICTURE]).text == "ab"


def test_every_failure_is_a_backend_error() -> None:
    """Whoever catches that catches all of them."""
    for kind in (ServerUnreachable, ServerBusy, BadAnswer, ServerError, BackendTimeout):
        assert issubclass(kind, BackendError)
