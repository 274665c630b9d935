"""Write a model as a checkpoint folder: original tensor names, safetensors, sharded with an index.

A quantised model is written as it is held, and `quantization_config` in config.json says how.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from vl2.checkpoint.inventory import INDEX, SINGLE
from vl2.checkpoint.slots import slots_of
from vl2.checkpoint.weights import empty_model
from vl2.errors import CheckpointError
from vl2.model import VL2Model
from vl2.quantize import kind_of

SHARD_BYTES = 5 * 10**9


def save_model(model: VL2Model, folder: str | Path, *, shard_bytes: int = SHARD_BYTES) -> None:
    """Write `config.json` and the weights; reading them back gives every tensor bit for bit.

    Args:
        shard_bytes: a shard is closed before it gets larger; more than one shard makes an index.

    Raises:
        CheckpointError: the folder cannot be written, or holds weights already; or the model has other weights than its
            config says, such as those of adapters.
    """
    folder = Path(folder)
    config = replace(model.config, dtype=str(model.dtype).removeprefix("torch."), quantization=kind_of(model))
    if slots_of(model).keys() != slots_of(empty_model(config)).keys():
        reason = "expected the weights that the config says, quantised as a whole or not at all; got others"
        raise CheckpointError(folder, reason)
    if any(folder.glob("*.safetensors")):
        raise CheckpointError(folder, "expected a folder without weights, found some; choose another")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_weights(model, folder, shard_bytes)
        _write_json(folder / "config.json", config.to_dict())
    except (OSError, SafetensorError) as error:
        raise CheckpointError(folder, f"cannot be written: {error}") from error


def _write_weights(model: VL2Model, folder: Path, shard_bytes: int) -> None:
    tensors = _originals(model)
    shards = list(_shards({name: tensor.nbytes for name, tensor in tensors.items()}, shard_bytes))
    weight_map: dict[str, str] = {}
    for number, names in enumerate(shards, start=1):
        file = SINGLE if len(shards) == 1 else f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        save_file({name: tensors[name].contiguous() for name in names}, folder / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(names, file)
    if len(shards) > 1:
        total = sum(tensor.nbytes for tensor in tensors.values())
        _write_json(folder / INDEX, {"metadata": {"total_size": total}, "weight_map": weight_map})


def _originals(model: VL2Model) -> dict[str, Tensor]:
    """View the parameters under the names that checkpoints give them, packed ones unpacked."""
    parameters = {name: parameter.detach() for name, parameter in (*model.named_parameters(), *model.named_buffers())}
    plain = {name: p.to_dense() if p.is_mkldnn else p for name, p in parameters.items()}
    return {name: slot.of(plain[slot.parameter]) for name, slot in slots_of(model).items()}


def _shards(sizes: dict[str, int], shard_bytes: int) -> Iterator[list[str]]:
    shard: list[str] = []
    held = 0
    for name in sorted(sizes):
        if shard and held + sizes[name] > shard_bytes:
            yield shard
            shard, held = [], 0
        shard.append(name)
        held += sizes[name]
    yield shard


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
