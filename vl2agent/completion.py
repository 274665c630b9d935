"""What goes to a model and what comes back: a prompt, a grammar, how to decode, a reply.

The values of a `Backend` (contracts.py), whether it runs in this process or behind a server. A prompt is made of typed
parts: text that people or screens wrote can never become one of the model's own marks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from pydantic import Field

from vl2agent.actions import Frozen
from vl2agent.errors import InputError
from vl2agent.geometry import GridBox, GridPoint


class Picture(Frozen):
    """The next of the pictures that go with the prompt stands here."""

    kind: Literal["picture"] = "picture"


class Ref(Frozen):
    """Words that name something to be found, in the marks that the model knows."""

    kind: Literal["ref"] = "ref"
    words: str = Field(min_length=1)


Part: TypeAlias = str | Picture | Ref


class Message(Frozen):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[Part, ...]


class Prompt(Frozen):
    """A conversation, the last turn being the user's."""

    messages: tuple[Message, ...] = Field(min_length=1)

    @classmethod
    def ask(cls, question: str, pictures: int = 1) -> Prompt:
        """Ask one question about one picture, about none, or about several, which it may call image_1 and up."""
        parts: list[Part] = []
        for number in range(1, pictures + 1):
            parts += [f"This is image_{number}: ", Picture()] if pictures > 1 else [Picture()]
        return cls.user(*parts, question)

    @classmethod
    def locate(cls, words: str, *, every: bool = False) -> Prompt:
        """Ask where in one picture the thing is that the words name, or everything that they fit."""
        asked = ("Find all the ", Ref(words=words)) if every else (Ref(words=words), ".")
        return cls.user(Picture(), *asked)

    @classmethod
    def user(cls, *parts: Part) -> Prompt:
        """Make a conversation of one turn."""
        return cls(messages=(Message(role="user", parts=parts),))

    def check_pictures(self, given: int) -> None:
        """Refuse another number of pictures than the prompt has places for.

        Raises:
            InputError: the numbers differ.
        """
        places = sum(isinstance(part, Picture) for message in self.messages for part in message.parts)
        if places != given:
            raise InputError(f"expected {places} pictures, as many as the prompt has places for, got {given}")


class Grounding(Frozen):
    """The reply names the words again, and at least one and at most `most` boxes for them."""

    kind: Literal["grounding"] = "grounding"
    words: str = Field(min_length=1)
    most: int = Field(default=1, ge=1)


class JsonSchema(Frozen):
    """The reply is JSON that fits this schema."""

    kind: Literal["json"] = "json"
    json_schema: Mapping[str, Any]


class Regex(Frozen):
    """The whole reply matches this pattern, without look-around or back-references."""

    kind: Literal["regex"] = "regex"
    pattern: str


Grammar: TypeAlias = Grounding | JsonSchema | Regex


class Decoding(Frozen):
    """How the reply is decoded: greedily, unless there is a temperature."""

    max_tokens: int = Field(default=512, ge=1)
    temperature: float = Field(default=0.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    seed: int | None = None
    stop: tuple[str, ...] = ()


class Usage(Frozen):
    """Tokens: `image_tokens` and `cached_tokens` (whose work was spared) are among the prompt's."""

    prompt_tokens: int
    image_tokens: int
    cached_tokens: int = 0
    completion_tokens: int


class Timings(Frozen):
    """Where the time went; `first_token_s` counts from the call. Parts that a backend cannot see are 0."""

    encode_s: float = 0.0
    prefill_s: float = 0.0
    decode_s: float = 0.0
    first_token_s: float = 0.0


class Coordinate(Frozen):
    """One edge of a box, as the model's probabilities over the grid 0..999 tell it."""

    value: int = Field(ge=0, le=999)
    confidence: float = Field(ge=0, le=1)
    expected: float


class Located(Frozen):
    """A box of a reply, and the words that the model gave it.

    `confidence` is the probability that every edge lies near where the box has it, 0 where the backend tells none.
    `edges` are left, top, right, bottom, or empty likewise.
    """

    words: str
    box: GridBox
    confidence: float = Field(default=0.0, ge=0, le=1)
    edges: tuple[Coordinate, ...] = ()

    @property
    def point(self) -> GridPoint:
        """The expected middle; the box's own where the backend tells no probabilities."""
        box = self.box
        expected = [edge.expected for edge in self.edges]
        left, top, right, bottom = expected or (box.left, box.top, box.right, box.bottom)
        return GridPoint(round((left + right) / 2), round((top + bottom) / 2))


StopReason: TypeAlias = Literal["eos", "stop", "length", "cancelled", "grammar"]


class Reply(Frozen):
    """What a model answered.

    `stop_reason`: 'eos' (it was done), 'stop' (a stop text came), 'length' (`max_tokens` are used up), 'grammar' (all
    that the grammar wants is there), 'cancelled'. `logprobs` has one number for each token, or is empty where the
    backend does not tell them. `located` are the boxes in the text, in its order.
    """

    text: str
    stop_reason: StopReason = "eos"
    usage: Usage
    timings: Timings = Timings()
    logprobs: tuple[float, ...] = ()
    located: tuple[Located, ...] = ()

    @property
    def confidence(self) -> float | None:
        """The geometric mean of the tokens' probabilities; None where they are not told."""
        return math.exp(sum(self.logprobs) / len(self.logprobs)) if self.logprobs else None
