"""`vl2agent policy`: check a file of rules, and explain what it says to an action."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from vl2agent.cli import console
from vl2agent.errors import PolicyError

if TYPE_CHECKING:
    from vl2agent.policy.conditions import TextAt
    from vl2agent.policy.policy import Explanation, RulePolicy
    from vl2agent.policy.rules import Rule
    from vl2agent.steps import Frame, Window

EPILOG = """
[bold]Examples[/]

vl2agent policy example > policy.toml   [dim]# a file to begin with[/]\n
vl2agent policy check policy.toml\n
vl2agent policy explain "key ctrl+alt+del"   [dim]# the packaged rules alone[/]\n
vl2agent policy explain "type 'sudo reboot' enter" --policy policy.toml --window Terminal\n
vl2agent policy explain "click 640,400" --policy policy.toml --text "Delete account"\n
vl2agent policy explain click --at 640,400 --policy policy.toml --screenshot screen.png   [dim]# read by OCR[/]\n
vl2agent policy explain "click 5,5" --policy policy.toml --url https://example.org/ --json
"""

TONES = {"allow": "green", "ask": "yellow", "deny": "red"}

app = typer.Typer(help="Check a file of rules; explain what it says to an action.", no_args_is_help=True, epilog=EPILOG)

PolicyFile = Annotated[Path, typer.Argument(help="The rules, a TOML file.", show_default=False)]


@app.command()
def check(file: PolicyFile, as_json: console.AsJson = False) -> None:
    """Read a file, show its rules in the order they are tried, and warn of what does not do what it seems to.

    Exit code 2 when something in it is wrong; every mistake is named.
    """
    from vl2agent.policy.checking import warnings_about
    from vl2agent.policy.file import mistakes, read_table, said
    from vl2agent.policy.policy import RulePolicy

    table = read_table(file)
    wrong = list(mistakes(file, table))
    if wrong:
        _tell_mistakes(wrong, as_json)
        raise typer.Exit(wrong[0].exit_code)
    data = {key: value for key, value in table.items() if key != "redact"}
    policy, warnings = RulePolicy.from_data(data, text_at=_nothing, path=file), list(warnings_about(said(file, table)))
    if as_json:
        console.print_json({**policy.as_data(), "warnings": warnings})
        return
    console.out.print(_rules_table(policy))
    for warning in warnings:
        console.err.print(Text.assemble(("Warning: ", "bold yellow"), (console.plain(warning), "yellow")))


@app.command()
def explain(
    action: Annotated[
        str, typer.Argument(help="click 10,20 | key ctrl+s | type 'words' | JSON ...", show_default=False)
    ],
    file: Annotated[
        Path | None, typer.Option("--policy", help="The rules; the packaged ones alone if unset.", metavar="FILE")
    ] = None,
    at: Annotated[str | None, typer.Option(help="Where, for an action without a place.", metavar="X,Y")] = None,
    window: Annotated[str | None, typer.Option(help="Title of the window that gets it.", metavar="TITLE")] = None,
    application: Annotated[str | None, typer.Option("--app", help="Its application.", metavar="NAME")] = None,
    url: Annotated[str | None, typer.Option(help="The page that it shows.")] = None,
    text: Annotated[str | None, typer.Option(help="What is written under the pointer; nothing if unset.")] = None,
    screenshot: Annotated[Path | None, typer.Option(help="A picture to read that from.", metavar="PNG")] = None,
    when: Annotated[
        datetime | None, typer.Option(help="The local time, such as 2030-01-31T22:30; now if unset.")
    ] = None,
    as_json: console.AsJson = False,
) -> None:
    """Say which rule decides about an action, and of each rule before it why it does not fit.

    A window or page that is not named is unknown, which counts against the action. Nothing is done.
    """
    from vl2agent.policy.file import read_table
    from vl2agent.policy.policy import RulePolicy
    from vl2agent.policy.spelling import read_point, read_spelling

    frame = _frame(screenshot, _window(window, application, url))
    moment = when or datetime.now()
    table = read_table(file) if file else {}
    policy = RulePolicy.from_data(
        {key: value for key, value in table.items() if key != "redact"},
        text_at=_reader(text, screenshot),
        now=lambda: moment,
        path=file or "<packaged>",
    )
    _tell(policy.explain(read_spelling(action, read_point(at) if at else None), frame), as_json)


@app.command()
def example() -> None:
    """Print a file to begin with: every kind of rule, with what it means."""
    typer.echo((Path(__file__).parent.parent / "policy" / "example.toml").read_text(encoding="utf-8"), nl=False)


# --- what is said of the screen --------------------------------------------------------------------------------------


def _nothing(*_: object) -> str:
    return ""


def _reader(text: str | None, screenshot: Path | None) -> TextAt:
    """Read under the pointer what the command line says, else what is on the picture, else nothing."""
    if text is not None:
        return lambda point, frame: text
    if screenshot is None:
        return _nothing
    from vl2agent.defaults import seeing_with
    from vl2agent.policy.reading import text_under

    return text_under(seeing_with(None).elements)


def _frame(screenshot: Path | None, windows: tuple[Window, ...]) -> Frame:
    from dataclasses import replace

    from PIL import Image

    from vl2agent.cli import looking
    from vl2agent.steps import Frame

    if screenshot is not None:
        return replace(looking.look(screenshot, None, None), windows=windows)
    return replace(Frame.from_image(Image.new("RGB", (3840, 2160))), windows=windows)


def _window(title: str | None, application: str | None, url: str | None) -> tuple[Window, ...]:
    """Fill the screen with the one window that was spoken of."""
    from vl2agent.geometry import ScreenBox
    from vl2agent.steps import Window

    if title is application is url is None:
        return ()
    name = application or ("browser" if url is not None else "")
    everywhere = ScreenBox(-100_000, -100_000, 100_000, 100_000)
    return (Window(title=title or "", app=name, box=everywhere, active=True, url=url or ""),)


# --- what is told ----------------------------------------------------------------------------------------------------


def _tell_mistakes(wrong: list[PolicyError], as_json: bool) -> None:
    if as_json:
        console.print_json({"errors": [console.describe(error) for error in wrong]})
        return
    for error in wrong:
        console.report(error, as_json=False)


def _rules_table(policy: RulePolicy) -> Table:
    table = Table("#", "rule", "says", "fits when", "because")
    for number, rule in enumerate(policy.rules, 1):
        conditions = ", ".join(_conditions(rule)) or "always"
        said = Text(rule.verdict, TONES[rule.verdict])
        table.add_row(
            str(number),
            *(Text(console.plain(part)) for part in (rule.name,)),
            said,
            Text(conditions),
            Text(rule.reason),
        )
    table.add_row("", Text("default", "dim"), Text(policy.default, TONES[policy.default]), Text("no rule fits", "dim"))
    return table


def _conditions(rule: Rule) -> list[str]:
    """Write what a rule names as its file does, cut short."""
    named: dict[str, Any] = rule.model_dump(mode="json", exclude_defaults=True)
    parts = ((key, value) for key, value in named.items() if key not in ("name", "verdict", "reason"))
    return [
        f"{key} = {console.plain(shown if len(shown := _shown(value)) <= 70 else shown[:69] + '…')}"
        for key, value in parts
    ]


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key} {number}" for key, number in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _tell(explained: Explanation, as_json: bool) -> None:
    decision = explained.decision
    if as_json:
        passed = [{"rule": rule.name, "verdict": rule.verdict, "why_not": why} for rule, why in explained.passed]
        console.print_json({**decision.model_dump(mode="json"), "passed": passed})
        return
    for rule, why in explained.passed:
        console.out.print(
            Text.assemble("  ", (console.plain(rule.name), "bold"), (f"  no: {console.plain(why)}", "dim"))
        )
    because = f": {decision.reason}" if decision.reason else ""
    said = (decision.verdict, f"bold {TONES[decision.verdict]}")
    console.out.print(Text.assemble(said, f" by {console.plain(decision.rule)!r}{console.plain(because)}"))
