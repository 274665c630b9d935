"""`Locator` without `await`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from vl2agent.actions import Button, Modifier
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.scripting import locator
from vl2agent.scripting.hands import finish
from vl2agent.scripting.locator import State
from vl2agent.scripting.query import Narrowing, Query, Refinable
from vl2agent.steps import Step


class Locator(Refinable):
    """Something on a screen, by words: a name, a role, a place; made by `Screen.locate`.

    Nothing is looked for until something is done with it, and then anew each time. Every action waits until the words
    fit exactly one thing, surely enough, and until that thing stands still; only pictures that changed are searched.

    All methods take `timeout_s`, seconds, and `confidence`, 0 to 1, where the screen's own will not do.

    Raises, whatever is done with it:
        AmbiguousTarget: the words fit several things equally well; `.nth`, `.first` or a relation chooses.
        LocatorTimeout: nothing came that fits, or it did not stand still; a `TimeoutError`, too. Both have `.picture`,
            a file that shows the screen and the candidates with their scores.
    """

    def __init__(self, core: locator.Locator) -> None:
        self.core = core

    @property
    def query(self) -> Query:
        return self.core.query

    def click(
        self,
        *,
        button: Button = "left",
        count: int = 1,
        modifiers: Sequence[Modifier] = (),
        timeout_s: float | None = None,
        confidence: float | None = None,
    ) -> Step:
        """Click it.

        Args:
            button: 'left', 'right' or 'middle'.
            count: 1 to 3 clicks.
            modifiers: keys held meanwhile: 'ctrl', 'shift', 'alt', 'super'.
            timeout_s: when to give up.
            confidence: what is asked of what is found.

        Raises:
            ActionRefused: policy, or a person, said no.
            InputError: nothing here can act.
            ExecutionError: the platform did not do it.
        """
        click = self.core.click(
            button=button, count=count, modifiers=modifiers, timeout_s=timeout_s, confidence=confidence
        )
        return finish(click)

    def double_click(self, *, timeout_s: float | None = None, confidence: float | None = None) -> Step:
        """Click it twice."""
        return finish(self.core.double_click(timeout_s=timeout_s, confidence=confidence))

    def right_click(self, *, timeout_s: float | None = None, confidence: float | None = None) -> Step:
        """Click it with the right button."""
        return finish(self.core.right_click(timeout_s=timeout_s, confidence=confidence))

    def hover(self, *, timeout_s: float | None = None, confidence: float | None = None) -> Step:
        """Put the pointer on it."""
        return finish(self.core.hover(timeout_s=timeout_s, confidence=confidence))

    def type(
        self,
        text: str,
        *,
        clear: bool = False,
        submit: bool = False,
        secret: bool = False,
        timeout_s: float | None = None,
        confidence: float | None = None,
    ) -> Step:
        """Click it, then type; name the field itself, as in "Name field".

        Args:
            text: what to type.
            clear: replace what is there.
            submit: press enter afterwards.
            secret: keep the text out of recording, trace and messages, and paint over where it was typed.
            timeout_s: when to give up.
            confidence: what is asked of what is found.
        """
        return finish(
            self.core.type(text, clear=clear, submit=submit, secret=secret, timeout_s=timeout_s, confidence=confidence)
        )

    def drag_to(self, other: str | Locator, *, timeout_s: float | None = None, confidence: float | None = None) -> Step:
        """Drag it to another thing on the same screen."""
        core = other.core if isinstance(other, Locator) else other
        return finish(self.core.drag_to(core, timeout_s=timeout_s, confidence=confidence))

    def scroll_into_view(
        self, *, over: str | Locator | None = None, timeout_s: float | None = None, confidence: float | None = None
    ) -> None:
        """Scroll down, then up, until it can be seen.

        Args:
            over: where to turn the wheel; by default in the middle of the active window, or of the screen.
            timeout_s: when to give up; a minute by default.
            confidence: what is asked of what is found.
        """
        core = over.core if isinstance(over, Locator) else over
        finish(self.core.scroll_into_view(over=core, timeout_s=timeout_s, confidence=confidence))

    def text(self, *, timeout_s: float | None = None, confidence: float | None = None) -> str:
        """Read what is written on it, or in it."""
        return finish(self.core.text(timeout_s=timeout_s, confidence=confidence))

    def box(self, *, timeout_s: float | None = None, confidence: float | None = None) -> ScreenBox:
        """Tell where it is, in physical pixels."""
        return finish(self.core.box(timeout_s=timeout_s, confidence=confidence))

    def point(self, *, timeout_s: float | None = None, confidence: float | None = None) -> ScreenPoint:
        """Tell where a click would go."""
        return finish(self.core.point(timeout_s=timeout_s, confidence=confidence))

    def screenshot(
        self, path: str | Path | None = None, *, timeout_s: float | None = None, confidence: float | None = None
    ) -> Image.Image:
        """Take a picture of it alone; save it where there is a path."""
        return finish(self.core.screenshot(path, timeout_s=timeout_s, confidence=confidence))

    def is_visible(self, *, confidence: float | None = None) -> bool:
        """Tell whether it, or several that fit, can be seen now; does not wait."""
        return finish(self.core.is_visible(confidence=confidence))

    def count(self, *, confidence: float | None = None) -> int:
        """Count what fits now; does not wait."""
        return finish(self.core.count(confidence=confidence))

    def all(self, *, confidence: float | None = None) -> list[Locator]:
        """Give a locator for each thing that fits now, in reading order, or the nearest first after a relation."""
        return [Locator(core) for core in finish(self.core.all(confidence=confidence))]

    def wait_for(
        self, state: State = "visible", *, timeout_s: float | None = None, confidence: float | None = None
    ) -> None:
        """Wait until it can be seen, or until nothing that fits can be seen any more.

        Raises:
            LocatorTimeout: it did not come, or did not go.
        """
        finish(self.core.wait_for(state, timeout_s=timeout_s, confidence=confidence))

    def _narrowed(self, step: Narrowing) -> Locator:
        return Locator(self.core._narrowed(step))
