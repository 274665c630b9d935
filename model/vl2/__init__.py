"""DeepSeek-VL2 in modern PyTorch.

    import vl2

    model = vl2.load("deepseek-ai/deepseek-vl2-tiny")
    print(model.ask("What does the dialog say?", "screen.png"))

Names are imported when they are used: `import vl2` itself does not load torch.
"""

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vl2.config import VL2Config
    from vl2.errors import VL2Error
    from vl2.handle import VL2, Grounding
    from vl2.loading import load
    from vl2.model import VL2Model

__all__ = ["VL2", "Grounding", "VL2Config", "VL2Error", "VL2Model", "load"]

_HOMES = {
    "Grounding": "handle", "VL2": "handle", "VL2Config": "config", "VL2Error": "errors", "VL2Model": "model",
    "load": "loading",
}  # fmt: skip

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
