"""A script of replies in place of a model: for tests and examples, without weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PIL import Image

from vl2agent.completion import Decoding, Grammar, Picture, Prompt, Reply, Usage
from vl2agent.errors import UnexpectedCall

PICTURE_TOKENS = 421
"""What a picture counts: a small one's cost in DeepSeek-VL2."""


class ScriptedBackend:
    """Gives the replies that it was given, in order.

    Args:
        replies: whole replies, or their texts.
        window: tokens that prompt and reply share.

    `calls` holds the prompts that came, for a test to look at.
    """

    model = "scripted"

    def __init__(self, *replies: Reply | str, window: int = 4096) -> None:
        self._replies = replies
        self._window = window
        self.calls: list[tuple[Prompt, Grammar | None]] = []

    @property
    def window(self) -> int:
        return self._window

    def load(self) -> None:
        """Do nothing: there are no weights."""

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Count a token for each word, and a fixed number for each picture."""
        prompt.check_pictures(len(images))
        texts = [part for message in prompt.messages for part in message.parts if not isinstance(part, Picture)]
        words = sum(len((text if isinstance(text, str) else text.words).split()) for text in texts)
        return words + PICTURE_TOKENS * len(images)

    def complete(
        self,
        prompt: Prompt,
        images: Sequence[Image.Image],
        grammar: Grammar | None = None,
        *,
        decoding: Decoding = Decoding(),
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Reply:
        """Give the next reply.

        Raises:
            UnexpectedCall: every reply has been given.
        """
        tokens = self.count(prompt, images)
        number = len(self.calls) + 1
        if number > len(self._replies):
            raise UnexpectedCall(
                number, f"expected no more than {len(self._replies)}, got {str(prompt.messages[-1].parts)[:200]}"
            )
        self.calls.append((prompt, grammar))
        reply = self._replies[number - 1]
        if isinstance(reply, str):
            usage = Usage(prompt_tokens=tokens, image_tokens=PICTURE_TOKENS * len(images), completion_tokens=0)
            reply = Reply(text=reply, usage=usage)
        if on_text:
            on_text(reply.text)
        return reply
