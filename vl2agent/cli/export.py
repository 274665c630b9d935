"""`vl2agent export`: recordings as training samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from vl2agent.cli import console
from vl2agent.errors import InputError

if TYPE_CHECKING:
    from vl2agent.calls import Section, Shot
    from vl2agent.interchange.dataset import Summary
    from vl2agent.interchange.samples import Harvest
    from vl2agent.planner.ledger import Ledger
    from vl2agent.steps import Frame, Memory

EPILOG = """
[bold]Examples[/]

vl2agent export recordings/*.v2a --format sft -o samples\n
vl2agent export save.v2a --format sft -o samples --only ground --min-confidence 0.8\n
vl2agent export *.v2a --format sft -o samples --model deepseek-ai/deepseek-vl2-tiny   [dim]# counted exactly[/]

Samples are what the planner and the grounding are asked at work, word for word, each with the answer that led to an \
effect. What was typed in secret is never exported.
"""


class Format(StrEnum):
    """What can be written."""

    SFT = "sft"


class Only(StrEnum):
    """A kind of sample."""

    GROUND = "ground"
    PLAN = "plan"


class PlannerPrompts:
    """Asks as the planner does; meets `interchange.samples.Planning`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def ask(
        self, goal: str, parts: Sequence[str], current: int, memory: Memory, frame: Frame
    ) -> tuple[Sequence[Section], Shot]:
        from vl2agent.planner.folding import Folding

        fitted = self._ledger.fit(Folding(goal, parts, current, memory), frame)
        return fitted.sections, fitted.shot

    def check(self, answer: str, current: int, total: int) -> None:
        from vl2agent.planner.reply import read

        read(answer, current, total)


def export(
    recordings: Annotated[list[Path], typer.Argument(help="Recordings, NAME.v2a or packed.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to make.")],
    format_: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.SFT,
    only: Annotated[Only | None, typer.Option(help="One kind of sample; both if unset.")] = None,
    min_confidence: Annotated[
        float, typer.Option(help="Leave out targets that were found with less.", min=0.0, max=1.0)
    ] = 0.5,
    all_steps: Annotated[
        bool, typer.Option("--all", help="Keep steps without an effect, and plans of runs that failed.")
    ] = False,
    val: Annotated[float, typer.Option(help="Share of the recordings for validation.", min=0.0, max=0.9)] = 0.1,
    seed: Annotated[int, typer.Option(help="Chooses which.")] = 0,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="Count prompts with this model's vocabulary; without it, on the safe side."),
    ] = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Write recordings as samples to fine-tune on: pictures, questions, and answers in DeepSeek-VL2's chat form."""
    from vl2agent.interchange.dataset import names_of, split_of, write_dataset
    from vl2agent.interchange.samples import Choice, harvest
    from vl2agent.recording.reader import Recording

    choice = Choice(
        kinds=frozenset((only.value,) if only else ("ground", "plan")),
        min_confidence=min_confidence,
        all_steps=all_steps,
    )
    named = names_of(recordings)
    planning, counted = _planning(model)
    harvests = {name: harvest(Recording(path), name, choice, planning) for name, path in named.items()}
    if not any(made.samples for made in harvests.values()):
        raise InputError(
            f"expected steps that can be learned from, got none in {len(named)} recordings; "
            f"left out: {_reasons(harvests.values())}; try --all, or a lower --min-confidence"
        )
    about = {"counted_by": counted, "min_confidence": min_confidence, "all_steps": all_steps, "seed": seed}
    _tell(write_dataset(output, harvests, split_of(list(named), val, seed), about), as_json)


def _planning(model: str | None) -> tuple[PlannerPrompts, str]:
    """Make prompts as the planner does, counted by a model's own vocabulary where one is named."""
    from vl2agent.calls import Model
    from vl2agent.planner.ledger import Ledger
    from vl2agent.planner.reply import RESERVE

    if model is None:
        from vl2agent.interchange.estimate import Estimate

        asked = Model(Estimate())
    else:
        from vl2agent.backends.families import open_backend

        asked = Model(open_backend(model))
    return PlannerPrompts(Ledger(asked, RESERVE)), asked.backend.model


def _reasons(harvests: Iterable[Harvest]) -> str:
    left_out: Counter[str] = sum((made.left_out for made in harvests), Counter())
    return ", ".join(f"{reason} ({number})" for reason, number in left_out.most_common()) or "nothing"


def _tell(summary: Summary, as_json: bool) -> None:
    if as_json:
        told = {"path": str(summary.path), "samples": summary.counts, "pictures": summary.pictures}
        console.print_json(told | {"left_out": summary.left_out})
        return
    for split, kinds in summary.counts.items():
        console.out.print(f"{split}: {kinds.get('ground', 0)} ground, {kinds.get('plan', 0)} plan")
    for reason, number in summary.left_out.items():
        console.err.print(Text(f"left out {number}: {reason}", style="dim"))
    console.out.print(Text(f"{summary.path} ({summary.pictures} pictures)"), soft_wrap=True)
