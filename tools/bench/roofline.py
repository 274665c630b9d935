"""What the machine can do at most, and what a pass of the model asks of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn import functional as F

from vl2.config import LanguageConfig, VL2Config
from vl2.model import VL2Model


def seconds(work: Callable[[], object], repeats: int, device: str = "cpu") -> float:
    """Time a piece of work: the median, after one run to warm up."""
    work()
    times = []
    for _ in range(repeats):
        _wait(device)
        began = time.perf_counter()
        work()
        _wait(device)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _wait(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()


@torch.inference_mode()
def matmul_rate(dtype: torch.dtype, device: str) -> float:
    """FLOP/s of a large square product."""
    n = 4096 if device == "cpu" else 8192
    x, w = (torch.randn(n, n, device=device).to(dtype) for _ in range(2))
    return 2 * n**3 / seconds(lambda: F.linear(x, w), 7, device)


@torch.inference_mode()
def bandwidth(device: str) -> float:
    """Bytes per second when a gigabyte is read once."""
    x = torch.ones(2**28, device=device)
    return x.nbytes / seconds(x.sum, 9, device)


def vision_flops(config: VL2Config) -> int:
    """Multiplications and additions for one tile: tower, attention and projector."""
    vision, projector = config.vision, config.projector
    patches, width = vision.grid**2, vision.width
    linear = 4 * width**2 + 2 * width * vision.mlp_width
    attention = 2 * patches * width
    stem = 3 * vision.patch_size**2 * width
    folded = projector.input_dim * projector.downsample_ratio**2
    merge = config.tokens_per_side**2 * (folded * projector.n_embed + projector.n_embed**2)
    return 2 * (patches * (vision.layers * (linear + attention) + stem) + merge)


def prefill_flops(model: VL2Model, tokens: int) -> int:
    """The same for a prompt: products with the weights a token meets, causal attention, the head for one row."""
    language = model.config.language
    head = language.vocab_size * language.hidden_size
    body = _weights_met(model)[0] - head
    pairs = tokens * (tokens + 1) // 2
    attention = pairs * _attention_width(language) * language.num_hidden_layers
    return 2 * (tokens * body + head + attention)


def _attention_width(language: LanguageConfig) -> int:
    if not language.use_mla:
        return 2 * language.hidden_size
    return language.num_attention_heads * (language.qk_nope_head_dim + language.qk_rope_head_dim + language.v_head_dim)


def decode_bytes(model: VL2Model) -> int:
    """Bytes of weights that one token reads: of the experts the chosen ones, of the embedding next to nothing."""
    return _weights_met(model)[1]


def _weights_met(model: VL2Model) -> tuple[int, int]:
    language = model.config.language
    assert language.n_routed_experts is not None
    assert language.num_experts_per_tok is not None
    share = language.num_experts_per_tok / language.n_routed_experts
    numbers = size = 0.0
    for name, tensor in model.language.state_dict().items():
        if not isinstance(tensor, torch.Tensor) or "embed_tokens" in name:
            continue
        part = share if ".mlp.experts." in name else 1.0
        numbers += part * tensor.numel()
        size += part * tensor.numel() * tensor.element_size()
    return int(numbers), int(size)


def model_bytes(model: VL2Model) -> int:
    """Bytes of all weights."""
    tensors = [tensor for tensor in model.state_dict().values() if isinstance(tensor, torch.Tensor)]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def peak_bytes(device: str) -> int:
    """Most memory held since `forget_peak`: the process's on the CPU, torch's on a GPU."""
    if device != "cpu":
        return torch.cuda.max_memory_allocated()
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def forget_peak(device: str) -> None:
    """Start to watch anew."""
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats()
        return
    Path("/proc/self/clear_refs").write_text("5")
