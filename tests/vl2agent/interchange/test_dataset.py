"""A folder of samples: read by the model's own processor, split by recording, made whole or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from drawn_runs import OPEN, RED, SAVE, clicked, record, typed
from PIL import Image
from typer.testing import CliRunner

from vl2agent.cli.main import app
from vl2agent.interchange.dataset import names_of, split_of
from vl2agent.recording.reader import Recording


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """Two clicks and a secret."""
    doings = (clicked("the Open button", OPEN), typed("hunter2", secret=True), clicked("the Save button", SAVE))
    return record(tmp_path / "one.v2a", *doings)


def exported(output: Path, *paths: Path, options: tuple[str, ...] = ()) -> dict[str, Any]:
    """Run the command; give what it says."""
    words = ["export", *map(str, paths), "--format", "sft", "-o", str(output), "--json", *options]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def lines(file: Path) -> list[dict[str, Any]]:
    """Read JSON lines."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_samples_read_back_through_the_models_own_processor(
    recording: Recording, tmp_path: Path, nano_checkpoint: Path
) -> None:
    """Each lays out as ids and tiles; the box of its answer, by the model's own parser, is red in the picture."""
    from vl2.chat import Message, marked
    from vl2.grounding import parse
    from vl2.processor import Processor

    folder = tmp_path / "samples"
    exported(folder, recording.path)
    processor = Processor.from_folder(nano_checkpoint)
    for line in lines(folder / "train.jsonl"):
        question, answer = line["conversation"]
        with Image.open(folder / question["images"][0]) as image:
            picture = image.convert("RGB")
        inputs = processor([Message("user", marked(question["content"]), [picture])], reserve=544)
        assert inputs.image_sizes == (tuple(line["size"]),)
        for phrase in parse(answer["content"]).phrases:
            left, top, right, bottom = phrase.boxes[0].pixels(*picture.size)
            assert picture.getpixel(((left + right) // 2, (top + bottom) // 2)) == RED


def test_a_picture_that_several_samples_ask_about_is_there_once(recording: Recording, tmp_path: Path) -> None:
    """Where it is, and what comes next."""
    told = exported(tmp_path / "samples", recording.path)
    asked = [line["conversation"][0]["images"][0] for line in lines(tmp_path / "samples" / "train.jsonl")]
    assert len(asked) > told["pictures"] == len(set(asked)) == len(list((tmp_path / "samples/images").iterdir()))


def test_what_was_typed_in_secret_is_in_no_file(recording: Recording, tmp_path: Path) -> None:
    """Not in an answer, not in a prompt, not in what is told of the samples."""
    exported(tmp_path / "samples", recording.path, options=("--all", "--min-confidence", "0"))
    texts = [file.read_text() for file in (tmp_path / "samples").iterdir() if file.is_file()]
    assert not any("hunter2" in text for text in texts)


def test_the_folder_tells_what_it_is_made_of(recording: Recording, tmp_path: Path) -> None:
    """The same figures for programs and for people."""
    told = exported(tmp_path / "samples", recording.path)
    dataset = json.loads((tmp_path / "samples" / "dataset.json").read_text())
    assert dataset["samples"] == told["samples"] == {"train": {"ground": 2, "plan": 3}, "val": {}}
    assert dataset["left_out"] == {"it is a secret": 1}
    assert "| train | 2 | 3 |" in (tmp_path / "samples" / "README.md").read_text()


def test_a_recording_is_in_one_split_only(tmp_path: Path) -> None:
    """Its pictures resemble each other: they must not be trained on and tested with."""
    paths = [record(tmp_path / f"{name}.v2a", clicked("the Save button", SAVE)).path for name in "abc"]
    exported(tmp_path / "samples", *paths, options=("--val", "0.34"))
    train, val = ({line["recording"] for line in lines(tmp_path / "samples" / f"{s}.jsonl")} for s in ("train", "val"))
    assert (len(train), len(val), train & val) == (2, 1, set())


def test_the_split_follows_the_seed_alone() -> None:
    """Not the order in which recordings are named; with several there is always one of each."""
    names = [f"run{number}" for number in range(20)]
    assert split_of(names, 0.1, 7) == dict(
        sorted(split_of(names[::-1], 0.1, 7).items(), key=lambda i: names.index(i[0]))
    )
    assert split_of(names, 0.1, 7) != split_of(names, 0.1, 8)
    assert set(split_of(["a", "b"], 0.01, 0).values()) == {"train", "val"}


def test_recordings_of_one_name_are_told_apart() -> None:
    """From different folders, packed or not."""
    paths = (Path("a/run.v2a"), Path("b/run.v2a"), Path("run.v2a.zip"))
    assert list(names_of(paths)) == ["run", "run-2", "run-3"]


def test_a_folder_with_something_in_it_is_refused(recording: Recording, tmp_path: Path) -> None:
    """Nothing is overwritten."""
    from vl2agent.errors import InputError

    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "mine.txt").write_text("dear diary")
    with pytest.raises(InputError, match="new or empty folder"):
        exported(tmp_path / "samples", recording.path)


def test_nothing_to_learn_from_is_an_error_that_says_why(tmp_path: Path) -> None:
    """Rather than an empty folder."""
    from vl2agent.errors import InputError

    path = record(tmp_path / "idle.v2a", clicked("the Save button", SAVE), idle=(1,), ok=False).path
    with pytest.raises(InputError, match="no effect can be seen"):
        exported(tmp_path / "samples", path)
    assert not (tmp_path / "samples").exists()


def test_exporting_needs_no_torch() -> None:
    """Whoever makes samples need not be able to train."""
    code = "import sys, vl2agent.interchange.dataset, vl2agent.cli.export; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
