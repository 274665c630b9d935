"""A reply that comes token by token, and how long its parts took."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator

import torch

from vl2.engine.reply import Reply, Timings, Token


class Stream(Iterator[Token]):
    """Tokens of a reply; `reply` is there after the last.

    Between two tokens nothing is held: other calls may run, and a stream that is left early does no harm.
    """

    def __init__(self, tokens: Generator[Token, None, Reply], lock: threading.RLock) -> None:
        self.reply: Reply | None = None
        self._tokens, self._lock = tokens, lock

    def __next__(self) -> Token:
        with self._lock:
            try:
                return next(self._tokens)
            except StopIteration as end:
                if end.value is not None:
                    self.reply = end.value
                raise StopIteration from None

    def finish(self) -> Reply:
        """Wait for the tokens that remain, and give the reply."""
        for _ in self:
            pass
        if self.reply is None:
            raise RuntimeError(
                "expected a stream that is still running or has ended well, this one was closed or failed"
            )
        return self.reply

    def close(self) -> None:
        """End early, without a reply; what was computed is remembered."""
        with self._lock:
            self._tokens.close()


class Clock:
    """Time from the call on, by its parts."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._start = device, time.perf_counter()
        self._last, self._first_token_s = self._start, 0.0
        self._spent = {"encode": 0.0, "prefill": 0.0, "decode": 0.0}

    def lap(self, part: str) -> None:
        """Book the time since the last lap on a part."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        self._book(part)

    def token(self) -> None:
        """Book the time since the last lap or resumption on decoding a token."""
        self._book("decode")
        self._first_token_s = self._first_token_s or self._last - self._start

    def resume(self) -> None:
        """Start anew after a pause that belongs to no part."""
        self._last = time.perf_counter()

    def timings(self) -> Timings:
        """Give what has been booked."""
        spent = self._spent
        return Timings(spent["encode"], spent["prefill"], spent["decode"], self._first_token_s)

    def _book(self, part: str) -> None:
        now = time.perf_counter()
        self._spent[part] += now - self._last
        self._last = now
