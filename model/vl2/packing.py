"""Weights in the blocked layout that oneDNN computes in, for bfloat16 on a CPU.

Plain weights are rearranged anew in every call, which at one token costs more than the product itself. Packed, a decode
step reads them faster by half, and the small products of the experts take nine tenths of the time; the tower's GELU is fused
into the product that it follows. Figures: docs/decisions/cpu-speed.md.

Modules are replaced in place, each as soon as its weights are there, so that no more than one is held twice. A packed
model computes, and can be saved; it cannot be trained or moved to another device.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vl2.moe import MLP, ExpertBank, Experts
from vl2.vision import Mlp

_LEFT = ("kv_b_proj", "gate_proj", "up_proj", "down_proj")
"""Latent attention multiplies by parts of the first; the others are packed together by `fuse_activations`."""


def can_pack(device: torch.device, dtype: torch.dtype) -> bool:
    """Say whether packing serves here."""
    return device.type == "cpu" and dtype == torch.bfloat16 and torch.backends.mkldnn.is_available()


def pack_model(model: nn.Module) -> None:
    """Pack all linear maps and experts, in place, and fuse activations."""
    for name in [name for name, _ in model.named_modules()]:
        pack_module(model, name)
    fuse_activations(model)


def pack_module(model: nn.Module, name: str) -> None:
    """Pack one module if it is a linear map or a layer's experts."""
    module = model.get_submodule(name)
    if type(module) is nn.Linear and not name.endswith(_LEFT):
        model.set_submodule(name, PackedLinear(module.weight, module.bias))
    elif type(module) is Experts:
        model.set_submodule(name, PackedExperts(module))


def fuse_activations(model: nn.Module) -> None:
    """Replace the small networks of two or three linear maps."""
    for name, module in list(model.named_modules()):
        if isinstance(module, Mlp) and isinstance(module.fc1, PackedLinear):
            model.set_submodule(name, PackedVisionMlp(module))
        elif isinstance(module, MLP) and type(module.gate_proj) is nn.Linear:
            gate_up = torch.cat([module.gate_proj.weight, module.up_proj.weight])
            model.set_submodule(name, PackedMLP(gate_up, module.down_proj.weight))


class PackedLinear(nn.Module):
    """A linear map; `weight.to_dense()` is what it was made of, bit for bit."""

    def __init__(self, weight: Tensor, bias: nn.Parameter | None = None) -> None:
        super().__init__()
        packed = torch.ops.mkldnn._reorder_linear_weight(weight.detach().contiguous())
        self.weight = nn.Parameter(packed, requires_grad=False)
        self.bias = bias

    def forward(self, x: Tensor, then: str = "none", how: str = "") -> Tensor:
        """Compute x W^T + b, and a function of it: `swish`, or `gelu` in the way of `tanh`."""
        return torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, then, [], how)


class PackedVisionMlp(nn.Module):
    """The vision tower's `Mlp`, its GELU fused into the first product."""

    def __init__(self, mlp: Mlp) -> None:
        super().__init__()
        self.fc1, self.fc2 = mlp.fc1, mlp.fc2

    def forward(self, x: Tensor) -> Tensor:
        """Transform the last dimension."""
        return self.fc2(self.fc1(x, "gelu", "tanh"))


class PackedMLP(nn.Module):
    """The decoder's `MLP`, gate and up in one product: a sixth faster at one token, and no slower at many."""

    def __init__(self, gate_up: Tensor, down: Tensor) -> None:
        super().__init__()
        self.gate_up_proj, self.down_proj = PackedLinear(gate_up), PackedLinear(down)

    def forward(self, x: Tensor) -> Tensor:
        """Transform the last dimension."""
        gate, up = self.gate_up_proj(x).chunk(2, dim=-1)
        return self.down_proj(F.silu(gate) * up)


class PackedExperts(ExpertBank):
    """A layer's experts, each a small network of its own."""

    def __init__(self, experts: Experts) -> None:
        super().__init__(experts.n_experts)
        self.each = [PackedMLP(*weights) for weights in zip(experts.gate_up_proj, experts.down_proj, strict=True)]
        for number, expert in enumerate(self.each):
            self.add_module(str(number), expert)  # as checkpoints name them

    def run(self, expert: int, x_TH: Tensor) -> Tensor:
        """Run tokens through one expert."""
        return self.each[expert](x_TH)
