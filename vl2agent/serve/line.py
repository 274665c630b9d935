"""The line before the model: one thread owns it, requests come to it in the order they came here.

Everything happens on the event loop but the model's own work. At most `max_queue` requests wait; whoever comes then is
told when to come again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, TypeAlias

from vl2agent.completion import Reply
from vl2agent.contracts import Backend
from vl2agent.serve.job import Job, Predictions
from vl2agent.serve.limits import Limits
from vl2agent.serve.question import Question
from vl2agent.serve.refusal import Refusal, of_error, place_of, stopping, timed_out

logger = logging.getLogger(__name__)

State: TypeAlias = Literal["loading", "ready", "failing", "stopping"]

FAILURES = 3
"""So many in a row, and the model counts as failing."""
OVERDUE_S = 60.0
"""A reply that nobody wants any more and that still runs after so long: the model counts as failing."""
REST_S = 2.0
"""What the model gets to notice that its last reply is not wanted any more."""
WEIGHT = 0.2
"""Of the newest reply in the mean of how long one takes."""


class Line:
    """Lets requests to the model, one after the other.

    Args:
        backend: the model.
        limits: how many wait, and for how long.
    """

    def __init__(self, backend: Backend, limits: Limits) -> None:
        self.predictions = Predictions()
        self._backend, self._limits = backend, limits
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._inside: set[Job] = set()
        self._waiting: deque[Job] = deque()
        self._came = asyncio.Event()
        self._running: Job | None = None
        self._unwanted_since_s: float | None = None
        self._loading = self._loaded = self._stopping = False
        self._failures = 0
        self._mean_s = 1.0

    @property
    def state(self) -> State:
        """Whether it takes requests, and if not, why."""
        if self._stopping:
            return "stopping"
        if not self._loaded:
            return "loading"
        overdue = self._unwanted_since_s is not None and time.monotonic() - self._unwanted_since_s > OVERDUE_S
        return "failing" if overdue or self._failures >= FAILURES else "ready"

    @property
    def is_at_rest(self) -> bool:
        """Whether the model's thread has nothing to do; it then ends with the process."""
        return self._running is None and not self._loading

    @property
    def queued(self) -> int:
        """Requests that wait."""
        return len(self._inside) - self.running

    @property
    def running(self) -> int:
        """Requests that the model works on: one, or none."""
        return int(self._running is not None)

    def enter(self, id_: str) -> Job:
        """Give a request its place; whoever is given one calls `wait` or `leave`.

        Raises:
            Refusal: the line is full, the model is not loaded yet, or the server ends.
        """
        if self._stopping:
            raise stopping()
        if not self._loaded:
            raise Refusal(503, "loading", "the model is still being loaded; ask again soon", retry_after_s=2)
        if len(self._inside) > self._limits.max_queue:
            raise Refusal(
                429, "queue_full", f"{self.queued} requests wait already; ask again later", retry_after_s=self._mean_s
            )
        job = Job(self.predictions.begin(id_))
        self._inside.add(job)
        return job

    def wait(self, job: Job, question: Question, *, streams: bool) -> None:
        """Queue a request whose question is known now."""
        if self._stopping:
            self.leave(job, stopping())
            return
        job.question, job.streams = question, streams
        self._waiting.append(job)
        self._came.set()

    def leave(self, job: Job, why: Refusal | None = None) -> None:
        """Take a request out, wherever it is; None: nobody waits for its reply any more."""
        gone = Refusal(499, "cancelled", "the request was given up")
        job.cancel()
        job.end(why or gone, "failed" if why and why.code != "stopping" else "cancelled")
        if job is self._running:
            self._unwanted_since_s = self._unwanted_since_s or time.monotonic()
            return  # its place is free when the model has noticed
        self._inside.discard(job)
        if job in self._waiting:
            self._waiting.remove(job)

    def expire(self, job: Job) -> None:
        """Take a request out whose time is over."""
        self.leave(job, timed_out(self._limits.timeout_s))

    async def load(self) -> None:
        """Load the model.

        Raises:
            BackendError: it cannot be loaded.
        """
        self._loading = True
        loading = asyncio.get_running_loop().run_in_executor(self._thread, self._backend.load)
        loading.add_done_callback(self._has_loaded)
        await asyncio.shield(loading)
        self._loaded = True

    async def work(self) -> None:
        """Answer one request after the other, forever."""
        while True:
            while not self._waiting:
                self._came.clear()
                await self._came.wait()
            self._running = job = self._waiting.popleft()
            job.prediction.start()
            assert job.question is not None
            try:
                await self._run(job, job.question)
            finally:
                self._running = self._unwanted_since_s = None
                self._inside.discard(job)

    async def stop(self) -> None:
        """Take nothing new, send the queue away, and let what runs end in the time of grace, or end it."""
        self._stopping = True
        for job in self._inside - {self._running}:
            self.leave(job, stopping())
        running = self._running
        if running is None:
            return
        await asyncio.wait([running.outcome], timeout=self._limits.grace_s)
        if not running.outcome.done():
            self.leave(running, stopping())
        until_s = time.monotonic() + REST_S
        while self._running and time.monotonic() < until_s:
            await asyncio.sleep(0.01)

    def _has_loaded(self, loading: asyncio.Future[None]) -> None:
        self._loading = False

    async def _run(self, job: Job, question: Question) -> None:
        loop, began_s = asyncio.get_running_loop(), time.monotonic()
        try:
            reply = await loop.run_in_executor(self._thread, self._answer, job, question, loop)
        except Exception as error:  # noqa: BLE001  who waits must hear of it, whatever a backend raises
            refusal = of_error(error)
            self._failures += refusal.status >= 500
            if refusal.status >= 500:
                logger.error("%s failed: %s", job.id, place_of(error))
            job.end(refusal, "failed")
            return
        self._failures = 0
        if not job.is_cancelled():
            self._mean_s += WEIGHT * (time.monotonic() - began_s - self._mean_s)
        job.end(reply, "done")

    def _answer(self, job: Job, question: Question, loop: asyncio.AbstractEventLoop) -> Reply:
        """Ask the model; in its thread."""
        return self._backend.complete(
            question.prompt,
            question.images(),
            question.grammar,
            decoding=question.decoding,
            on_text=(lambda text: _post(loop, job, text)) if job.streams else None,
            cancelled=job.is_cancelled,
        )


def _post(loop: asyncio.AbstractEventLoop, job: Job, text: str) -> None:
    loop.call_soon_threadsafe(job.hear, text)
