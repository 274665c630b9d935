"""The engine against the reference's greedy decoding, and under real grammars."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from nano_models import LANGUAGES, config_like, random_model
from nano_prompts import ByteTokenizer, text_prompt

from vl2.checkpoint.weights import read_model
from vl2.engine.engine import Engine
from vl2.engine.sampling import Sampling
from vl2.grammar.grammar import Grammar
from vl2.images import load_image, tiles_of
from vl2.processor import Inputs
from vl2.tiling import TileGrid
from vl2.tokenizer import Tokenizer

FIXTURES = Path(__file__).parents[2] / "fixtures" / "vl2"
PROMPTS: dict[str, Any] = json.loads((FIXTURES / "preprocess.json").read_text())
NAMES = ("nano-mha", "nano-mla", "nano-mla-base-routing")
CASES = ("square", "text", "wide")
ROWS = 640


def recorded_prompt(case: str) -> Inputs:
    """The ids and pictures that the reference was given."""
    recorded = PROMPTS[case]
    ids = np.array(recorded["input_ids"])
    images = [load_image(FIXTURES / "images" / name) for name in recorded["images"]]
    grids = tuple(TileGrid(*crop) for crop in recorded["spatial_crop"] if crop != [0, 0])
    tiles = [tiles_of(image, grid) for image, grid in zip(images, grids, strict=True)]
    return Inputs(
        input_ids=ids,
        image_mask=ids == 521,
        tiles=np.concatenate(tiles) if tiles else np.empty((0, 3, 384, 384), np.uint8),
        grids=grids,
        image_sizes=tuple(image.size for image in images),
    )


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Each recorded model."""
    return str(request.param)


@pytest.fixture(scope="module")
def engine(name: str) -> Engine:
    """The model, with all its rows as ids and no end of sequence: so the reference was run."""
    model = read_model(FIXTURES / name, dtype=torch.float32)
    return Engine(model, cast(Tokenizer, ByteTokenizer(ROWS)), eos_ids=(), prefill_chunk=300)


@pytest.fixture(scope="module")
def golden(name: str) -> dict[str, Any]:
    """What the reference gave."""
    return cast(dict[str, Any], json.loads((FIXTURES / name / "golden.json").read_text()))


@pytest.mark.parametrize("case", CASES)
def test_greedy_ids_are_those_of_the_reference(engine: Engine, golden: dict[str, Any], case: str) -> None:
    """All 24, with an empty memory and again from what is remembered."""
    inputs = recorded_prompt(case)
    for _ in range(2):
        assert list(engine.generate(inputs, max_new_tokens=24).token_ids) == golden[case]["greedy"]


def test_batches_give_the_ids_of_the_reference(engine: Engine, golden: dict[str, Any]) -> None:
    """Two prompts of other lengths, padded on the left."""
    batch = golden["batch"]
    replies = engine.generate_batch([recorded_prompt(case) for case in batch["cases"]], max_new_tokens=24)
    assert [list(reply.token_ids) for reply in replies] == batch["greedy"]


GROUNDED = re.compile(r"<\|ref\|>OK<\|/ref\|><\|det\|>\[\[(\d+), (\d+), (\d+), (\d+)\]\]<\|/det\|>")


@pytest.mark.parametrize("variant", sorted(LANGUAGES))
@pytest.mark.parametrize("sampling", [Sampling(), Sampling(temperature=1.5, seed=0)])
def test_a_box_of_random_weights_is_a_box(variant: str, sampling: Sampling) -> None:
    """Exactly the grounded form, with ordered edges and a distribution for each; alone and in a batch."""
    tokenizer = Tokenizer.from_folder(FIXTURES / "tokenizer")
    engine, grammar = Engine(random_model(config_like(variant)), tokenizer), Grammar.grounding(tokenizer, "OK")
    inputs = text_prompt(30)
    reply = engine.generate(inputs, sampling=sampling, constraint=grammar.start())
    found = GROUNDED.fullmatch(reply.text)
    assert found is not None
    x1, y1, x2, y2 = map(int, found.groups())
    assert x1 < x2 <= 999
    assert y1 < y2 <= 999
    assert [edge.value for edge in reply.coordinates] == [x1, y1, x2, y2]
    (again,) = engine.generate_batch([inputs], sampling=sampling, constraints=[grammar.start()])
    assert again.text == reply.text
