"""The engine of each variant, and one small model for what does not depend on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nano_engine import engine_of
from nano_models import config_like, random_model

from vl2.engine.engine import Engine
from vl2.model import VL2Model


@pytest.fixture
def engine(model: VL2Model) -> Engine:
    """An engine of each variant."""
    return engine_of(model)


@pytest.fixture(scope="module")
def small() -> VL2Model:
    """One model for what does not depend on the variant."""
    return random_model(config_like("small"))


@pytest.fixture(autouse=True)
def _untouched_weights(small: VL2Model) -> Iterator[None]:
    """The shared model is the same after every test."""
    before = [parameter._version for parameter in small.parameters()]
    yield
    assert before == [parameter._version for parameter in small.parameters()]
