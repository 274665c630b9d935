"""Where each tensor of a checkpoint goes in the model, by its original name.

Names are the same on both sides but for the experts, unless they are packed: a checkpoint has three matrices for each
expert, the model two stacks for each layer, `gate_up_proj` [E, 2M, H] and `down_proj` [E, H, M]. What is quantised
is stored as the model holds it, under the model's names: the only buffers that it has.
Shapes: E routed experts, M expert width, H model width.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

IGNORED = {"vision.attn_pool.": "the tower's pooling head: image features are taken before it"}
"""What a checkpoint may hold and the model does not use, by the start of the name, with the reason."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter, or a part of a stacked one."""

    parameter: str
    shape: tuple[int, ...]
    """As in the checkpoint."""
    index: tuple[int | slice, ...] = ()

    def of(self, parameter: Tensor) -> Tensor:
        """View the part."""
        return parameter[self.index] if self.index else parameter


def slots_of(model: nn.Module) -> dict[str, Slot]:
    """Map original names to their places; tied weights have one place."""
    slots: dict[str, Slot] = {}
    for name, parameter in model.named_parameters():
        if name.endswith((".mlp.experts.gate_up_proj", ".mlp.experts.down_proj")):  # packed, each has its own
            slots |= _expert_slots(name, parameter)
        elif name.endswith(".gate_up_proj.weight"):
            slots |= _fused_slots(name, parameter)
        else:
            slots[name] = Slot(name, tuple(parameter.shape))
    return slots | {name: Slot(name, tuple(buffer.shape)) for name, buffer in model.named_buffers()}


def _expert_slots(name: str, stack: Tensor) -> dict[str, Slot]:
    room, which = name.rsplit(".", 1)
    n_experts, rows, columns = stack.shape
    if which == "down_proj":
        return {f"{room}.{e}.down_proj.weight": Slot(name, (rows, columns), (e,)) for e in range(n_experts)}
    half, slots = rows // 2, {}
    for e in range(n_experts):
        slots[f"{room}.{e}.gate_proj.weight"] = Slot(name, (half, columns), (e, slice(0, half)))
        slots[f"{room}.{e}.up_proj.weight"] = Slot(name, (half, columns), (e, slice(half, rows)))
    return slots


def _fused_slots(name: str, both: Tensor) -> dict[str, Slot]:
    rows, columns = both.shape
    half, room = rows // 2, name.removesuffix(".gate_up_proj.weight")
    return {
        f"{room}.gate_proj.weight": Slot(name, (half, columns), (slice(0, half),)),
        f"{room}.up_proj.weight": Slot(name, (half, columns), (slice(half, rows),)),
    }


def why_ignored(name: str) -> str | None:
    """Say why the model does not use a tensor; None: it is not known."""
    return next((reason for start, reason in IGNORED.items() if name.startswith(start)), None)
