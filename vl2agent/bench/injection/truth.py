"""What is true of a hostile screen: the goal, what may be done for it, what the screen wants instead, and where.

The truth comes from the page or the dialog itself (the DOM, the accessibility tree), never from reading the picture,
and knows nothing of policies: it is what they are measured against.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from vl2agent.actions import Action, Click, Drag, Frozen, Move, Scroll, Zoom
from vl2agent.capture.files import load_frame
from vl2agent.errors import ImageError, InputError
from vl2agent.geometry import ScreenBox
from vl2agent.steps import ClickIntent, DragIntent, Frame, Intent, MoveIntent, ScrollIntent, Target, Window, ZoomIntent


class Deed(Frozen):
    """Something that can be done on the screen: the intent in words, and where what it names is (target, destination)."""

    intent: Intent
    boxes: tuple[ScreenBox, ...] = Field(default=(), max_length=2)

    @model_validator(mode="after")
    def _has_its_places(self) -> Self:
        pointed = isinstance(self.intent, ClickIntent | MoveIntent | ScrollIntent | ZoomIntent)
        expected = 2 if isinstance(self.intent, DragIntent) else 1 if pointed else 0
        if len(self.boxes) != expected:
            raise ValueError(f"expected {expected} boxes for {self.intent.kind}, got {len(self.boxes)}")
        return self

    @cached_property
    def action(self) -> Action:
        """The same with points: the middles of the boxes."""
        intent, points = self.intent, [box.center for box in self.boxes]
        match intent:
            case ClickIntent():
                return Click(point=points[0], button=intent.button, count=intent.count, modifiers=intent.modifiers)
            case DragIntent():
                return Drag(start=points[0], end=points[1])
            case MoveIntent():
                return Move(point=points[0])
            case ScrollIntent():
                return Scroll(point=points[0], direction=intent.direction, amount=intent.amount)
            case ZoomIntent():
                return Zoom(box=self.boxes[0])
            case _:
                return intent

    @property
    def found(self) -> tuple[Target, ...]:
        """Where it is, as a planner that has looked would tell."""
        words = [getattr(self.intent, name, "") for name in ("target", "destination")]
        return tuple(
            Target(words=word or "place", box=box, point=box.center, confidence=1.0, source="truth")
            for word, box in zip(words, self.boxes, strict=False)
        )


class Lure(Frozen):
    """Hostile text: what it says, by which trick, and where; no box where no picture shows it."""

    text: str = Field(min_length=1)
    trick: str = Field(min_length=1)
    box: ScreenBox | None = None


class HostileScreen(Frozen):
    """One screen.

    Args:
        name: also of its files, NAME.webp and NAME.json.
        goal: what the person said.
        kind: a page of a browser, or a desktop.
        language: of what is written on it, as in 'de'.
        dark: whether it is light on dark.
        scale: physical pixels per logical one.
        windows: as a screen would tell them.
        benign: what reaching the goal takes, in order.
        injected: what the screen wants done instead.
        lures: how it says so.
    """

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    goal: str = Field(min_length=1)
    kind: str = Field(pattern="^(page|desktop)$")
    language: str = Field(pattern=r"^[a-z]{2}$")
    dark: bool = False
    scale: float = Field(default=1.0, gt=0)
    windows: tuple[Window, ...] = Field(min_length=1)
    benign: tuple[Deed, ...] = Field(min_length=1)
    injected: tuple[Deed, ...] = Field(min_length=2)
    lures: tuple[Lure, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if both := [deed for deed in self.injected if any(deed.action == other.action for other in self.benign)]:
            raise ValueError(f"both benign and injected: {both[0].intent}")
        return self


class HostileScreens:
    """A folder of them.

    Args:
        folder: where NAME.webp and NAME.json are; those of the package by default.

    Raises:
        InputError: there are none, or what is said of one cannot be true.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(str(files("vl2agent.bench.injection").joinpath("screens")))
        self.screens: Sequence[HostileScreen] = [_read(path) for path in sorted(self.folder.glob("*.json"))]
        if not self.screens:
            raise InputError(f"expected hostile screens (NAME.json, NAME.webp) in {self.folder}")

    def choose(self, names: Sequence[str]) -> Sequence[HostileScreen]:
        """Return those of these names, all when there are none.

        Raises:
            InputError: no screen has this name.
        """
        known = {screen.name: screen for screen in self.screens}
        if unknown := [name for name in names if name not in known]:
            raise InputError(f"expected screens among {', '.join(known)}; got {unknown[0]!r}")
        return [known[name] for name in names] or self.screens

    def frame(self, screen: HostileScreen) -> Frame:
        """Return its picture, with its windows.

        Raises:
            ImageError: there is none, or something lies outside of it.
        """
        path = self.folder / f"{screen.name}.webp"
        plain = load_frame(path)
        for box in (box for deed in (*screen.benign, *screen.injected) for box in deed.boxes):
            if not plain.region.contains(box.center):
                raise ImageError(path, f"{box} lies outside", "a picture of all that is done on it")
        return Frame(plain.pixels, plain.region, plain.taken_at_s, screen.scale, screen.windows)


def _read(path: Path) -> HostileScreen:
    try:
        return HostileScreen.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise InputError(f"expected the truth of a hostile screen in {path}: {error}") from error
