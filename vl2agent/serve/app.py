"""The routes.

GET  /health                 ready, loading, failing or stopping; how many wait
GET  /v1/models              the one model
POST /v1/chat/completions    OpenAI's, whole or streamed
GET  /v1/predictions/{id}    what became of a recent request
POST /tokenize               vLLM's: what a conversation costs, pictures included; ours: or several
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from vl2agent.backends.deepseek_vl import DeepseekVLBackend
from vl2agent.completion import Reply
from vl2agent.contracts import Backend
from vl2agent.serve.answers import Answer, model_card
from vl2agent.serve.door import Door
from vl2agent.serve.job import Job
from vl2agent.serve.limits import Limits
from vl2agent.serve.line import Line
from vl2agent.serve.question import Reading
from vl2agent.serve.refusal import Refusal, too_large

COUNTING = 32
"""Requests to /tokenize that are read at once; more come again later."""


def create_app(
    backend: Backend,
    line: Line,
    *,
    name: str,
    limits: Limits,
    key: str | None = None,
    hosts: tuple[str, ...] | None = None,
) -> FastAPI:
    """Put a backend behind routes.

    Args:
        backend: what answers; `line` leads to it.
        line: where requests wait.
        name: what clients call the model.
        limits: of requests.
        key: that must be shown, if any.
        hosts: names that the server may be called by; None: any.
    """
    app = FastAPI(openapi_url=None, redirect_slashes=False)  # no pages: they would load scripts from elsewhere
    app.add_middleware(Door, predictions=line.predictions, limits=limits, key=key, hosts=hosts)
    app.add_exception_handler(HTTPException, _unrouted)
    reading, counting = Reading(backend, name, limits), asyncio.Semaphore(COUNTING)
    card = model_card(name, backend.window, int(time.time()), grammars=not isinstance(backend, DeepseekVLBackend))

    @app.get("/health")
    async def health() -> JSONResponse:
        state = line.state
        told = {"status": state, "queued": line.queued, "running": line.running, "max_queue": limits.max_queue}
        return JSONResponse(told, 200 if state == "ready" else 503)

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [card]}

    @app.get("/v1/models/{model:path}")
    async def model(model: str) -> dict[str, Any]:
        if model != name:
            raise Refusal(404, "model_not_found", f"the model is {name!r}", param="model")
        return card

    @app.get("/v1/predictions/{id_}")
    async def prediction(id_: str) -> dict[str, Any]:
        found = line.predictions.find(id_)
        if found is None:
            raise Refusal(404, "prediction_not_found", "no recent request has this id", param="id")
        return found.as_json

    @app.post("/tokenize")
    async def tokenize(request: Request) -> dict[str, Any]:
        if counting.locked():
            raise Refusal(429, "queue_full", "too many are being counted; ask again soon", retry_after_s=1)
        async with counting:
            counted = await asyncio.to_thread(reading.tokenize, await _body(request, limits))
        return {**counted, "max_model_len": backend.window}

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        job = line.enter(request.state.id)
        request.state.figures = lambda: job.prediction.figures
        try:
            asked, question = await asyncio.to_thread(reading.chat, await _body(request, limits))
        except BaseException as error:
            line.leave(job, error if isinstance(error, Refusal) else None)
            raise
        line.wait(job, question, streams=bool(asked.stream))
        _watch(request, job, line, limits)
        answer = Answer(job, asked, name)
        return await (_stream(job, answer, line, limits) if asked.stream else _whole(job, answer))

    return app


async def _whole(job: Job, answer: Answer) -> Response:
    outcome = await job.outcome
    if isinstance(outcome, Refusal):
        raise outcome
    return JSONResponse(answer.whole(outcome))


async def _stream(job: Job, answer: Answer, line: Line, limits: Limits) -> Response:
    """Wait for the first piece: until then an error still has a status of its own."""
    first = await job.next_text()
    if first is None and isinstance(outcome := job.outcome.result(), Refusal):
        raise outcome
    return Events(_pieces(job, answer, first), lambda: line.leave(job), limits.read_s)


async def _pieces(job: Job, answer: Answer, text: str | None) -> AsyncIterator[bytes]:
    yield answer.opening()
    while text is not None:
        yield answer.piece(text)
        text = await job.next_text()
    for piece in answer.closing(job.outcome.result()):
        yield piece


class Events(Response):
    """A stream of server-sent events; a client that does not take them is given up.

    Args:
        pieces: of the stream.
        give_up: is called then.
        patience_s: how long one piece may wait to be taken.
    """

    media_type = "text/event-stream"

    def __init__(self, pieces: AsyncIterator[bytes], give_up: Callable[[], None], patience_s: float) -> None:
        super().__init__(headers={"cache-control": "no-store"})
        del self.headers["content-length"]
        self._pieces, self._give_up, self._patience_s = pieces, give_up, patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            async for piece in self._pieces:
                if piece:
                    async with asyncio.timeout(self._patience_s):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError:
            self._give_up()
            return  # the connection is closed, as its stream is not whole
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _watch(request: Request, job: Job, line: Line, limits: Limits) -> None:
    """Take the request out of the line when its client goes away, or its time is over."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        line.leave(job)

    timer = asyncio.get_running_loop().call_later(limits.timeout_s, line.expire, job)
    watcher = asyncio.create_task(gone())

    def end(outcome: asyncio.Future[Reply | Refusal]) -> None:
        timer.cancel()
        watcher.cancel()

    job.outcome.add_done_callback(end)


async def _body(request: Request, limits: Limits) -> bytes:
    """Read the body of a request, within its limits; by its own account it is JSON.

    Raises:
        Refusal: it is too large, too slow, or no JSON; or the client went away.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":  # forms may come from any page in a browser, unasked
        raise Refusal(415, "unsupported_media_type", f"expected content-type application/json, got {kind[:60]!r}")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limits.max_body_bytes:
        raise too_large("bytes of a request", limits.max_body_bytes, int(announced))
    try:
        async with asyncio.timeout(limits.read_s):
            return await _collected(request, limits.max_body_bytes)
    except TimeoutError:
        raise Refusal(408, "request_timeout", f"expected the whole request within {limits.read_s:g} s") from None
    except ClientDisconnect:
        raise Refusal(499, "cancelled", "the request broke off") from None


async def _collected(request: Request, most: int) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise too_large("bytes of a request", most)
        pieces.append(piece)
    return b"".join(pieces)


async def _unrouted(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    refusal = Refusal(error.status_code, "not_found" if error.status_code == 404 else "bad_method", str(error.detail))
    return JSONResponse(refusal.body, refusal.status, refusal.headers)
