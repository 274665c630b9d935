"""`vl2agent bench desktop`: real goals on sandboxed desktops, checked by the state they leave."""

from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from vl2agent.cli import console
from vl2agent.errors import InputError

if TYPE_CHECKING:
    from vl2agent.bench.desktop import ModelFor, Report, SizeAndScale, Trial
    from vl2agent.contracts import Perception

EPILOG = """
[bold]Examples[/]

vl2agent bench desktop   [dim]# every goal five times[/]\n
vl2agent bench desktop --goals "style, web form" --repeat 1 --json\n
vl2agent bench desktop --record recordings/bench   [dim]# keep a recording of each run[/]\n
vl2agent bench desktop --model oracle --repeat 1 --size 1280x800,1920x1080,2560x1600@2\n
vl2agent bench desktop --model http://localhost:8000/v1

The oracle answers as a model does, from what the programs say of themselves: it shows whether all around a model works.
"""


def desktop(
    goals: Annotated[str, typer.Option(help="Names of goals, with commas between; all if unset.")] = "",
    repeat: Annotated[int, typer.Option(help="Runs of each goal, each on a desktop of its own.", min=1)] = 5,
    seed: Annotated[int, typer.Option(help="The first run's seed: theme, screen size, positions.", min=0)] = 0,
    size: Annotated[
        str, typer.Option(help="Sizes with commas between, @2 for scale 2; the seeds' if unset.", metavar="WxH[@N],...")
    ] = "",
    scale: Annotated[int, typer.Option(help="Physical pixels per logical one.", min=1, max=2)] = 1,
    model: Annotated[
        str | None,
        typer.Option(help="What sees and plans: a folder, a repository, a server, or oracle; reading if unset."),
    ] = None,
    tokenizer: Annotated[
        Path | None, typer.Option(help="Count the oracle's tokens with this checkpoint's vocabulary.", metavar="DIR")
    ] = None,
    window: Annotated[int | None, typer.Option(help="Tokens that a prompt and its reply may share.", min=1)] = None,
    guard: Annotated[
        bool, typer.Option("--guard", help="Count what 'vl2agent run --guard' would have blocked; nothing is.")
    ] = False,
    record: Annotated[Path | None, typer.Option(help="Keep a recording of each run here.", metavar="DIR")] = None,
    write: console.Page = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Measure how many goals are reached on real desktops, and how fast.

    Each run starts a new sandbox; afterwards settings, files, what a form sent or the clipboard tell whether the goal
    was reached. Pixels are not asked.
    """
    from vl2agent.bench.desktop import choose, measure
    from vl2agent.bench.markdown import page
    from vl2agent.perception.embedded import OcrPerception
    from vl2agent.perception.engine import OnnxTextEngine

    chosen = choose([name.strip() for name in goals.split(",") if name.strip()])
    engine = OnnxTextEngine()
    with console.err.status("starting") as status:
        report = measure(
            chosen,
            OcrPerception(engine),
            repeat=repeat,
            seed=seed,
            screens=_screens(size, scale),
            model_for=_model_for(model, OcrPerception(engine), tokenizer, window),
            guard=guard,
            record=record,
            progress=lambda goal, scene: status.update(
                f"{goal.name}, seed {scene.seed}, {scene.size[0]}x{scene.size[1]}"
            ),
            done=_tell,
        )
    if as_json:
        console.print_json(report.summary())
    else:
        console.out.print(_table(report))
    if write:
        said = console.command(
            "bench desktop --guard" if guard else "bench desktop",
            goals=goals,
            size=size,
            scale=scale if scale > 1 else None,
            model=model,
            tokenizer=tokenizer,
            window=window,
            repeat=repeat,
            seed=seed,
        )
        write.write_text(page(report, said, model or ""), "utf-8")


def _screens(sizes: str, scale: int) -> list[SizeAndScale]:
    """Read "1280x800,2560x1600@2"."""
    screens: list[SizeAndScale] = []
    for text in filter(None, (part.strip() for part in sizes.split(","))):
        if not (match := re.fullmatch(r"(\d{2,5})[x×](\d{2,5})(?:@([12]))?", text)):
            raise InputError(f"expected --size such as 1280x800 or 1280x800,2560x1600@2, got {text!r}")
        screens.append(((int(match[1]), int(match[2])), int(match[3] or scale)))
    return screens or [(None, scale)]


def _model_for(model: str | None, reader: Perception, tokenizer: Path | None, window: int | None) -> ModelFor:
    from vl2agent.bench.desktop import embedded

    if tokenizer and model != "oracle":
        raise InputError("--tokenizer is for --model oracle; any other model counts with its own vocabulary")
    if model is None:
        return embedded
    if model == "oracle":
        from vl2agent.bench.oracle import oracle

        return lambda desktop: oracle(desktop, reader, tokenizer=tokenizer, window=window or 4096)
    from vl2agent.calls import Model
    from vl2agent.defaults import open_model

    opened = open_model(model)
    chosen = Model(opened.backend, window=window) if window else opened
    return lambda desktop: nullcontext(chosen)


def _tell(trial: Trial) -> None:
    if not trial.ok:
        console.err.print(
            f"[red]not reached:[/] {trial.goal}, seed {trial.scene.seed}: {escape(trial.problem)}", soft_wrap=True
        )


def _table(report: Report) -> Table:
    summary = report.summary()
    overall = summary["overall"]
    table = Table(title=f"{overall['reached']} of {overall['runs']} runs reached their goal ({overall['rate']:.1%})")
    if overall["decided"]:
        table.caption = f"the guard would have blocked {overall['blocked']} of {overall['decided']} actions"
    for heading in ("goal", "reached", "steps", "s a step", "s a run"):
        table.add_column(heading, justify="left" if heading == "goal" else "right")
    for name, figures in [*summary["goals"].items(), ("all", overall)]:
        table.add_row(
            name,
            f"{figures['reached']}/{figures['runs']}",
            f"{figures['steps']:g}",
            f"{figures['seconds_per_step'] or 0:.2f}",
            f"{figures['seconds'] or 0:.1f}",
            end_section=name == list(summary["goals"])[-1],
        )
    return table
