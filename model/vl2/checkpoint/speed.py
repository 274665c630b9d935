"""How fast a loaded model is here: one full-screen picture, nothing remembered, and an answer of fixed length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from vl2 import prompts
from vl2.engine.engine import Engine

if TYPE_CHECKING:
    from vl2.handle import VL2

SCREEN = (1920, 1080)
ANSWER_TOKENS = 32


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds of one step, and the rates behind them."""

    tiles_per_s: float
    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    first_token_s: float
    """From a cold screenshot to the first token of the answer."""


def measure_speed(model: VL2) -> Speed:
    """Answer once to warm up, then once with the clock running; takes minutes where a model is slow."""
    engine = Engine(model.model, model.tokenizer, tile_cache=None, prefix_cache=None, eos_ids=())
    engine.generate(model.processor(prompts.describe(Image.new("RGB", (64, 64)))), max_new_tokens=2)
    inputs = model.processor(prompts.describe(Image.new("RGB", SCREEN, "teal")))
    reply = engine.generate(inputs, max_new_tokens=ANSWER_TOKENS)
    timings = reply.timings
    return Speed(
        tiles_per_s=len(inputs.tiles) / timings.encode_s,
        prefill_tokens_per_s=len(inputs) / timings.prefill_s,
        decode_tokens_per_s=(len(reply.token_ids) - 1) / timings.decode_s,
        first_token_s=timings.first_token_s,
    )
