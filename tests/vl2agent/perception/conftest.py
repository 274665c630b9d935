"""Real screenshots, and a perception that has loaded its networks once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vl2agent.capture.files import load_frame
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
