"""One browser for all tests that draw pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from vl2agent.web2code.render import Renderer


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    """Draw pages; the browser starts with the first of them."""
    from vl2agent.web2code.render import Renderer

    with Renderer() as running:
        yield running
