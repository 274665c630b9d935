"""`vl2agent record`: show how something is done, and keep it as a recording."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from vl2agent.cli import console
from vl2agent.cli.secrets import redaction
from vl2agent.cli.stopping import Stopping
from vl2agent.errors import CaptureError, InputError

if TYPE_CHECKING:
    from vl2agent.capture.desktop import DesktopScreen
    from vl2agent.contracts import Perception
    from vl2agent.recording.redaction import Redaction
    from vl2agent.steps import Frame, Receipt, Settled, Step, Target, Verdict

EPILOG = """
[bold]Examples[/]

vl2agent record --sandbox desk --goal "save the note" -o save.v2a\n
vl2agent sandbox view desk --control   [dim]# ... and work in it with any VNC viewer[/]\n
vl2agent record --live --goal "log in" --secret SHOP_PASSWORD -o login.v2a   [dim]# written as {SHOP_PASSWORD}[/]\n
vl2agent trace save.v2a   [dim]# what was done, step by step[/]\n
vl2agent export save.v2a --format sft -o samples   [dim]# ... as training samples[/]

On X11. Wayland, Windows and macOS tell nobody what is typed: record in a sandbox on Linux there.
"""


def record(
    output: Annotated[Path, typer.Option("--output", "-o", help="The recording to make, NAME.v2a.")],
    goal: Annotated[str, typer.Option(help="What is shown, in words.")],
    live: Annotated[bool, typer.Option("--live", help="Record your own desktop.")] = False,
    sandbox: Annotated[str | None, typer.Option(help="Record this running sandbox.", metavar="NAME")] = None,
    display: Annotated[
        str | None, typer.Option(help="With --live: the X display, $DISPLAY if unset.", metavar=":N")
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="Stop after so long.", min=0.1)] = None,
    stop_key: Annotated[str, typer.Option(help="The chord that stops it.", metavar="CHORD")] = "ctrl+alt+q",
    mask_typing: Annotated[bool, typer.Option("--mask-typing", help="Write down nothing of what is typed.")] = False,
    mask_key: Annotated[
        str, typer.Option(help="The chord that begins and ends what is typed in secret.", metavar="CHORD")
    ] = "ctrl+alt+m",
    secret: Annotated[
        list[str] | None,
        typer.Option(help="Environment variable whose value is written as {NAME}, typed or seen.", metavar="NAME"),
    ] = None,
    redact: Annotated[Path | None, typer.Option(help="What else is masked: a TOML file.")] = None,
    read: Annotated[
        bool, typer.Option(help="Name what is pointed at by reading the screen; needs the extra 'ocr'.")
    ] = True,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Record what a person, or any tool, does with mouse and keyboard, as steps with pictures.

    Ctrl-C, the stop key or --seconds end it. What is typed in secret is masked, and so is the place on the screen where
    it was typed.
    """
    from vl2agent.demonstration.demonstration import Demonstration, Options
    from vl2agent.recording.writer import Recorder

    _require_x11()
    if live == bool(sandbox):
        raise InputError("expected --live for your own desktop, or --sandbox NAME for a running one; give one of them")
    if not goal.strip():
        raise InputError("expected words that say what is shown, got none")
    mask = redaction(redact, secret)
    steps: list[Step] = []

    def written(step: Step) -> None:
        steps.append(step)
        _tell(step, mask)

    place = f"sandbox {sandbox}" if sandbox else ""
    with _desktop(sandbox, display) as (screen, name), Stopping("Stopping.") as stopping:
        options = Options(
            stop=stop_key,
            mask=mask_key,
            masked=mask_typing,
            place=place or f"live {name}",
            on_ready=lambda: console.err.print(
                f"[dim]Recording {place or name}; {stop_key} or Ctrl-C stops it.[/]", soft_wrap=True
            ),
            on_step=written,
        )
        eyes = reading_eyes(read)
        recorder = Recorder(output, redaction=mask)
        demonstration = Demonstration(
            screen, name, recorder, goal=goal.strip(), judge=judged, perception=eyes, options=options
        )
        demonstration.run(until=_until(seconds, stopping))
    if as_json:
        console.print_json({"recording": str(recorder.path), "goal": goal.strip(), "steps": len(steps)})
    else:
        console.out.print(Text(f"{recorder.path} ({len(steps)} steps)"), soft_wrap=True)


def _require_x11() -> None:
    if sys.platform != "linux":
        raise CaptureError(
            f"what a person does is recorded on X11 only, this is {sys.platform}; "
            "try a sandbox on a Linux machine: vl2agent sandbox start, then vl2agent record --sandbox NAME"
        )


@contextmanager
def _desktop(sandbox: str | None, display: str | None) -> Iterator[tuple[DesktopScreen, str]]:
    """Open what is recorded; give its screen and the name of its X server."""
    from vl2agent.capture.desktop import DesktopScreen
    from vl2agent.xdisplay import display_name

    if sandbox is None:
        with DesktopScreen(display) as screen:
            yield screen, display_name(display)
        return
    if display:
        raise InputError("expected --display with --live only; a sandbox has its own")
    from vl2agent.sandbox.desktop import Sandbox

    with Sandbox.attach(sandbox) as desktop:
        yield desktop.screen, desktop.display


def _until(seconds: float | None, stopping: Stopping) -> Callable[[], bool]:
    asked: list[bool] = []
    stopping.ask = lambda: asked.append(True)
    deadline_s = time.monotonic() + seconds if seconds else None
    return lambda: bool(asked) or (deadline_s is not None and time.monotonic() >= deadline_s)


def reading_eyes(read: bool) -> Perception | None:
    """Read screens to name places, where that is wanted and can be had."""
    if not read:
        return None
    if not find_spec("rapidocr"):
        console.err.print(
            "[yellow]Places are told by where they are: reading needs the extra 'ocr', "
            "pip install 'vl2agent\\[ocr]'.[/]"
        )
        return None
    from vl2agent.defaults import seeing_with

    return seeing_with(None)


def judged(
    before: Frame, after: Settled, receipt: Receipt | None, target: Target | None, destination: Target | None
) -> Verdict:
    """Tell what an action did as the loop does; meets `recording.chronicle.Judge`."""
    from vl2agent.loop.judge import judge

    return judge(before, after, receipt, target=target, destination=destination)


def _tell(step: Step, mask: Redaction) -> None:
    """Say what was written, masked as it was."""
    from vl2agent.recording.schema import Planned
    from vl2agent.recording.words import intent_words, verdict_words

    plan = mask.event(Planned(step=step.number, frame=0, plan=step.plan)).plan
    line = Text(f"{step.number:3} {intent_words(plan.intent)}", no_wrap=True)
    console.err.print(line.append(f"  {verdict_words(step.verdict)}", style="dim"), soft_wrap=True)
