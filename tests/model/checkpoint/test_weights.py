"""Reading checkpoints: strict, exact, and within the memory of the weights."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from nano_models import config_like, random_model
from safetensors.torch import load_file, save_file
from torch import Tensor

from vl2.checkpoint.save import save_model
from vl2.checkpoint.weights import read_model
from vl2.errors import TensorMismatch
from vl2.model import VL2Model


@pytest.fixture
def folder(model: VL2Model, tmp_path: Path) -> Path:
    """A checkpoint of each architecture, in one file."""
    save_model(model, tmp_path / "checkpoint")
    return tmp_path / "checkpoint"


def rewrite(folder: Path, change: Any) -> None:
    """Let `change` edit the tensors of a checkpoint of one file."""
    tensors: dict[str, Tensor] = load_file(folder / "model.safetensors")
    change(tensors)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "model.safetensors")


def edit_config(folder: Path, **language: Any) -> None:
    """Write values into the language part of config.json; None removes a key."""
    raw = json.loads((folder / "config.json").read_text())
    for key, value in language.items():
        raw["language_config"][key] = value
        if value is None:
            del raw["language_config"][key]
    (folder / "config.json").write_text(json.dumps(raw))


def test_experts_are_stacked_in_order(folder: Path) -> None:
    """Expert 5's three matrices are at 5 of the two stacks: gate rows, then up rows."""
    stored = load_file(folder / "model.safetensors")
    experts = "language.model.layers.1.mlp.experts"
    model = read_model(folder, dtype=torch.float32)
    stack = model.get_parameter(f"{experts}.gate_up_proj")[5]
    assert torch.equal(stack[:24], stored[f"{experts}.5.gate_proj.weight"])
    assert torch.equal(stack[24:], stored[f"{experts}.5.up_proj.weight"])
    assert torch.equal(model.get_parameter(f"{experts}.down_proj")[5], stored[f"{experts}.5.down_proj.weight"])


def test_every_parameter_is_cast_but_the_routing_bias(folder: Path) -> None:
    """bfloat16 asked is bfloat16 got; the correction bias, which breaks ties, keeps float32."""
    model = read_model(folder, dtype=torch.bfloat16)
    kept = {name for name, parameter in model.named_parameters() if parameter.dtype != torch.bfloat16}
    assert all(name.endswith("e_score_correction_bias") for name in kept)
    assert not any(parameter.is_meta or parameter.requires_grad for parameter in model.parameters())


def test_the_pooling_head_is_ignored_without_a_word(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """`vision.attn_pool.*` is in the original checkpoints and not used."""
    rewrite(folder, lambda tensors: tensors.update({"vision.attn_pool.latent": torch.zeros(1, 1, 32)}))
    read_model(folder, dtype=torch.float32)
    assert not caplog.records


def test_an_unknown_tensor_is_named_in_a_warning(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What is not used is said."""
    rewrite(folder, lambda tensors: tensors.update({"language.model.extra": torch.zeros(3)}))
    with caplog.at_level(logging.WARNING, "vl2"):
        read_model(folder, dtype=torch.float32)
    assert "language.model.extra" in caplog.text


def test_missing_tensors_are_named(folder: Path) -> None:
    """A checkpoint without one expert's matrix and a norm does not load."""
    gone = ["language.model.layers.2.mlp.experts.3.up_proj.weight", "vision.norm.weight"]
    rewrite(folder, lambda tensors: [tensors.pop(name) for name in gone])
    with pytest.raises(TensorMismatch, match=r"experts\.3\.up_proj") as caught:
        read_model(folder, dtype=torch.float32)
    assert set(caught.value.missing) == set(gone)


def test_a_wrong_shape_is_named_with_both_shapes(folder: Path) -> None:
    """Expected and found stand in the error."""
    name = "projector.layers.0.bias"
    rewrite(folder, lambda tensors: tensors.update({name: torch.zeros(7)}))
    with pytest.raises(TensorMismatch, match=r"expected \(64,\), found \(7,\)") as caught:
        read_model(folder, dtype=torch.float32)
    assert caught.value.wrong_shape == {name: ((64,), (7,))}


def test_a_missing_last_layer_is_no_smaller_model(folder: Path) -> None:
    """Fewer layers than config.json says are a lost shard, not another size."""
    rewrite(folder, lambda tensors: [tensors.pop(name) for name in list(tensors) if ".layers.2." in name])
    with pytest.raises(TensorMismatch, match=r"missing: .*layers\.2\."):
        read_model(folder, dtype=torch.float32)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("vocab_size", 512),
        ("intermediate_size", 95),
        ("moe_intermediate_size", 12),
        ("n_routed_experts", 4),
        ("n_shared_experts", 1),
        ("num_hidden_layers", 2),
        ("q_lora_rank", 77),
    ],
)
def test_sizes_of_the_tensors_win_over_the_config(
    folder: Path, caplog: pytest.LogCaptureFixture, key: str, wrong: int
) -> None:
    """Where config.json is wrong beyond doubt, the model has the tensors' size, and the log says so."""
    before = read_model(folder, dtype=torch.float32).config
    if key == "q_lora_rank" and not before.language.use_mla:
        pytest.skip("has no ranks")
    edit_config(folder, **{key: wrong})
    with caplog.at_level(logging.WARNING, "vl2"):
        after = read_model(folder, dtype=torch.float32).config
    assert after == before
    assert f"{key} = {wrong}" in caplog.text


def test_attention_without_latents_is_seen_in_the_tensors(tmp_path: Path) -> None:
    """A config that forgets `use_mla: false` still gives multi-head attention, when the tensors are those."""
    save_model(random_model(config_like("tiny")), tmp_path)
    edit_config(tmp_path, use_mla=None, kv_lora_rank=512, qk_rope_head_dim=64, qk_nope_head_dim=128, v_head_dim=128)
    assert not read_model(tmp_path, dtype=torch.float32).config.language.use_mla


def test_each_module_is_announced_once_when_it_is_full(folder: Path) -> None:
    """Quantisation can replace a module as soon as its weights are there, and not before."""
    seen: list[str] = []

    def arrived(model: VL2Model, name: str) -> None:
        assert not any(parameter.is_meta for parameter in model.get_submodule(name).parameters(recurse=False))
        seen.append(name)

    model = read_model(folder, dtype=torch.float32, arrived=arrived)
    owners = {name for name, module in model.named_modules() if list(module.parameters(recurse=False))}
    assert sorted(seen) == sorted(owners)


def test_progress_ends_at_all_bytes(folder: Path) -> None:
    """The last report says that everything is there, and no report goes back."""
    reports: list[tuple[int, int]] = []
    model = read_model(folder, dtype=torch.float32, progress=lambda done, total: reports.append((done, total)))
    total = sum(parameter.nbytes for parameter in model.parameters())
    assert reports[-1] == (total, total)
    assert reports == sorted(reports)


def test_tied_embeddings_stay_one_tensor(tmp_path: Path) -> None:
    """With tie_word_embeddings the head is the table, also after loading."""
    config = config_like("small")
    save_model(random_model(replace(config, language=replace(config.language, tie_word_embeddings=True))), tmp_path)
    model = read_model(tmp_path, dtype=torch.float32)
    assert model.language.lm_head.weight is model.language.model.embed_tokens.weight
    assert not model.language.lm_head.weight.is_meta


PEAK = """
import sys, torch
from pathlib import Path
from vl2.checkpoint.weights import read_model
def kib(key):
    return next(int(l.split()[1]) for l in Path("/proc/self/status").read_text().splitlines() if l.startswith(key))
before = kib("VmRSS")
model = read_model(sys.argv[1], dtype=getattr(torch, sys.argv[2]))
weights = sum(p.nbytes for p in model.parameters()) / 1024
print(kib("VmHWM") - before - weights)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_peak_is_the_weights_and_one_tensor(tmp_path: Path, dtype: str) -> None:
    """Loading 130 MB takes at most 40 MB more than the weights, whatever the dtype."""
    config = config_like("small")
    language = replace(config.language, vocab_size=20_000, n_routed_experts=32, moe_intermediate_size=2400)
    save_model(random_model(replace(config, language=language)), tmp_path)
    command = [sys.executable, "-c", PEAK, str(tmp_path), dtype]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert float(done.stdout) < 40 * 1024
