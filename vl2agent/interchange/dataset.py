"""Samples as a folder: conversations in JSON lines, pictures by content, and what it is made of.

train.jsonl, val.jsonl    a sample a line, DeepSeek-VL2's conversation under "conversation"
images/                   DIGEST.png, each picture once
dataset.json, README.md   where it comes from and how much there is, for programs and for people
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import vl2agent
from vl2agent.errors import InputError, RecordingError
from vl2agent.interchange.chat import conversation
from vl2agent.interchange.samples import Harvest, Sample
from vl2agent.prompts import VERSION

Split: TypeAlias = Literal["train", "val"]
SPLITS: tuple[Split, ...] = ("train", "val")
FORMAT = "vl2agent-sft"


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written: samples by split and kind, pictures, and what was left out for which reason."""

    path: Path
    counts: Mapping[str, Mapping[str, int]]
    pictures: int
    left_out: Mapping[str, int]


def split_of(names: Sequence[str], share: float, seed: int) -> dict[str, Split]:
    """Give whole recordings to validation, the same ones for the same seed; at least one of several, and never all."""
    shuffled = sorted(names)
    random.Random(seed).shuffle(shuffled)
    wanted = round(len(names) * share)
    held_back = min(max(wanted, 1), len(names) - 1) if share > 0 and len(names) > 1 else 0
    return {name: "val" if at < held_back else "train" for at, name in enumerate(shuffled)}


def write_dataset(
    path: Path, harvests: Mapping[str, Harvest], splits: Mapping[str, Split], about: Mapping[str, Any]
) -> Summary:
    """Write the folder, whole or not at all.

    Args:
        path: the folder to make.
        harvests: samples by the name of their recording.
        splits: where each recording goes.
        about: how it was made, for dataset.json.

    Raises:
        InputError: there is something at the path already.
        RecordingError: it cannot be written.
    """
    path = path.resolve()
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(f"expected a new or empty folder, got {str(path)!r}; choose another name")
    draft = path.with_name(f".{path.name}-draft")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        (draft / "images").mkdir(parents=True)
        summary = _write(draft, path, harvests, splits, about)
        draft.replace(path)
    except OSError as error:
        raise RecordingError(path, f"the samples cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return summary


def _write(
    draft: Path, path: Path, harvests: Mapping[str, Harvest], splits: Mapping[str, Split], about: Mapping[str, Any]
) -> Summary:
    counts: dict[str, dict[str, int]] = {}
    for split in SPLITS:
        chosen = [sample for name, made in harvests.items() if splits[name] == split for sample in made.samples]
        (draft / f"{split}.jsonl").write_text("".join(_line(sample, draft) for sample in chosen), encoding="utf-8")
        counts[split] = dict(Counter(sample.kind for sample in chosen))
    left_out: Counter[str] = sum((made.left_out for made in harvests.values()), Counter())
    pictures = len(list((draft / "images").iterdir()))
    summary = Summary(path, counts, pictures, dict(left_out.most_common()))
    told = _told(summary, harvests, splits, about)
    (draft / "dataset.json").write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    (draft / "README.md").write_text(_readme(summary, harvests), encoding="utf-8")
    return summary


def _line(sample: Sample, draft: Path) -> str:
    """Write the picture, unless it is there, and give the line."""
    picture = f"images/{sample.shot.digest}.png"
    if not (draft / picture).exists():
        sample.shot.image.save(draft / picture)
    told = {
        "kind": sample.kind,
        "recording": sample.recording,
        "step": sample.step,
        "conversation": conversation(sample.prompt, picture, sample.answer),
        "size": [sample.shot.size.width_px, sample.shot.size.height_px],
        "confidence": sample.confidence,
    }
    if sample.box is not None:
        told["box"] = sample.shot.view.box_to_image(sample.box).edges
    return json.dumps(told, ensure_ascii=False) + "\n"


def _told(
    summary: Summary, harvests: Mapping[str, Harvest], splits: Mapping[str, Split], about: Mapping[str, Any]
) -> dict[str, Any]:
    recordings = [
        {"name": name, "split": splits[name], "samples": len(made.samples)} for name, made in harvests.items()
    ]
    return {
        "format": FORMAT,
        "version": 1,
        "written_by": f"vl2agent {vl2agent.__version__}",
        "prompts": VERSION,
        **about,
        "samples": summary.counts,
        "pictures": summary.pictures,
        "left_out": summary.left_out,
        "recordings": recordings,
    }


def _readme(summary: Summary, harvests: Mapping[str, Harvest]) -> str:
    rows = [
        f"| {split} | {_number(split, 'ground', summary)} | {_number(split, 'plan', summary)} |" for split in SPLITS
    ]
    reasons = [f"- {number}: {reason}" for reason, number in summary.left_out.items()] or ["- none"]
    return "\n".join(
        (
            "# Training samples for DeepSeek-VL2",
            "",
            f"From {len(harvests)} recordings, by vl2agent {vl2agent.__version__}. {summary.pictures} pictures.",
            "",
            "| split | where is it (ground) | what comes next (plan) |",
            "|---|---|---|",
            *rows,
            "",
            "Each line of `train.jsonl` and `val.jsonl` has a `conversation` of two turns. `<image>` stands for the",
            "picture in `images`, a path from here. Boxes in answers are on the grid 0..999 over the whole picture; `box`",
            "has the same in its pixels. A recording is in one split only.",
            "",
            "Left out:",
            "",
            *reasons,
            "",
        )
    )


def _number(split: str, kind: str, summary: Summary) -> int:
    return summary.counts[split].get(kind, 0)


def names_of(paths: Iterable[Path]) -> dict[str, Path]:
    """Call each recording by its file's name, with a number where another one is called so."""
    named: dict[str, Path] = {}
    for path in paths:
        stem = path.name.removesuffix(".zip").removesuffix(".v2a")
        tails = ("", *(f"-{number}" for number in range(2, len(named) + 2)))
        named[next(f"{stem}{tail}" for tail in tails if f"{stem}{tail}" not in named)] = path
    return named
