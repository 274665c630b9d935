"""Read a checkpoint into a model: strictly, and one tensor at a time.

The model is built without storage, then each parameter is allocated when its first tensor arrives. A tensor is read
straight into its place, or through one buffer where dtype or device differ, so that the peak is the weights and one
tensor. Files are not mapped: a mapped shard counts as memory, and crashes the process when the file is cut short.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from io import FileIO
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from vl2.checkpoint.agreement import agreed_config
from vl2.checkpoint.inventory import AGAIN, StoredTensor, read_inventory
from vl2.checkpoint.slots import Slot, slots_of, why_ignored
from vl2.config import VL2Config
from vl2.errors import CheckpointError, CorruptFile, TensorMismatch
from vl2.model import VL2Model

logger = logging.getLogger(__name__)

DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
"""What weights may be stored in."""

INTEGERS = {"I8": torch.int8, "U8": torch.uint8}
"""What quantised weights are stored in."""

Arrived = Callable[[VL2Model, str], None]
"""Called with the model and the dotted name of a module when all parameters of its own are filled."""

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


def read_model(
    folder: str | Path,
    *,
    dtype: torch.dtype,
    device: torch.device | str = "cpu",
    arrived: Arrived | None = None,
    progress: Progress | None = None,
) -> VL2Model:
    """Load a checkpoint folder with original tensor names.

    Args:
        dtype: of every parameter, but for the bias that corrects routing, which stays float32, and the integers of
            weights that are stored quantised.
        arrived: may replace the module it is told of, by a quantised one; it is not filled any more.

    Raises:
        MissingFile, CorruptFile: a file is not there, cut short, or no safetensors.
        TensorMismatch: tensors are missing or have another shape than config.json says.
        ConfigError: config.json describes no DeepSeek-VL2.
    """
    folder = Path(folder)
    config = VL2Config.from_folder(folder)
    tensors = read_inventory(folder)
    model = empty_model(agreed_config(config, tensors))
    slots = checked_slots(model, tensors, folder)
    _fill(model, slots, tensors, dtype, torch.device(device), arrived, progress)
    return model.eval().requires_grad_(False)


def empty_model(config: VL2Config) -> VL2Model:
    """Build a model whose parameters have shapes and no storage, quantised if the config says so."""
    with _NoInit(), torch.device("meta"):
        model = VL2Model(config)
    if config.quantization is None:
        return model
    from vl2.quantize import quantize_model

    return quantize_model(model, config.quantization)


class _NoInit(TorchFunctionMode):
    """Skip random initialisation: on the meta device it loads 150 MB of compiler, for numbers nobody reads."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))


def checked_slots(model: VL2Model, tensors: Mapping[str, StoredTensor], folder: Path) -> dict[str, Slot]:
    """Match a checkpoint with a model, by name, shape and kind of number; log what the model does not know."""
    slots = slots_of(model)
    missing = [name for name in slots if name not in tensors]
    wrong = {
        name: (slot.shape, tensors[name].shape)
        for name, slot in slots.items()
        if name in tensors and tensors[name].shape != slot.shape
    }
    unknown = [name for name in sorted(tensors) if name not in slots and not why_ignored(name)]
    if model.config.language.tie_word_embeddings:
        unknown = [name for name in unknown if name != "language.lm_head.weight"]
    if missing or wrong:
        raise TensorMismatch(folder, missing=missing, unexpected=unknown, wrong_shape=wrong)
    if unknown:
        shown = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
        logger.warning("%s: %d tensors that the model does not know are not used: %s", folder, len(unknown), shown)
    for name, slot in slots.items():
        fitting = _fitting(_held(model, slot.parameter).dtype)
        if tensors[name].dtype not in fitting:
            expected = f"expected {' or '.join(fitting)}, found {tensors[name].dtype}"
            raise CorruptFile(tensors[name].file, f"tensor {name!r}: {expected}; take the unquantised checkpoint")
    return slots


def _fill(
    model: VL2Model,
    slots: Mapping[str, Slot],
    tensors: Mapping[str, StoredTensor],
    dtype: torch.dtype,
    device: torch.device,
    arrived: Arrived | None,
    progress: Progress | None,
) -> None:
    used = sorted((tensors[name] for name in slots), key=lambda tensor: (tensor.file, tensor.name))
    outstanding = Counter(_room(slot.parameter) for slot in slots.values())
    done, total = 0, sum(tensor.nbytes for tensor in used)
    for path, stored in groupby(used, key=lambda tensor: tensor.file):
        with FileIO(path) as file:
            for tensor in stored:
                slot = slots[tensor.name]
                _read_into(slot.of(_allocated(model, slot.parameter, dtype, device)), tensor, file)
                room = _room(slot.parameter)
                outstanding[room] -= 1
                if outstanding[room] == 0:
                    _complete(model, room, arrived)
                done += tensor.nbytes
                if progress:
                    progress(done, total)


def _complete(model: VL2Model, room: str, arrived: Arrived | None) -> None:
    if room == "language.model.embed_tokens" and model.config.language.tie_word_embeddings:
        model.language.lm_head.weight = model.language.model.embed_tokens.weight
    if arrived:
        arrived(model, room)


def _room(parameter: str) -> str:
    """Name the module that owns a parameter."""
    return parameter.rpartition(".")[0]


def _fitting(held: torch.dtype) -> list[str]:
    """List what a tensor may be stored in: integers as they are, floating numbers of any size."""
    return list(DTYPES) if held.is_floating_point else [name for name, dtype in INTEGERS.items() if dtype == held]


def _held(model: VL2Model, name: str) -> Tensor:
    """Return a parameter or a buffer."""
    room, _, own = name.rpartition(".")
    held = getattr(model.get_submodule(room), own)
    assert isinstance(held, Tensor)
    return held


def _allocated(model: VL2Model, name: str, dtype: torch.dtype, device: torch.device) -> Tensor:
    held = _held(model, name)
    if not held.is_meta:
        return held.data
    if not isinstance(held, nn.Parameter):
        kept = dtype if held.is_floating_point() else held.dtype
        setattr(
            model.get_submodule(_room(name)), name.rpartition(".")[2], torch.empty_like(held, dtype=kept, device=device)
        )
        return _held(model, name)
    if name.endswith("e_score_correction_bias"):
        dtype = torch.float32  # it decides between near-equal scores; bfloat16 would make ties of them
    fresh = nn.Parameter(torch.empty(held.shape, dtype=dtype, device=device), requires_grad=False)
    setattr(model.get_submodule(_room(name)), name.rpartition(".")[2], fresh)
    return fresh.data


def _read_into(place: Tensor, stored: StoredTensor, file: FileIO) -> None:
    """Read a tensor into its place, converted where dtype or device differ."""
    stored_dtype = (DTYPES | INTEGERS)[stored.dtype]
    direct = place.device.type == "cpu" and place.dtype == stored_dtype and place.is_contiguous()
    buffer = place if direct else torch.empty(stored.shape, dtype=stored_dtype)
    view = buffer.view(-1).view(torch.uint8).numpy().data
    try:
        file.seek(stored.offset)
        while view and (got := file.readinto(view)):  # one call reads at most 2 GiB
            view = view[got:]
    except OSError as error:
        raise CheckpointError(stored.file, f"tensor {stored.name!r} cannot be read: {error.strerror}") from error
    if view:
        raise CorruptFile(stored.file, f"tensor {stored.name!r}: the file ends {len(view)} bytes early; {AGAIN}")
    if not direct:
        place.copy_(buffer)
