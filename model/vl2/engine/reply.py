"""What an answer is made of, and how it came to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

StopReason = Literal["eos", "stop", "length", "cancelled", "grammar"]
"""`eos`: the model was done; `stop`: a stop string came; `length`: max_new_tokens or the end of the window; `grammar`:
the grammar was complete."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer, as it comes."""

    id: int
    text: str
    """What is certain now. Empty while a character or a possible stop string is incomplete; the texts of all tokens
    together are the text of the reply."""
    logprob: float
    """Under the model itself: before temperature, penalty and grammar."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a reply cost."""

    prompt_tokens: int
    image_tokens: int
    """Those of the prompt that stand for pictures."""
    cached_tokens: int
    """Those of the prompt that were remembered and not computed again."""
    completion_tokens: int
    """Those of the answer, an end-of-sequence token included."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Where the seconds went."""

    encode_s: float
    """Tiles to features."""
    prefill_s: float
    decode_s: float
    """From the first token's logits to the last token, without what a reader of a stream did meanwhile."""
    first_token_s: float
    """From the call to the first token; 0 where none came."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    text: str
    """Up to the stop string or end-of-sequence token; other special tokens are written out."""
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    """One for each id, as in `Token`."""
    stop_reason: StopReason
    usage: Usage
    timings: Timings
    coordinates: tuple[Any, ...] = ()
    """What the grammar recorded of the numbers it let through."""
