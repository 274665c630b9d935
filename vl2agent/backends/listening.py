"""Watch transformers' `generate`: text as it comes, probabilities, when to stop, how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessor, StoppingCriteria

from vl2.engine.streaming import Detokenizer, StopStrings
from vl2agent.completion import StopReason


class Listener:
    """One answer while it is made.

    Args:
        tokenizer: transformers' tokenizer of the model.
        stop: texts that end the answer and do not belong to it.
        on_text: is handed each piece of text.
        cancelled: is asked after each token.
        began_s: `time.perf_counter()` when the call began.
    """

    def __init__(
        self,
        tokenizer: Any,
        stop: Sequence[str],
        on_text: Callable[[str], None] | None,
        cancelled: Callable[[], bool] | None,
        began_s: float,
    ) -> None:
        self._detokenizer, self._stops = Detokenizer(_Plain(tokenizer)), StopStrings(stop)
        self._on_text, self._cancelled, self._began_s = on_text, cancelled, began_s
        self._pieces: list[str] = []
        self._logprobs: Tensor | None = None
        self.logprobs: list[float] = []
        self.stopped: StopReason | None = None
        self.first_token_s = self.last_token_s = 0.0

    @property
    def hooks(self) -> dict[str, Any]:
        """What `generate` is to be called with."""
        return {"logits_processor": [_See(self)], "stopping_criteria": [_Stop(self)]}

    def see(self, logits_V: Tensor) -> None:
        """Remember the model's own probabilities of the next token, before any temperature."""
        self._logprobs = logits_V.float().log_softmax(dim=-1)

    def take(self, token_id: int) -> bool:
        """Take a chosen token; True ends the answer."""
        assert self._logprobs is not None
        self.logprobs.append(float(self._logprobs[token_id]))
        self.last_token_s = time.perf_counter() - self._began_s
        self.first_token_s = self.first_token_s or self.last_token_s
        self._give(self._stops.add(self._detokenizer.add(token_id)))
        if self._stops.hit:
            self.stopped = "stop"
        elif self._cancelled and self._cancelled():
            self.stopped = "cancelled"
        return self.stopped is not None

    def finish(self) -> str:
        """Give what was held back, and return the whole text."""
        if self.stopped != "stop":
            self._give(self._stops.add(self._detokenizer.end()) + self._stops.end())
        return "".join(self._pieces)

    def _give(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            if self._on_text:
                self._on_text(text)


class _Plain:
    """A tokenizer's decoding without special tokens."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))


class _See(LogitsProcessor):
    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        self._listener.see(scores[0])
        return scores


class _Stop(StoppingCriteria):
    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def __call__(self, input_ids: Tensor, scores: Any, **kwargs: Any) -> Tensor:
        return torch.tensor([self._listener.take(int(input_ids[0, -1]))], device=input_ids.device)
