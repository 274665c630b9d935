"""Screens made of things with names, a perception that knows them, and an executor that writes down what it did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from vl2agent.actions import Action
from vl2agent.capture.base import CaptureScreen
from vl2agent.errors import AmbiguousTarget, TargetNotFound
from vl2agent.geometry import Display, ScreenBox, Size
from vl2agent.perception.embedded import OcrPerception
from vl2agent.steps import Element, Frame, Receipt, Settled, Target

SIZE = Size(400, 300)


@dataclass(frozen=True)
class Thing:
    """Something on a fake screen: a filled box with a name."""

    name: str
    left: int
    top: int
    width: int = 60
    height: int = 20
    role: str = "text"
    confidence: float = 0.9
    text: str | None = None

    @property
    def box(self) -> ScreenBox:
        """Where it is."""
        return ScreenBox(self.left, self.top, self.left + self.width, self.top + self.height)


Scene = Sequence[Thing]


def paint(things: Scene) -> Frame:
    """Draw each thing in a shade that its name and text give."""
    pixels = np.full((SIZE.height_px, SIZE.width_px, 4), 255, np.uint8)
    for thing in things:
        shade = sum(map(ord, thing.name + (thing.text or ""))) % 200
        pixels[thing.top : thing.top + thing.height, thing.left : thing.left + thing.width, :3] = shade
    return Frame(pixels, ScreenBox(0, 0, SIZE.width_px, SIZE.height_px), 0.0)


class Stage(CaptureScreen):
    """A surface that shows one scene after the other, a scene for each look, and the last one from then on.

    It can act too: `done` has every action, `on_perform` may change what is shown, `at` then says which scene that is.
    """

    def __init__(self, *scenes: Scene) -> None:
        self.scenes, self.looks = list(scenes), 0
        self.done: list[Action] = []
        self.released = 0
        self.receipt = Receipt(delivery="sent", duration_s=0.0)
        self.moving: set[int] = set()
        self.at: int | None = None
        self.on_perform: Callable[[Action], None] = lambda action: None
        self.on_grab: Callable[[], None] = lambda: None

    size = SIZE
    displays = (Display("stage", ScreenBox(0, 0, SIZE.width_px, SIZE.height_px)),)

    @property
    def scene(self) -> Scene:
        """What is shown now."""
        if self.at is not None:
            return self.scenes[self.at]
        return self.scenes[min(max(self.looks - 1, 0), len(self.scenes) - 1)]

    def grab(self) -> Frame:
        """Show the scene of the last look again."""
        self.on_grab()
        return paint(self.scene)

    def settled(self, timeout_s: float = 3.0, **_: float) -> Settled:
        """Go on to the next scene."""
        self.looks += 1
        whole = self.displays[0].box
        if self.looks in self.moving:
            return Settled(paint(self.scene), "moving", 0.0, (whole,))
        return Settled(paint(self.scene), "settled", 0.0)

    def perform(self, action: Action) -> Receipt:
        """Write it down."""
        self.done.append(action)
        self.on_perform(action)
        return self.receipt

    def release_all(self) -> None:
        """Count it."""
        self.released += 1


@dataclass
class Knowing:
    """A perception that knows a stage's things: a thing fits words that its name begins with."""

    stage: Stage
    searches: list[str] = field(default_factory=list)

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Give the things of that name, surest first."""
        self.searches.append(words)
        found = [_target(words, thing) for thing in self._on(frame) if thing.name.startswith(words)]
        return sorted(found, key=lambda target: -target.confidence)

    def locate(self, words: str, frame: Frame) -> Target:
        """Give the one thing of that name."""
        found = self.find(words, frame)
        if not found or found[0].confidence < 0.5:
            raise TargetNotFound(words, found)
        if len(found) > 1 and found[1].confidence == found[0].confidence:
            raise AmbiguousTarget(words, found)
        return found[0]

    def elements(self, frame: Frame) -> Sequence[Element]:
        """Give all things."""
        return [
            Element(box=thing.box, text=thing.text or thing.name, role=thing.role, confidence=1.0)
            for thing in self._on(frame)
        ]

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Give the texts of the things in the box, a line each."""
        inside = [thing for thing in self._on(frame) if box.contains(thing.box.center)]
        return "\n".join(thing.text if thing.text is not None else thing.name for thing in inside)

    def _on(self, frame: Frame) -> Scene:
        return next(scene for scene in self.stage.scenes if paint(scene).digest == frame.digest)


def _target(words: str, thing: Thing) -> Target:
    return Target(
        words=words,
        box=thing.box,
        point=thing.box.center,
        confidence=thing.confidence,
        text=thing.name,
        role=thing.role,
        source="knowing",
    )


@pytest.fixture
def stage() -> Callable[..., tuple[Stage, Knowing]]:
    """Make a stage of scenes, and the perception that knows it."""

    def make(*scenes: Scene) -> tuple[Stage, Knowing]:
        made = Stage(*scenes)
        return made, Knowing(made)

    return make


@pytest.fixture
def thing() -> type[Thing]:
    """Make a thing for a stage."""
    return Thing


@pytest.fixture(scope="session")
def perception() -> OcrPerception:
    """Read real pixels, with networks that are loaded once."""
    return OcrPerception()
