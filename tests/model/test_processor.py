"""Whole prompts, against what the reference made of the same conversations."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vl2.chat import Message, marked
from vl2.config import LanguageConfig, VL2Config
from vl2.errors import ImageError, PromptTooLong, TokenizerError
from vl2.processor import Inputs, Processor
from vl2.tiling import TileGrid
from vl2.tokenizer import Tokenizer

FIXTURES = Path(__file__).parents[1] / "fixtures" / "vl2"
CASES: dict[str, Any] = json.loads((FIXTURES / "preprocess.json").read_text())
ROLES: dict[str, Any] = {"<|User|>": "user", "<|Assistant|>": "assistant", "system": "system"}


def processor(vocab_size: int = 640, window: int = 4096) -> Processor:
    """A processor for a model of few embedding rows."""
    language = LanguageConfig(hidden_size=2048, vocab_size=vocab_size, max_position_embeddings=window)
    return Processor(VL2Config(language=language), Tokenizer.from_folder(FIXTURES / "tokenizer"))


def conversation(case: dict[str, Any]) -> list[Message]:
    """The turns of a recorded case, with the images handed to the turns that mark them."""
    images = iter([FIXTURES / "images" / name for name in case["images"]])
    return [
        Message(ROLES[turn["role"]], marked(turn["content"]), [next(images) for _ in range(turn["content"].count("<image>"))])
        for turn in case["conversation"]
    ]  # fmt: skip


@pytest.fixture(scope="module", params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> tuple[dict[str, Any], Inputs]:
    """A recorded case, and what comes out here."""
    recorded = CASES[request.param]
    return recorded, processor()(conversation(recorded))


def sha256s(tiles: np.ndarray) -> list[str]:
    """One hash per tile."""
    return [hashlib.sha256(tile.tobytes()).hexdigest() for tile in tiles]


def test_ids_are_those_of_the_reference(case: tuple[dict[str, Any], Inputs]) -> None:
    """Every id of every prompt, images included."""
    recorded, inputs = case
    assert inputs.input_ids.tolist() == recorded["input_ids"]
    assert inputs.input_ids.dtype == np.int64


def test_images_stand_where_the_reference_puts_them(case: tuple[dict[str, Any], Inputs]) -> None:
    """As many positions, the same first and last."""
    recorded, inputs = case
    places = np.flatnonzero(inputs.image_mask)
    assert len(places) == sum(recorded["num_image_tokens"])
    assert places[[0, -1]].tolist() == recorded["images_seq_mask_first_last"] if len(places) else True


def test_grids_are_those_of_the_reference(case: tuple[dict[str, Any], Inputs]) -> None:
    """One for each image; the reference has a row of zeros where there is none."""
    recorded, inputs = case
    assert inputs.grids == tuple(TileGrid(*grid) for grid in recorded["spatial_crop"] if grid != [0, 0])


def test_tiles_are_those_of_the_reference_to_the_byte(case: tuple[dict[str, Any], Inputs]) -> None:
    """Before normalisation and after."""
    recorded, inputs = case
    assert sha256s(inputs.tiles) == recorded["tiles_u8_sha256"]
    normalised = (inputs.tiles.astype(np.float32) / np.float32(255) - np.float32(0.5)) / np.float32(0.5)
    assert sha256s(normalised) == recorded["tiles_f32_sha256"]


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_prompt_is_counted_without_laying_it_out(name: str) -> None:
    """The count is exact."""
    assert processor().count(conversation(CASES[name])) == len(CASES[name]["input_ids"])


def test_counting_decodes_no_picture(tmp_path: Path) -> None:
    """The header of a file that ends after it is enough."""
    whole = (FIXTURES / "images" / "desktop_1920x1080.png").read_bytes()
    message = Message("user", "Hi", [whole[:200]])
    assert processor().count([message]) > 1807
    with pytest.raises(ImageError):
        processor()([message])


def test_sizes_are_those_of_the_pictures_as_given() -> None:
    """Boxes are relative to them."""
    inputs = processor()([Message("user", "Hi", [Image.new("RGB", (1000, 300)), np.zeros((70, 20, 3), np.uint8)])])
    assert inputs.image_sizes == ((1000, 300), (20, 70))


def test_tiling_counts_the_images_of_the_whole_conversation() -> None:
    """The third image, two turns later, costs the first ones their tiles."""
    image = Image.new("RGB", (1920, 1080))
    first = [Message("user", "Hi", [image, image]), Message("assistant", "Hi")]
    last = Message("user", "And this?", [image])
    assert processor(window=10_000)([*first, Message("user", "And?")]).grids == (TileGrid(4, 2),) * 2
    assert processor(window=10_000)([*first, last]).grids == (TileGrid(1, 1),) * 3


def test_a_prompt_over_the_window_says_what_costs_what() -> None:
    """Two screens fit and three texts of a page do not."""
    image = Image.new("RGB", (1920, 1080))
    messages = [Message("user", "Hi", [image, image])]
    tokens = processor().count(messages)
    assert len(processor()(messages, reserve=4096 - tokens)) == tokens
    with pytest.raises(PromptTooLong, match=r"image 2 \(1920x1080\) takes 1807, text takes 1\d") as caught:
        processor()(messages, reserve=4097 - tokens)
    assert (caught.value.tokens, caught.value.window, caught.value.reserve) == (tokens, 4096, 4097 - tokens)


def test_a_tokenizer_of_another_model_is_refused() -> None:
    """It has ids for which there is no embedding."""
    with pytest.raises(TokenizerError, match="below the model's 500 embedding rows, got ids up to 528"):
        processor(vocab_size=500)


def test_a_prompt_without_images_has_no_tiles() -> None:
    """The array is empty and keeps its shape."""
    inputs = processor()([Message("user", "Hi")])
    assert inputs.tiles.shape == (0, 3, 384, 384)
    assert not inputs.image_mask.any()


def test_laying_out_needs_no_torch() -> None:
    """A thin client lays out and counts prompts without the model's libraries."""
    modules = "vl2.tiling, vl2.images, vl2.chat, vl2.tokenizer, vl2.processor, vl2.prompts, vl2.grounding"
    code = f"import sys, {modules}; assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
