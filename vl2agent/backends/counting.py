"""What a prompt costs at a server: counted here where its tokenizer is at hand, else asked of the server, once each.

A count depends on texts and on sizes of pictures alone, so a server is sent blank ones.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from PIL import Image

from vl2agent.backends.local import LocalBackend, typed_errors
from vl2agent.completion import Picture, Prompt
from vl2agent.errors import MissingExtra, NotOffered, ServerError

REMEMBERED = 4096
"""Counts; a planner's prompt has dozens of beginnings."""
LEAST_PER_PICTURE = 64
"""Tokens; a picture that adds fewer was not counted. DeepSeek-VL2's cost 421 and more."""
UNREAD = (400, 422)
"""What servers say that count no conversations."""
PROBE = Prompt.user("How many?")

Sizes: TypeAlias = Sequence[tuple[int, int]]
Ask: TypeAlias = Callable[[Prompt, Sizes], int]


class Counter:
    """Counts prompts whose texts spell no marks.

    Args:
        model: what to call it in errors.
        folder: config.json and tokenizer.json of the served model; None: the server counts.
        ask: has the server count a prompt with pictures of such sizes.
        is_ours: the server lays prompts out as we do, and counts pictures.
    """

    def __init__(self, model: str, folder: Path | None, ask: Ask, *, is_ours: bool) -> None:
        self._model, self._ask, self._is_ours = model, ask, is_ours
        self._local = LocalBackend(folder, model=model) if folder else None
        self._known: OrderedDict[tuple[str, Sizes], int] = OrderedDict()
        self._lock = Lock()

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Count, exactly.

        Raises:
            NotOffered: the server cannot tell, and there is no tokenizer.
            ServerError: it did not answer.
            BackendError: the prompt cannot be laid out.
        """
        key = _key(prompt, images)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        tokens = self._here(prompt, images) if self._local else self._there(prompt, images)
        with self._lock:
            self._known[key] = tokens
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return tokens

    def known(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Give a count that was made before; 0 where none was."""
        with self._lock:
            return self._known.get(_key(prompt, images), 0)

    def _here(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        assert self._local
        try:
            return self._local.count(prompt, images) + self._template
        except MissingExtra as error:
            raise MissingExtra("remote", "counting a server's tokens here") from error

    def _there(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        if images and not self._counts_pictures:
            hint = "give a folder with the model's config.json and tokenizer.json as tokenizer"
            raise NotOffered(self._model, "the counting of pictures", hint)
        return self._ask(prompt, [image.size for image in images])

    @cached_property
    def _template(self) -> int:
        """Tokens by which the server's chat template differs from the model's own: vLLM's writes a space more."""
        assert self._local
        if self._is_ours:
            return 0
        try:
            return self._ask(PROBE, ()) - self._local.count(PROBE, ())
        except NotOffered:
            return 0
        except ServerError as error:
            if error.status not in UNREAD:
                raise
            return 0

    @cached_property
    def _counts_pictures(self) -> bool:
        """Whether the server counts them: before 0.17 vLLM counted the single mark that stands for a picture."""
        if self._is_ours:
            return True
        shown = Prompt.user(Picture(), "How many?")
        more = self._ask(shown, [(384, 384)]) - self._ask(PROBE, ())
        return more >= LEAST_PER_PICTURE


def _key(prompt: Prompt, images: Sequence[Image.Image]) -> tuple[str, Sizes]:
    return prompt.model_dump_json(), tuple(image.size for image in images)


def image_tokens(images: Sequence[Image.Image]) -> int:
    """Count what pictures cost any DeepSeek-VL2."""
    with typed_errors():
        from vl2.tiling import choose_grid, is_tiled
        from vl2.tiling import image_tokens as tokens_of

        tiled = is_tiled(len(images))
        return sum(tokens_of(choose_grid(*image.size, tiled=tiled)) for image in images)
