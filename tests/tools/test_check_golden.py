"""The tool that compares with golden values passes what is right, and fails what is not."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

import check_golden

FIXTURES = Path(__file__).parents[1] / "fixtures" / "vl2"
SHARED = Path(__file__).parents[3] / "shared" / "vl2" / "golden"
MODEL = "nano-mla"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the tool; give the exit status and the lines that it printed."""

    def check(folder: Path, *options: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["check_golden.py", str(folder), *options])
        status = check_golden.main()
        captured = capsys.readouterr()
        return status, (captured.out + captured.err).splitlines()

    return check


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Golden values of one model and one case, to be tampered with."""
    copy = tmp_path / "golden"
    shutil.copytree(FIXTURES, copy, ignore=lambda _, names: {n for n in names if n.startswith("nano") and n != MODEL})
    edit(copy / "preprocess.json", lambda cases: {"text": cases["text"], "square": cases["square"]})
    edit(copy / MODEL / "golden.json", lambda facts: {"text": facts["text"]})
    tensors = load_file(copy / MODEL / "golden.safetensors")
    kept = {name: tensor for name, tensor in tensors.items() if name.startswith("text/")}
    save_file(kept, copy / MODEL / "golden.safetensors")
    return copy


def edit(path: Path, change: Any) -> None:
    """Rewrite a JSON file."""
    path.write_text(json.dumps(change(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")


def set_text(folder: Path, **facts: object) -> None:
    """Change what is expected of the model in the case `text`."""
    edit(folder / MODEL / "golden.json", lambda old: {"text": {**old["text"], **facts}})


def failures(lines: list[str]) -> list[str]:
    """Name the checks that failed."""
    return [line.split()[0] for line in lines if "  FAIL" in line]


def test_the_models_of_this_repository_pass(run: Any) -> None:
    """All three variants equal the original implementation, within its own noise."""
    status, lines = run(FIXTURES)
    assert failures(lines) == []
    assert (status, lines[-1]) == (0, "210 passed, 0 failed")


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the whole set of golden values is not beside this checkout")
def test_all_golden_values_pass(run: Any) -> None:
    """Every case of the whole set holds, and none is left out."""
    status, lines = run(SHARED)
    assert status == 0, failures(lines)
    assert not [line for line in lines if "not checked" in line]


def test_a_wrong_number_fails(run: Any, folder: Path) -> None:
    """A logit that is off by a thousandth is found, and its row named."""
    path = folder / MODEL / "golden.safetensors"
    tensors = load_file(path)
    tensors["text/logits"][1, 7] += 1e-3
    save_file(tensors, path)
    status, lines = run(folder)
    assert (status, failures(lines)) == (1, [f"{MODEL}/text/logits"])
    assert "1 of 2 rows, first 1" in "\n".join(lines)


def test_the_limit_factor_widens_limits_on_numbers_alone(run: Any, folder: Path) -> None:
    """A logit off by 1.5 limits holds with the factor 2; a wrong greedy token does not."""
    path = folder / MODEL / "golden.safetensors"
    tensors = load_file(path)
    tensors["text/logits"][0, 0] += 1.5e-4
    save_file(tensors, path)
    assert failures(run(folder)[1]) == [f"{MODEL}/text/logits"]
    assert run(folder, "--limit-factor", "2")[0] == 0
    set_text(folder, greedy=[0] * 24)
    assert failures(run(folder, "--limit-factor", "2")[1]) == [f"{MODEL}/text/greedy"]


def test_wrong_preprocessing_fails(run: Any, folder: Path) -> None:
    """A pixel hash, a token id and a size of the tiling table are exact."""
    edit(folder / "tiling_table.json", lambda table: {**table, "rows": [[1, 1, 1, 2, 421], *table["rows"]]})

    def tamper(cases: dict[str, Any]) -> dict[str, Any]:
        cases["text"]["input_ids"][3] += 1
        cases["square"]["tiles_u8_sha256"][0] = "0" * 64
        return cases

    edit(folder / "preprocess.json", tamper)
    expected = ["tiling_table/1501", "preprocess/text/input_ids", "preprocess/square/tiles_u8_sha256"]
    assert sorted(failures(run(folder)[1])) == sorted(expected)


def test_unknown_keys_are_named_and_missing_ones_forgiven(run: Any, folder: Path) -> None:
    """A value that the tool does not know is no failure, but is not passed over in silence."""
    rows = {"logit_rows": [0, 44], "embeds_rows": [0, 44]}
    edit(folder / MODEL / "golden.json", lambda _: {"text": {**rows, "entropy": 1.0}})
    status, lines = run(folder)
    assert status == 0
    assert [line.split()[0] for line in lines if line.endswith("not checked")] == [f"{MODEL}/text/entropy"]


def test_a_model_that_cannot_be_loaded_fails_and_the_rest_goes_on(run: Any, folder: Path) -> None:
    """Weights cut short fail one check; preprocessing is still checked."""
    weights = folder / MODEL / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100_000])
    status, lines = run(folder)
    assert (status, failures(lines)) == (1, [MODEL])
    assert any(line.startswith("preprocess/square/tiles_u8_sha256") for line in lines)


@pytest.mark.parametrize("content", ["none", "empty", "broken"])
def test_a_folder_without_golden_values_is_refused(run: Any, tmp_path: Path, content: str) -> None:
    """No folder, an empty one, and one whose JSON is broken end with status 2 and a reason."""
    folder = tmp_path / "golden"
    if content != "none":
        folder.mkdir()
    if content == "broken":
        (folder / "tiling_table.json").write_text("{", encoding="utf-8")
    status, lines = run(folder)
    assert status == 2
    assert lines[-1].startswith(f"error: {folder}")
    assert "expected" in lines[-1]
