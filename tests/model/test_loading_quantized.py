"""Quantising while loading: the same as quantising afterwards, without the memory."""

from __future__ import annotations

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
from vl2.errors import CheckpointError, ConfigError
from vl2.loading import load, needed_bytes
from vl2.quantize import quantize_model

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


def test_a_quantised_model_is_not_saved_as_a_checkpoint(folder: Path, tmp_path: Path) -> None:
    """Half of the weights under the original names would be no checkpoint."""
    model = load(folder, quantize="int8")
    with pytest.raises(CheckpointError, match="quantised"):
        model.save(tmp_path / "copy")


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
