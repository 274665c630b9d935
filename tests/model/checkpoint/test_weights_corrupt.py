"""Checkpoint folders that are cut short, garbled or dangerous: each a typed error that names the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from nano_models import config_like, random_model
from safetensors.torch import load_file, save_file

from vl2.checkpoint.inventory import INDEX, read_inventory
from vl2.checkpoint.save import save_model
from vl2.checkpoint.weights import read_model
from vl2.errors import CheckpointError, CorruptFile, MissingFile

SHARD = 100_000


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sharded checkpoint that tests copy."""
    folder = tmp_path_factory.mktemp("pristine")
    save_model(random_model(config_like("base")), folder, shard_bytes=SHARD)
    return folder


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    """A sharded checkpoint of one's own to damage."""
    for path in pristine.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def a_shard(folder: Path) -> Path:
    """One of its shards."""
    return sorted(folder.glob("*.safetensors"))[1]


@pytest.mark.parametrize("left", [0.0, 0.001, 0.5, 0.9, 0.999999])
def test_a_shard_that_is_cut_short_is_named(folder: Path, left: float) -> None:
    """Wherever the file ends early, nothing is loaded."""
    path = a_shard(folder)
    path.write_bytes(path.read_bytes()[: int(left * path.stat().st_size)])
    with pytest.raises(CorruptFile, match=path.name):
        read_model(folder, dtype=torch.float32)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\xff" * 64,
        (2**62).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (9).to_bytes(8, "little") + b'{"a": {}}',
        (4).to_bytes(8, "little") + b"\xff\xfe{}",
        b"<!DOCTYPE html><html>rate limited</html>",
    ],
)
def test_a_garbled_header_is_named(folder: Path, header: bytes) -> None:
    """A file that is no safetensors, such as a saved error page, is told by name."""
    a_shard(folder).write_bytes(header)
    with pytest.raises(CorruptFile, match=a_shard(folder).name):
        read_model(folder, dtype=torch.float32)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [-1, -1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]},
        {"dtype": "WAT", "shape": [1], "data_offsets": [0, 4]},
        {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]},
        {"shape": [1]},
        7,
    ],
)
def test_an_impossible_entry_is_named(tmp_path: Path, entry: object) -> None:
    """Shapes and offsets that contradict each other name their tensor."""
    header = json.dumps({"odd.weight": entry}).encode()
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(CorruptFile, match=r"odd\.weight"):
        read_inventory(tmp_path)


def test_a_shard_that_the_index_names_and_is_not_there(folder: Path) -> None:
    """The missing file is named, and a tensor that it should hold."""
    a_shard(folder).unlink()
    with pytest.raises(MissingFile, match=r"model-00002-of-.*places"):
        read_model(folder, dtype=torch.float32)


def test_a_tensor_that_the_index_places_elsewhere(folder: Path) -> None:
    """An index of another upload is noticed."""
    path = a_shard(folder)
    tensors = load_file(path)
    name = min(tensors)
    del tensors[name]
    save_file(tensors, path)
    with pytest.raises(CorruptFile, match=name):
        read_model(folder, dtype=torch.float32)


@pytest.mark.parametrize("file", ["../model.safetensors", "/etc/passwd", "sub/x.safetensors", "model.bin"])
def test_an_index_cannot_lead_out_of_the_folder(folder: Path, file: str) -> None:
    """Shards are safetensors files beside the index."""
    (folder / INDEX).write_text(json.dumps({"weight_map": {"image_newline": file}}))
    with pytest.raises(CorruptFile, match="of this folder"):
        read_inventory(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"weight_map": 3}'])
def test_a_garbled_index_is_named(folder: Path, text: str) -> None:
    """An index that is no JSON, or has no map."""
    (folder / INDEX).write_text(text)
    with pytest.raises(CorruptFile, match="index"):
        read_inventory(folder)


def test_a_tensor_in_two_shards_is_an_error(tmp_path: Path) -> None:
    """Without an index, nothing says which of the two counts."""
    for name in ("a.safetensors", "b.safetensors"):
        save_file({"x": torch.zeros(1)}, tmp_path / name)
    with pytest.raises(CorruptFile, match=r"also stands in a\.safetensors"):
        read_inventory(tmp_path)


def test_a_pickle_is_refused_unopened(tmp_path: Path) -> None:
    """A folder with nothing but a pickle loads nothing, and the error says what to take."""
    (tmp_path / "config.json").write_text(json.dumps(config_like("tiny").to_dict()))
    torch.save({"image_newline": torch.zeros(4)}, tmp_path / "pytorch_model.bin")
    with pytest.raises(MissingFile, match=r"pytorch_model\.bin, a pickle"):
        read_model(tmp_path, dtype=torch.float32)


def test_weights_that_are_no_floats_are_refused(tmp_path: Path) -> None:
    """Integers where weights belong are somebody's quantised checkpoint."""
    save_model(random_model(config_like("tiny")), tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    tensors["projector.layers.0.weight"] = tensors["projector.layers.0.weight"].to(torch.int8)
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(CorruptFile, match=r"projector\.layers\.0\.weight.*found I8"):
        read_model(tmp_path, dtype=torch.float32)


def test_no_folder_at_all(tmp_path: Path) -> None:
    """A path that is not there is said to be not there."""
    with pytest.raises(MissingFile, match="found none"):
        read_inventory(tmp_path / "nowhere")


def test_an_empty_folder(tmp_path: Path) -> None:
    """No weights is no model."""
    with pytest.raises(MissingFile, match=r"expected model\.safetensors"):
        read_inventory(tmp_path)


def test_saving_overwrites_no_weights(folder: Path) -> None:
    """A folder that holds a checkpoint is left alone."""
    with pytest.raises(CheckpointError, match="choose another"):
        save_model(random_model(config_like("tiny")), folder)
