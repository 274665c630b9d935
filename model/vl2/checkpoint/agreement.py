"""Where config.json and the tensors disagree, the tensors are right: they are the model.

Copies of the original config.json leave keys out and are edited by hand. Sizes that a tensor shows beyond doubt are
taken from it. The number of layers is not lowered: fewer of them mean a lost shard.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vl2.checkpoint.inventory import StoredTensor
from vl2.config import LanguageConfig, VL2Config
from vl2.errors import ConfigError

logger = logging.getLogger(__name__)

_LAYER = re.compile(r"language\.model\.layers\.(\d+)\.")


def agreed_config(config: VL2Config, tensors: Mapping[str, StoredTensor]) -> VL2Config:
    """Return the config with the sizes that the tensors have, and log what was changed."""
    seen = _seen(config.language, {name: tensor.shape for name, tensor in tensors.items()})
    changed = {key: value for key, value in seen.items() if getattr(config.language, key) != value}
    if not changed:
        return config
    try:
        language = replace(config.language, **changed)
    except ConfigError:
        return config  # together they make no model; the strict check then names the tensors
    for key, value in changed.items():
        said = getattr(config.language, key)
        logger.warning("config.json says %s = %s, the tensors have %s: taking the tensors'", key, said, value)
    return replace(config, language=language)


def _seen(config: LanguageConfig, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """Read the sizes that shapes show; a dimension that the config shares must fit, or nothing is concluded."""
    layers, hidden = "language.model.layers.", config.hidden_size

    def rows(name: str) -> int | None:
        shape = shapes.get(name, ())
        return shape[0] if len(shape) == 2 and shape[1] == hidden else None

    seen: dict[str, Any] = {}
    vocabulary = {rows("language.model.embed_tokens.weight"), rows("language.lm_head.weight")} - {None}
    if len(vocabulary) == 1:
        seen["vocab_size"] = vocabulary.pop()
    for layer in range(config.num_hidden_layers):
        mlp = f"{layers}{layer}.mlp"
        seen["intermediate_size"] = seen.get("intermediate_size") or rows(f"{mlp}.gate_proj.weight")
        width = seen["moe_intermediate_size"] = seen.get("moe_intermediate_size") or rows(
            f"{mlp}.experts.0.gate_proj.weight"
        )
        seen["n_routed_experts"] = seen.get("n_routed_experts") or rows(f"{mlp}.gate.weight")
        shared = rows(f"{mlp}.shared_experts.gate_proj.weight")
        if shared and width and shared % width == 0:
            seen["n_shared_experts"] = shared // width
    seen |= _attention_seen(f"{layers}0.self_attn", shapes)
    found = {int(match[1]) for name in shapes if (match := _LAYER.match(name))}
    if found == set(range(len(found))) and len(found) > config.num_hidden_layers:
        seen["num_hidden_layers"] = len(found)
    return {key: value for key, value in seen.items() if value is not None or key == "q_lora_rank"}


def _attention_seen(attention: str, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    if f"{attention}.k_proj.weight" in shapes:
        return {"use_mla": False}
    seen: dict[str, Any] = {}
    if norm := shapes.get(f"{attention}.kv_a_layernorm.weight"):
        seen |= {"use_mla": True, "kv_lora_rank": norm[0]}
    if f"{attention}.q_proj.weight" in shapes:
        seen["q_lora_rank"] = None
    elif norm := shapes.get(f"{attention}.q_a_layernorm.weight"):
        seen["q_lora_rank"] = norm[0]
    return seen
