"""`expect` without `await`."""

from __future__ import annotations

import re
from typing import overload

from vl2agent.errors import InputError
from vl2agent.scripting import expecting
from vl2agent.scripting.hands import finish
from vl2agent.scripting.playwright import ToldFromPlaywright
from vl2agent.scripting.sync_locator import Locator
from vl2agent.scripting.sync_screen import Screen


@overload
def expect(actual: Locator) -> LocatorAssertions: ...
@overload
def expect(actual: Screen) -> ScreenAssertions: ...
def expect(actual: Locator | Screen) -> LocatorAssertions | ScreenAssertions:
    """Begin an expectation: `expect(screen.locate("Saved")).to_be_visible()`.

    Every expectation waits, `timeout_s` seconds or as long as the screen's own; only pictures that changed are searched.

    Raises, when time is up:
        ExpectationFailed: an AssertionError with `.expected`, `.seen` and `.picture`, a file that shows the screen.
    """
    if isinstance(actual, Locator):
        return LocatorAssertions(expecting.expect(actual.core))
    if isinstance(actual, Screen):
        return ScreenAssertions(expecting.expect(actual.core))
    raise InputError(
        f"expected a Locator or a Screen, got {type(actual).__name__}; those to await go to vl2agent.async_api.expect"
    )


class LocatorAssertions(ToldFromPlaywright):
    """What can be expected of something on a screen."""

    def __init__(self, core: expecting.LocatorAssertions) -> None:
        self._core = core

    @property
    def not_(self) -> LocatorAssertions:
        """Expect the opposite."""
        return LocatorAssertions(self._core.not_)

    def to_be_visible(self, *, timeout_s: float | None = None, confidence: float | None = None) -> None:
        """Expect that something fits."""
        finish(self._core.to_be_visible(timeout_s=timeout_s, confidence=confidence))

    def to_be_gone(self, *, timeout_s: float | None = None, confidence: float | None = None) -> None:
        """Expect that nothing fits any more."""
        finish(self._core.to_be_gone(timeout_s=timeout_s, confidence=confidence))

    def to_have_text(
        self, expected: str | re.Pattern[str], *, timeout_s: float | None = None, confidence: float | None = None
    ) -> None:
        """Expect a text on it or in it; a pattern is searched for.

        Blanks, and letters that look the same, such as 0 and O, do not count.
        """
        finish(self._core.to_have_text(expected, timeout_s=timeout_s, confidence=confidence))

    def to_contain_text(
        self, expected: str | re.Pattern[str], *, timeout_s: float | None = None, confidence: float | None = None
    ) -> None:
        """Expect a text on it or in it to have this somewhere."""
        finish(self._core.to_contain_text(expected, timeout_s=timeout_s, confidence=confidence))

    def to_have_count(self, expected: int, *, timeout_s: float | None = None, confidence: float | None = None) -> None:
        """Expect that so many things fit."""
        finish(self._core.to_have_count(expected, timeout_s=timeout_s, confidence=confidence))


class ScreenAssertions(ToldFromPlaywright):
    """What can be expected of a whole screen."""

    def __init__(self, core: expecting.ScreenAssertions) -> None:
        self._core = core

    @property
    def not_(self) -> ScreenAssertions:
        """Expect the opposite."""
        return ScreenAssertions(self._core.not_)

    def to_show(self, description: str, *, timeout_s: float | None = None) -> None:
        """Expect what a person would see.

        Args:
            description: such as "a dialog titled Saved". With a model that is asked; else all that is in quotes must
                be written on the screen, or where nothing is, all words that do not merely describe.
            timeout_s: when to give up.

        Raises:
            InputError: without a model, there are no words that could be looked for.
        """
        finish(self._core.to_show(description, timeout_s=timeout_s))
