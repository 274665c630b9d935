"""The values that travel along a step: frame, intent, target, decision, receipt, verdict.

One value for each arrow of the loop (agent.py). All are immutable; what is written to a recording is a Pydantic
model, what holds pixels is a dataclass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal, TypeAlias

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from vl2agent.actions import Action, AskUser, ClickOptions, Done, Fail, Frozen, Key, ScrollOptions, TypeText, Wait
from vl2agent.geometry import ScreenBox, ScreenPoint, Size, View

Pixels: TypeAlias = NDArray[np.uint8]


class Window(Frozen):
    """A top-level window, as the window manager tells it; titles are for checks and policy, never for aiming.

    `url` is the page that it shows, where a browser tells.
    """

    title: str
    app: str
    box: ScreenBox
    active: bool = False
    url: str = ""


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of the screen.

    Args:
        pixels: [height, width, 4] uint8, in the order blue, green, red, unused, as X11 and Windows deliver them.
        region: the physical pixels it shows; the image has exactly this size.
        taken_at_s: `time.monotonic()` at the grab.
        scale: physical pixels per logical one.
        windows: the visible windows, topmost first, where the platform tells; screens fill it when a frame settled.
        tells_windows: the platform does, so that no window at all is a bare desktop, and not unknown.
    """

    pixels: Pixels
    region: ScreenBox
    taken_at_s: float
    scale: float = 1.0
    windows: tuple[Window, ...] = ()
    tells_windows: bool = False

    def __post_init__(self) -> None:
        expected = (self.region.height, self.region.width, 4)
        if self.pixels.shape != expected or self.pixels.dtype != np.uint8:
            raise ValueError(f"expected uint8 pixels of {expected}, got {self.pixels.dtype} {self.pixels.shape}")

    @classmethod
    def from_image(
        cls, image: Image.Image, *, origin: ScreenPoint = ScreenPoint(0, 0), taken_at_s: float = 0.0, scale: float = 1.0
    ) -> Frame:
        """Make a frame of a Pillow image; transparent parts are put on white."""
        if image.mode.startswith("I;16"):  # Pillow's own way takes all but the darkest for white
            image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        if image.has_transparency_data:
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
        rgb = np.asarray(image.convert("RGB"))
        pixels = np.empty((*rgb.shape[:2], 4), np.uint8)
        pixels[..., :3], pixels[..., 3] = rgb[..., ::-1], 255
        region = ScreenBox(origin.x, origin.y, origin.x + image.width, origin.y + image.height)
        return cls(pixels, region, taken_at_s, scale)

    @property
    def size(self) -> Size:
        return self.region.size

    @property
    def view(self) -> View:
        """How this frame's image pixels lie on the screen."""
        return View(self.region, self.size)

    @cached_property
    def image(self) -> Image.Image:
        """The picture as a Pillow RGB image; made once, do not draw on it."""
        height, width = self.pixels.shape[:2]
        data = np.ascontiguousarray(self.pixels)
        return Image.frombuffer("RGB", (width, height), data, "raw", "BGRX", 0, 1)

    @cached_property
    def digest(self) -> str:
        """BLAKE3 of the size and the visible pixels, in hex: equal pictures have equal digests."""
        words, found = np.ascontiguousarray(self.pixels).view(np.uint32)[..., 0], blake3(str(self.size).encode())
        for top in range(0, len(words), 64):  # a band at a time, which stays in the processor's cache
            found.update((words[top : top + 64] & np.uint32(0x00FFFFFF)).data.cast("B"))
        return found.hexdigest()

    def crop(self, box: ScreenBox) -> Frame:
        """Return a part as a frame of its own that keeps its place on the screen.

        Raises:
            CoordinateError: nothing of the box is on this frame.
        """
        part = self.view.crop(box).region
        top, left = part.top - self.region.top, part.left - self.region.left
        pixels = self.pixels[top : top + part.height, left : left + part.width]
        return Frame(pixels, part, self.taken_at_s, self.scale, self.windows, self.tells_windows)


@dataclass(frozen=True, slots=True)
class Settled:
    """What watching the screen until it stood still gave.

    `verdict`: 'settled', 'caret' (only a text caret blinks), or 'moving' (still changing when time ran out).
    `changing`: where it still moved, when it did.
    """

    frame: Frame
    verdict: Literal["settled", "caret", "moving"]
    waited_s: float
    changing: tuple[ScreenBox, ...] = ()


class ClickIntent(ClickOptions):
    """Click what the words name."""

    kind: Literal["click"] = "click"
    target: str = Field(min_length=1)


class ScrollIntent(ScrollOptions):
    """Scroll over what the words name, or over the middle of the window in use, or of the screen."""

    kind: Literal["scroll"] = "scroll"
    target: str = ""


class DragIntent(Frozen):
    """Drag what the words name to what other words name."""

    kind: Literal["drag"] = "drag"
    target: str = Field(min_length=1)
    destination: str = Field(min_length=1)


class MoveIntent(Frozen):
    """Put the pointer on what the words name."""

    kind: Literal["move"] = "move"
    target: str = Field(min_length=1)


class ZoomIntent(Frozen):
    """Look closely at what the words name."""

    kind: Literal["zoom"] = "zoom"
    target: str = Field(min_length=1)


Intent: TypeAlias = Annotated[
    ClickIntent | TypeText | Key | ScrollIntent | DragIntent | MoveIntent | Wait | ZoomIntent | AskUser | Done | Fail,
    Field(discriminator="kind"),
]
"""What to do next, in words: the eleven verbs without coordinates. Verbs that need no place are actions already."""


class Clause(Frozen):
    """One part of a goal, as the planner read it, and whether it is done."""

    text: str
    done: bool = False


class Element(Frozen):
    """Something on the screen that a person would point at."""

    box: ScreenBox
    text: str
    role: str
    confidence: float = Field(ge=0, le=1)

    @property
    def point(self) -> ScreenPoint:
        return self.box.center


class Look(Frozen):
    """One look at the screen for a target: which part of it was looked at, what was found there, and why.

    `confidence` is what that look alone says, 0 where it does not tell.
    """

    region: ScreenBox
    box: ScreenBox
    confidence: float = Field(ge=0, le=1)
    why: str


class Target(Frozen):
    """Where words were found.

    `confidence` is the probability, as far as it is calibrated, that a click on `point` does what the words mean.
    `text` is what is written there; `source` names the perception that found it. `looks` are all that led there, in
    order, also those that were overruled.
    """

    words: str
    box: ScreenBox
    point: ScreenPoint
    confidence: float = Field(ge=0, le=1)
    text: str = ""
    role: str = ""
    source: str = ""
    looks: tuple[Look, ...] = ()


class Plan(Frozen):
    """A planner's answer: the next intent, and how far the goal is.

    `found` is where the intent's words are (target, then destination), when the planner has looked for them itself
    and knows more than the words tell, such as which window is meant; empty leaves the looking to the loop.
    `note` is one line for people; `state` is the planner's own, handed back to it with the step.
    """

    intent: Intent
    found: tuple[Target, ...] = Field(default=(), max_length=2)
    checklist: tuple[Clause, ...] = ()
    note: str = ""
    state: str = ""


class Decision(Frozen):
    """What policy says to an action, and the rule that said it."""

    verdict: Literal["allow", "ask", "deny"]
    rule: str
    reason: str = ""


class Receipt(Frozen):
    """What an executor knows about an action it performed.

    `delivery`: 'sent' (the platform took every event), 'uncertain' (it may or may not have arrived; never repeat
    blindly), 'dry' (nothing was sent on purpose). `route` says how, where there is a choice.
    """

    delivery: Literal["sent", "uncertain", "dry"]
    route: str = ""
    duration_s: float = Field(ge=0)
    detail: str = ""


class Reached(Frozen):
    """How far an action came, as the platform itself remembers it.

    `characters` is how many of a text were sent, exactly; None where a part was, and how much is not known.
    """

    state: Literal["nothing", "part", "all"]
    characters: int | None = None


Effect: TypeAlias = Literal["where expected", "elsewhere", "target gone", "text appeared"]


class Verdict(Frozen):
    """What the next settled frame shows of an action's effect.

    `effects` says of what changed how it relates to the action; `appeared` is new text that can be read, cut short.
    """

    outcome: Literal["changed", "unchanged", "moving", "not found", "refused", "failed", "ended", "dry"]
    changed: tuple[ScreenBox, ...] = ()
    effects: tuple[Effect, ...] = ()
    appeared: str = ""
    note: str = ""


class Step(Frozen):
    """One turn of the loop, finished. What did not happen is None: an unaimed intent has no action."""

    number: int = Field(ge=1)
    plan: Plan
    target: Target | None = None
    destination: Target | None = None
    action: Action | None = None
    decision: Decision | None = None
    receipt: Receipt | None = None
    verdict: Verdict
    seconds: float = Field(ge=0)


@dataclass(slots=True)
class Memory:
    """What a run knows: finished steps, and facts worth keeping (answers of a person, text that was read).

    `warning` is what the loop has to say before the next plan: that the same was tried before, or may have arrived.
    """

    steps: list[Step] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    warning: str = ""

    @property
    def last(self) -> Step | None:
        return self.steps[-1] if self.steps else None
