"""The contracts that the rooms meet through, on one page.

Implementations do not inherit from these; they have the methods. The agent knows nothing else of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from PIL import Image

from vl2agent.actions import Action, Button
from vl2agent.completion import Decoding, Grammar, Prompt, Reply
from vl2agent.geometry import Display, ScreenBox, ScreenPoint, Size
from vl2agent.steps import Decision, Element, Frame, Memory, Plan, Reached, Receipt, Settled, Target


class Screen(Protocol):
    """Something that can be looked at."""

    @property
    def size(self) -> Size:
        """Physical pixels of a whole frame."""
        ...

    @property
    def displays(self) -> tuple[Display, ...]:
        """The monitors, the primary one first."""
        ...

    def grab(self) -> Frame:
        """Take one picture now.

        Raises:
            CaptureError: no picture can be had.
        """
        ...

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Watch until the picture stands still, at most `timeout_s`.

        Raises:
            CaptureError: no picture can be had.
        """
        ...


class Executor(Protocol):
    """Something that performs actions."""

    def perform(self, action: Action) -> Receipt:
        """Do it, releasing whatever was held down on every way out.

        Raises:
            InputError: a point off the screen, a key that does not exist.
            ExecutionError: the platform did not do it.
        """
        ...

    def release_all(self) -> None:
        """Let go of every key and button that this executor holds down."""
        ...


@runtime_checkable
class LeavesMarks(Protocol):
    """An executor that leaves a mark where it acts: it outlives the executor, and tells how far an action came."""

    def next_mark(self) -> str:
        """Name the action that is performed next.

        Raises:
            CaptureError: the platform is gone.
        """
        ...

    def how_far(self, mark: str) -> Reached | None:
        """Tell how far the action of this name came; None when the platform does not know any more."""
        ...


class Primitives(Protocol):
    """What executors are made of and no model may ask for."""

    def mouse_down(self, button: Button) -> None: ...
    def mouse_up(self, button: Button) -> None: ...
    def key_down(self, key: str) -> None: ...
    def key_up(self, key: str) -> None: ...
    def cursor(self) -> ScreenPoint: ...
    def get_clipboard(self) -> str: ...
    def set_clipboard(self, text: str) -> None: ...


class Backend(Protocol):
    """A vision-language model: in this process, behind a server, or a script of replies."""

    @property
    def model(self) -> str:
        """What people call it: the folder, repository or server that was named."""
        ...

    @property
    def window(self) -> int:
        """Tokens that a prompt with its pictures and the reply share."""
        ...

    def load(self) -> None:
        """Load the weights, or reach the server, now instead of with the first reply.

        Raises:
            BackendError: they cannot be had.
        """
        ...

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Count exactly what the prompt and its pictures cost, without the weights.

        Raises:
            InputError: the prompt has places for another number of pictures.
            BackendError: the model cannot take such a prompt.
        """
        ...

    def complete(
        self,
        prompt: Prompt,
        images: Sequence[Image.Image],
        grammar: Grammar | None = None,
        *,
        decoding: Decoding = ...,
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Reply:
        """Answer the prompt.

        Args:
            prompt: the conversation.
            images: the pictures in it, in order.
            grammar: what the reply must look like; it then does, by construction.
            decoding: how to choose tokens, and how many.
            on_text: is handed each piece of text as it comes; the pieces joined are the reply's text.
            cancelled: is asked between tokens; once it says yes, the reply ends with what is there.

        Raises:
            InputError: the prompt has places for another number of pictures.
            BackendError: the model cannot answer: too long a prompt, no memory, an ability that it lacks.
        """
        ...


class Perception(Protocol):
    """Words to boxes."""

    def locate(self, words: str, frame: Frame) -> Target:
        """Find the one thing the words name.

        Raises:
            TargetNotFound: nothing fits well enough.
            AmbiguousTarget: several things fit equally well.
        """
        ...

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Find everything that fits, best first; empty when nothing does."""
        ...

    def elements(self, frame: Frame) -> Sequence[Element]:
        """List what can be pointed at, in reading order."""
        ...

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Read what is written in a part of the frame."""
        ...


class Planner(Protocol):
    """A goal to the next intent."""

    def check(self, goal: str) -> None:
        """Refuse a goal that cannot be planned, before anything is started.

        Raises:
            GoalError: it is empty, too long, or not understood.
        """
        ...

    def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
        """Choose what to do next, from the goal, what was done, and what is seen."""
        ...


class Policy(Protocol):
    """The only door to an effect."""

    def decide(self, action: Action, frame: Frame) -> Decision:
        """Allow, ask or deny."""
        ...
