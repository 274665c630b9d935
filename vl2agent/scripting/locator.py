"""`Locator`: words for something on a screen, looked for when something is done with it. The async core."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

from PIL import Image
from pydantic import ValidationError

from vl2agent.actions import MASK, Button, Frozen, Key, Modifier, TypeText
from vl2agent.errors import InputError
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.scripting import picture
from vl2agent.scripting.patience import Patience, Sought, is_missing, sought
from vl2agent.scripting.query import Narrowing, Query, Refinable
from vl2agent.scripting.resolving import Glance
from vl2agent.scripting.session import checked_confidence, checked_timeout
from vl2agent.scripting.watching import Watch
from vl2agent.scripting.wheel import Wheel
from vl2agent.steps import ClickIntent, DragIntent, Intent, MoveIntent, Step, Target

T = TypeVar("T")
I = TypeVar("I", bound=Frozen)

State: TypeAlias = Literal["visible", "gone"]

SCROLLING_S = 60.0
"""Longest search by scrolling, unless the script says otherwise."""


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

    def __init__(self, patience: Patience, query: Query) -> None:
        self.patience, self._query = patience, query

    @property
    def query(self) -> Query:
        return self._query

    async def click(
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
        intent = meant(ClickIntent, target=str(self.query), button=button, count=count, modifiers=tuple(modifiers))
        return await self._act(intent, (), lambda found: self._take(intent, found), timeout_s, confidence)

    async def double_click(self, *, timeout_s: float | None = None, confidence: float | None = None) -> Step:
        """Click it twice."""
        return await self.click(count=2, timeout_s=timeout_s, confidence=confidence)

    async def right_click(self, *, timeout_s: float | None = None, confidence: float | None = None) -> Step:
        """Click it with the right button."""
        return await self.click(button="right", timeout_s=timeout_s, confidence=confidence)

    async def hover(self, *, timeout_s: float | None = None, confidence: float | None = None) -> Step:
        """Put the pointer on it."""
        intent = MoveIntent(target=str(self.query))
        return await self._act(intent, (), lambda found: self._take(intent, found), timeout_s, confidence)

    async def type(
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
        focus = ClickIntent(target=str(self.query))
        entry: list[Intent] = [Key(keys="ctrl+a")] if clear else []
        if clear and not text:
            entry.append(Key(keys="delete"))
        if text or submit or not clear:
            entry.append(meant(TypeText, text=text, submit=submit, secret=secret))

        def work(found: tuple[Target, ...]) -> Step:
            step = self._take(focus, found)
            for intent in entry:
                step = self._take(intent)
            return step

        return await self._act(focus, (), work, timeout_s, confidence)

    async def drag_to(
        self, other: str | Locator, *, timeout_s: float | None = None, confidence: float | None = None
    ) -> Step:
        """Drag it to another thing on the same screen."""
        destination = self._query_beside(other)
        intent = DragIntent(target=str(self.query), destination=str(destination))
        return await self._act(intent, (destination,), lambda found: self._take(intent, found), timeout_s, confidence)

    async def scroll_into_view(
        self, *, over: str | Locator | None = None, timeout_s: float | None = None, confidence: float | None = None
    ) -> None:
        """Scroll down, then up, until it can be seen.

        Args:
            over: where to turn the wheel; by default in the middle of the active window, or of the screen.
            timeout_s: when to give up; a minute by default.
            confidence: what is asked of what is found.
        """
        self.patience.session.require_hands()
        await self.patience.found(
            (self.query,),
            lambda *_: True,
            timeout_s=SCROLLING_S if timeout_s is None else checked_timeout(timeout_s),
            confidence=self._confidence(confidence),
            wheel=Wheel(self.patience.session, self._query_beside(over) if over is not None else None),
        )

    async def text(self, *, timeout_s: float | None = None, confidence: float | None = None) -> str:
        """Read what is written on it, or in it."""
        return await self._see(lambda target, watch: watch.glance.text(target), timeout_s, confidence)

    async def box(self, *, timeout_s: float | None = None, confidence: float | None = None) -> ScreenBox:
        """Tell where it is, in physical pixels."""
        return await self._see(lambda target, _: target.box, timeout_s, confidence)

    async def point(self, *, timeout_s: float | None = None, confidence: float | None = None) -> ScreenPoint:
        """Tell where a click would go."""
        return await self._see(lambda target, _: target.point, timeout_s, confidence)

    async def screenshot(
        self, path: str | Path | None = None, *, timeout_s: float | None = None, confidence: float | None = None
    ) -> Image.Image:
        """Take a picture of it alone; save it where there is a path."""
        image = await self._see(lambda target, watch: watch.settled.frame.crop(target.box).image, timeout_s, confidence)
        if path is not None:
            picture.save(image, path)
        return image

    async def is_visible(self, *, confidence: float | None = None) -> bool:
        """Tell whether it, or several that fit, can be seen now; does not wait."""
        return not is_missing(await self._glance(lambda glance: sought((self.query,), glance), confidence))

    async def count(self, *, confidence: float | None = None) -> int:
        """Count what fits now; does not wait."""
        return len((await self._glance(lambda glance: glance.all(self.query), confidence)).targets)

    async def all(self, *, confidence: float | None = None) -> list[Locator]:
        """Give a locator for each thing that fits now, in reading order, or the nearest first after a relation."""
        return [self.nth(index) for index in range(await self.count(confidence=confidence))]

    async def wait_for(
        self, state: State = "visible", *, timeout_s: float | None = None, confidence: float | None = None
    ) -> None:
        """Wait until it can be seen, or until nothing that fits can be seen any more.

        Raises:
            LocatorTimeout: it did not come, or did not go.
        """
        if state == "visible":
            await self._see(lambda *_: True, timeout_s, confidence)
        elif state == "gone":
            await self.patience.gone(
                self.query, timeout_s=self._timeout(timeout_s), confidence=self._confidence(confidence)
            )
        else:
            raise InputError(f"expected the state 'visible' or 'gone', got {state!r}")

    # --- how ---------------------------------------------------------------------------------------------------

    def _narrowed(self, step: Narrowing) -> Locator:
        return Locator(self.patience, self.query.then(step))

    def _query_beside(self, other: str | Locator) -> Query:
        """Tell what another thing on the same screen is looked for by."""
        if not isinstance(other, Locator):
            return Query(other)
        if other.patience.session is not self.patience.session:
            raise InputError("expected a locator of the same Screen, got one of another")
        return other.query

    async def _act(
        self,
        intent: Intent,
        others: Sequence[Query],
        work: Callable[[tuple[Target, ...]], Step],
        timeout_s: float | None,
        confidence: float | None,
    ) -> Step:
        """Find it and, as soon as it stands still, work on it."""
        self.patience.session.require_hands()
        return await self.patience.found(
            (self.query, *others),
            lambda found, watch: work(found) if watch.is_steady(found) else None,
            timeout_s=self._timeout(timeout_s),
            confidence=self._confidence(confidence),
            intent=intent,
        )

    async def _see(
        self, look: Callable[[Target, Watch[Sought]], T], timeout_s: float | None, confidence: float | None
    ) -> T:
        """Find it, and look at it."""
        seen = await self.patience.found(
            (self.query,),
            lambda found, watch: (look(found[0], watch),),
            timeout_s=self._timeout(timeout_s),
            confidence=self._confidence(confidence),
        )
        return seen[0]

    async def _glance(self, ask: Callable[[Glance], T], confidence: float | None) -> T:
        """Ask one question of the screen as it is now."""
        watch = Watch(self.patience.session, ask, self._confidence(confidence), lambda _: True)
        return await self.patience.do(watch.look)

    def _take(self, intent: Intent, found: Sequence[Target] = ()) -> Step:
        return self.patience.session.take(intent, found)

    def _timeout(self, timeout_s: float | None) -> float:
        return self.patience.session.timeout_s if timeout_s is None else checked_timeout(timeout_s)

    def _confidence(self, confidence: float | None) -> float:
        return self.patience.session.confidence if confidence is None else checked_confidence(confidence)


def meant(kind: type[I], **fields: Any) -> I:
    """Make an intent of what a caller said.

    Raises:
        InputError: it cannot be.
    """
    try:
        return kind(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        got = MASK if fields.get("secret") else repr(first["input"])
        raise InputError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}, got {got}") from (
            None if fields.get("secret") else error
        )
