"""An OpenAI-compatible server on loopback that answers as a test tells it to, faults included."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Visit"], None]


class Visit:
    """One request, and the means to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: Any) -> None:
        self.path, self.headers, self.body = handler.path, handler.headers, body
        self._handler = handler

    def reply(
        self, status: int, content: Any = None, *, kind: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        """Answer whole: JSON, or bytes as they are."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self._handler.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(data)), **(headers or {})}.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()
        self._handler.wfile.write(data)

    def open(self, kind: str = "text/event-stream") -> None:
        """Begin a stream that ends with the connection."""
        self._handler.send_response(200)
        self._handler.send_header("content-type", kind)
        self._handler.send_header("connection", "close")
        self._handler.end_headers()
        self._handler.close_connection = True

    def raw(self, data: bytes) -> None:
        """Send bytes."""
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def send(self, *chunks: Any) -> None:
        """Send chunks as events."""
        for chunk in chunks:
            text = chunk if isinstance(chunk, str) else json.dumps(chunk, ensure_ascii=False)
            self.raw(f"data: {text}\n\n".encode())

    def break_off(self) -> None:
        """Close the connection in the middle, as a crash does."""
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.wfile.flush()
        self._handler.close_connection = True
        os.close(self._handler.connection.detach())  # files of the handler would keep a socket open

    def is_left(self, within_s: float = 5.0) -> bool:
        """Whether the client went away."""
        self._handler.connection.settimeout(within_s)
        try:
            return not self._handler.connection.recv(1)
        except TimeoutError:
            return False
        except OSError:
            return True


def piece(text: str, logprob: float | None = None) -> dict[str, Any]:
    """Make a chunk of one token, as vLLM's."""
    told: dict[str, Any] = {"content": [{"token": text, "logprob": logprob, "bytes": None, "top_logprobs": []}]}
    return {"choices": [{"index": 0, "delta": {"content": text}, "logprobs": told if logprob is not None else None}]}


def ending(reason: str = "stop", **more: Any) -> list[Any]:
    """Make the last chunks: why it ended, what it cost, and the mark of the end."""
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": reason, **more}]}
    usage = {"prompt_tokens": 500, "completion_tokens": 3, "total_tokens": 503}
    return [last, {"choices": [], "usage": usage}, "[DONE]"]


def said(*texts: str, reason: str = "stop", **more: Any) -> Answer:
    """Answer with a whole stream."""

    def answer(visit: Visit) -> None:
        visit.open()
        visit.send({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
        visit.send(*(piece(text, -0.1) for text in texts), *ending(reason, **more))

    return answer


def refused(status: int, message: str = "no", **headers: str) -> Answer:
    """Answer with an error."""
    content = {"error": {"message": message, "type": "error", "code": status}}
    return lambda visit: visit.reply(
        status, content, headers={name.replace("_", "-"): v for name, v in headers.items()}
    )


class FaultyServer:
    """Gives the answers to chat completions in order, the last one for ever; keeps the requests.

    `tokenize` answers POST /tokenize, if it does.
    """

    def __init__(self, *answers: Answer, card: dict[str, Any] | None = None) -> None:
        self._answers = list(answers)
        self.card = {"id": "vl2", "object": "model", "max_model_len": 4096} if card is None else card
        self.models: Answer = lambda visit: visit.reply(200, {"object": "list", "data": [self.card]})
        self.tokenize: Answer = refused(404)
        self.asked: list[Visit] = []
        self.times: list[float] = []
        self.url = ""
        self._lock = threading.Lock()

    @property
    def bodies(self) -> Sequence[Any]:
        """What was sent to chat completions."""
        return [visit.body for visit in self.asked if visit.path.endswith("/chat/completions")]

    def answer(self, visit: Visit) -> None:
        """Answer one request."""
        with self._lock:
            self.asked.append(visit)
            self.times.append(time.monotonic())
            if visit.path.endswith("/models"):
                given = self.models
            elif visit.path.endswith("/tokenize"):
                given = self.tokenize
            else:
                given = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        given(visit)


@contextmanager
def serving(server: FaultyServer) -> Iterator[FaultyServer]:
    """Run it on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def _answer(self, body: Any) -> None:
            try:
                server.answer(Visit(self, body))
            except OSError:  # the client has gone, or the test broke the connection off
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

    class Listener(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    with Listener(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        server.url = f"http://127.0.0.1:{listener.server_port}/v1"
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()
