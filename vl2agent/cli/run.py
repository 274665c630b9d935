"""`vl2agent run`: reach a goal on a desktop, by default on one that nobody else uses."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vl2agent.cli import answering, console, resuming
from vl2agent.cli.asking import Person
from vl2agent.cli.killing import KillFile, KillKey, kill_switch
from vl2agent.cli.outcome import Outcome, report_on, tell
from vl2agent.cli.progress import Nothing, progress
from vl2agent.cli.secrets import Redact, Secret, hands, redaction
from vl2agent.cli.stage import HAS_SANDBOX, Stage
from vl2agent.cli.stopping import Stopping
from vl2agent.errors import InputError, Interrupted, MissingExtra, RecordingError, VL2AgentError
from vl2agent.geometry import Size

if TYPE_CHECKING:
    from vl2agent.calls import Model
    from vl2agent.contracts import Perception, Planner, Policy
    from vl2agent.loop.limits import Limits
    from vl2agent.loop.past import Past
    from vl2agent.loop.resume import Assume
    from vl2agent.recording.redaction import Redaction
    from vl2agent.recording.writer import Recorder
    from vl2agent.steps import Frame, Plan, Step

EPILOG = """
[bold]Examples[/]

vl2agent run "open settings"\n
vl2agent run "open mousepad, type 'naïve café', then press ctrl+s" --theme Adwaita-dark\n
vl2agent run "open settings" --size 1920x1080 --json   [dim]# for scripts[/]\n
vl2agent run "click Trash" --live --dry-run   [dim]# your own desktop: show what it would do[/]\n
vl2agent run "close Calculator" --live --approve each   [dim]# ... and ask before each action[/]\n
SHOP_PASSWORD=... vl2agent run "type '{SHOP_PASSWORD}' into the Password field" --secret SHOP_PASSWORD\n
vl2agent run "type 'hi' into Message, then click Send" --guard   [dim]# nothing that the goal does not name[/]\n
vl2agent run "make the text larger" --model deepseek-ai/deepseek-vl2-tiny   [dim]# any goal, by a model[/]\n
vl2agent run "make the text larger" --model http://127.0.0.1:8000/v1   [dim]# ... behind a server[/]\n
vl2agent run --resume recordings/open-settings.v2a   [dim]# a run that was killed goes on, on a desktop that still runs[/]

Without --model a goal is one command or several, joined by "then", "and" or commas: \
open, close, click, double-click, right-click, choose, check, uncheck, type '...' into ..., clear, press, \
scroll ... to ..., drag ... to ..., wait for ...
"""

RECORDINGS = Path("recordings")


class Approve(StrEnum):
    """When a person is asked."""

    EACH = "each"
    RISKY = "risky"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line said, checked; with `past`, a run that is gone on with."""

    goal: str
    stage: Stage
    approve: Approve | None
    policy: Path | None
    guard: bool
    redaction: Redaction
    record: Path
    limits: Limits
    as_json: bool
    past: Past | None
    assume: Assume | None
    kill_key: str | None
    kill_file: Path | None


@dataclass(frozen=True, kw_only=True)
class Brain:
    """What plans and finds; `model` is None for the embedded default."""

    model: Model | None
    perception: Perception
    planner: Planner


def run(
    goal: Annotated[
        str | None, typer.Argument(help='What to reach, such as "open settings".', show_default=False)
    ] = None,
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
    guard: Annotated[
        bool, typer.Option("--guard", help="Allow only what the goal names; ask about everything else, or refuse it.")
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option(help="Folder for the recording, or its own name if that ends in .v2a; 'recordings' if unset."),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="Go on with this run, which was killed: its goal, where it was, under its rules.", metavar="DIR"
        ),
    ] = None,
    assume: Annotated[
        resuming.Assumed | None,
        typer.Option(help="With --resume: what became of an action of which nobody can tell whether it was done."),
    ] = None,
    redact: Redact = None,
    secret: Secret = None,
    kill_key: KillKey = None,
    kill_file: KillFile = None,
    max_steps: Annotated[int | None, typer.Option(help="Steps before it gives up, 100 if unset.", min=1)] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds before it gives up, 600 if unset.", min=1)] = None,
    model: answering.ModelName = None,
    window: Annotated[
        int | None, typer.Option(help="Tokens that a prompt and its reply may share; the model's own if unset.", min=1)
    ] = None,
    device: answering.Device = "auto",
    dtype: answering.Dtype = "auto",
    quantize: answering.Quantize = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Reach a goal on a desktop: in a sandbox of its own, where nothing of yours can be touched, unless --live.

    Every run is recorded; the report shows each step with pictures. Ctrl-C, 'vl2agent stop', ctrl+alt+escape on its
    desktop and, with --live, the pointer pushed into a corner stop it at once, and release everything.
    """
    past = resuming.past_of(resume, goal=goal, record=record, assume=assume, secrets=secret, redact=redact or policy)
    if past:
        model, window = model or past.run.model or None, window or past.run.window or None
        live, sandbox = resuming.place_of(past, live=live, sandbox=sandbox)
        dry_run = dry_run or resuming.was_dry(past)
    if window and not model:
        raise InputError("--window is a model's; name one with --model")
    options = Options(
        goal=resuming.goal_of(past, goal),
        stage=Stage(
            live=live,
            dry=dry_run or _must_be_dry(live),
            sandbox=sandbox,
            size=_size(size) if size else None,
            theme=theme,
        ),
        approve=approve,
        policy=policy,
        guard=guard,
        redaction=redaction(redact or policy, secret),
        record=record or RECORDINGS,
        limits=resuming.limits_of(past, max_steps, timeout),
        as_json=as_json,
        past=past,
        assume=assume.value if assume else None,
        kill_key=kill_key,
        kill_file=kill_file,
    )
    brain = _brain(model, window, device, dtype, quantize)
    outcome = _run(options, brain)
    tell(outcome, as_json)
    raise typer.Exit(outcome.exit_code)


def _run(options: Options, brain: Brain) -> Outcome:
    from vl2agent.loop.goal import check_goal

    check_goal(options.goal, brain.planner)
    policy = _policy(options, brain.perception)
    outcome = Outcome(steps=list(options.past.steps) if options.past else [])
    if options.past and not options.as_json:
        resuming.tell(options.past)
    showing = progress(console.err, options.goal, quiet=options.as_json)
    try:
        with Stopping() as stopping, showing:
            _on_stage(options, outcome, showing, stopping, brain, policy)
    except VL2AgentError as error:
        outcome.error = error
    except KeyboardInterrupt:
        outcome.error = Interrupted("stopped by a person")
    if outcome.recording:
        outcome.report = report_on(outcome.recording)
    return outcome


def _on_stage(
    options: Options,
    outcome: Outcome,
    showing: Nothing,
    stopping: Stopping,
    brain: Brain,
    policy: Policy,
) -> None:
    from vl2agent.agent import Agent
    from vl2agent.executor.dry_run import DryRunExecutor
    from vl2agent.loop.hooks import Hooks

    def planned(plan: Plan, frame: Frame) -> None:
        outcome.checklist = plan.checklist
        showing.planned(len(outcome.steps) + 1, plan)

    def finished(step: Step, frame: Frame) -> None:
        outcome.steps.append(step)
        showing.finished(step)

    person = Person(showing, stopping)
    with options.stage.enter(showing) as (screen, executor):
        recorder, path = _recording(options)
        outcome.recording = path
        agent = Agent(
            screen,
            hands(executor, options.redaction)
            or DryRunExecutor(screen, path / "dry-run", shown=lambda frame: options.redaction.painted(frame)[0]),
            model=brain.model,
            perception=brain.perception,
            planner=brain.planner,
            policy=policy,
            approve=person.approve if person.is_there() else None,
            recorder=recorder,
            hooks=Hooks(after_plan=planned, after_action=finished, on_ask=person.answer if person.is_there() else None),
            limits=options.limits,
        )
        person.sees(screen.grab, path, options.redaction)
        person.stopped = agent.cancelled.is_set
        stopping.ask = agent.cancel
        showing.doing("looking")
        began_s = time.monotonic()
        key, file, live = options.kill_key, options.kill_file, options.stage.live
        try:
            with kill_switch(screen, executor, live=live, key=key, file=file) as switch:
                switch.stops(agent.cancel)
                if options.past:
                    outcome.result = agent.resume(options.past.path, assume=options.assume, redaction=options.redaction)
                else:
                    outcome.result = agent.run(options.goal)
        finally:
            outcome.seconds, stopping.ask = time.monotonic() - began_s, None
            showing.doing("leaving the desktop")


def _must_be_dry(live: bool) -> bool:
    """Without a sandbox and without --live nothing is sent."""
    if live or HAS_SANDBOX:
        return False
    console.err.print("[yellow]No sandbox exists on this platform: a dry run. Add --live to act on this desktop.[/]")
    return True


def _brain(name: str | None, window: int | None, device: str, dtype: str, quantize: str | None) -> Brain:
    from vl2agent.calls import Model
    from vl2agent.defaults import planning_with, seeing_with

    opened = answering.open_model(name, device=device, dtype=dtype, quantize=quantize) if name else None
    model = Model(opened, window=window) if opened else None
    perception = seeing_with(model)
    return Brain(model=model, perception=perception, planner=planning_with(model, perception))


def _policy(options: Options, perception: Perception) -> Policy:
    from vl2agent.defaults import reading_with
    from vl2agent.planner.guarding import GoalPolicy, guarded_rules, policy_of
    from vl2agent.policy.packaged import RISKY
    from vl2agent.policy.policy import RulePolicy
    from vl2agent.policy.reading import text_under

    before = options.past.run.policy if options.past else {}
    said = {} if options.policy or options.approve or options.guard else before
    approve = options.approve or (Approve.RISKY if options.stage.live else Approve.NEVER)
    more, each = (RISKY if approve is Approve.RISKY else ()), approve is Approve.EACH
    reader = reading_with(perception)
    if reader is None and (rule := next((rule for rule in more if rule.text), None)):
        raise MissingExtra("ocr", f"the rule {rule.name!r}, about what is written under the pointer,")
    text_at = text_under(reader.elements) if reader else None
    if said:
        return policy_of(said, reader)
    if options.guard or "goal" in before:
        if reader is None:
            raise MissingExtra("ocr", "a guarded run, which looks for what the goal names,")
        file = options.policy or guarded_rules()
        rules = RulePolicy.load(file, more=more, ask_each=each, text_at=text_at)
        return GoalPolicy(options.goal, reader, rules)
    if options.policy:
        return RulePolicy.load(options.policy, more=more, ask_each=each, text_at=text_at)
    return RulePolicy(more, ask_each=each, text_at=text_at)


def _size(text: str) -> Size:
    if not (match := re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)):
        raise InputError(f"expected --size such as 1280x800, got {text!r}")
    return Size(int(match[1]), int(match[2]))


# --- what stays ----------------------------------------------------------------------------------------------------


def _recording(options: Options) -> tuple[Recorder | None, Path]:
    """Give what writes a new run down, and where; a run that is gone on with has its own."""
    if options.past:
        return None, options.past.path
    recorder = _recorder(options)
    return recorder, recorder.path


def _recorder(options: Options) -> Recorder:
    from vl2agent.recording.schema import SUFFIX
    from vl2agent.recording.writer import Recorder

    if options.record.suffix == SUFFIX:
        return Recorder(options.record, redaction=options.redaction)
    slug = re.sub(r"[^a-z0-9]+", "-", options.goal.lower()).strip("-")[:40].strip("-") or "run"
    name = f"{slug}-{time.strftime('%Y%m%d-%H%M%S')}"
    free = (options.record / f"{name}{tail}{SUFFIX}" for tail in ("", *(f"-{number}" for number in range(2, 100))))
    for path in free:
        try:
            return Recorder(path, redaction=options.redaction)
        except RecordingError:
            if not path.exists():
                raise
    raise RecordingError(options.record, f"a hundred recordings are named {name}; choose another folder")
