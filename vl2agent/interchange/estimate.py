"""What a prompt costs DeepSeek-VL2, where its vocabulary is not at hand: pictures exactly, texts on the safe side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PIL import Image

from vl2agent.canvas import TILE_PX, canvas_for
from vl2agent.completion import Decoding, Grammar, Picture, Prompt, Ref, Reply
from vl2agent.errors import NotOffered
from vl2agent.geometry import Size

WINDOW = 4096
"""Tokens that the model was trained on."""
BYTES_PER_TOKEN = 2
"""Its vocabulary has 3.5 to 4.5 bytes a token for prose, and no less than this for what people write on screens."""
TURN_TOKENS, MARK_TOKENS = 8, 3
"""More than the marks around a turn, and around words to be found, take."""
_SIDE = 14
"""Tokens along a side of a tile."""


class Estimate:
    """A backend that counts, and cannot answer."""

    model = "an estimate for DeepSeek-VL2"
    window = WINDOW

    def load(self) -> None:
        """Do nothing: there are no weights."""

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Count pictures exactly, and texts by their bytes.

        Raises:
            InputError: the prompt has places for another number of pictures.
        """
        prompt.check_pictures(len(images))
        texts = [part for message in prompt.messages for part in message.parts if not isinstance(part, Picture)]
        return (
            TURN_TOKENS * len(prompt.messages)
            + sum(_text_tokens(part) for part in texts)
            + sum(picture_tokens(Size(*image.size)) for image in images)
        )

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
        """Refuse.

        Raises:
            NotOffered: always.
        """
        raise NotOffered(self.model, "answers", "name a model with --model")


def picture_tokens(size: Size) -> int:
    """Say what a picture costs: the global view, a separator, and the tiles of its canvas, each row with its end."""
    canvas = canvas_for(size)
    across, down = canvas.width_px // TILE_PX, canvas.height_px // TILE_PX
    return _SIDE * (_SIDE + 1) + 1 + _SIDE * down * (_SIDE * across + 1)


def _text_tokens(part: str | Ref) -> int:
    text, marks = (part.words, MARK_TOKENS) if isinstance(part, Ref) else (part, 0)
    return -(-len(text.encode(errors="replace")) // BYTES_PER_TOKEN) + marks
