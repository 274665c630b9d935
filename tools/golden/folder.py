"""What a folder of golden values holds. Nothing is known by name but the layout."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor


class BadFolder(Exception):
    """The folder is not laid out like one with golden values."""


class GoldenFolder:
    """A folder with tokenizer, images, tables, and one folder for each model.

    Raises:
        BadFolder: there is nothing in it to check.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_dir():
            raise BadFolder(f"{path}: expected a folder with golden values, found no folder")
        self.models = sorted(f.parent for f in path.glob("*/config.json") if (f.parent / "golden.json").is_file())
        self.tiling_table: dict[str, Any] = self._optional("tiling_table.json")
        self.cases: dict[str, Any] = self._optional("preprocess.json")
        if not (self.models or self.tiling_table or self.cases):
            raise BadFolder(f"{path}: expected tiling_table.json, preprocess.json or MODEL/golden.json, found none")
        if (self.models or self.cases) and not self.tokenizer.is_dir():
            raise BadFolder(f"{self.tokenizer}: expected the folder of the tokenizer that the cases use, found none")
        if self.models and not self.cases:
            raise BadFolder(f"{path / 'preprocess.json'}: expected the conversations of the models' cases, found none")

    @property
    def tokenizer(self) -> Path:
        """The tokenizer that all models share."""
        return self.path / "tokenizer"

    @cached_property
    def token_ids(self) -> dict[str, Any]:
        """What the special tokens' ids must be."""
        return self._optional("tokenizer/ids.json")

    def image(self, name: str) -> Path:
        """Where a case's picture is."""
        return self.path / "images" / name

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        """Pixels, by CASE/KEY."""
        return read_tensors(self.path / "preprocess.safetensors")

    def _optional(self, name: str) -> dict[str, Any]:
        return read_json(self.path / name) if (self.path / name).exists() else {}


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFolder(f"{path}: expected JSON: {error}") from error
    if not isinstance(content, dict):
        raise BadFolder(f"{path}: expected a JSON object, found {type(content).__name__}")
    return content


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read all tensors of a file; none if there is no file."""
    if not path.exists():
        return {}
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise BadFolder(f"{path}: expected a safetensors file: {error}") from error


def of_case(tensors: dict[str, Tensor], case: str) -> dict[str, Tensor]:
    """Pick the tensors of one case, by what follows its name."""
    return {name.removeprefix(f"{case}/"): t for name, t in tensors.items() if name.startswith(f"{case}/")}
