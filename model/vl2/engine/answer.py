"""An answer in the making: its ids, its text, and whether it is over."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from vl2.engine.reply import StopReason, Token
from vl2.engine.streaming import Decodes, Detokenizer, StopStrings
from vl2.errors import LogitsError


class Answer:
    """Take ids one by one, and decide when to stop.

    Args:
        tokenizer: gives the text.
        limit: ids that fit.
        eos_ids: any of them ends the answer and is no part of the text.
        stops: texts that end the answer and are cut off.
    """

    def __init__(self, tokenizer: Decodes, limit: int, eos_ids: Collection[int], stops: Sequence[str]) -> None:
        self.limit, self.eos_ids = limit, eos_ids
        self.ids: list[int] = []
        self.logprobs: list[float] = []
        self.reason: StopReason | None = None
        self._detokenizer, self._stops = Detokenizer(tokenizer), StopStrings(stops)
        self._pieces: list[str] = []

    @property
    def left(self) -> int:
        """Ids that still fit."""
        return self.limit - len(self.ids)

    @property
    def text(self) -> str:
        """What has been given so far."""
        return "".join(self._pieces)

    def add(self, token_id: int, logprob: float, *, complete: bool = False, cancelled: bool = False) -> Token:
        """Append an id; `reason` is set if it is the last.

        Args:
            complete: the grammar ends here.
            cancelled: the caller wants no more.

        Raises:
            LogitsError: the log-probability is not finite, so the logits were no numbers.
        """
        if not math.isfinite(logprob):
            raise LogitsError(len(self.ids))
        self.ids.append(token_id)
        self.logprobs.append(logprob)
        ended = token_id in self.eos_ids
        text = "" if ended else self._stops.add(self._detokenizer.add(token_id))
        self.reason = self._reason(ended, complete, cancelled)
        if self.reason and not self._stops.hit:
            text += self._stops.add(self._detokenizer.end()) + self._stops.end()
        self._pieces.append(text)
        return Token(token_id, text, logprob)

    def _reason(self, ended: bool, complete: bool, cancelled: bool) -> StopReason | None:
        reasons: list[tuple[bool, StopReason]] = [
            (ended, "eos"), (self._stops.hit, "stop"), (complete, "grammar"),
            (self.left <= 0, "length"), (cancelled, "cancelled"),
        ]  # fmt: skip
        return next((reason for holds, reason in reasons if holds), None)
