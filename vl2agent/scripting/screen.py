"""`Screen`: something to script, be it a sandbox, a browser page, a live desktop or a recording. The async core."""

from __future__ import annotations

import builtins
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, overload

from PIL import Image
from pydantic import BaseModel

from vl2agent import contracts
from vl2agent.actions import Key, TypeText
from vl2agent.agent import RunResult
from vl2agent.calls import Model
from vl2agent.contracts import Backend, Executor, Perception, Policy
from vl2agent.loop.hooks import Approver
from vl2agent.loop.limits import Limits
from vl2agent.pace import PERSON
from vl2agent.recording.writer import Recorder
from vl2agent.scripting import picture
from vl2agent.scripting.hands import Hands, Threaded
from vl2agent.scripting.locator import Locator, State, meant
from vl2agent.scripting.patience import Patience
from vl2agent.scripting.playwright import ToldFromPlaywright
from vl2agent.scripting.query import Query
from vl2agent.scripting.questions import answer
from vl2agent.scripting.session import Session
from vl2agent.steps import Intent, Step

M = TypeVar("M", bound=BaseModel)


class Screen(ToldFromPlaywright):
    """Something to look at and to act on, from a script.

        async with Screen(browser) as screen:
            await screen.locate("Name field").type("Ada")
            await screen.locate("Register button").click()
            await expect(screen).to_show("Welcome, Ada")

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
        session = Session(
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
        self.patience = Patience(session, self._hands())

    def _hands(self) -> Hands:
        return Threaded()

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was done so far."""
        return tuple(self.patience.session.turns.memory.steps)

    def locate(self, words: str) -> Locator:
        """Name something; nothing is looked for yet.

        Args:
            words: as a person would say it: "Save", "the Save button", "field below Password", "second Delete".

        Raises:
            InputError: there are no words.
        """
        return Locator(self.patience, Query(words))

    async def press(self, keys: str) -> Step:
        """Press one chord, such as 'ctrl+s' or 'enter'."""
        return await self._send(meant(Key, keys=keys))

    async def type(self, text: str, *, submit: bool = False, secret: bool = False) -> Step:
        """Type where the focus is; `submit` presses enter afterwards, `secret` text is kept out of the recording."""
        return await self._send(meant(TypeText, text=text, submit=submit, secret=secret))

    async def screenshot(self, path: str | Path | None = None) -> Image.Image:
        """Take a picture when the screen stands still; save it where there is a path."""
        session = self.patience.session
        image = (await self.patience.do(session.look)).frame.image.copy()
        if path is not None:
            picture.save(image, path)
        return image

    @overload
    async def ask(self, question: str) -> str: ...
    @overload
    async def ask(self, question: str, schema: builtins.type[M]) -> M: ...
    async def ask(self, question: str, schema: builtins.type[M] | None = None) -> str | M:
        """Ask a model about the screen.

        Args:
            question: in plain words.
            schema: a Pydantic model that the answer must fit, and is then given as.

        Raises:
            NotOffered: there is no model.
            ParseError: the answer does not fit.
            BackendError: the model cannot answer.
        """
        session = self.patience.session
        text = await self.patience.do(lambda: answer(question, session, schema))
        return text if schema is None else schema.model_validate_json(text)

    async def wait_for(self, words: str, state: State = "visible", *, timeout_s: float | None = None) -> None:
        """Wait until something can be seen, or until it is gone."""
        await self.locate(words).wait_for(state, timeout_s=timeout_s)

    async def run(self, goal: str, *, limits: Limits | None = None) -> RunResult:
        """Have an agent reach a goal with the same parts.

        Its run is a recording of its own beside the script's, where there is one: NAME-run-1.v2a.

        Raises:
            GoalError: the goal is not understood; nothing was done.
            VL2AgentError: it was not reached; see `Agent.run`.
        """
        session = self.patience.session
        agent = session.agent(limits)
        return await self.patience.hands.do(lambda: session.reach(goal, agent), agent.cancelled)

    def stop(self, by: str = PERSON) -> None:
        """Break off what is being done, and do nothing from now on: all else raises `Interrupted`.

        May be called from any thread and from a signal handler; a `KillSwitch` does.
        """
        self.patience.session.stop(by)

    async def close(self) -> None:
        """Let go of every key and button, and end the recording; the surface stays open."""
        await self.patience.do(self.patience.session.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: builtins.type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.patience.do(lambda: self.patience.session.close(error))

    async def _send(self, intent: Intent) -> Step:
        """Do something that needs no place."""
        session = self.patience.session
        session.require_hands()

        def work() -> Step:
            session.look()
            return session.take(intent)

        return await self.patience.do(work)
