"""Fixtures of the model's tests."""

from __future__ import annotations

import pytest
from nano_models import LANGUAGES, config_like, random_model

from vl2.model import VL2Model


@pytest.fixture(params=sorted(LANGUAGES))
def variant(request: pytest.FixtureRequest) -> str:
    """Each architecture in turn."""
    return str(request.param)


@pytest.fixture
def model(variant: str) -> VL2Model:
    """A small random model of each architecture."""
    return random_model(config_like(variant))
