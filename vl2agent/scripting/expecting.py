"""`expect`: what a screen or something on it must come to show, waited for and then asserted. The async core."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self, overload

from vl2agent.errors import ExpectationFailed, InputError
from vl2agent.scripting import claims
from vl2agent.scripting.claims import Shown
from vl2agent.scripting.lettering import checked_text
from vl2agent.scripting.locator import Locator
from vl2agent.scripting.patience import Patience
from vl2agent.scripting.playwright import ToldFromPlaywright
from vl2agent.scripting.resolving import Glance
from vl2agent.scripting.screen import Screen
from vl2agent.scripting.session import checked_confidence, checked_timeout
from vl2agent.scripting.watching import Watch


@overload
def expect(actual: Locator) -> LocatorAssertions: ...
@overload
def expect(actual: Screen) -> ScreenAssertions: ...
def expect(actual: Locator | Screen) -> LocatorAssertions | ScreenAssertions:
    """Begin an expectation: `await expect(screen.locate("Saved")).to_be_visible()`.

    Every expectation waits, `timeout_s` seconds or as long as the screen's own; only pictures that changed are searched.

    Raises, when time is up:
        ExpectationFailed: an AssertionError with `.expected`, `.seen` and `.picture`, a file that shows the screen.
    """
    if isinstance(actual, Locator):
        return LocatorAssertions(actual.patience, False, actual)
    if isinstance(actual, Screen):
        return ScreenAssertions(actual.patience, False)
    raise InputError(
        f"expected a Locator or a Screen to await, got {type(actual).__name__}; vl2agent.expect takes others"
    )


@dataclass(frozen=True, slots=True)
class _Assertions(ToldFromPlaywright):
    """What both kinds share."""

    patience: Patience
    negated: bool

    @property
    def not_(self) -> Self:
        """Expect the opposite."""
        return replace(self, negated=not self.negated)

    async def _hold(
        self,
        subject: str,
        predicate: str,
        ask: Callable[[Glance], Shown],
        timeout_s: float | None,
        confidence: float | None = None,
    ) -> None:
        """Wait until a claim holds, or does not where it is negated.

        What is not seen may only be hidden by something that moves: it counts on a screen that stands still, or when it
        is so twice in a row.
        """
        session = self.patience.session
        least = session.confidence if confidence is None else checked_confidence(confidence)
        watch = Watch(session, ask, least, lambda shown: shown.lacks)
        so_before = False

        def attempt(left_s: float) -> bool | None:
            nonlocal so_before
            shown = watch.look(left_s)
            so, was_so = shown.holds is not None and shown.holds is not self.negated, so_before
            so_before = so
            return True if so and (not shown.lacks or watch.is_still or was_so) else None

        limit_s = session.timeout_s if timeout_s is None else checked_timeout(timeout_s)
        result, waited_s = await self.patience.until(attempt, limit_s)
        words = f"{subject} {'not ' * self.negated}{predicate}"
        if result is None:
            raise await self.patience.do(lambda: self._failure(words, watch, waited_s))
        await self.patience.do(lambda: session.turns.journal.noted(f"as expected: {words}"))

    def _failure(self, words: str, watch: Watch[Shown], waited_s: float) -> ExpectationFailed:
        session, shown = self.patience.session, watch.answer
        session.turns.journal.noted(f"not as expected: {words}; seen: {shown.seen}")
        file = session.pictures.keep(watch.settled.frame, shown.targets, f"expected {words}")
        return ExpectationFailed(words, shown.seen, waited_s, file)


@dataclass(frozen=True, slots=True)
class LocatorAssertions(_Assertions):
    """What can be expected of something on a screen."""

    locator: Locator

    async def to_be_visible(self, *, timeout_s: float | None = None, confidence: float | None = None) -> None:
        """Expect that something fits."""
        query = self.locator.query
        await self._claim("to be visible", lambda glance: claims.visible(query, glance), timeout_s, confidence)

    async def to_be_gone(self, *, timeout_s: float | None = None, confidence: float | None = None) -> None:
        """Expect that nothing fits any more."""
        await self.not_.to_be_visible(timeout_s=timeout_s, confidence=confidence)

    async def to_have_text(
        self, expected: str | re.Pattern[str], *, timeout_s: float | None = None, confidence: float | None = None
    ) -> None:
        """Expect a text on it or in it; a pattern is searched for.

        Blanks, and letters that look the same, such as 0 and O, do not count.
        """
        await self._written("text", expected, timeout_s, confidence, whole=True)

    async def to_contain_text(
        self, expected: str | re.Pattern[str], *, timeout_s: float | None = None, confidence: float | None = None
    ) -> None:
        """Expect a text on it or in it to have this somewhere."""
        await self._written("text that contains", expected, timeout_s, confidence, whole=False)

    async def to_have_count(
        self, expected: int, *, timeout_s: float | None = None, confidence: float | None = None
    ) -> None:
        """Expect that so many things fit."""
        query = self.locator.query
        words = f"to be there {expected} times"
        await self._claim(words, lambda glance: claims.counted(query, glance, expected), timeout_s, confidence)

    async def _written(
        self,
        what: str,
        expected: str | re.Pattern[str],
        timeout_s: float | None,
        confidence: float | None,
        *,
        whole: bool,
    ) -> None:
        checked_text(expected)
        query = self.locator.query
        shown = f"pattern {expected.pattern!r}" if isinstance(expected, re.Pattern) else repr(expected)
        words = f"to have the {what} {shown}"
        await self._claim(
            words, lambda glance: claims.written(query, glance, expected, whole=whole), timeout_s, confidence
        )

    async def _claim(
        self, predicate: str, ask: Callable[[Glance], Shown], timeout_s: float | None, confidence: float | None
    ) -> None:
        await self._hold(repr(str(self.locator.query)), predicate, ask, timeout_s, confidence)


@dataclass(frozen=True, slots=True)
class ScreenAssertions(_Assertions):
    """What can be expected of a whole screen."""

    async def to_show(self, description: str, *, timeout_s: float | None = None) -> None:
        """Expect what a person would see.

        Args:
            description: such as "a dialog titled Saved". With a model that is asked; else all that is in quotes must
                be written on the screen, or where nothing is, all words that do not merely describe.
            timeout_s: when to give up.

        Raises:
            InputError: without a model, there are no words that could be looked for.
        """
        model = self.patience.session.parts.model
        await self._hold(
            "the screen", f"to show {description}", lambda glance: claims.told(description, glance, model), timeout_s
        )
