"""`Screen` without `await`: for tests, notebooks and scripts, inside running loops too, and on any thread."""

from __future__ import annotations

import builtins
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, overload

from PIL import Image
from pydantic import BaseModel

from vl2agent import contracts
from vl2agent.agent import RunResult
from vl2agent.calls import Model
from vl2agent.contracts import Backend, Executor, Perception, Policy
from vl2agent.loop.hooks import Approver
from vl2agent.loop.limits import Limits
from vl2agent.pace import PERSON
from vl2agent.recording.writer import Recorder
from vl2agent.scripting import screen
from vl2agent.scripting.hands import Hands, Inline, finish
from vl2agent.scripting.locator import State
from vl2agent.scripting.playwright import ToldFromPlaywright
from vl2agent.scripting.sync_locator import Locator
from vl2agent.steps import Step

M = TypeVar("M", bound=BaseModel)


class _Core(screen.Screen):
    """The async screen, working in the caller's own thread."""

    def _hands(self) -> Hands:
        return Inline()


class Screen(ToldFromPlaywright):
    """Something to look at and to act on, from a script.

        with Screen(browser) as screen:
            screen.locate("Name field").type("Ada")
            screen.locate("Register button").click()
            expect(screen).to_show("Welcome, Ada")

    Args:
        surface: what it looks at: a Sandbox, a BrowserSandbox, a DesktopScreen, an ImageScreen with the frames of a
            recording.
        executor: what it acts through; by default the surface itself, when that can act. Without any, a script can
            look, and actions are refused.
        perception: words to places; by default reading the screen (OcrPerception), and the model if there is one.
        model: a DeepSeek-VL2: a folder, a repository, a server's URL, or one that is open already.
        policy: what may be done; by default the built-in rules (RulePolicy).
        approve: is asked when policy says 'ask'; without it such actions are refused.
        recorder: where the script is written down; `close` ends it. None keeps nothing.
        timeout_s: how long actions and expectations wait.
        confidence: how sure must be, 0 to 1, that a thing found is the one meant.

    Raises:
        InputError: the surface cannot be looked at, or a number is out of range.
        BackendError: there is no such model.
    """

    def __init__(
        self,
        surface: contracts.Screen,
        *,
        executor: Executor | None = None,
        perception: Perception | None = None,
        model: Model | Backend | str | Path | None = None,
        policy: Policy | None = None,
        approve: Approver | None = None,
        recorder: Recorder | None = None,
        timeout_s: float = 10.0,
        confidence: float = 0.5,
    ) -> None:
        self.core = _Core(
            surface,
            executor=executor,
            perception=perception,
            model=model,
            policy=policy,
            approve=approve,
            recorder=recorder,
            timeout_s=timeout_s,
            confidence=confidence,
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was done so far."""
        return self.core.steps

    def locate(self, words: str) -> Locator:
        """Name something; nothing is looked for yet.

        Args:
            words: as a person would say it: "Save", "the Save button", "field below Password", "second Delete".

        Raises:
            InputError: there are no words.
        """
        return Locator(self.core.locate(words))

    def press(self, keys: str) -> Step:
        """Press one chord, such as 'ctrl+s' or 'enter'."""
        return finish(self.core.press(keys))

    def type(self, text: str, *, submit: bool = False, secret: bool = False) -> Step:
        """Type where the focus is; `submit` presses enter afterwards, `secret` text is kept out of the recording."""
        return finish(self.core.type(text, submit=submit, secret=secret))

    def screenshot(self, path: str | Path | None = None) -> Image.Image:
        """Take a picture when the screen stands still; save it where there is a path."""
        return finish(self.core.screenshot(path))

    @overload
    def ask(self, question: str) -> str: ...
    @overload
    def ask(self, question: str, schema: builtins.type[M]) -> M: ...
    def ask(self, question: str, schema: builtins.type[M] | None = None) -> str | M:
        """Ask a model about the screen.

        Args:
            question: in plain words.
            schema: a Pydantic model that the answer must fit, and is then given as.

        Raises:
            NotOffered: there is no model.
            ParseError: the answer does not fit.
            BackendError: the model cannot answer.
        """
        if schema is None:
            return finish(self.core.ask(question))
        return finish(self.core.ask(question, schema))

    def wait_for(self, words: str, state: State = "visible", *, timeout_s: float | None = None) -> None:
        """Wait until something can be seen, or until it is gone."""
        finish(self.core.wait_for(words, state, timeout_s=timeout_s))

    def run(self, goal: str, *, limits: Limits | None = None) -> RunResult:
        """Have an agent reach a goal with the same parts.

        Its run is a recording of its own beside the script's, where there is one: NAME-run-1.v2a.

        Raises:
            GoalError: the goal is not understood; nothing was done.
            VL2AgentError: it was not reached; see `Agent.run`.
        """
        return finish(self.core.run(goal, limits=limits))

    def stop(self, by: str = PERSON) -> None:
        """Break off what is being done, and do nothing from now on: all else raises `Interrupted`.

        May be called from any thread and from a signal handler; a `KillSwitch` does.
        """
        self.core.stop(by)

    def close(self) -> None:
        """Let go of every key and button, and end the recording; the surface stays open."""
        finish(self.core.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: builtins.type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        finish(self.core.__aexit__(kind, error, trace))
