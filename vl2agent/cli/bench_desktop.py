"""`vl2agent bench desktop`: real goals on sandboxed desktops, checked by the state they leave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from vl2agent.cli import console

if TYPE_CHECKING:
    from vl2agent.bench.desktop import Report, Trial

EPILOG = """
[bold]Examples[/]

vl2agent bench desktop   [dim]# every goal five times[/]\n
vl2agent bench desktop --goals "style, web form" --repeat 1 --json\n
vl2agent bench desktop --record recordings/bench   [dim]# keep a recording of each run[/]
"""


def desktop(
    goals: Annotated[str, typer.Option(help="Names of goals, with commas between; all if unset.")] = "",
    repeat: Annotated[int, typer.Option(help="Runs of each goal, each on a desktop of its own.", min=1)] = 5,
    seed: Annotated[int, typer.Option(help="The first run's seed: theme, screen size, positions.", min=0)] = 0,
    record: Annotated[Path | None, typer.Option(help="Keep a recording of each run here.", metavar="DIR")] = None,
    write: Annotated[Path | None, typer.Option(help="Write the figures as a Markdown page.", metavar="FILE")] = None,
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

    chosen = choose([name.strip() for name in goals.split(",") if name.strip()])
    with console.err.status("starting") as status:
        report = measure(
            chosen,
            OcrPerception(),
            repeat=repeat,
            seed=seed,
            record=record,
            progress=lambda goal, number: status.update(f"{goal.name}, seed {number}"),
            done=_tell,
        )
    if write:
        named = f' --goals "{goals}"' if goals else ""
        write.write_text(page(report, f"vl2agent bench desktop{named} --repeat {repeat} --seed {seed}"), "utf-8")
    if as_json:
        console.print_json(report.summary())
    else:
        console.out.print(_table(report))


def _tell(trial: Trial) -> None:
    if not trial.ok:
        console.err.print(f"[red]not reached:[/] {trial.goal}, seed {trial.scene.seed}: {trial.problem}")


def _table(report: Report) -> Table:
    summary = report.summary()
    overall = summary["overall"]
    table = Table(title=f"{overall['reached']} of {overall['runs']} runs reached their goal ({overall['rate']:.1%})")
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
