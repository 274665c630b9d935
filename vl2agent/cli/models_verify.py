"""`vl2agent models verify`: are these weights whole, do they load, do they see, and how fast?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from vl2agent.backends.local import typed_errors
from vl2agent.cli import answering, console
from vl2agent.errors import BackendError

if TYPE_CHECKING:
    from vl2.handle import VL2

EPILOG = """
[bold]Examples[/]

vl2agent models verify deepseek-ai/deepseek-vl2-tiny\n
vl2agent models verify ./checkpoint --quick --json

Exit code 9 when a file is damaged or the weights do not load. The exam decides nothing: its score is for you to read.
"""

Tell = Callable[[str], None]


@dataclass
class Findings:
    """What was found out, in the order of the work."""

    folder: str
    files: dict[str, bool | None] = field(default_factory=dict)
    """Whether the hash is right; None where nobody states one."""
    model: dict[str, Any] = field(default_factory=dict)
    exam: list[dict[str, Any]] = field(default_factory=list)
    speed: dict[str, float] = field(default_factory=dict)

    @property
    def score(self) -> int:
        return sum(mark["right"] for mark in self.exam)


def verify(
    model: Annotated[str, typer.Argument(help="Folder, or a repository in the cache.", show_default=False)],
    device: answering.Device = "auto",
    dtype: answering.Dtype = "auto",
    quantize: answering.Quantize = None,
    quick: Annotated[bool, typer.Option("--quick", help="Hashes and loading; no exam, no speed.")] = False,
    as_json: console.AsJson = False,
) -> None:
    """Check weights: the hashes of their files, strict loading, drawn pictures with known answers, measured speed."""
    with typed_errors(), console.err.status("looking for it") as status:
        findings = Findings(str(_folder(model)))
        _check_files(findings, status.update)
        loaded = _load(findings, status.update, device, dtype, quantize)
        if not quick:
            _examine(findings, loaded, status.update)
            _measure(findings, loaded, status.update)
    if as_json:
        console.print_json(asdict(findings) | {"score": findings.score})
    else:
        _show(findings)


def _folder(model: str) -> Path:
    from vl2.checkpoint.hub import checkpoint_folder

    return Path(model) if Path(model).is_dir() else checkpoint_folder(model, local_files_only=True)


def _check_files(findings: Findings, tell: Tell) -> None:
    from vl2.checkpoint.hubcache import check_digests

    tell("hashing files")
    for path, verdict in check_digests(Path(findings.folder)):
        findings.files[path.name] = verdict
        tell(f"hashed {path.name}")
    damaged = [name for name, verdict in findings.files.items() if verdict is False]
    if damaged:
        raise BackendError(
            f"{findings.folder}: expected the content that the hub stated, found another in {', '.join(damaged)}; "
            "remove the model and pull it again"
        )


def _load(findings: Findings, tell: Tell, device: str, dtype: str, quantize: str | None) -> VL2:
    from vl2.checkpoint.weights import empty_model
    from vl2.loading import load

    began_s = time.perf_counter()
    loaded = load(
        findings.folder,
        device=device,
        dtype=dtype,
        quantize=quantize,
        progress=lambda what, done, total: tell(f"{what}: {100 * done // total} %"),
    )
    findings.model = {
        "variant": loaded.config.variant,
        "parameters": sum(parameter.numel() for parameter in empty_model(loaded.config).parameters()),
        "device": str(loaded.model.device),
        "dtype": quantize or str(loaded.model.dtype).removeprefix("torch."),
        "load_s": round(time.perf_counter() - began_s, 2),
    }
    return loaded


def _examine(findings: Findings, loaded: VL2, tell: Tell) -> None:
    from vl2.checkpoint.exam import draw_questions, examine

    questions = draw_questions()
    tell(f"exam: question 1 of {len(questions)}")
    for mark in examine(loaded, questions):
        findings.exam.append(asdict(mark))
        tell(f"exam: {len(findings.exam)} of {len(questions)} answered")


def _measure(findings: Findings, loaded: VL2, tell: Tell) -> None:
    from vl2.checkpoint.speed import measure_speed

    tell("measuring speed")
    findings.speed = {name: round(value, 3) for name, value in asdict(measure_speed(loaded)).items()}


def _show(findings: Findings) -> None:
    stated = [verdict for verdict in findings.files.values() if verdict is not None]
    hashes = f"{len(stated)} of {len(findings.files)} files have the stated hash"
    if not stated:
        hashes = f"{len(findings.files)} files, of which nobody states a hash: not from the cache"
    console.out.print(f"[green]ok[/]   files: {hashes}")
    about = "{variant}, {parameters:,} parameters, {dtype} on {device}, loaded in {load_s} s".format(**findings.model)
    console.out.print(f"[green]ok[/]   weights: {about}", soft_wrap=True)
    if findings.exam:
        console.out.print(_exam_table(findings))
    if findings.speed:
        speed = (
            "{tiles_per_s:.2f} tiles/s, prefill {prefill_tokens_per_s:.0f} tokens/s, decode {decode_tokens_per_s:.1f} "
            "tokens/s; a 1920x1080 screenshot takes {first_token_s:.2f} s to the first token"
        )
        console.out.print("speed: " + speed.format(**findings.speed), soft_wrap=True)


def _exam_table(findings: Findings) -> Table:
    verdict = f"{findings.score} of {len(findings.exam)} right"
    if findings.score * 2 < len(findings.exam):
        verdict += ": no better than chance, as random weights are; published weights do far better"
    table = Table("", "question", "expected", "answer", caption=verdict, box=None)
    for mark in findings.exam:
        tone = "[green]right[/]" if mark["right"] else "[red]wrong[/]"
        said = " ".join(mark["said"].split())[:60]
        table.add_row(tone, escape(mark["question"]), escape(mark["expected"]), escape(said))
    return table
