"""Conversations, and the ids they are laid out as.

    BOS [system] { <|User|>: question \\n\\n <|Assistant|>: [answer EOS] } ...

What people and pages wrote is text, whatever it spells: only `Mark`s become marks. In a plain string just `<image>` is
one, in a user's turn, where an image goes; in an assistant's turn the marks of its grounded answers are read back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from vl2.errors import PromptError
from vl2.tokenizer import DET, DET_END, GROUNDING, IMAGE, REF, REF_END

if TYPE_CHECKING:
    from vl2.images import ImageSource
    from vl2.tokenizer import Tokenizer


class Mark(StrEnum):
    """A token that stands for more than its letters, as one part of a message's content."""

    IMAGE = IMAGE
    REF = REF
    REF_END = REF_END
    DET = DET
    DET_END = DET_END
    GROUNDING = GROUNDING


Part = str | Mark


@dataclass(frozen=True, slots=True)
class Message:
    """One turn.

    Args:
        role: whose turn it is.
        content: text; or parts, of which strings are text and `Mark`s are marks: `(Mark.IMAGE, "\\n", words)`.
        images: those that belong to the `<image>` marks of the content, in order. Without any mark they go in front.
    """

    role: Literal["system", "user", "assistant"]
    content: str | Sequence[Part]
    images: Sequence[ImageSource] = ()

    def __post_init__(self) -> None:
        if self.role not in ("system", "user", "assistant"):
            raise PromptError(f"expected the role system, user or assistant, got {self.role!r}")
        if isinstance(self.images, str | bytes) or not isinstance(self.images, Sequence):
            raise PromptError(f"expected a list of images, got {type(self.images).__name__}; put it into a list")

    @property
    def text(self) -> str:
        """The content as one string, marks written out."""
        return "".join(self.content)

    @property
    def parts(self) -> list[Part]:
        """The content as it is laid out: outer whitespace gone, a mark for every image.

        Raises:
            PromptError: there are more or fewer images than marks, or an image outside a user's turn.
        """
        parts = _stripped(self._given_parts())
        marks = sum(part is Mark.IMAGE for part in parts)  # a text may be equal to the mark
        if self.role != "user" and (marks or len(self.images)):
            raise PromptError(f"expected images in user messages only, got one in a message of role {self.role}")
        if len(self.images) and not marks:
            return [Mark.IMAGE, "\n"] * len(self.images) + parts
        if marks != len(self.images):
            raise PromptError(
                f"expected one image for each {IMAGE} mark, got {marks} marks and {len(self.images)} images; "
                "to write the mark as text, give the content as parts"
            )
        return parts

    def _given_parts(self) -> Sequence[Part]:
        if not isinstance(self.content, str):
            return self.content
        if self.role == "assistant":
            return marked(self.content)
        return _split(self.content, [Mark.IMAGE])


def marked(text: str) -> tuple[Part, ...]:
    """Read the marks in a text that nobody but the caller wrote: `marked("<image>\\n<|ref|>the cat<|/ref|>.")`."""
    return tuple(_split(text, list(Mark)))


def lay_out(messages: Sequence[Message], tokenizer: Tokenizer) -> list[int]:
    """Turn a conversation that waits for an answer into ids, each image being a single `<image>` id.

    A last assistant message without content means the same as none.

    Raises:
        PromptError: turns are not in order, or images and marks do not match.
    """
    ids = [tokenizer.bos_id]
    for message in _in_order(messages):
        if message.role == "system":
            ids += _encode(message.parts, tokenizer)
        elif message.role == "user":
            question = _encode([": ", *message.parts, "\n\n"], tokenizer)
            ids += [tokenizer.user_id, *question, tokenizer.assistant_id, *tokenizer.encode(":")]
        else:
            ids += [*_encode(message.parts, tokenizer), tokenizer.eos_id]
    return ids


def count_tokens(messages: Sequence[Message], tokenizer: Tokenizer, tokens_of_images: Sequence[int]) -> int:
    """Count the ids of a prompt, given what each image costs (`tiling.image_tokens`)."""
    return len(lay_out(messages, tokenizer)) + sum(tokens_of_images) - len(tokens_of_images)


def _in_order(messages: Sequence[Message]) -> Sequence[Message]:
    for message in messages:
        if not isinstance(message, Message):
            raise PromptError(f"expected vl2.Message objects, such as vl2.prompts makes, got {type(message).__name__}")
    if messages and messages[-1].role == "assistant" and not messages[-1].parts:
        messages = messages[:-1]
    turns = [message.role for message in messages]
    if "system" in turns[1:]:
        raise PromptError("expected a system message in the first place only; put it there, or into a user message")
    turns = turns[1:] if turns[:1] == ["system"] else turns
    if not turns or turns[-1] != "user":
        raise PromptError(f"expected a user message at the end, got {turns[-1] if turns else 'none'}")
    if any(role != ("user", "assistant")[n % 2] for n, role in enumerate(turns)):
        raise PromptError(f"expected user and assistant in turns, got {', '.join(turns)}; join neighbours of one role")
    if any(message.role == "user" and not message.parts for message in messages):
        raise PromptError("expected a question or an image in each user message, got an empty one")
    return messages


def _encode(parts: Iterable[Part], tokenizer: Tokenizer) -> Iterator[int]:
    for is_mark, run in groupby(parts, key=lambda part: isinstance(part, Mark)):
        if is_mark:
            yield from (tokenizer.marks[mark] for mark in run)
        else:
            yield from tokenizer.encode("".join(run))


def _stripped(parts: Sequence[Part]) -> list[Part]:
    """Join neighbouring texts, and drop the whitespace around the whole."""
    joined: list[Part] = []
    for part in parts:
        if joined and not isinstance(part, Mark) and not isinstance(joined[-1], Mark):
            joined[-1] += part
        else:
            joined.append(part)
    if joined and not isinstance(joined[0], Mark):
        joined[0] = joined[0].lstrip()
    if joined and not isinstance(joined[-1], Mark):
        joined[-1] = joined[-1].rstrip()
    return [part for part in joined if part]


def _split(text: str, marks: Sequence[Mark]) -> list[Part]:
    pieces = re.split("(" + "|".join(re.escape(mark) for mark in marks) + ")", text)
    return [Mark(piece) if n % 2 else piece for n, piece in enumerate(pieces)]
