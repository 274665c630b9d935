"""Weights in the blocked layout that oneDNN computes in, for bfloat16 on a CPU.

Plain weights are rearranged anew in every call, which at one token costs more than the product itself. Packed, a decode
step reads them twice as fast, and the small products of the experts take three quarters of the time; activations are
fused into the products that they follow. Figures: docs/decisions/cpu-speed.md.

Modules are replaced in place, each as soon as its weights are there, so that no more than one is held twice. A packed
model computes, and can be saved; it cannot be trained or moved to another device.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vl2.moe import MLP, ExpertBank, Experts
from vl2.vision import Mlp

_USED_AS_MATRIX = "kv_b_proj"
"""Latent attention multiplies by parts of this weight."""


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
    if name.endswith(_USED_AS_MATRIX):
        return
    if type(module) is nn.Linear:
        model.set_submodule(name, PackedLinear(module.weight, module.bias))
    elif type(module) is Experts:
        model.set_submodule(name, PackedExperts(module))


def fuse_activations(model: nn.Module) -> None:
    """Replace the small networks whose linear maps are packed by ones with their activations fused in."""
    for name, module in list(model.named_modules()):
        if isinstance(module, Mlp) and isinstance(module.fc1, PackedLinear):
            model.set_submodule(name, PackedVisionMlp(module))
        elif isinstance(module, MLP) and isinstance(module.gate_proj, PackedLinear):
            model.set_submodule(name, PackedMLP(module.gate_proj, module.up_proj, module.down_proj))


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

    def times(self, x: Tensor, factor: Tensor) -> Tensor:
        """Compute x W^T, multiplied by a factor for each number."""
        return torch.ops.mkldnn._linear_pointwise.binary(x, factor, self.weight, self.bias, "mul")


class PackedVisionMlp(nn.Module):
    """The vision tower's `Mlp`, its GELU fused into the first product."""

    def __init__(self, mlp: Mlp) -> None:
        super().__init__()
        self.fc1, self.fc2 = mlp.fc1, mlp.fc2

    def forward(self, x: Tensor) -> Tensor:
        """Transform the last dimension."""
        return self.fc2(self.fc1(x, "gelu", "tanh"))


class PackedMLP(nn.Module):
    """The decoder's `MLP`, its SiLU and its gating fused into the products."""

    def __init__(self, gate_proj: nn.Module, up_proj: nn.Module, down_proj: nn.Module) -> None:
        super().__init__()
        self.gate_proj, self.up_proj, self.down_proj = gate_proj, up_proj, down_proj

    def forward(self, x: Tensor) -> Tensor:
        """Transform the last dimension."""
        assert isinstance(self.up_proj, PackedLinear)
        return self.down_proj(self.up_proj.times(x, self.gate_proj(x, "swish")))


class PackedExperts(ExpertBank):
    """A layer's experts, each a small network of its own, by its number."""

    def __init__(self, experts: Experts) -> None:
        super().__init__(experts.n_experts)
        for number in range(self.n_experts):
            gate, up = experts.gate_up_proj[number].chunk(2)
            down = experts.down_proj[number]
            self.add_module(str(number), PackedMLP(*(PackedLinear(weight) for weight in (gate, up, down))))

    def run(self, expert: int, x_TH: Tensor) -> Tensor:
        """Run tokens through one expert."""
        return self.get_submodule(str(expert))(x_TH)
