"""An agent whose parts play what a test says: slides for a screen, a script for a planner, hands that take notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PIL import Image

from vl2agent.actions import Action, Done
from vl2agent.agent import Agent
from vl2agent.errors import (
    GoalError,
    TargetNotFound,
)
from vl2agent.geometry import Display, ScreenBox, Size
from vl2agent.steps import (
    ClickIntent,
    Element,
    Frame,
    Intent,
    Memory,
    Plan,
    Receipt,
    Settled,
    Target,
    Window,
)


def window(app: str) -> Window:
    """A window of an application, wherever."""
    return Window(title=f"{app} window", app=app, box=ScreenBox(0, 0, 50, 50))


class Slides:
    """A screen that shows one colour after the other, and the last one from then on."""

    def __init__(self, *colours: str, windows: Sequence[tuple[Window, ...]] = ()) -> None:
        self.colours, self.windows, self.looks = colours or ("red", "green", "blue", "navy"), windows, 0

    size = Size(100, 80)
    displays = (Display("slides", ScreenBox(0, 0, 100, 80)),)

    def grab(self) -> Frame:
        """Show the current slide."""
        at = min(self.looks, len(self.colours) - 1)
        frame = Frame.from_image(Image.new("RGB", (100, 80), self.colours[at]))
        shown = self.windows[min(self.looks, len(self.windows) - 1)] if self.windows else ()
        return Frame(frame.pixels, frame.region, 0.0, windows=shown)

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Show the next slide."""
        frame = self.grab()
        self.looks += 1
        return Settled(frame, "settled", 0.0)


class Hands:
    """An executor that notes what reaches it."""

    def __init__(self, delivery: Literal["sent", "uncertain", "dry"] = "sent") -> None:
        self.did: list[Action] = []
        self.delivery, self.released = delivery, 0
        self.fails: Exception | None = None

    def perform(self, action: Action) -> Receipt:
        """Note the action, or fail."""
        self.did.append(action)
        if self.fails:
            raise self.fails
        return Receipt(delivery=self.delivery, duration_s=0.0)

    def release_all(self) -> None:
        """Count."""
        self.released += 1


class Script:
    """A planner that plays a list of intents, then says done; the last one is repeated with `forever`."""

    def __init__(self, *intents: Intent, forever: bool = False) -> None:
        self.intents, self.forever = intents, forever
        self.saw: list[Memory] = []

    def check(self, goal: str) -> None:
        """Refuse an empty goal."""
        if not goal:
            raise GoalError(goal, 0, "a goal")

    def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
        """Give the next one."""
        self.saw.append(Memory(list(memory.steps), list(memory.facts)))
        at = len(memory.steps)
        if at >= len(self.intents):
            return Plan(intent=self.intents[-1] if self.forever else Done(message="all done"))
        return Plan(intent=self.intents[at])


class Eyes:
    """A perception that finds all words in one place, but for those it is told are missing."""

    def __init__(self, *missing: str, box: ScreenBox = ScreenBox(10, 10, 30, 20)) -> None:
        self.missing, self.box = missing, box

    def locate(self, words: str, frame: Frame) -> Target:
        """Find it."""
        if words in self.missing:
            raise TargetNotFound(words)
        return Target(words=words, box=self.box, point=self.box.center, confidence=0.9, text=words)

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Find it."""
        return [self.locate(words, frame)]

    def elements(self, frame: Frame) -> Sequence[Element]:
        """See nothing."""
        return ()

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Read the same everywhere."""
        return "small print"


OK = ClickIntent(target="OK")


def agent(
    *intents: Intent,
    screen: Slides | None = None,
    hands: Hands | None = None,
    eyes: Eyes | None = None,
    planner: Script | None = None,
    **options: object,
) -> tuple[Agent, Hands]:
    """Put an agent together from the parts above."""
    hands = hands or Hands()
    made = Agent(
        screen or Slides(),
        hands,
        perception=eyes or Eyes(),
        planner=planner or Script(*intents),
        **options,  # type: ignore[arg-type]
    )
    return made, hands
