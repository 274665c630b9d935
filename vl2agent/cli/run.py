"""`vl2agent run`: reach a goal on a desktop, by default on one that nobody else uses."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from vl2agent.cli import console
from vl2agent.cli.asking import Person
from vl2agent.cli.progress import Nothing, progress
from vl2agent.cli.stopping import Stopping
from vl2agent.errors import BackendError, InputError, Interrupted, VL2AgentError
from vl2agent.geometry import ScreenPoint, Size

if TYPE_CHECKING:
    from vl2agent.agent import RunResult
    from vl2agent.contracts import Executor, Perception, Planner, Policy, Screen
    from vl2agent.executor.policy import TextAt
    from vl2agent.recording.writer import Recorder
    from vl2agent.steps import Clause, Frame, Plan, Step

EPILOG = """
[bold]Examples[/]

vl2agent run "open settings"\n
vl2agent run "open mousepad, type 'naïve café', then press ctrl+s" --theme Adwaita-dark\n
vl2agent run "open settings" --size 1920x1080 --json   [dim]# for scripts[/]\n
vl2agent run "click Trash" --live --dry-run   [dim]# your own desktop: show what it would do[/]\n
vl2agent run "close Calculator" --live --approve each   [dim]# ... and ask before each action[/]

A goal is one command or several, joined by "then", "and" or commas: \
open, close, click, double-click, right-click, choose, check, uncheck, type '...' into ..., clear, press, \
scroll ... to ..., drag ... to ..., wait for ...
"""

SANDBOX_PLATFORM = "linux"
RECORDINGS = Path("recordings")


class Approve(StrEnum):
    """When a person is asked."""

    EACH = "each"
    RISKY = "risky"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line said, checked."""

    goal: str
    size: Size | None
    theme: str | None
    sandbox: str | None
    live: bool
    dry_run: bool
    approve: Approve
    policy: Path | None
    record: Path
    max_steps: int
    timeout_s: float
    as_json: bool


@dataclass
class Outcome:
    """How it went, for the last lines and for `--json`."""

    steps: list[Step] = field(default_factory=list)
    checklist: tuple[Clause, ...] = ()
    result: RunResult | None = None
    error: VL2AgentError | None = None
    seconds: float = 0.0
    recording: Path | None = None
    report: Path | None = None

    @property
    def exit_code(self) -> int:
        if self.error:
            return self.error.exit_code
        return 0 if self.result and self.result.ok else 1


def run(
    goal: Annotated[str, typer.Argument(help='What to reach, such as "open settings".', show_default=False)],
    size: Annotated[str | None, typer.Option(help="Size of the sandbox, 1280x800 if unset.", metavar="WxH")] = None,
    theme: Annotated[str | None, typer.Option(help="Its GTK theme, Greybird if unset.")] = None,
    sandbox: Annotated[
        str | None, typer.Option(help="Use this running sandbox ('vl2agent sandbox start').", metavar="NAME")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Act on your own desktop instead of a sandbox.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look, plan, find and ask policy; send nothing.")] = False,
    approve: Annotated[
        Approve | None,
        typer.Option(help="Ask you before actions: each, risky (the default with --live) or never (in a sandbox)."),
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="Rules of what may be done, a TOML file.")] = None,
    record: Annotated[
        Path, typer.Option(help="Folder for the recording, or its own name if that ends in .v2a.")
    ] = RECORDINGS,
    max_steps: Annotated[int, typer.Option(help="Steps before it gives up.", min=1)] = 100,
    timeout: Annotated[float, typer.Option(help="Seconds before it gives up.", min=1)] = 600.0,
    model: Annotated[str | None, typer.Option(hidden=True)] = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Reach a goal on a desktop: in a sandbox of its own, where nothing of yours can be touched, unless --live.

    Every run is recorded; the report shows each step with pictures. Ctrl-C stops after the current step, twice at
    once.
    """
    if model is not None:
        raise BackendError(f"cannot run on model {model!r}: this version has no model backend yet; leave --model out")
    options = Options(
        goal=goal,
        size=_size(size) if size else None,
        theme=theme,
        sandbox=sandbox,
        live=live,
        dry_run=dry_run or _must_be_dry(live),
        approve=approve or (Approve.RISKY if live else Approve.NEVER),
        policy=policy,
        record=record,
        max_steps=max_steps,
        timeout_s=timeout,
        as_json=as_json,
    )
    outcome = _run(options)
    _tell(outcome, as_json)
    raise typer.Exit(outcome.exit_code)


def _run(options: Options) -> Outcome:
    perception, planner = _parts()
    planner.check(options.goal)
    policy = _policy(options, perception)
    outcome = Outcome()
    showing = progress(console.err, options.goal, quiet=options.as_json)
    try:
        with Stopping() as stopping, showing:
            _on_stage(options, outcome, showing, stopping, perception, planner, policy)
    except VL2AgentError as error:
        outcome.error = error
    except KeyboardInterrupt:
        outcome.error = Interrupted("stopped by a person")
    if outcome.recording:
        outcome.report = _report(outcome.recording)
    return outcome


def _on_stage(
    options: Options,
    outcome: Outcome,
    showing: Nothing,
    stopping: Stopping,
    perception: Perception,
    planner: Planner,
    policy: Policy,
) -> None:
    from vl2agent.agent import Agent
    from vl2agent.loop.hooks import Hooks
    from vl2agent.loop.limits import Limits

    def planned(plan: Plan, frame: Frame) -> None:
        outcome.checklist = plan.checklist
        showing.planned(len(outcome.steps) + 1, plan)

    def finished(step: Step, frame: Frame) -> None:
        outcome.steps.append(step)
        showing.finished(step)

    person = Person(showing, stopping)
    with _stage(options, showing) as (screen, executor):
        recorder = _recorder(options)
        outcome.recording = recorder.path
        agent = Agent(
            screen,
            executor,
            perception=perception,
            planner=planner,
            policy=policy,
            approve=person.approve if person.is_there() else None,
            recorder=recorder,
            hooks=Hooks(after_plan=planned, after_action=finished, on_ask=person.answer if person.is_there() else None),
            limits=Limits(max_steps=options.max_steps, timeout_s=options.timeout_s),
        )
        stopping.ask = agent.cancel
        showing.doing("looking")
        began_s = time.monotonic()
        try:
            outcome.result = agent.run(options.goal)
        finally:
            outcome.seconds, stopping.ask = time.monotonic() - began_s, None
            showing.doing("leaving the desktop")


# --- what it runs on -----------------------------------------------------------------------------------------------


@contextmanager
def _stage(options: Options, showing: Nothing) -> Iterator[tuple[Screen, Executor]]:
    """Give something to look at and something to act through, for as long as it is entered."""
    if options.live or sys.platform != SANDBOX_PLATFORM:
        screen, executor = _own_desktop()
        yield screen, _dry() if options.dry_run else executor
        return
    from vl2agent.sandbox.desktop import Sandbox

    if options.sandbox and (options.size or options.theme):
        raise InputError("--size and --theme belong to a new sandbox; leave them out with --sandbox")
    showing.doing("starting a desktop")
    new = Sandbox(options.size or (1280, 800), options.theme or "Greybird")
    with Sandbox.attach(options.sandbox) if options.sandbox else new as desktop:
        yield desktop, _dry() if options.dry_run else desktop


def _dry() -> Executor:
    from vl2agent.executor.dry_run import DryRunExecutor

    return DryRunExecutor()


def _own_desktop() -> tuple[Screen, Executor]:
    from vl2agent.capture.desktop import DesktopScreen

    screen = DesktopScreen()
    if sys.platform == "linux":
        from vl2agent.executor.x11 import X11Executor

        return screen, X11Executor()
    from vl2agent.executor.desktop import DesktopExecutor

    return screen, DesktopExecutor()


def _must_be_dry(live: bool) -> bool:
    """Without a sandbox and without --live nothing is sent."""
    if live or sys.platform == SANDBOX_PLATFORM:
        return False
    console.err.print("[yellow]No sandbox exists on this platform: a dry run. Add --live to act on this desktop.[/]")
    return True


def _parts() -> tuple[Perception, Planner]:
    from vl2agent.perception.embedded import OcrPerception
    from vl2agent.planner.commands import CommandPlanner

    perception = OcrPerception()
    return perception, CommandPlanner(perception)


def _policy(options: Options, perception: Perception) -> Policy:
    from vl2agent.executor.policy import RulePolicy
    from vl2agent.executor.rules import EACH, RISKY

    more = {Approve.EACH: EACH, Approve.RISKY: RISKY, Approve.NEVER: ()}[options.approve]
    text_at = _reader(perception)
    if options.policy:
        return RulePolicy.load(options.policy, more=more, text_at=text_at)
    return RulePolicy(more, text_at=text_at)


def _reader(perception: Perception) -> TextAt:
    """Read what is under the pointer: the smallest element around it."""

    def text_at(point: ScreenPoint, frame: Frame) -> str:
        around = [element for element in perception.elements(frame) if element.box.contains(point)]
        return min(around, key=lambda element: element.box.area).text if around else ""

    return text_at


def _size(text: str) -> Size:
    if not (match := re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)):
        raise InputError(f"expected --size such as 1280x800, got {text!r}")
    return Size(int(match[1]), int(match[2]))


# --- what stays ----------------------------------------------------------------------------------------------------


def _recorder(options: Options) -> Recorder:
    from vl2agent.recording.schema import SUFFIX
    from vl2agent.recording.writer import Recorder

    if options.record.suffix == SUFFIX:
        return Recorder(options.record)
    slug = re.sub(r"[^a-z0-9]+", "-", options.goal.lower()).strip("-")[:40].strip("-") or "run"
    name = f"{slug}-{time.strftime('%Y%m%d-%H%M%S')}"
    free = (options.record / f"{name}{tail}{SUFFIX}" for tail in ("", *(f"-{number}" for number in range(2, 100))))
    return Recorder(next(path for path in free if not path.exists()))


def _report(recording: Path) -> Path | None:
    """Write the report beside the events; a full disk must not hide how the run went."""
    from vl2agent.recording.reader import Recording
    from vl2agent.recording.report import write_report

    try:
        return write_report(Recording(recording), recording / "report.html")
    except VL2AgentError as error:
        console.err.print(Text(f"no report: {error}", style="yellow"))
        return None


def _tell(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        console.print_json(_as_data(outcome))
        return
    console.err.print()
    if outcome.error:
        console.report(outcome.error, as_json=False)
    elif outcome.result:
        tone, said = ("green", "Done") if outcome.result.ok else ("red", "Not reached")
        steps = len(outcome.result.steps)
        line = f"{said} in {outcome.seconds:.1f} s, {steps} step{'' if steps == 1 else 's'}"
        message = f": {outcome.result.message}" if outcome.result.message else ""
        console.err.print(Text.assemble((line, f"bold {tone}"), message))
    for name, path in (("recording", outcome.recording), ("report", outcome.report)):
        if path:
            console.out.print(Text(f"{name}: {_near(path)}"), soft_wrap=True)


def _as_data(outcome: Outcome) -> dict[str, Any]:
    return {
        "ok": outcome.exit_code == 0,
        "message": outcome.result.message if outcome.result else str(outcome.error),
        "exit_code": outcome.exit_code,
        "error": console.describe(outcome.error) if outcome.error else None,
        "seconds": round(outcome.seconds, 3),
        "steps": [step.model_dump(mode="json") for step in outcome.steps],
        "checklist": [clause.model_dump() for clause in outcome.checklist],
        "recording": str(outcome.recording) if outcome.recording else None,
        "report": str(outcome.report) if outcome.report else None,
    }


def _near(path: Path) -> Path:
    """Shorten a path below the working folder."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
