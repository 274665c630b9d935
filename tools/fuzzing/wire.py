"""What a model's server answers over HTTP."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

from fuzzing.mutating import mutate_bytes, mutate_json, mutate_order
from vl2agent.backends.http import HttpBackend
from vl2agent.completion import Message, Prompt, Reply

PROMPT = Prompt(messages=(Message(role="user", parts=("Where is the button?",)),))
MODELS: dict[str, Any] = {
    "object": "list",
    "data": [{"id": "vl2", "object": "model", "max_model_len": 4096, "owned_by": "vl2agent"}],
}
COUNTS: dict[str, Any] = {"count": 12, "max_model_len": 4096, "tokens": [1, 2, 3]}
LOCATED = {"words": "Save", "box": {"left": 1, "top": 2, "right": 3, "bottom": 4}, "confidence": 0.5}
CHUNKS: tuple[dict[str, Any], ...] = (
    {"id": "1", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
    {
        "id": "1",
        "choices": [
            {"index": 0, "delta": {"content": "[[1, 2"}, "logprobs": {"content": [{"token": "[[1", "logprob": -0.1}]}}
        ],
    },
    {"id": "1", "choices": [{"index": 0, "delta": {"content": ", 3, 4]]"}, "finish_reason": "stop"}]},
    {
        "id": "1",
        "choices": [],
        "usage": {"prompt_tokens": 12, "completion_tokens": 8, "prompt_tokens_details": {"cached_tokens": 3}},
        "vl2agent": {"image_tokens": 0, "cached_tokens": 3, "timings": {"prefill_s": 0.1}, "located": [LOCATED]},
    },
)
WHOLE: dict[str, Any] = {
    "choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 12, "completion_tokens": 2},
}
KINDS = (
    "text/event-stream",
    "application/json",
    "text/event-stream; charset=utf-8",
    "text/html",
    "",
    "application/json;",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a server."""

    body: bytes
    kind: str = "application/json"
    status: int = 200
    retry_after: str = ""


SOUND = {"/v1/models": Answer(json.dumps(MODELS).encode()), "/tokenize": Answer(json.dumps(COUNTS).encode())}


class Wire:
    """Answers to the three questions that a server is asked; one of them is broken, the others are sound."""

    name, share = "wire", 4

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._server = _serve(self._answers)
        self._url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._known = HttpBackend(self._url, retries=0, timeout_s=5.0)
        """Reached before, and asked again and again; what reaching or counting breaks takes a new one."""

    def close(self) -> None:
        """End the server."""
        self._known.close()
        self._server.shutdown()
        self._server.server_close()

    def mutant(self, rng: Random) -> tuple[str, Answer]:
        status = rng.choice((200,) * 12 + (204, 301, 400, 401, 404, 422, 429, 500, 503))
        retry_after = rng.choice(("", "0", "-1", "nan", "1e999", "soon", "Wed, 21 Oct 2015 07:28:00 GMT"))
        match rng.randrange(24):
            case 0:
                return "/v1/models", Answer(_bytes(mutate_json(MODELS, rng), rng), "application/json", status)
            case 1:
                return "/tokenize", Answer(_bytes(mutate_json(COUNTS, rng), rng), "application/json", status)
            case 2 | 3 | 4 | 5:
                body = _bytes(mutate_json(WHOLE, rng), rng)
                return "/v1/chat/completions", Answer(body, "application/json", status, retry_after)
        kind = rng.choice(KINDS) if rng.random() < 0.1 else KINDS[0]
        return "/v1/chat/completions", Answer(_bytes(_stream(rng), rng), kind, status, retry_after)

    def read(self, mutant: tuple[str, Answer]) -> tuple[int, Reply]:
        path, answer = mutant
        stream = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS) + "data: [DONE]\n\n"
        self._answers.clear()
        self._answers.update({**SOUND, "/v1/chat/completions": Answer(stream.encode(), KINDS[0]), path: answer})
        if path.endswith("/completions"):
            return self._known.count(PROMPT, ()), self._known.complete(PROMPT, ())
        backend = HttpBackend(self._url, retries=0, timeout_s=5.0)
        try:
            return backend.count(PROMPT, ()), backend.complete(PROMPT, ())
        finally:
            backend.close()

    def wrong(self, mutant: tuple[str, Answer], value: tuple[int, Reply]) -> str:
        count, reply = value
        if count < 0:
            return f"a prompt of {count} tokens"
        if any(not p <= 0 for p in reply.logprobs):
            return "a probability above 1"
        return "" if Reply.model_validate_json(reply.model_dump_json()) == reply else "it is another one when written"


def _stream(rng: Random) -> str:
    """Break chunks, or their order, or the lines that they stand on."""
    chunks = [json.dumps(chunk) for chunk in CHUNKS]
    broken = rng.randrange(len(CHUNKS))
    chunks[broken] = mutate_json(CHUNKS[broken], rng)
    if rng.random() < 0.2:
        chunks = mutate_order(chunks, rng)
    ends = rng.choice(("\n\n",) * 6 + ("\r\n\r\n", "\n", "\n\n\n", "\ndata: "))
    done = rng.choice(("data: [DONE]\n\n",) * 6 + ("", "data: [DONE]", "data:[DONE]\n\n", "[DONE]\n\n"))
    return "".join(f"data: {chunk}{ends}" for chunk in chunks) + done


def _bytes(text: str, rng: Random) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return mutate_bytes(data, rng) if rng.random() < 0.2 else data


class _Quiet(ThreadingHTTPServer):
    """A server whose clients may leave in the middle of an answer."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


def _serve(answers: dict[str, Answer]) -> ThreadingHTTPServer:
    """Answer on a free port of this machine, in threads of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._give()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self._give()

        def _give(self) -> None:
            answer = answers[self.path]
            self.send_response(answer.status)
            self.send_header("content-length", str(len(answer.body)))
            self.send_header("content-type", answer.kind)
            if answer.retry_after:
                self.send_header("retry-after", answer.retry_after)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = _Quiet(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
