"""What `import vl2agent` offers."""

from __future__ import annotations

import subprocess
import sys

import pytest

import vl2agent


@pytest.mark.parametrize("name", vl2agent.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """`__all__` is what can be imported."""
    assert getattr(vl2agent, name) is not None
    assert name in dir(vl2agent)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """Lazy names do not swallow mistakes."""
    with pytest.raises(AttributeError, match="Agnet"):
        vl2agent.Agnet  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import vl2agent` alone brings in neither numpy nor Pydantic, and the agent needs no torch."""
    code = (
        "import sys, vl2agent; assert not {'numpy', 'pydantic', 'PIL'} & set(sys.modules);"
        "from vl2agent import Agent, Sandbox; assert not {'torch', 'onnxruntime', 'playwright'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
