"""Weights of 8 or 4 bits for the language model, made from those of a model or of a checkpoint that is being read.

int8: the linear layers of attention, the MLPs, the shared and routed experts, and the head.
int4: the routed experts, which are most of the weights, in 4 bits; the rest as int8.
What stays as it is: embeddings, norms, routing, `kv_b_proj` (used as a matrix, not as a layer), the vision tower and
the projector (bound by multiplications, which a CPU does no faster on integers).
"""

from __future__ import annotations

import torch
from torch import nn

from vl2.config import VL2Config
from vl2.errors import ConfigError
from vl2.model import VL2Model
from vl2.moe import Experts
from vl2.quantized import Int4Stack, Int8Linear, Int8Stack, QuantizedExperts, quantize_int8

STACKS: dict[str, type[Int8Stack | Int4Stack]] = {"int8": Int8Stack, "int4": Int4Stack}
"""What holds the routed experts, by kind."""

ROWS = 8192
"""Rows of a matrix that are in float32 at one time while it is quantised."""


def check_kind(kind: str) -> None:
    """Refuse what is no kind of quantisation."""
    if kind not in STACKS:
        raise ConfigError("quantize", kind, " or ".join(map(repr, STACKS)))


def quantize_model(model: VL2Model, kind: str) -> VL2Model:
    """Quantise the language model in place, module by module.

    Args:
        kind: `int8` or `int4`.
    """
    check_kind(kind)
    for name in [name for name, _ in model.named_modules()]:
        quantize_module(model, name, kind)
    return model


def quantize_module(model: VL2Model, name: str, kind: str) -> None:
    """Replace one module by its quantised form; do nothing if it has none.

    Called with each module of a checkpoint when its weights have arrived, so that no more than one is ever held in
    full.
    """
    tied = name == "language.lm_head" and model.config.language.tie_word_embeddings
    module = model.get_submodule(name) if quantizable(name) and not tied else None
    if isinstance(module, nn.Linear):
        model.set_submodule(name, _linear(module))
    elif isinstance(module, Experts):
        model.set_submodule(name, _experts(module, kind))


def kind_of(model: VL2Model) -> str | None:
    """Say how a model is quantised; None: it is not."""
    types = {type(module) for module in model.modules()}
    if Int4Stack in types:
        return "int4"
    return "int8" if Int8Linear in types else None


def quantizable(name: str) -> bool:
    """Say whether a module of this name is quantised if it is a linear layer or a layer's experts."""
    return name.startswith("language.") and not name.endswith(".kv_b_proj")


def quantized_bytes(config: VL2Config, kind: str, dtype: torch.dtype) -> int:
    """Count the bytes of the weights of a quantised model, from its config alone."""
    with torch.device("meta"):
        model = quantize_model(VL2Model(config).to(dtype), kind)
    return sum(tensor.nbytes for tensor in model.state_dict().values())


@torch.no_grad()
def _linear(linear: nn.Linear) -> Int8Linear:
    weight = linear.weight
    quantized = Int8Linear(len(weight), weight.shape[1], weight.dtype, weight.device)
    for first in range(0, len(weight) if not weight.is_meta else 0, ROWS):
        rows = slice(first, first + ROWS)
        quantized.weight[rows], quantized.weight_scale[rows] = quantize_int8(weight[rows])
    return quantized


@torch.no_grad()
def _experts(experts: Experts, kind: str) -> QuantizedExperts:
    stacks = []
    for name in ("gate_up_proj", "down_proj"):
        full = experts.get_parameter(name)
        stack = STACKS[kind](tuple(full.shape), dtype=full.dtype, device=full.device)  # type: ignore[arg-type]
        for expert in range(len(full) if not full.is_meta else 0):
            stack.fill(expert, full[expert])
        stacks.append(stack)
    return QuantizedExperts(*stacks)
