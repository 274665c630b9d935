"""`vl2agent bench miniwob`: small tasks on real pages, done from pixels alone, judged by the reward that pages give."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from vl2agent.cli import console

if TYPE_CHECKING:
    from vl2agent.bench.miniwob import Episode, Report

EPILOG = """
[bold]Examples[/]

vl2agent bench miniwob   [dim]# 15 text-directed tasks, ten times each[/]\n
vl2agent bench miniwob --tasks click-button,enter-text --seeds 2 --record recordings/miniwob\n
vl2agent bench miniwob --tasks all --seeds 1 --json > figures.json\n
vl2agent bench miniwob --model checkpoints/deepseek-vl2-tiny   [dim]# a folder, a repository or a server's URL[/]

The pages come with the extra 'miniwob': pip install 'vl2agent\\[browser,miniwob,ocr]'
"""


def miniwob(
    tasks: Annotated[
        str, typer.Option(help="Names with commas between, or all; 15 text-directed ones if unset.", metavar="A,B,...")
    ] = "",
    seeds: Annotated[int, typer.Option(help="Episodes of each task.", min=1, metavar="N")] = 10,
    seed: Annotated[int, typer.Option(help="The first episode's seed.", min=0)] = 0,
    model: Annotated[
        str | None, typer.Option(help="What sees and plans: a folder, a repository or a server; reading if unset.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for an episode before it gives up.", min=1)] = 90.0,
    record: Annotated[Path | None, typer.Option(help="Keep a recording of each episode here.", metavar="DIR")] = None,
    write: console.Page = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Measure success on MiniWoB++: small tasks on web pages, each told in a sentence.

    The agent sees the pixels of the task area and is told the instruction, nothing else. An episode succeeds when the
    page's raw reward is above 0.
    """
    from dataclasses import replace

    from vl2agent.bench.miniwob import LIMITS, measure
    from vl2agent.bench.miniwob_markdown import page
    from vl2agent.bench.miniwob_tasks import choose
    from vl2agent.defaults import open_model

    chosen = choose([name.strip() for name in tasks.split(",") if name.strip()])
    opened = open_model(model) if model else None
    with console.err.status("starting") as status:
        report = measure(
            chosen,
            range(seed, seed + seeds),
            model=opened,
            limits=replace(LIMITS, timeout_s=timeout),
            record=record,
            progress=lambda task, number: status.update(f"{task}, seed {number}"),
            done=_tell,
        )
    if as_json:
        console.print_json(report.summary())
    else:
        console.out.print(_table(report))
    if write:
        command = console.command(
            "bench miniwob", tasks=tasks, seeds=seeds, seed=seed, model=model, timeout=f"{timeout:g}"
        )
        write.write_text(page(report, command, embedded=opened is None), "utf-8")


def _tell(episode: Episode) -> None:
    if not episode.ok:
        console.err.print(
            f"[red]{episode.kind}:[/] {episode.task}, seed {episode.seed}: {escape(episode.problem)}", soft_wrap=True
        )


def _table(report: Report) -> Table:
    summary = report.summary()
    overall = summary["overall"]
    table = Table(
        title=f"mean success {summary['mean_success']:.1%} on {summary['tasks']} tasks",
        caption=", ".join(f"{kind}: {count}" for kind, count in summary["failures"].items()),
    )
    for heading in ("task", "succeeded", "steps", "s an episode"):
        table.add_column(heading, justify="left" if heading == "task" else "right")
    for name, figures in [*summary["by_task"].items(), ("all", overall)]:
        table.add_row(
            name,
            f"{figures['succeeded']}/{figures['episodes']}",
            f"{figures['steps']:g}",
            f"{figures['seconds']:.1f}",
            end_section=name == list(summary["by_task"])[-1],
        )
    return table
