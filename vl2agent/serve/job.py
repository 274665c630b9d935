"""One request's place in the line, from its headers to its last token, and what others are told of it.

What is remembered of recent requests are ids, states and times, never what they said.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from vl2agent.completion import Reply
from vl2agent.serve.question import Question
from vl2agent.serve.refusal import Refusal

Status: TypeAlias = Literal["queued", "running", "done", "cancelled", "failed"]

REMEMBERED = 1000


@dataclass(slots=True)
class Prediction:
    """One request from its arrival on.

    Args:
        id: what it is asked for by.
        status: 'queued' from its arrival, while its body still comes, too.
    """

    id: str
    status: Status = "queued"
    created_s: float = field(default_factory=time.time)
    error: str | None = None
    """The code of what it was refused with."""
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds that the backend tells of."""
    usage: dict[str, int] = field(default_factory=dict)
    _arrived_s: float = field(default_factory=time.monotonic)
    _started_s: float | None = None
    _ended_s: float | None = None

    def start(self) -> None:
        """Note that the model begins with it."""
        self.status, self._started_s = "running", time.monotonic()

    def end(self, status: Status, error: str | None = None) -> None:
        """Note how it ended; the first word stands."""
        if self._ended_s is None:
            self.status, self.error, self._ended_s = status, error, time.monotonic()

    def answered(self, reply: Reply) -> None:
        """Note what it took."""
        self.timings = reply.timings.model_dump()
        self.usage = reply.usage.model_dump()

    @property
    def seconds(self) -> dict[str, float]:
        """Tell how long it waited, how long the model worked on it, and the sum."""
        now = time.monotonic()
        ended = now if self._ended_s is None else self._ended_s
        started = ended if self._started_s is None else self._started_s
        spent = {"queued_s": started - self._arrived_s, "run_s": ended - started, "total_s": ended - self._arrived_s}
        return {name: round(max(0.0, seconds), 6) for name, seconds in spent.items()}

    @property
    def figures(self) -> dict[str, float]:
        """Sum up for the log."""
        return {name: round(seconds, 3) for name, seconds in self.seconds.items()} | self.usage

    @property
    def as_json(self) -> dict[str, Any]:
        """Tell it to who asks for it."""
        return {
            "id": self.id,
            "object": "prediction",
            "status": self.status,
            "created": self.created_s,
            "error": self.error,
            **self.seconds,
            "timings": self.timings or None,
            "usage": self.usage or None,
        }


class Predictions:
    """The last so many, by id."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._known: OrderedDict[str, Prediction] = OrderedDict()

    def begin(self, id_: str) -> Prediction:
        """Remember a new one, and forget the oldest."""
        self._known[id_] = prediction = Prediction(id_)
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)
        return prediction

    def find(self, id_: str) -> Prediction | None:
        """Give one that is remembered."""
        return self._known.get(id_)

    def __contains__(self, id_: str) -> bool:
        return id_ in self._known


class Job:
    """Belongs to the event loop; only `cancelled` is asked from the model's thread.

    Args:
        prediction: what others are told of it.

    `outcome` is the reply, or why there is none.
    """

    def __init__(self, prediction: Prediction) -> None:
        self.prediction = prediction
        self.question: Question | None = None
        self.streams = False
        self.outcome: asyncio.Future[Reply | Refusal] = asyncio.get_running_loop().create_future()
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()
        self._cancelled = threading.Event()

    @property
    def id(self) -> str:
        """Of its prediction."""
        return self.prediction.id

    def hear(self, text: str) -> None:
        """Take a piece of the reply."""
        self._texts.put_nowait(text)

    async def next_text(self) -> str | None:
        """Wait for the next piece of a reply that streams; None: it is over, and `outcome` is there."""
        return await self._texts.get()

    def cancel(self) -> None:
        """Ask the model's thread to stop."""
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        """Whether nobody wants the reply any more."""
        return self._cancelled.is_set()

    def end(self, outcome: Reply | Refusal, status: Status) -> None:
        """Tell who waits; the first word stands. The pictures are let go of."""
        self.question = None
        if self.outcome.done():
            return
        if isinstance(outcome, Reply):
            self.prediction.answered(outcome)
        self.prediction.end(status, outcome.code if isinstance(outcome, Refusal) else None)
        self.outcome.set_result(outcome)
        self._texts.put_nowait(None)
