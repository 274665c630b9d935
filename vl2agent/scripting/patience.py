"""Waiting: try until something comes of it or time runs out, and then say what was in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, TypeVar

from vl2agent.errors import AmbiguousTarget, LocatorTimeout, TargetNotFound
from vl2agent.scripting.hands import Hands
from vl2agent.scripting.query import Query
from vl2agent.scripting.resolving import Glance
from vl2agent.scripting.session import Session
from vl2agent.scripting.watching import Watch
from vl2agent.scripting.wheel import Wheel
from vl2agent.steps import Intent, Target

T = TypeVar("T")

Sought: TypeAlias = tuple[Target, ...] | TargetNotFound

PAUSE_S = 0.05
"""Between two looks: other tasks on the same screen get their turn."""


@dataclass(frozen=True, slots=True)
class Patience:
    """A session, and the hands that work on it."""

    session: Session
    hands: Hands

    async def do(self, work: Callable[[], T]) -> T:
        """Do one piece of work; a task that is cancelled meanwhile ends when the work has come to a clean end."""
        return await self.hands.do(work, self.session.parts.cancelled)

    async def until(self, attempt: Callable[[float], T | None], timeout_s: float) -> tuple[T | None, float]:
        """Try, at least once, until there is a result; return it, or None, and the seconds that it took.

        Args:
            attempt: gets the seconds that are left.
            timeout_s: when to stop trying.
        """
        clock, waited_s = self.session.parts.clock, 0.0
        began_s = clock.now_s()
        while True:
            result = await self.do(partial(attempt, timeout_s - waited_s))
            waited_s = clock.now_s() - began_s
            if result is not None or waited_s >= timeout_s:
                return result, waited_s
            await self.hands.rest(clock.skip(PAUSE_S))

    async def found(
        self,
        queries: Sequence[Query],
        then: Callable[[tuple[Target, ...], Watch[Sought]], T | None],
        *,
        timeout_s: float,
        confidence: float,
        intent: Intent | None = None,
        wheel: Wheel | None = None,
    ) -> T:
        """Find one thing for each query on one picture, and do something with them at once.

        Args:
            queries: what to find.
            then: gets what was found, and what found it; None asks for another look.
            timeout_s: when to give up.
            confidence: what is asked of what is found.
            intent: what is written down as not done, should it not be found.
            wheel: is turned where it cannot be seen.

        Raises:
            AmbiguousTarget: a query fits several things equally well, and the screen stands still.
            LocatorTimeout: nothing came that fits, or it did not stand still.
        """
        watch = Watch(self.session, lambda glance: sought(queries, glance), confidence, is_missing)
        clock = self.session.parts.clock
        began_s = clock.now_s()

        def attempt(left_s: float) -> T | None:
            answer = watch.look(left_s)
            if not isinstance(answer, TargetNotFound):
                return then(answer, watch)
            if watch.is_still and isinstance(answer, AmbiguousTarget):
                raise self._pictured(answer, watch, intent)
            if watch.is_still and wheel and not turned(wheel):
                more = "also not after scrolling down and up"
                raise self._pictured(_timeout(queries, watch, clock.now_s() - began_s, more), watch, intent)
            return None

        def turned(wheel: Wheel) -> bool:
            try:
                return wheel.turn(watch.glance)
            except AmbiguousTarget as error:
                raise self._pictured(error, watch, intent) from None

        result, waited_s = await self.until(attempt, timeout_s)
        if result is not None:
            return result
        more = wheel.problem if wheel else ""
        raise await self.do(lambda: self._pictured(_timeout(queries, watch, waited_s, more), watch, intent))

    async def gone(self, query: Query, *, timeout_s: float, confidence: float) -> None:
        """Wait until nothing fits a query, on a screen that stands still, or twice in a row.

        Raises:
            LocatorTimeout: it is still there.
        """
        watch = Watch(self.session, lambda glance: sought((query,), glance), confidence, is_missing)
        missed_before = False

        def attempt(left_s: float) -> bool | None:
            nonlocal missed_before
            missed, missed_already = is_missing(watch.look(left_s)), missed_before
            missed_before = missed
            return True if missed and (watch.is_still or missed_already) else None

        result, waited_s = await self.until(attempt, timeout_s)
        if result is None:
            answer = watch.answer
            seen = answer.candidates if isinstance(answer, TargetNotFound) else answer
            error = LocatorTimeout(str(query), waited_s, seen, "to be gone, and it is still there")
            raise await self.do(lambda: self._pictured(error, watch, None))

    def _pictured(self, error: TargetNotFound, watch: Watch[Sought], intent: Intent | None) -> TargetNotFound:
        """Add the picture, and write down that the step was not taken."""
        if intent is not None:
            self.session.missed(intent, str(error))
        error.picture = self.session.pictures.keep(watch.settled.frame, error.candidates, str(error))
        if error.picture:
            error.add_note(f"picture: {error.picture}")
        return error


def sought(queries: Sequence[Query], glance: Glance) -> Sought:
    """Find one thing for each query, or tell of the first that cannot be found."""
    try:
        return tuple(glance.one(query) for query in queries)
    except TargetNotFound as error:
        return _without_traceback(error)


def is_missing(answer: Sought) -> bool:
    """Tell whether nothing fits; where several things do, something is there."""
    return isinstance(answer, TargetNotFound) and not isinstance(answer, AmbiguousTarget)


def _without_traceback(error: TargetNotFound) -> TargetNotFound:
    """Drop the way here, which holds the picture that was searched: answers are remembered, pictures would pile up."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error


def _timeout(queries: Sequence[Query], watch: Watch[Sought], waited_s: float, more: str = "") -> TargetNotFound:
    """Say what was in the way at the last look."""
    answer = watch.answer
    if isinstance(answer, AmbiguousTarget):
        return answer
    if not isinstance(answer, TargetNotFound):
        return LocatorTimeout(
            " and ".join(map(str, queries)), waited_s, answer, "it is there, and does not stand still"
        )
    near = answer.candidates or watch.glance.resembling(answer.words)
    reason = f"{answer.reason or 'nothing on the screen fits'}; {more}" if more else answer.reason
    return LocatorTimeout(answer.words, waited_s, near, reason)
