"""A loaded model, as people use it: ask, chat, locate."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vl2 import prompts
from vl2.engine.sampling import Sampling
from vl2.errors import PromptError
from vl2.grammar.coordinates import BoxDistribution, boxes_of
from vl2.grounding import GridBox, GridPoint
from vl2.images import load_image

if TYPE_CHECKING:
    from vl2.chat import Message
    from vl2.config import VL2Config
    from vl2.engine.engine import Engine
    from vl2.engine.reply import Reply
    from vl2.engine.stream import Stream
    from vl2.images import ImageSource
    from vl2.model import VL2Model
    from vl2.processor import Processor
    from vl2.tokenizer import Tokenizer

TOLERANCE = 10
"""Grid units, a hundredth of the picture's side, by which an edge may be off and still count as right."""

_BESIDE_WEIGHTS = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "processor_config.json")


@dataclass(frozen=True, slots=True, eq=False)
class Grounding:
    """Where the model says that something is, and how sure it is."""

    words: str
    image_size: tuple[int, int]
    distributions: tuple[BoxDistribution, ...]
    """For each box, the probability of every coordinate."""
    reply: Reply

    @property
    def boxes(self) -> tuple[GridBox, ...]:
        """On the grid of 0..999; `box.pixels(*image_size)` maps to the picture."""
        return tuple(GridBox(*distribution.box) for distribution in self.distributions)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The first box in pixels of the picture: left, top, right, bottom, the last two exclusive."""
        return self.boxes[0].pixels(*self.image_size)

    @property
    def confidences(self) -> tuple[float, ...]:
        """For each box, the probability that all four edges lie within `TOLERANCE` of it."""
        return tuple(prod(edge.near(TOLERANCE) for edge in distribution.edges) for distribution in self.distributions)

    @property
    def confidence(self) -> float:
        """Of the first box."""
        return self.confidences[0]

    @property
    def point(self) -> tuple[int, int]:
        """The expected centre of the first box, as a pixel of the picture."""
        x, y = self.distributions[0].expected_point
        return GridPoint(round(x), round(y)).pixel(*self.image_size)


class VL2:
    """A model with its processor and its engine; `vl2.load` makes one.

    Args:
        folder: where it was loaded from.
    """

    def __init__(self, model: VL2Model, processor: Processor, engine: Engine, *, folder: Path) -> None:
        self.model, self.processor, self.engine, self.folder = model, processor, engine, folder

    @property
    def config(self) -> VL2Config:
        """Sizes of the model."""
        return self.model.config

    @property
    def tokenizer(self) -> Tokenizer:
        """Text to ids and back."""
        return self.processor.tokenizer

    def ask(self, question: str, *images: ImageSource, **options: Any) -> str:
        """Answer a question about pictures, or about none; options are those of `chat`.

        Raises:
            PromptError: as `chat`; or a picture stands where the question should.
        """
        if not isinstance(question, str) or (len(question) < 256 and Path(question).is_file()):
            raise PromptError(f"expected the question first, then pictures; got {question!r}")
        return self.chat(prompts.ask(question, *images), **options).text

    def chat(self, messages: Sequence[Message], *, reserve: int = 1, **options: Any) -> Reply:
        """Answer a conversation.

        Args:
            messages: the turns so far; `vl2.prompts` makes them in the forms that the model was trained on.
            reserve: tokens that must be left for the answer.
            options: of `Engine.generate`: max_new_tokens, sampling, stop, constraint, cancel.

        Raises:
            PromptError, PromptTooLong, ImageError: before anything is computed.
        """
        return self.engine.generate(self.processor(messages, reserve=reserve), **options)

    def stream(self, messages: Sequence[Message], *, reserve: int = 1, **options: Any) -> Stream:
        """Answer a conversation token by token; arguments are those of `chat`."""
        return self.engine.stream(self.processor(messages, reserve=reserve), **options)

    def locate(self, words: str, image: ImageSource, *, max_boxes: int = 1) -> Grounding:
        """Find what words name in a picture: always an answer, with the confidence to judge it by.

        Args:
            max_boxes: more than 1 asks for everything that the words fit, up to this many.

        Raises:
            GrammarError: the words are empty or contain a mark of the model.
        """
        from vl2.grammar.grammar import Grammar

        picture = load_image(image)
        messages = prompts.refer(words, picture) if max_boxes == 1 else prompts.find_all(words, picture)
        grammar = Grammar.grounding(self.tokenizer, words.strip(), max_boxes=max_boxes)
        assert grammar.max_tokens is not None
        reply = self.chat(
            messages,
            reserve=grammar.max_tokens,
            max_new_tokens=grammar.max_tokens,
            sampling=Sampling(),
            constraint=grammar.start(),
        )
        return Grounding(words, picture.size, boxes_of(reply.coordinates), reply)

    def save(self, folder: str | Path) -> None:
        """Write weights, config and tokenizer as a checkpoint folder that `load` takes."""
        from vl2.checkpoint.save import save_model

        save_model(self.model, folder)
        for name in _BESIDE_WEIGHTS:
            if (self.folder / name).is_file():
                shutil.copyfile(self.folder / name, Path(folder) / name)
