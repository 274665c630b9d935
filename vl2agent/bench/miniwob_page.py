"""A page of MiniWoB++ in a browser: the agent sees and touches pixels, the bench starts it and reads the reward."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from vl2agent.actions import Action
from vl2agent.bench.miniwob_tasks import page_of
from vl2agent.capture.base import CaptureScreen
from vl2agent.errors import SandboxError
from vl2agent.geometry import Display, LogicalPoint, ScreenBox, Size
from vl2agent.sandbox.browser import BrowserSandbox
from vl2agent.steps import Frame, Receipt, Window

if TYPE_CHECKING:
    from playwright.sync_api import Page

VIEWPORT = (500, 320)
SCALE = 3.0
"""Physical pixels per CSS pixel: the pages' letters are 10 CSS pixels high, and small ones are read badly."""
AREA_CSS = (0, 50, 160, 210)
"""Where a task takes place. The strip above it shows the instruction, which the agent is told in words."""
READY_S = 10.0

_BEGIN = """seed => {
    Math.seedrandom(String(seed));
    core.EPISODE_MAX_TIME = 2 ** 30;  // the bench has its own limits, and says when they are reached
    core.startEpisodeReal();
    core.startEpisode = () => {};  // else the next episode covers the end of this one, and a click resets the reward
}"""
_INSTRUCTION = "(said => said.utterance || said)(core.getUtterance())"
_OUTCOME = "[WOB_DONE_GLOBAL, WOB_RAW_REWARD_GLOBAL]"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the page says of its episode: whether it is over, and the raw reward, -1 to 1."""

    over: bool
    reward: float


class TaskPage(CaptureScreen):
    """The task area of a page as a screen and an executor: what an agent gets.

    Args:
        task: its name.
        seed: makes the same task again.

    Raises on entering:
        MissingExtra: MiniWoB++ or Playwright is not installed.
        MissingPackages: no browser is installed.
        SandboxError: the browser did not start, or the page not get ready.
    """

    def __init__(self, task: str, seed: int) -> None:
        self._seed = seed
        self._browser = BrowserSandbox(page_of(task), size=VIEWPORT, scale=SCALE)
        self._area = ScreenBox(*(round(side * SCALE) for side in AREA_CSS))
        self.instruction = ""

    def __enter__(self) -> Self:
        self._browser.__enter__()
        try:
            self.instruction = self._browser.on_page(self._begin)
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        self._browser.close()

    def outcome(self) -> Outcome:
        """Ask the page for the reward; nothing else of it is ever asked."""
        over, reward = self._browser.on_page(lambda page: page.evaluate(_OUTCOME))
        return Outcome(bool(over), float(reward))

    @property
    def size(self) -> Size:
        return self._area.size

    @property
    def displays(self) -> tuple[Display, ...]:
        return (Display("task", self._area, SCALE, LogicalPoint(AREA_CSS[0], AREA_CSS[1])),)

    def grab(self) -> Frame:
        return self._browser.grab().crop(self._area)

    def windows(self) -> tuple[Window, ...]:
        return (Window(title="", app="miniwob", box=self._area, active=True),)

    def perform(self, action: Action) -> Receipt:
        return self._browser.perform(action)

    def release_all(self) -> None:
        self._browser.release_all()

    def _begin(self, page: Page) -> str:
        page.evaluate(_BEGIN, self._seed)
        due_s = time.monotonic() + READY_S
        while not page.evaluate("WOB_TASK_READY"):
            if time.monotonic() > due_s:
                raise SandboxError(f"expected the task within {READY_S:g} s, its page is not ready")
            page.wait_for_timeout(50)
        return str(page.evaluate(_INSTRUCTION)).strip()
