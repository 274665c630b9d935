"""Linear layers and experts with weights of 8 or 4 bits; they compute in the dtype of what they are given.

int8: one scale for each output row, w = q * scale. int4: a scale and a zero for each 32 columns of a row,
w = (q - 8) * scale + zero.

A few rows are bound by reading the weights: torch's kernels multiply with the integers. Many rows are bound by the
multiplications: one matrix is unpacked to the dtype of the rows, multiplied as usual, and dropped. A single row, which
is a decode step, is itself rounded to int8 where the CPU multiplies integers (VNNI): the kernel for floating rows
spends its time on conversion, and is no faster than packed bfloat16.

Shapes: T tokens, X token-expert pairs, K experts chosen per token, E routed experts, H model width, M expert width,
O outputs, I inputs, B blocks of 64 outputs, G groups of 32 inputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vl2.moe import ExpertBank

GROUP = 32
"""Inputs of a row that share a scale in int4. 64 save half a bit of 5 a weight and drift 6 to 9 % more."""

BLOCK = 64
"""Outputs that are packed together in int4: row r of a block is in the low half of byte r, row r + 32 in its high half."""

FEW_ROWS = 16
"""Up to here the kernels on integers are faster than unpacking, measured on AVX-512."""


def quantize_int8(weight_OI: Tensor) -> tuple[Tensor, Tensor]:
    """Round to int8, symmetric in each row: q_OI, scale_O in the dtype of the weights."""
    rows_OI = weight_OI.float()
    scale_O = (rows_OI.abs().amax(dim=1) / 127).to(weight_OI.dtype)
    scale_O = torch.where(scale_O == 0, 1, scale_O)
    # By the scale as it is stored: rounding that to bfloat16 then costs nothing.
    return (rows_OI / scale_O.float()[:, None]).round_().clamp_(-127, 127).to(torch.int8), scale_O


def int8_linear(x_TI: Tensor, q_OI: Tensor, scale_O: Tensor) -> Tensor:
    """Multiply rows by a matrix of int8."""
    if x_TI.is_cpu and len(x_TI) <= FEW_ROWS:
        return torch._weight_int8pack_mm(x_TI.contiguous(), q_OI, scale_O)
    return F.linear(x_TI, q_OI.to(x_TI.dtype)).mul_(scale_O)


def _int8_rows(x_TI: Tensor) -> tuple[Tensor, Tensor]:
    """Round each row to int8 by its largest number: q_TI, scale_T1."""
    peak_T1 = torch.linalg.vector_norm(x_TI, math.inf, dim=1, keepdim=True, dtype=torch.float32)
    scale_T1 = peak_T1.div_(127).clamp_min_(torch.finfo(torch.float32).tiny)
    return (x_TI / scale_T1).round_().to(torch.int8), scale_T1


def _int8_product(q_TI: Tensor, scale_T1: Tensor, matrices: Sequence[Tensor], scale_KO: Tensor) -> Tensor:
    """Multiply by K matrices, row k by matrix k, or the only row by all: float32 [K, O]."""
    rows = q_TI.split(1) if len(q_TI) > 1 else [q_TI] * len(matrices)
    sums = [torch._int_mm(row, q_OI.t()) for row, q_OI in zip(rows, matrices, strict=True)]
    sum_KO = torch.cat(sums) if len(sums) > 1 else sums[0]
    return (sum_KO * scale_T1).mul_(scale_KO)


@cache
def _has_vnni() -> bool:
    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_vnni") or found.get("avx_vnni"))


def quantize_int4(weight_OI: Tensor) -> tuple[Tensor, Tensor]:
    """Round to int4 in groups of columns, rows and columns filled up with zeros to whole blocks and groups.

    Returns:
        uint8 [B, I, 32], two rows a byte; and the scale and zero [G, O, 2] in the dtype of the weights.
    """
    rows, columns = weight_OI.shape
    whole_OI = F.pad(weight_OI.float(), (0, -columns % GROUP, 0, -rows % BLOCK))
    group_OGX = whole_OI.unflatten(1, (-1, GROUP))
    low_OG, high_OG = group_OGX.aminmax(dim=2)
    scale_OG = ((high_OG - low_OG) / 15).to(weight_OI.dtype)
    scale_OG = torch.where(scale_OG == 0, 1, scale_OG)
    zero_OG = (low_OG + 8 * scale_OG.float()).to(weight_OI.dtype)
    q_OGX = ((group_OGX - zero_OG.float()[..., None]) / scale_OG.float()[..., None] + 8).round_().clamp_(0, 15)
    half_B2RI = q_OGX.to(torch.uint8).flatten(1).unflatten(0, (-1, 2, BLOCK // 2))
    packed_BRI = half_B2RI[:, 0] | half_B2RI[:, 1] << 4
    return packed_BRI.mT.contiguous(), torch.stack([scale_OG.T, zero_OG.T], dim=2)


def unpack_int4(packed_BIR: Tensor, scale_zero_GO2: Tensor) -> Tensor:
    """Give the matrix back, transposed as it is packed: [..., I, O], in the dtype of the scales."""
    *more, blocks, columns, half = packed_BIR.shape
    bytes_IBR = packed_BIR.transpose(-3, -2)
    q = scale_zero_GO2.new_empty(*more, columns, blocks, 2, half)
    q[..., 0, :] = bytes_IBR & 15
    q[..., 1, :] = bytes_IBR >> 4
    scale_GO, zero_GO = scale_zero_GO2.unbind(-1)
    offset_GO = zero_GO - 8 * scale_GO
    q_GXO = q.flatten(-3).unflatten(-2, (-1, GROUP))
    # Contiguous scales are read 8 times faster than interleaved ones.
    return torch.addcmul(offset_GO[..., None, :], q_GXO, scale_GO.contiguous()[..., None, :]).flatten(-3, -2)


def int4_linear(x_TI: Tensor, packed_BIR: Tensor, scale_zero_GO2: Tensor, n_outputs: int) -> Tensor:
    """Multiply rows by a matrix of int4."""
    x_TI = F.pad(x_TI, (0, packed_BIR.shape[1] - x_TI.shape[1]))
    if x_TI.is_cpu and len(x_TI) <= FEW_ROWS and _kernel_packs_likewise():
        flat = packed_BIR.view(scale_zero_GO2.shape[1], -1)
        out_TO = torch.ops.aten._weight_int4pack_mm_for_cpu(x_TI.contiguous(), flat, GROUP, scale_zero_GO2)
    else:
        out_TO = x_TI @ unpack_int4(packed_BIR, scale_zero_GO2)
    return out_TO[:, :n_outputs]


@cache
def _kernel_packs_likewise() -> bool:
    """Ask torch whether its kernel reads our packing: its own differs by instruction set."""
    with torch.device("cpu"):
        q_OI = torch.arange(2 * BLOCK, dtype=torch.int32)[:, None] * 7 + torch.arange(GROUP, dtype=torch.int32)
        q_OI = q_OI % 16
        theirs = torch.ops.aten._convert_weight_to_int4pack_for_cpu(q_OI, 1)
        half_B2RI = q_OI.to(torch.uint8).unflatten(0, (-1, 2, BLOCK // 2))
        ours = (half_B2RI[:, 0] | half_B2RI[:, 1] << 4).mT
        return torch.equal(theirs.flatten(), ours.flatten())


class Int8Linear(nn.Module):
    """A linear layer without bias, its weights in int8."""

    weight: Tensor
    weight_scale: Tensor

    def __init__(self, n_outputs: int, n_inputs: int, dtype: torch.dtype, device: torch.device | None = None) -> None:
        super().__init__()
        self.register_buffer("weight", torch.empty(n_outputs, n_inputs, dtype=torch.int8, device=device))
        self.register_buffer("weight_scale", torch.empty(n_outputs, dtype=dtype, device=device))

    def forward(self, x: Tensor) -> Tensor:
        """Transform the last dimension."""
        x_TI = x.reshape(-1, x.shape[-1])
        if x.is_cpu and len(x_TI) == 1 and _has_vnni():
            out_TO = _int8_product(*_int8_rows(x_TI), [self.weight], self.weight_scale[None]).to(x.dtype)
        else:
            out_TO = int8_linear(x_TI, self.weight, self.weight_scale)
        return out_TO.unflatten(0, x.shape[:-1])


class Int8Stack(nn.Module):
    """One int8 matrix for each expert."""

    weight: Tensor
    weight_scale: Tensor

    def __init__(self, shape: tuple[int, int, int], dtype: torch.dtype, device: torch.device | None = None) -> None:
        super().__init__()
        self.register_buffer("weight", torch.empty(shape, dtype=torch.int8, device=device))
        self.register_buffer("weight_scale", torch.empty(shape[:2], dtype=dtype, device=device))

    def fill(self, expert: int, weight_OI: Tensor) -> None:
        """Quantise the matrix of one expert."""
        self.weight[expert], self.weight_scale[expert] = quantize_int8(weight_OI)

    def one(self, expert: int, x_TI: Tensor) -> Tensor:
        """Multiply rows by the matrix of one expert."""
        return int8_linear(x_TI, self.weight[expert], self.weight_scale[expert])

    def some(self, experts: Sequence[int], x_KI: Tensor) -> Tensor:
        """Multiply row k, or the only row, by the matrix of the k-th expert, on a CPU."""
        if not _has_vnni():
            return _in_turn(self, experts, x_KI)
        matrices, scale_KO = [self.weight[expert] for expert in experts], self.weight_scale[list(experts)]
        return _int8_product(*_int8_rows(x_KI), matrices, scale_KO).to(x_KI.dtype)

    def each(self, expert_X: Tensor, x_XI: Tensor) -> Tensor:
        """Multiply each row by the matrix of its own expert."""
        weight_XOI = self.weight[expert_X].to(x_XI.dtype)
        return (weight_XOI @ x_XI[..., None])[..., 0] * self.weight_scale[expert_X]


class Int4Stack(nn.Module):
    """One int4 matrix for each expert."""

    weight: Tensor
    weight_scale_zero: Tensor

    def __init__(self, shape: tuple[int, int, int], dtype: torch.dtype, device: torch.device | None = None) -> None:
        super().__init__()
        n_experts, self.n_outputs, n_inputs = shape
        blocks, groups = -(-self.n_outputs // BLOCK), -(-n_inputs // GROUP)
        packed = torch.empty(n_experts, blocks, groups * GROUP, BLOCK // 2, dtype=torch.uint8, device=device)
        self.register_buffer("weight", packed)
        scale_zero = torch.empty(n_experts, groups, blocks * BLOCK, 2, dtype=dtype, device=device)
        self.register_buffer("weight_scale_zero", scale_zero)

    def fill(self, expert: int, weight_OI: Tensor) -> None:
        """Quantise the matrix of one expert."""
        self.weight[expert], self.weight_scale_zero[expert] = quantize_int4(weight_OI)

    def one(self, expert: int, x_TI: Tensor) -> Tensor:
        """Multiply rows by the matrix of one expert."""
        return int4_linear(x_TI, self.weight[expert], self.weight_scale_zero[expert], self.n_outputs)

    def some(self, experts: Sequence[int], x_KI: Tensor) -> Tensor:
        """Multiply row k, or the only row, by the matrix of the k-th expert, on a CPU."""
        return _in_turn(self, experts, x_KI)

    def each(self, expert_X: Tensor, x_XI: Tensor) -> Tensor:
        """Multiply each row by the matrix of its own expert."""
        weight_XIO = unpack_int4(self.weight[expert_X], self.weight_scale_zero[expert_X])
        x_XI = F.pad(x_XI, (0, weight_XIO.shape[1] - x_XI.shape[1]))
        return (x_XI[:, None] @ weight_XIO)[:, 0, : self.n_outputs]


def _in_turn(stack: Int8Stack | Int4Stack, experts: Sequence[int], x_KI: Tensor) -> Tensor:
    rows = x_KI.expand(len(experts), -1).split(1)
    return torch.cat([stack.one(expert, row) for expert, row in zip(experts, rows, strict=True)])


class QuantizedExperts(ExpertBank):
    """`moe.Experts` with quantised matrices."""

    def __init__(self, gate_up_proj: Int8Stack | Int4Stack, down_proj: Int8Stack | Int4Stack) -> None:
        super().__init__(len(gate_up_proj.weight))
        self.gate_up_proj, self.down_proj = gate_up_proj, down_proj

    def forward(self, x_TH: Tensor, weight_TK: Tensor, index_TK: Tensor) -> Tensor:
        """Run every token through its experts and add up their answers by weight, in float32."""
        if len(x_TH) > 1 or not x_TH.is_cpu:
            return super().forward(x_TH, weight_TK, index_TK)
        experts = index_TK[0].tolist()
        gate, up = self.gate_up_proj.some(experts, x_TH).chunk(2, dim=-1)
        out_KH = self.down_proj.some(experts, F.silu(gate) * up)
        return (weight_TK @ out_KH.float()).to(x_TH.dtype)

    def run(self, expert: int, x_TH: Tensor) -> Tensor:
        """Run tokens through one expert."""
        gate, up = self.gate_up_proj.one(expert, x_TH).chunk(2, dim=-1)
        return self.down_proj.one(expert, F.silu(gate) * up)

    def run_sorted(self, in_XH: Tensor, counts_E: Tensor) -> Tensor:
        """Run rows that are sorted by expert; a few rows on a GPU in a few launches, the counts not leaving it."""
        if in_XH.is_cpu or len(in_XH) > self.n_experts:
            return super().run_sorted(in_XH, counts_E)
        every_E = torch.arange(self.n_experts, device=in_XH.device)
        return self.run_each(every_E.repeat_interleave(counts_E, output_size=len(in_XH)), in_XH)

    def run_each(self, expert_X: Tensor, in_XH: Tensor) -> Tensor:
        """Run each row through its own expert, unpacking one expert for each row."""
        gate, up = self.gate_up_proj.each(expert_X, in_XH).chunk(2, dim=-1)
        return self.down_proj.each(expert_X, F.silu(gate) * up)
