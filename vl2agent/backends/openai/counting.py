"""What a prompt costs at a server: counted here where its tokenizer is at hand, else asked of the server, once each.

A count depends on texts and on sizes of pictures alone, so a server is sent blank ones. Our own server counts several
prompts at once: it is asked for every beginning of a prompt together with the prompt, as a bill wants them next.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from PIL import Image

from vl2agent.backends.local import LocalBackend, typed_errors
from vl2agent.backends.openai.marks import plain
from vl2agent.completion import Picture, Prompt
from vl2agent.errors import MissingExtra, NotOffered, ServerError

REMEMBERED = 4096
"""Counts; a planner's prompt has dozens of beginnings."""
LEAST_PER_PICTURE = 64
"""Tokens; a picture that adds fewer was not counted. DeepSeek-VL2's cost 421 and more."""
UNREAD = (400, 422)
"""What servers say that count no conversations."""
PROBE = Prompt.user("How many?")

Sizes: TypeAlias = tuple[tuple[int, int], ...]
Countable: TypeAlias = tuple[Prompt, Sizes]
"""A prompt whose texts spell no marks, and the sizes of its pictures."""
Ask: TypeAlias = Callable[[Sequence[Countable]], Sequence[int]]


class Counter:
    """Counts prompts as they are sent: with the marks that their texts spell broken up, which is a token or two for each.

    Args:
        model: what to call it in errors.
        folder: config.json and tokenizer.json of the served model; None: the server counts.
        ask: has the server count.
        is_ours: the server lays prompts out as we do, counts pictures, and many prompts at once.
    """

    def __init__(self, model: str, folder: Path | None, ask: Ask, *, is_ours: bool) -> None:
        self._model, self._ask, self._is_ours = model, ask, is_ours
        self._local = LocalBackend(folder, model=model) if folder else None
        self._known: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Count, exactly.

        Raises:
            NotOffered: the server cannot tell, and there is no tokenizer.
            ServerError: it did not answer.
            BackendError: the prompt cannot be laid out.
        """
        if not (tokens := self.known(prompt, images)):
            tokens = self._here(prompt, images) if self._local else self._there(prompt, images)
        return tokens

    def known(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Give a count that was made before; 0 where none was."""
        return self._remembered((plain(prompt), _sizes(images)))

    def _remembered(self, counted: Countable) -> int:
        key = _key(counted)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key, 0)

    def _remember(self, counted: Countable, tokens: int) -> None:
        with self._lock:
            self._known[_key(counted)] = tokens
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def _here(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        assert self._local
        sent = plain(prompt)
        try:
            tokens = self._local.count(sent, images) + self._template
        except MissingExtra as error:
            raise MissingExtra("remote", "counting a server's tokens here") from error
        self._remember((sent, _sizes(images)), tokens)
        return tokens

    def _there(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        if images and not self._counts_pictures:
            hint = "give a folder with the model's config.json and tokenizer.json as tokenizer"
            raise NotOffered(self._model, "the counting of pictures", hint)
        wanted: list[Countable] = [(plain(prompt), _sizes(images))]
        if self._is_ours:
            wanted += [each for each in _beginnings(prompt, wanted[0][1]) if not self._remembered(each)]
        counts = self._ask(wanted)
        for counted, tokens in reversed(list(zip(wanted, counts, strict=True))):
            self._remember(counted, tokens)
        return counts[0]

    @cached_property
    def _template(self) -> int:
        """Tokens by which the server's chat template differs from the model's own: vLLM's writes a space more."""
        assert self._local
        if self._is_ours:
            return 0
        try:
            return self._ask([(PROBE, ())])[0] - self._local.count(PROBE, ())
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
        with_picture, without = self._ask([(shown, ((384, 384),)), (PROBE, ())])
        return with_picture - without >= LEAST_PER_PICTURE


def _beginnings(prompt: Prompt, sizes: Sizes) -> Iterator[Countable]:
    """Cut the last turn after each of its parts but the last; the longest first."""
    *before, last = prompt.messages
    earlier = sum(isinstance(part, Picture) for message in before for part in message.parts)
    for end in range(len(last.parts) - 1, 0, -1):
        begun = plain(Prompt(messages=(*before, last.model_copy(update={"parts": last.parts[:end]}))))
        pictures = earlier + sum(isinstance(part, Picture) for part in last.parts[:end])
        if begun.messages[-1].parts:  # an empty turn is none, and refused
            yield begun, sizes[:pictures]


def _sizes(images: Sequence[Image.Image]) -> Sizes:
    return tuple(image.size for image in images)


def _key(counted: Countable) -> str:
    prompt, sizes = counted
    return f"{sizes} {prompt.model_dump_json()}"


def image_tokens(images: Sequence[Image.Image]) -> int:
    """Count what pictures cost any DeepSeek-VL2."""
    with typed_errors():
        from vl2.tiling import choose_grid, is_tiled
        from vl2.tiling import image_tokens as tokens_of

        tiled = is_tiled(len(images))
        return sum(tokens_of(choose_grid(*image.size, tiled=tiled)) for image in images)
