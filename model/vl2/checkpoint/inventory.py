"""What a checkpoint folder holds, read from the headers of its safetensors files alone.

A safetensors file is an 8-byte little-endian length, a JSON header of that length, and the bytes of the tensors. No
other format is opened: a pickle runs code when it is read.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vl2.errors import CheckpointError, CorruptFile, MissingFile

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
ITEM_BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1,
    "F8_E4M3": 1, "F8_E5M2": 1, "U16": 2, "U32": 4, "U64": 8,
}  # fmt: skip
HEADER_LIMIT = 100 * 2**20  # the format's own

AGAIN = "download it again"


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """Where one tensor stands."""

    name: str
    dtype: str
    """In the words of the format: `BF16`, `F32`."""
    shape: tuple[int, ...]
    file: Path
    offset: int
    """Of its first byte in the file."""

    @property
    def nbytes(self) -> int:
        """Bytes that it takes in the file."""
        return math.prod(self.shape) * ITEM_BYTES[self.dtype]


def read_inventory(folder: str | Path) -> dict[str, StoredTensor]:
    """List every tensor of a checkpoint, one file or sharded with an index.

    Raises:
        MissingFile: no folder, no weights in it, or a shard that the index names is not there.
        CorruptFile: a file is cut short or no safetensors; the index and the shards disagree.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise MissingFile(folder, "expected a checkpoint folder, found none")
    index = _read_index(folder)
    found: dict[str, StoredTensor] = {}
    for path in sorted(set(index.values())) if index else _without_index(folder):
        for name, tensor in read_header(path).items():
            if name in found:
                raise CorruptFile(path, f"tensor {name!r} also stands in {found[name].file.name}; {AGAIN}")
            found[name] = tensor
    for name, path in index.items():
        if name not in found or found[name].file != path:
            raise CorruptFile(path, f"expected tensor {name!r}, which {INDEX} places here, found none; {AGAIN}")
    return found


def read_header(path: Path) -> dict[str, StoredTensor]:
    """Read and check the header of one safetensors file."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header_bytes = int.from_bytes(file.read(8), "little")
            if size < 8 or not 0 < header_bytes <= min(HEADER_LIMIT, size - 8):
                raise CorruptFile(path, f"expected a safetensors file, found {size} bytes without its header; {AGAIN}")
            header = json.loads(file.read(header_bytes))
    except FileNotFoundError:
        raise MissingFile(path, f"expected a file of weights, found none; {AGAIN}") from None
    except OSError as error:
        raise CheckpointError(path, f"expected to read it: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise CorruptFile(path, f"expected a safetensors header, which is JSON: {error}; {AGAIN}") from None
    if not isinstance(header, dict):
        raise CorruptFile(path, f"expected a safetensors header, found a JSON {type(header).__name__}; {AGAIN}")
    header.pop("__metadata__", None)
    return {name: _stored(name, entry, path, 8 + header_bytes, size) for name, entry in header.items()}


def _stored(name: str, entry: Any, path: Path, start: int, size: int) -> StoredTensor:
    """Check one entry of a header; its bytes must be where it says."""
    try:
        dtype, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        whole = all(type(number) is int and number >= 0 for number in (*shape, begin, end))
        tensor = StoredTensor(name, dtype, tuple(shape), path, start + begin)
        fits = whole and end - begin == tensor.nbytes
    except (KeyError, TypeError, ValueError):
        raise CorruptFile(path, f"tensor {name!r}: expected dtype, shape and offsets, got {entry!r:.200}") from None
    if not fits:
        raise CorruptFile(path, f"tensor {name!r}: its {dtype} {shape} do not fill the bytes {begin}..{end}; {AGAIN}")
    if start + end > size:
        raise CorruptFile(
            path, f"tensor {name!r}: expected {start + end} bytes, the file has {size}: cut short; {AGAIN}"
        )
    return tensor


def _read_index(folder: Path) -> dict[str, Path]:
    path = folder / INDEX
    if not path.exists():
        return {}
    try:
        weight_map = json.loads(path.read_text(encoding="utf-8"))["weight_map"]
        files = {str(name): str(file) for name, file in weight_map.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptFile(path, f"expected a JSON object with a weight_map: {error}; {AGAIN}") from None
    for name, file in files.items():
        if Path(file).name != file or not file.endswith(".safetensors"):
            raise CorruptFile(path, f"tensor {name!r}: expected a .safetensors file of this folder, got {file!r}")
        if not (folder / file).is_file():
            raise MissingFile(folder / file, f"expected it, because {INDEX} places {name!r} there; {AGAIN}")
    return {name: folder / file for name, file in files.items()}


def _without_index(folder: Path) -> list[Path]:
    if (folder / SINGLE).exists():
        return [folder / SINGLE]
    if files := sorted(folder.glob("*.safetensors")):
        return files
    found = "found none"
    if pickles := sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES):
        found = f"found {pickles[0]}, a pickle, which can run any code when it is read; take the safetensors version"
    raise MissingFile(folder, f"expected {SINGLE} or {INDEX} with its shards, {found}")
