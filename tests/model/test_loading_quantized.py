"""Quantising while loading: the same as quantising afterwards, without the memory."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from nano_models import config_like, random_model

from vl2.checkpoint.inventory import read_inventory
from vl2.checkpoint.save import save_model
from vl2.checkpoint.weights import read_model
from vl2.errors import CheckpointError, ConfigError, UnsupportedModel
from vl2.loading import load, needed_bytes
from vl2.quantize import quantize_model, quantize_module

TOKENIZER = Path(__file__).parents[1] / "fixtures" / "vl2" / "tokenizer"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole checkpoint folder."""
    folder = tmp_path_factory.mktemp("nano")
    save_model(random_model(config_like("base")), folder, shard_bytes=200_000)
    for path in TOKENIZER.glob("tokenizer*.json"):
        shutil.copyfile(path, folder / path.name)
    return folder


@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_loading_quantised_equals_quantising_what_was_loaded(folder: Path, kind: str) -> None:
    """Every tensor is the same, whichever shard its module came from."""
    loaded = load(folder, dtype="float32", quantize=kind).model.state_dict()
    expected = quantize_model(read_model(folder, dtype=torch.float32), kind).state_dict()
    assert loaded.keys() == expected.keys()
    assert all(torch.equal(loaded[name], expected[name]) for name in expected)


def test_a_quantised_model_needs_less(folder: Path) -> None:
    """What is checked against free memory is what it will take."""
    config, tensors = config_like("base"), read_inventory(folder)
    full, int8, int4 = (needed_bytes(config, tensors, torch.float32, kind) for kind in (None, "int8", "int4"))
    assert int4 < int8 < full


def test_an_unknown_kind_is_refused_before_anything_is_read() -> None:
    """The error names the kinds; the folder need not even exist."""
    with pytest.raises(ConfigError, match="int8"):
        load("/no/such/folder", quantize="int3")


@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_a_quantised_model_is_saved_and_reloaded_bit_for_bit(folder: Path, tmp_path: Path, kind: str) -> None:
    """Nothing is quantised twice, and the config says what the weights are."""
    saved = load(folder, quantize=kind)
    saved.save(tmp_path)
    loaded = load(tmp_path)
    expected, found = saved.model.state_dict(), loaded.model.state_dict()
    assert found.keys() == expected.keys()
    assert all(found[name].dtype == expected[name].dtype for name in expected)
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert json.loads((tmp_path / "config.json").read_text())["quantization_config"] == {
        "quant_method": "vl2",
        "kind": kind,
    }


def test_a_quantised_checkpoint_answers_as_the_model_that_was_saved(folder: Path, tmp_path: Path) -> None:
    """Greedy tokens are the same, also when the kind is named again."""
    saved = load(folder, quantize="int8")
    saved.save(tmp_path)
    answers = [model.ask("Which?", max_new_tokens=8) for model in (saved, load(tmp_path, quantize="int8"))]
    assert answers[0] == answers[1]


def test_a_checkpoint_of_one_kind_is_not_loaded_as_another(folder: Path, tmp_path: Path) -> None:
    """The error names both kinds."""
    load(folder, quantize="int8").save(tmp_path)
    with pytest.raises(ConfigError, match=r"None or 'int8'.*got 'int4'"):
        load(tmp_path, quantize="int4")


def test_weights_quantised_by_another_program_are_refused(folder: Path, tmp_path: Path) -> None:
    """The error shows what config.json says."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"quantization_config": {"quant_method": "gptq"}}))
    with pytest.raises(UnsupportedModel, match="gptq"):
        load(tmp_path)


def test_a_half_quantised_model_is_not_saved(tmp_path: Path) -> None:
    """Neither name for it would be true."""
    model = random_model(config_like("base"))
    quantize_module(model, "language.lm_head", "int8")
    with pytest.raises(CheckpointError, match="as a whole or not at all"):
        save_model(model, tmp_path)


PEAK = """
import sys, torch
from pathlib import Path
from vl2.quantize import quantize_module
from vl2.checkpoint.weights import read_model
def kib(key):
    return next(int(l.split()[1]) for l in Path("/proc/self/status").read_text().splitlines() if l.startswith(key))
before = kib("VmRSS")
model = read_model(sys.argv[1], dtype=torch.bfloat16, arrived=lambda model, name: quantize_module(model, name, "int8"))
print(kib("VmHWM") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_more_than_one_module_is_held_in_full(tmp_path: Path) -> None:
    """In bfloat16 the model takes 116 MB and in int8 58: the peak of loading int8 lies well below both together."""
    config = config_like("small")
    language = replace(config.language, vocab_size=2000, n_routed_experts=32, num_hidden_layers=7)
    language = replace(language, moe_intermediate_size=1600)
    save_model(random_model(replace(config, language=language)).to(torch.bfloat16), tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(tmp_path)], check=True, capture_output=True, text=True, timeout=60
    )
    assert float(done.stdout) < 116 * 1024
