"""Saving: original names, shards with an index, and back bit for bit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from vl2.checkpoint.inventory import INDEX, read_inventory
from vl2.checkpoint.save import save_model
from vl2.checkpoint.weights import read_model
from vl2.model import VL2Model


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("shard_bytes", [10**9, 50_000])
def test_what_is_read_back_is_what_was_saved(
    model: VL2Model, tmp_path: Path, dtype: torch.dtype, shard_bytes: int
) -> None:
    """Every tensor is bit for bit the same, in one file or in shards."""
    save_model(model.to(dtype), tmp_path, shard_bytes=shard_bytes)
    again = read_model(tmp_path, dtype=dtype)
    for (name, before), (_, after) in zip(model.named_parameters(), again.named_parameters(), strict=True):
        assert torch.equal(before, after.to(dtype)), name


def test_names_are_the_original_ones(model: VL2Model, tmp_path: Path) -> None:
    """Each expert has its own three matrices, as in the checkpoints that people have."""
    save_model(model, tmp_path)
    names = set(read_inventory(tmp_path))
    assert {f"language.model.layers.1.mlp.experts.7.{part}_proj.weight" for part in ("gate", "up", "down")} <= names
    assert not any(name.endswith("gate_up_proj") for name in names)


def test_no_shard_is_larger_than_asked(model: VL2Model, tmp_path: Path) -> None:
    """Tensors are spread over shards, which the index lists with their total size."""
    save_model(model, tmp_path, shard_bytes=200_000)
    tensors = read_inventory(tmp_path)
    sizes: dict[str, int] = {}
    for tensor in tensors.values():
        sizes[tensor.file.name] = sizes.get(tensor.file.name, 0) + tensor.nbytes
    assert max(sizes.values()) <= 200_000
    index = json.loads((tmp_path / INDEX).read_text())
    assert index["metadata"]["total_size"] == sum(sizes.values())
    assert set(index["weight_map"]) == set(tensors)


def test_the_config_says_the_dtype_that_was_written(model: VL2Model, tmp_path: Path) -> None:
    """A model cast to bfloat16 is saved as such."""
    save_model(model.to(torch.bfloat16), tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["torch_dtype"] == "bfloat16"
