"""One request's place in the line, from its headers to its last token."""

from __future__ import annotations

import asyncio
import threading

from vl2agent.completion import Reply
from vl2agent.serve.predictions import Prediction, Status
from vl2agent.serve.question import Question
from vl2agent.serve.refusal import Refusal


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
