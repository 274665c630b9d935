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
    from vl2.cache import KVCache
    from vl2.chat import Mark, Message, marked
    from vl2.config import VL2Config
    from vl2.engine.engine import Engine
    from vl2.engine.prefix import PrefixCache
    from vl2.engine.reply import Reply, Timings, Token, Usage
    from vl2.engine.sampling import Sampling
    from vl2.engine.stream import Stream
    from vl2.engine.tilecache import TileCache
    from vl2.errors import VL2Error
    from vl2.grammar.grammar import Grammar
    from vl2.grounding import GridBox, GridPoint
    from vl2.handle import VL2, Grounding
    from vl2.loading import load
    from vl2.model import VL2Model
    from vl2.processor import Inputs, Processor
    from vl2.tiling import TileGrid
    from vl2.tokenizer import Tokenizer

__all__ = [
    "VL2",
    "Engine",
    "Grammar",
    "GridBox",
    "GridPoint",
    "Grounding",
    "Inputs",
    "KVCache",
    "Mark",
    "Message",
    "PrefixCache",
    "Processor",
    "Reply",
    "Sampling",
    "Stream",
    "TileCache",
    "TileGrid",
    "Timings",
    "Token",
    "Tokenizer",
    "Usage",
    "VL2Config",
    "VL2Error",
    "VL2Model",
    "load",
    "marked",
]

_HOMES = {
    "Engine": "engine.engine",
    "Grammar": "grammar.grammar",
    "GridBox": "grounding",
    "GridPoint": "grounding",
    "Grounding": "handle",
    "Inputs": "processor",
    "KVCache": "cache",
    "Mark": "chat",
    "Message": "chat",
    "PrefixCache": "engine.prefix",
    "Processor": "processor",
    "Reply": "engine.reply",
    "Sampling": "engine.sampling",
    "Stream": "engine.stream",
    "TileCache": "engine.tilecache",
    "TileGrid": "tiling",
    "Timings": "engine.reply",
    "Token": "engine.reply",
    "Tokenizer": "tokenizer",
    "Usage": "engine.reply",
    "VL2": "handle",
    "VL2Config": "config",
    "VL2Error": "errors",
    "VL2Model": "model",
    "load": "loading",
    "marked": "chat",
}

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
