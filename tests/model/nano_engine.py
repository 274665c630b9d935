"""An engine of a small model, and what its answers and its work are compared with."""

from __future__ import annotations

from typing import Any, cast

import pytest
import torch
from nano_prompts import ByteTokenizer

from vl2.engine.engine import Engine
from vl2.model import VL2Model
from vl2.processor import Inputs
from vl2.tokenizer import Tokenizer


def engine_of(model: VL2Model, **options: Any) -> Engine:
    """An engine whose answers go on until they are stopped, unless told otherwise."""
    return Engine(model, cast(Tokenizer, ByteTokenizer()), **{"eos_ids": (), **options})


def whole_pass(model: VL2Model, inputs: Inputs, answer: tuple[int, ...]) -> torch.Tensor:
    """Logits of every answer token from one pass over prompt and answer, without cache and chunks."""
    with torch.inference_mode():
        ids = torch.tensor([[*inputs.input_ids, *answer]])
        mask = torch.tensor([[*inputs.image_mask, *[False] * len(answer)]])
        features = model.encode(model.normalise(torch.from_numpy(inputs.tiles))) if inputs.grids else None
        image = None if features is None else model.assemble(features, inputs.grids)
        logits = model(model.embed(ids, mask, image), last_only=False)[0]
    return cast(torch.Tensor, logits[len(inputs.input_ids) - 1 : -1, : ByteTokenizer().size])


def passes(model: VL2Model, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record how many tokens each pass of the language model computes."""
    lengths: list[int] = []
    forward = model.forward

    def counting(embeds_BTH: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        lengths.append(embeds_BTH.shape[1])
        return forward(embeds_BTH, *args, **kwargs)

    monkeypatch.setattr(model, "forward", counting)
    return lengths
