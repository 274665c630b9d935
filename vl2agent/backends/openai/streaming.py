"""One reply, taken from a server while it is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from vl2agent.backends.openai.chat import DONE, Reading
from vl2agent.backends.openai.retry import Cancelled
from vl2agent.backends.openai.server import refusal
from vl2agent.backends.openai.wire import Incoming, Wire
from vl2agent.completion import Timings
from vl2agent.errors import BadAnswer, ServerUnreachable


class Stream:
    """A reply on its way.

    Args:
        wire: the server.
        url: where to ask.
        timeout_s: for the whole of it.
        cancelled: is asked between tokens, and while there are none.

    `on_text` is handed each piece of text, if anything is.
    """

    def __init__(self, wire: Wire, url: str, timeout_s: float, cancelled: Callable[[], bool] | None) -> None:
        self._wire, self._url, self._timeout_s, self._cancelled = wire, url, timeout_s, cancelled
        self.on_text: Callable[[str], None] | None = None
        self.reading = Reading(url)
        self.began_s = time.monotonic()
        self.first_s: float | None = None

    def read(self, body: Mapping[str, Any]) -> None:
        """Ask, and read to the end; what an earlier try brought is forgotten.

        Raises:
            ServerError: a refusal, no connection, or no whole reply.
            BackendTimeout: it was not whole in time.
            Cancelled: the caller wants no more; what came is in `reading`.
        """
        self.reading = Reading(self._url)
        with self._wire.exchange(
            "POST", self._url, body, timeout_s=self._timeout_s, cancelled=self._cancelled
        ) as answer:
            if answer.status != 200:
                raise refusal(answer)
            try:
                for data in _chunks(answer):
                    self._take(data)
            except ServerUnreachable as error:
                if self.first_s is None:
                    raise
                raise BadAnswer(self._url, f"the reply broke off: {error.reason}", 200) from error
        if self.reading.stop_reason is None:
            raise BadAnswer(self._url, "the reply ended without a finish_reason", 200)

    @property
    def timings(self) -> Timings:
        """Where the time went, as far as the server tells; the first token is timed here."""
        told = self.reading.extension.timings
        first_s = self.first_s or self.began_s
        decode_s = told.decode_s or (time.monotonic() - first_s if self.first_s else 0.0)
        return Timings(
            encode_s=told.encode_s, prefill_s=told.prefill_s, decode_s=decode_s, first_token_s=first_s - self.began_s
        )

    def _take(self, data: str) -> None:
        if self._cancelled and self._cancelled():
            raise Cancelled
        piece = self.reading.take(data)
        if self.first_s is None and (piece or self.reading.tokens):
            self.first_s = time.monotonic()
        if piece and self.on_text:
            self.on_text(piece)


def _chunks(answer: Incoming) -> Iterator[str]:
    """Give the data of server-sent events, or the one answer of a server that does not stream."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        yield answer.text()
    elif kind == "text/event-stream":
        yield from _events(answer)
    else:
        raise BadAnswer(answer.url, f"expected a stream of events or JSON, got {kind[:60] or 'nothing named'}", 200)


def _events(answer: Incoming) -> Iterator[str]:
    data: list[str] = []
    for line in answer.lines():
        if line.startswith(b"data:"):
            data.append(_decoded(line[5:], answer).removeprefix(" "))
        elif not line and data:
            if data == [DONE]:
                answer.drain()
                return
            yield "\n".join(data)
            data = []
    if data != [DONE]:
        raise BadAnswer(answer.url, f"the stream of the reply ended before {DONE}", 200)


def _decoded(line: bytes, answer: Incoming) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise BadAnswer(answer.url, f"expected UTF-8: {error}", 200) from error
