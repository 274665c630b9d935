"""From a folder or a repo id to a model that answers.

model = load("deepseek-ai/deepseek-vl2-tiny")
print(model.ask("What does the dialog say?", "screen.png"))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from vl2.checkpoint.agreement import agreed_config
from vl2.checkpoint.inventory import StoredTensor, read_inventory
from vl2.checkpoint.memory import require_memory
from vl2.checkpoint.slots import why_ignored
from vl2.checkpoint.weights import Arrived, read_model
from vl2.config import VL2Config
from vl2.engine.allocation import memory_errors
from vl2.engine.engine import Engine
from vl2.errors import CheckpointError, ConfigError, MissingFile
from vl2.handle import VL2
from vl2.heap import keep_freed_memory
from vl2.packing import can_pack, fuse_activations, pack_module
from vl2.processor import Processor
from vl2.tokenizer import Tokenizer

_SMALLER = "try quantize='int8' or 'int4', a smaller variant, a smaller dtype, or another device"

LoadProgress = Callable[[str, int, int], None]
"""Called with what is going on, bytes done and bytes in all."""


def load(
    path_or_repo_id: str | Path,
    *,
    device: str | torch.device = "auto",
    dtype: str | torch.dtype = "auto",
    quantize: str | None = None,
    revision: str | None = None,
    local_files_only: bool = False,
    progress: LoadProgress | None = None,
    threads: int | None = None,
) -> VL2:
    """Load a DeepSeek-VL2 checkpoint, from a folder if there is one of this name, else by repo id.

    Args:
        path_or_repo_id: a folder with config.json, tokenizer.json and safetensors; or such as
            `deepseek-ai/deepseek-vl2-tiny`, which is downloaded into the usual cache and verified.
        device: `cpu`, `cuda`, `cuda:1`; `auto`: a GPU if there is one.
        dtype: `bfloat16`, `float32`, `float16`; `auto`: the checkpoint's own, but on a CPU that cannot compute with
            bfloat16, float32.
        quantize: `int8` or `int4`: weights only, each as it arrives. None: as they are stored; a model that was saved
            quantised is loaded so.
        revision: branch, tag or commit of a repo id.
        local_files_only: take what the cache has, and use no network.
        threads: of torch on the CPU, for the whole process; None: as they are.

    Raises:
        CheckpointError, ConfigError, TokenizerError: what is there cannot be loaded; says which file or tensor, and why.
        DownloadError: it is not there and cannot be fetched.
        OutOfMemory: weights and cache would not fit, asked before anything is loaded; or memory ran out meanwhile.
    """
    if quantize is not None:
        from vl2.quantize import check_kind

        check_kind(quantize)
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ConfigError("threads", threads, "a whole number from 1")
    target = chosen_device(device)
    folder = _folder(path_or_repo_id, revision, local_files_only, progress)
    tensors = read_inventory(folder)
    config = agreed_config(VL2Config.from_folder(folder), tensors)
    if quantize not in (None, config.quantization) and config.quantization is not None:
        expected = f"None or {config.quantization!r}, which the weights in {folder} are stored as"
        raise ConfigError("quantize", quantize, expected)
    quantize = quantize or config.quantization
    number = chosen_dtype(dtype, target, config.dtype)
    processor = Processor(config, Tokenizer.from_folder(folder))
    what = f"{folder.name} in {quantize or _name(number)}"
    require_memory(what, needed_bytes(config, tensors, number, quantize), target, _SMALLER)
    if threads is not None:
        torch.set_num_threads(threads)
    if target.type == "cpu":
        keep_freed_memory()
    with memory_errors(what, _SMALLER):
        model = read_model(
            folder,
            dtype=number,
            device=target,
            arrived=_rewriting(quantize, target, number),
            progress=(lambda done, total: progress("loading weights", done, total)) if progress else None,
        )
        if quantize is None and can_pack(target, number):
            fuse_activations(model)
    return VL2(model, processor, Engine(model, processor.tokenizer), folder=folder)


def chosen_device(device: str | torch.device) -> torch.device:
    """Resolve `auto`, and refuse a device that is not there."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    expected = "'auto', 'cpu', 'cuda' or 'cuda:1'"
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError):
        raise ConfigError("device", device, expected) from None
    if found.type not in ("cpu", "cuda"):
        raise ConfigError("device", str(device), expected)
    n_gpus = torch.cuda.device_count()
    if found.type == "cuda" and (found.index or 0) >= n_gpus:
        there = f"one of {n_gpus} GPUs" if n_gpus else "'cpu': torch sees no GPU"
        raise ConfigError("device", str(device), there)
    return found


def chosen_dtype(dtype: str | torch.dtype, device: torch.device, stored: str) -> torch.dtype:
    """Resolve `auto`: what the weights are stored in, or float32 where the CPU has no bfloat16."""
    known = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if dtype == "auto":
        own = known.get(stored, torch.bfloat16)
        return own if device.type != "cpu" or own == torch.float32 or _cpu_has_bfloat16() else torch.float32
    number = known.get(_name(dtype))
    if number is None:
        raise ConfigError("dtype", dtype, f"'auto', {', '.join(map(repr, known))}")
    return number


def needed_bytes(
    config: VL2Config, tensors: Mapping[str, StoredTensor], dtype: torch.dtype, quantize: str | None = None
) -> int:
    """Count the bytes of weights and of the cache of a full window."""
    language = config.language
    cached = language.cached_values_per_token * language.num_hidden_layers * language.max_position_embeddings
    if quantize is None:
        n_weights = sum(math.prod(tensor.shape) for name, tensor in tensors.items() if not why_ignored(name))
        return (n_weights + cached) * dtype.itemsize
    from vl2.quantize import quantized_bytes

    return quantized_bytes(config, quantize, dtype) + cached * dtype.itemsize


def _rewriting(kind: str | None, device: torch.device, dtype: torch.dtype) -> Arrived | None:
    """Quantise or pack each module when its weights have arrived, so that no more than one is held twice."""
    if kind is not None:
        from vl2.quantize import quantize_module

        return lambda model, name: quantize_module(model, name, kind)
    return pack_module if can_pack(device, dtype) else None


def _folder(source: str | Path, revision: str | None, local_files_only: bool, progress: LoadProgress | None) -> Path:
    path = Path(source).expanduser()
    if str(source) and path.is_dir():
        return path
    if path.is_file():
        raise CheckpointError(path, f"expected a checkpoint folder, found a file; try {str(path.parent)!r}")
    if isinstance(source, Path) or source.startswith(("/", ".", "~")) or source.count("/") != 1:
        raise MissingFile(path, "expected a checkpoint folder, or a repo id such as deepseek-ai/deepseek-vl2-tiny")
    from vl2.checkpoint.hub import checkpoint_folder

    return checkpoint_folder(
        source,
        revision=revision,
        local_files_only=local_files_only,
        progress=(lambda name, done, total: progress(f"downloading {name}", done, total)) if progress else None,
    )


def _name(dtype: str | torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _cpu_has_bfloat16() -> bool:
    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16") or found.get("bf16"))
