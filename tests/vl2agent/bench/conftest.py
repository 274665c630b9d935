"""A perception that has loaded its networks once for all tests."""

from __future__ import annotations

import pytest

from vl2agent.perception.embedded import OcrPerception
from vl2agent.perception.engine import OnnxTextEngine


@pytest.fixture(scope="session")
def engine() -> OnnxTextEngine:
    """The networks, loaded when first used."""
    return OnnxTextEngine()


@pytest.fixture(scope="session")
def perception(engine: OnnxTextEngine) -> OcrPerception:
    """One perception for all tests: it remembers the screens it has read."""
    return OcrPerception(engine)
