"""A screen over time: what the caches remember changes no token.

By default a seeded few of the frames; all of them where VL2AGENT_TEST_ALL is set.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import numpy as np
import torch
from nano_models import LANGUAGES, config_like, random_model
from nano_prompts import IMAGE_ID, ByteTokenizer
from PIL import Image, ImageDraw

from vl2.engine.engine import Engine
from vl2.images import tiles_of
from vl2.model import VL2Model
from vl2.processor import Inputs
from vl2.tiling import choose_grid, image_tokens
from vl2.tokenizer import Tokenizer

N_FRAMES = 50 if os.environ.get("VL2AGENT_TEST_ALL") else 5
SIZE = (700, 380)


def frames(n: int, seed: int = 0) -> Iterator[Image.Image]:
    """Draw a screen again and again: a few pixels change, the page scrolls, a window moves, or nothing happens."""
    chance = random.Random(seed)
    page = Image.frombytes("RGB", (SIZE[0], 2000), np.random.default_rng(seed).bytes(SIZE[0] * 2000 * 3))
    page = page.resize((SIZE[0] // 20, 100)).resize((SIZE[0], 2000), Image.Resampling.NEAREST)
    top, window, caret = 0, (100, 60), False
    for number in range(n):
        match ("caret", "scroll", "window", "same", "caret")[number % 5]:
            case "caret":
                caret = not caret
            case "scroll":
                top = chance.randrange(0, 1500)
            case "window":
                window = chance.randrange(0, 400), chance.randrange(0, 200)
        screen = page.crop((0, top, SIZE[0], top + SIZE[1]))
        draw = ImageDraw.Draw(screen)
        draw.rectangle((*window, window[0] + 200, window[1] + 120), fill="white", outline="black")
        draw.text((window[0] + 10, window[1] + 10), "Save changes?", fill="black")
        if caret:
            draw.line((20, 20, 20, 36), fill="black")
        yield screen


def question(screen: Image.Image, words: list[int]) -> Inputs:
    """Ask about a screen; the picture comes first."""
    grid = choose_grid(*SIZE)
    ids = np.array([0, 5, 6, *[IMAGE_ID] * image_tokens(grid), *words])
    return Inputs(ids, ids == IMAGE_ID, tiles_of(screen, grid), (grid,), (SIZE,))


def questions() -> Iterator[Inputs]:
    """Two about every frame."""
    chance = random.Random(1)
    for screen in frames(N_FRAMES):
        for _ in range(2):
            yield question(screen, [chance.randrange(3, 500) for _ in range(8)])


def answers(model: VL2Model, **options: Any) -> tuple[list[tuple[int, ...]], Engine]:
    """Answer everything with one engine."""
    engine = Engine(model, cast(Tokenizer, ByteTokenizer()), eos_ids=(), **options)
    return [engine.generate(inputs, max_new_tokens=10).token_ids for inputs in questions()], engine


@cache
def forgetful_answers(variant: str) -> list[tuple[int, ...]]:
    """What comes out in float32 where nothing is remembered."""
    return answers(random_model(config_like(variant)), tile_cache=None, prefix_cache=None)[0]


def test_the_tile_cache_changes_no_token(variant: str, model: VL2Model) -> None:
    """In float32, over changes, scrolls and a moving window; and it saves encodes."""
    cached, engine = answers(model, prefix_cache=None)
    assert cached == forgetful_answers(variant)
    assert engine.tile_cache is not None
    assert engine.tile_cache.counters.hits > engine.tile_cache.counters.misses


def test_the_prefix_cache_changes_no_token(variant: str, model: VL2Model) -> None:
    """In float32, with and without the tile cache; and it saves tokens."""
    for tile_cache in (True, None):
        cached, engine = answers(model, tile_cache=tile_cache)
        assert cached == forgetful_answers(variant)
        assert engine.prefix_cache is not None
        assert engine.prefix_cache.counters.reused > engine.prefix_cache.counters.computed / 2


def test_in_bfloat16_the_tile_cache_changes_no_token_either(variant: str) -> None:
    """Each tile is computed alone, so there is nothing to round differently."""
    model = random_model(config_like(variant)).to(torch.bfloat16)
    plain, cached = (answers(model, tile_cache=tile_cache, prefix_cache=None)[0] for tile_cache in (None, True))
    assert plain == cached


def test_in_bfloat16_the_prefix_cache_changes_hardly_a_choice() -> None:
    """Passes of other lengths round differently: 99 of 100 choices after an equal beginning are equal."""
    choices = equal = 0
    for variant in LANGUAGES:
        model = random_model(config_like(variant)).to(torch.bfloat16)
        plain, cached = (answers(model, prefix_cache=prefix_cache)[0] for prefix_cache in (None, True))
        for one, other in zip(plain, cached, strict=True):
            common = next((n for n, (x, y) in enumerate(zip(one, other, strict=True)) if x != y), len(one))
            choices, equal = choices + min(common + 1, len(one)), equal + common
    assert equal / choices >= 0.99
