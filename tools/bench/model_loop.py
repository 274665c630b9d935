"""The whole loop on a model, for many steps: does it stay as it began? (`loop.py --model`)

A DeepSeek-VL2 plans and finds, under its grammars, on a real desktop in the sandbox, recorded as any run is. Its replies
are drawn at temperature 1, so that they differ from step to step. Ends, questions and waits are passed over, so that it
goes on; texts are cut short, as typing is measured by input.py. What is shown: replies that could not be read, memory,
and the time of a step, the first hundred against the last; the wait for the screen is left out.
"""

from __future__ import annotations

import itertools
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from hardware import hardware
from vl2agent.actions import Action, TypeText
from vl2agent.agent import Agent
from vl2agent.backends.families import open_backend
from vl2agent.backends.local import LocalBackend
from vl2agent.calls import Model, ModelCall
from vl2agent.completion import Decoding, Grammar, Prompt, Reply
from vl2agent.contracts import Backend
from vl2agent.errors import LimitReached
from vl2agent.geometry import Display, Size
from vl2agent.loop.hooks import Hooks
from vl2agent.loop.limits import Limits
from vl2agent.perception.vl2 import VL2Perception
from vl2agent.planner.vl2 import VL2Planner
from vl2agent.recording.writer import Recorder
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.steps import Decision, Frame, Memory, Plan, Settled, Step

FIXTURES = Path(__file__).parents[2] / "tests" / "fixtures" / "vl2"
GOAL = "open the settings, choose a dark style, then open the editor and write a letter to Ann, then close everything"
PASSED_OVER = ("done", "fail", "ask_user", "wait")
SIZE = (1024, 768)
CACHE_MB = 16
TYPED = 3
SETTLE_S = 0.5
"""Something may well move forever on a desktop where anything is clicked; waiting for it shows nothing."""
PART = 100
"""Steps at each end that are compared."""


class Drawn:
    """A backend whose replies are drawn at temperature 1, each from a seed of its own."""

    def __init__(self, backend: Backend) -> None:
        self._backend, self._seeds = backend, itertools.count()
        self.model, self.window = backend.model, backend.window
        self.load, self.count = backend.load, backend.count

    def complete(
        self,
        prompt: Prompt,
        images: Sequence[Image.Image],
        grammar: Grammar | None = None,
        *,
        decoding: Decoding = Decoding(),
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Reply:
        """Draw a reply."""
        drawn = decoding.model_copy(update={"temperature": 1.0, "seed": next(self._seeds)})
        return self._backend.complete(prompt, images, grammar, decoding=drawn, on_text=on_text, cancelled=cancelled)


class Restless(VL2Planner):
    """Plans until something comes that goes on at once."""

    def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
        """Pass over ends, questions and waits; cut texts short."""
        while True:
            plan = super().plan(goal, memory, frame)
            if isinstance(plan.intent, TypeText):
                return plan.model_copy(update={"intent": TypeText(text=plan.intent.text[:TYPED])})
            if plan.intent.kind not in PASSED_OVER:
                return plan


class Timed:
    """The sandbox's screen, and how long it was waited for."""

    def __init__(self, screen: Sandbox) -> None:
        self._screen = screen
        self.waited_s = 0.0

    @property
    def size(self) -> Size:
        """The real one's."""
        return self._screen.size

    @property
    def displays(self) -> tuple[Display, ...]:
        """The real one's."""
        return self._screen.displays

    def grab(self) -> Frame:
        """Take a picture."""
        return self._screen.grab()

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Wait as ever, and count it."""
        began_s = time.monotonic()
        settled = self._screen.settled(timeout_s)
        self.waited_s += time.monotonic() - began_s
        return settled


class Anything:
    """A policy for a desktop that nobody needs."""

    def decide(self, action: Action, frame: Frame) -> Decision:
        """Allow it."""
        return Decision(verdict="allow", rule="bench")


class Watch:
    """What is noted after each step."""

    def __init__(self, screen: Timed, steps: int) -> None:
        self._screen, self._last, self._worked = screen, time.monotonic(), time.process_time()
        self._bar = iter(track(range(steps), console=Console(stderr=True), description="steps"))
        self.seconds: list[float] = []
        self.work: list[float] = []
        self.resident: list[int] = []
        self.calls = self.useless = self.miscounted = self.fullest = 0

    def stepped(self, step: Step, frame: Frame) -> None:
        """Note time and memory."""
        now_s, worked_s = time.monotonic(), time.process_time()
        self.seconds.append(now_s - self._last - self._screen.waited_s)
        self.work.append(worked_s - self._worked)
        self._last, self._worked, self._screen.waited_s = now_s, worked_s, 0.0
        self.resident.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE"))
        next(self._bar, None)

    def called(self, call: ModelCall) -> None:
        """Count a call; keeping it would look like a leak."""
        bill, reply = call.bill, call.reply
        self.calls += 1
        self.useless += bool(call.error) or call.purpose == "repair"
        self.miscounted += reply is not None and bill.prompt_tokens != reply.usage.prompt_tokens
        self.fullest = max(self.fullest, bill.window - bill.free)


def small_model(folder: Path) -> Path:
    """Put the small random checkpoint and its tokenizer together."""
    for name in ("config.json", "processor_config.json", "model.safetensors"):
        shutil.copy(FIXTURES / "nano-mla" / name, folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(FIXTURES / "tokenizer" / name, folder)
    return folder


def run(model: Model, steps: int, folder: Path) -> Watch:
    """Take so many steps."""
    with Sandbox(SIZE) as desktop:
        screen = Timed(desktop)
        watch = Watch(screen, steps)
        perception = VL2Perception(model)
        agent = Agent(
            screen,
            desktop,
            model=model,
            perception=perception,
            planner=Restless(model, perception),
            policy=Anything(),
            recorder=Recorder(folder / "run.v2a"),
            hooks=Hooks(after_action=watch.stepped),
            limits=Limits(max_steps=steps, timeout_s=86_400, max_repeats=steps, settle_s=SETTLE_S),
        )
        with model.told(watch.called):
            try:
                agent.run(GOAL)
            except LimitReached as error:
                if error.limit != "steps":
                    raise
    return watch


def report(watch: Watch) -> Table:
    """Show what came of it."""
    mb = 1e6
    part = min(PART, len(watch.seconds) // 2)
    warm = watch.resident[part:] or watch.resident
    title = f"{len(watch.seconds)} steps, {watch.calls} calls"
    table = Table(title=title, caption=hardware(), show_header=False)
    rows = {
        "calls that failed, replies that were no plan": watch.useless,
        "calls whose ledger differs from the usage": watch.miscounted,
        "fullest prompt and reserve, of the window": watch.fullest,
        f"a step: first {part}, last {part} (median s)": _ends(watch.seconds, part),
        "the same, processor time": _ends(watch.work, part),
        f"memory after {part} steps, at the end, at most (MB)": ", ".join(
            f"{value / mb:.0f}" for value in (warm[0], warm[-1], max(warm))
        ),
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table


def _ends(seconds: Sequence[float], part: int) -> str:
    early, late = statistics.median(seconds[:part]), statistics.median(seconds[-part:])
    return f"{early:.3f}, {late:.3f}: {late / early:.2f} x"


def on_a_model(name: str, steps: int) -> Table:
    """Run on a checkpoint's folder, a repository or a server; on small random weights when none is named."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "model").mkdir()
        # Small caches are full early: what grows after that is a leak.
        opened = open_backend(name) if name else LocalBackend(small_model(Path(folder) / "model"), cache_mb=CACHE_MB)
        return report(run(Model(Drawn(opened)), steps, Path(folder)))
