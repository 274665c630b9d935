"""Real screenshots, a perception that has loaded its networks once for all tests, and a model that knows."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image

from vl2agent.canvas import sight
from vl2agent.capture.files import load_frame
from vl2agent.completion import Coordinate, Grammar, Located, Prompt, Ref, Reply, Usage
from vl2agent.geometry import GRID_MAX, GridBox, ScreenBox
from vl2agent.perception.embedded import OcrPerception
from vl2agent.perception.engine import OnnxTextEngine
from vl2agent.steps import Frame

SCREENS = Path(__file__).parents[2] / "fixtures" / "screens"


@pytest.fixture(scope="session")
def engine() -> OnnxTextEngine:
    """The networks, loaded when first used."""
    return OnnxTextEngine()


@pytest.fixture(scope="session")
def perception(engine: OnnxTextEngine) -> OcrPerception:
    """One perception for all tests: it remembers the screens it has read."""
    return OcrPerception(engine)


@pytest.fixture(scope="session")
def screen() -> Callable[[str], Frame]:
    """Load a screenshot by its name, once."""
    frames: dict[str, Frame] = {}

    def load(name: str) -> Frame:
        if name not in frames:
            frames[name] = load_frame(SCREENS / f"{name}.png")
        return frames[name]

    return load


class Knowing:
    """A model that knows where things are, and sees them as well as its canvas shows them.

    Args:
        boxes: from words to where the thing is.
        blur_px: standard deviation of each edge, in pixels of the canvas; the grid's rounding comes on top.

    It is shown frames of `mapped` alone, and so can tell which part of the screen a picture is.
    """

    model, window = "knowing", 4096

    def __init__(self, boxes: Mapping[str, ScreenBox], blur_px: float = 0.0) -> None:
        self._boxes, self._blur_px = boxes, blur_px
        self.shown: list[ScreenBox] = []

    def load(self) -> None:
        """Do nothing."""

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Count pictures alone."""
        return 421 * len(images)

    def complete(
        self, prompt: Prompt, images: Sequence[Image.Image], grammar: Grammar | None = None, **options: object
    ) -> Reply:
        """Point at the words of the prompt."""
        [words] = [part.words for part in prompt.messages[0].parts if isinstance(part, Ref)]
        region = _region(images[0])
        self.shown.append(region)
        blur = self._blur_px / sight(region.size)
        chance = random.Random(f"{words}{region}")
        near = 1.0
        edges = []
        box = self._boxes[words]
        for at, low, side in zip(
            box.edges, (region.left, region.top) * 2, (region.width, region.height) * 2, strict=True
        ):
            edges.append(round(min(max((at - low + chance.gauss(0, blur)) / side, 0), 1) * GRID_MAX))
            near *= math.erf(10 * side / GRID_MAX / blur / math.sqrt(2)) if blur else 1.0
        left, top = min(edges[0], GRID_MAX - 1), min(edges[1], GRID_MAX - 1)
        grid = GridBox(left, top, max(edges[2], left + 1), max(edges[3], top + 1))
        known = [Coordinate(value=value, confidence=0.5, expected=value) for value in (*_edges(grid),)]
        located = Located(words=words, box=grid, confidence=near, edges=tuple(known))
        text = f"<|ref|>{words}<|/ref|><|det|>[{list(_edges(grid))}]<|/det|>"
        usage = Usage(prompt_tokens=421, image_tokens=421, completion_tokens=20)
        return Reply(text=text, usage=usage, located=(located,))


def _edges(box: GridBox) -> tuple[int, int, int, int]:
    return box.left, box.top, box.right, box.bottom


def _region(image: Image.Image) -> ScreenBox:
    """Read from its first pixel where a part of a mapped frame lies."""
    low_x, low_y, high = cast(tuple[int, int, int], image.getpixel((0, 0)))
    left, top = low_x + 256 * (high % 16), low_y + 256 * (high // 16)
    return ScreenBox(left, top, left + image.width, top + image.height)


@lru_cache
def mapped(width_px: int, height_px: int) -> Frame:
    """Make a frame whose every pixel says where it is."""
    y, x = np.mgrid[:height_px, :width_px]
    rgb = np.stack([x % 256, y % 256, x // 256 + 16 * (y // 256)], axis=-1).astype(np.uint8)
    return Frame.from_image(Image.fromarray(rgb))


@pytest.fixture(scope="session")
def knowing() -> type[Knowing]:
    """The model that knows."""
    return Knowing


@pytest.fixture(scope="session")
def frame_of() -> Callable[[int, int], Frame]:
    """Frames for the model that knows, by their size."""
    return mapped
