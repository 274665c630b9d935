"""`vl2agent replay`: a recorded run, verified, planned again, or done again."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vl2agent.cli import answering, console
from vl2agent.cli.asking import Person
from vl2agent.cli.progress import Nothing
from vl2agent.cli.stopping import Stopping
from vl2agent.errors import InputError, ReplayMismatch
from vl2agent.geometry import ScreenBox
from vl2agent.recording.reader import Recording

if TYPE_CHECKING:
    from vl2agent.contracts import Policy
    from vl2agent.replay.other_policy import Change

EPILOG = """
[bold]Examples[/]

vl2agent replay demo.v2a.zip   [dim]# no display, no model: the same actions, or what differs[/]\n
vl2agent replay demo.v2a --policy strict.toml   [dim]# what would other rules have said?[/]\n
vl2agent replay demo.v2a --mode replan --model deepseek-ai/deepseek-vl2-tiny   [dim]# would a model do the same?[/]\n
vl2agent replay demo.v2a --mode rerun --pictures differences   [dim]# in a fresh desktop[/]\n
vl2agent replay demo.v2a --mode rerun --mask 0,0,1280,28 --heal\n
SHOP_PASSWORD=... vl2agent replay demo.v2a --mode rerun --secret SHOP_PASSWORD

Exit code: 0 the same, 13 not as recorded.
"""

DIFFERS = ReplayMismatch.exit_code


class Mode(StrEnum):
    """How strongly it is replayed."""

    VERIFY = "verify"
    REPLAN = "replan"
    RERUN = "rerun"


def replay(
    recording: Annotated[Path, typer.Argument(help="A folder NAME.v2a, or the same packed as NAME.v2a.zip.")],
    mode: Annotated[
        Mode,
        typer.Option(help="verify: on itself; replan: plan each step again; rerun: do it again in a fresh desktop."),
    ] = Mode.VERIFY,
    policy: Annotated[
        Path | None, typer.Option(help="Other rules: verify tells what they would have said, rerun obeys them.")
    ] = None,
    model: answering.ModelName = None,
    at_least: Annotated[
        float, typer.Option(help="replan: the share of steps that must agree.", min=0.0, max=1.0)
    ] = 1.0,
    around: Annotated[int, typer.Option(help="replan: pixels around a target that count as it.", min=0)] = 0,
    sandbox: Annotated[str | None, typer.Option(help="rerun: in this running sandbox.", metavar="NAME")] = None,
    theme: Annotated[
        str | None, typer.Option(help="rerun: the sandbox's GTK theme; the recorded one if unset.")
    ] = None,
    app: Annotated[list[str] | None, typer.Option(help="rerun: program to start first; may be repeated.")] = None,
    mask: Annotated[
        list[str] | None, typer.Option(help="rerun: a part of the screen that may differ.", metavar="L,T,R,B")
    ] = None,
    heal: Annotated[
        bool, typer.Option("--heal", help="rerun: look for targets by their words where they look different.")
    ] = False,
    pictures: Annotated[
        Path | None, typer.Option(help="rerun: folder for pictures of what differs.", metavar="DIR")
    ] = None,
    secret: Annotated[
        list[str] | None,
        typer.Option(help="rerun: environment variable to type where the goal says {NAME}.", metavar="NAME"),
    ] = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Replay a recorded run: on itself, planned again, or done again; say where it first differs."""
    rerun: dict[str, object] = {"sandbox": sandbox, "theme": theme, "app": app, "mask": mask}
    rerun |= {"heal": heal, "secret": secret, "pictures": pictures}
    replan = {"model": model, "at-least": at_least < 1.0, "around": around}
    _require_its_mode(mode, replan, rerun)
    if policy and mode is Mode.REPLAN:
        raise InputError("--policy decides about actions, and --mode replan only plans them; leave one of them out")
    found = Recording(recording)
    match mode:
        case Mode.VERIFY:
            same = _verify(found, policy, as_json)
        case Mode.REPLAN:
            same = _replan(found, model, at_least, around, as_json)
        case Mode.RERUN:
            masks = [_box(text) for text in mask or ()]
            same = _rerun(found, policy, sandbox, theme, app or [], masks, heal, secret, pictures, as_json)
    raise typer.Exit(0 if same else DIFFERS)


def _require_its_mode(mode: Mode, replan: Mapping[str, object], rerun: Mapping[str, object]) -> None:
    """Refuse options that would change nothing.

    Raises:
        InputError: one was given for another mode.
    """
    for wanted, options in ((Mode.REPLAN, replan), (Mode.RERUN, rerun)):
        given = [f"--{name}" for name, value in options.items() if value]
        if given and mode is not wanted:
            raise InputError(f"{', '.join(given)}: expected with --mode {wanted}, got --mode {mode}")


def _box(text: str) -> ScreenBox:
    if not re.fullmatch(r"\d{1,5}(,\d{1,5}){3}", text):
        raise InputError(f"expected --mask such as 0,0,1280,28 (left, top, right, bottom), got {text!r}")
    left, top, right, bottom = map(int, text.split(","))
    if not (left < right and top < bottom):
        raise InputError(f"expected --mask with left < right and top < bottom, got {text!r}")
    return ScreenBox(left, top, right, bottom)


# --- verify --------------------------------------------------------------------------------------------------------


def _verify(recording: Recording, policy: Path | None, as_json: bool) -> bool:
    from vl2agent.cli import replay_telling as telling
    from vl2agent.replay.verify import verify

    try:
        found = verify(recording)
    except ReplayMismatch as mismatch:
        telling.tell_mismatch(mismatch, as_json)
        return False
    found.require_something()
    changes = _changes(recording, policy) if policy else ()
    if as_json:
        console.print_json(
            {"ok": not changes, **telling.verified(found), "policy": [telling.changed(each) for each in changes]}
        )
        return not changes
    telling.tell_verification(found)
    if policy:
        telling.tell_changes(changes, policy)
    return not changes


def _changes(recording: Recording, policy: Path) -> tuple[Change, ...]:
    from vl2agent.policy.file import read_table
    from vl2agent.replay.other_policy import decided_by

    table = read_table(policy)
    return decided_by(recording, {name: part for name, part in table.items() if name != "redact"}, path=policy)


# --- replan --------------------------------------------------------------------------------------------------------


def _replan(recording: Recording, model: str | None, at_least: float, around: int, as_json: bool) -> bool:
    from vl2agent.cli import replay_telling as telling
    from vl2agent.replay.agreeing import Tolerance
    from vl2agent.replay.replan import replan

    opened = answering.open_model(model, device="auto", dtype="auto", quantize=None) if model else None
    found = replan(recording, model=opened, tolerance=Tolerance(around_px=around))
    same = found.agreement >= at_least
    if as_json:
        console.print_json({"ok": same, **telling.compared(found)})
        return same
    telling.tell_comparison(found, same=same)
    return same


# --- rerun ---------------------------------------------------------------------------------------------------------


def _rerun(
    recording: Recording,
    policy: Path | None,
    sandbox: str | None,
    theme: str | None,
    apps: list[str],
    masks: list[ScreenBox],
    heal: bool,
    secret: list[str] | None,
    pictures: Path | None,
    as_json: bool,
) -> bool:
    from vl2agent.cli import replay_telling as telling
    from vl2agent.recording.redaction import values_of
    from vl2agent.replay.rerun import rerun, stage_of
    from vl2agent.sandbox.desktop import Sandbox

    stage = stage_of(recording)
    rules = _rules(policy) if policy else None
    secrets = {f"{{{name}}}": value for name, value in values_of(secret or (), os.environ).items()}
    fresh = Sandbox(stage.size, theme or stage.theme or "Greybird", apps, scale=stage.scale)
    with Sandbox.attach(sandbox) if sandbox else fresh as desktop:
        person = Person(Nothing(), Stopping())
        approve = person.approve if person.is_there() else None
        found = rerun(
            recording,
            desktop,
            masks=masks,
            heal=heal,
            policy=rules,
            approve=approve,
            secrets=secrets,
            pictures=pictures,
        )
    if as_json:
        console.print_json({"ok": found.ok, **telling.reran(found)})
    else:
        telling.tell_rerun(found)
    return found.ok


def _rules(policy: Path) -> Policy:
    from vl2agent.defaults import seeing_with
    from vl2agent.policy.policy import RulePolicy
    from vl2agent.policy.reading import text_under

    return RulePolicy.load(policy, text_at=text_under(seeing_with(None).elements))
