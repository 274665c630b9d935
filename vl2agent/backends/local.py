"""DeepSeek-VL2 in this process.

    from vl2agent.backends.local import LocalBackend
    from vl2agent.completion import Grounding, Prompt

    model = LocalBackend("path/to/deepseek-vl2-tiny")
    reply = model.complete(Prompt.locate("the Save button"), [image], Grounding(words="the Save button"))
    print(reply.located[0].box)

The same without this package's values: `vl2.load(path).ask("What is this?", "screen.png")`, `.locate("Save", image)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from vl2agent.completion import (
    Coordinate,
    Decoding,
    Grammar,
    Grounding,
    JsonSchema,
    Located,
    Message,
    Picture,
    Prompt,
    Ref,
    Reply,
    Timings,
    Usage,
)
from vl2agent.errors import BackendError, MissingExtra
from vl2agent.geometry import GridBox

if TYPE_CHECKING:
    from vl2 import chat
    from vl2.engine import reply
    from vl2.grammar.coordinates import BoxDistribution
    from vl2.grammar.grammar import Grammar as CompiledGrammar
    from vl2.handle import VL2
    from vl2.processor import Processor

MODEL_TYPES = ("deepseek_vl_v2",)
REMEMBERED = 32
"""Compiled grammars that are kept."""


class LocalBackend:
    """A DeepSeek-VL2 checkpoint; its weights are loaded once, by `load` or with the first reply.

    Args:
        folder: config.json, tokenizer.json, safetensors.
        model: what to call it; None: the folder.
        device, dtype, quantize, progress: as `vl2.load` takes them.
        cache_mb: MiB that may be kept of tiles' features, and of prompts' keys and values, each; None: the engine's own
            choice, 256 and 512.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        model: str | None = None,
        device: str = "auto",
        dtype: str = "auto",
        quantize: str | None = None,
        progress: Callable[[str, int, int], None] | None = None,
        cache_mb: int | None = None,
    ) -> None:
        self._cache_mb = cache_mb
        self._folder, self._device, self._dtype, self._quantize = Path(folder), device, dtype, quantize
        self._progress = progress
        self._grammars: dict[str, CompiledGrammar] = {}
        self.model = model or str(folder)

    @property
    def window(self) -> int:
        return self._processor.config.language.max_position_embeddings

    def load(self) -> None:
        _ = self._loaded

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Count without torch and without the weights."""
        messages = _messages(prompt, images)
        with typed_errors():
            return self._processor.count(messages)

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
        """Answer the prompt; the next one that starts like it costs only what differs.

        Raises:
            BackendError: the checkpoint cannot be loaded, the prompt is too long, the grammar cannot be compiled, or
                memory ran out.
        """
        messages = _messages(prompt, images)
        with typed_errors():
            compiled = self._compiled(grammar) if grammar else None
            limit, reserve = decoding.max_tokens, 1
            if isinstance(grammar, Grounding) and compiled and compiled.max_tokens:
                limit = reserve = compiled.max_tokens  # boxes are never cut off
            inputs = self._processor(messages, reserve=reserve)
            from vl2.engine.sampling import Sampling

            stream = self._loaded.engine.stream(
                inputs,
                max_new_tokens=limit,
                sampling=Sampling(temperature=decoding.temperature, top_p=decoding.top_p, seed=decoding.seed),
                stop=decoding.stop,
                constraint=compiled.start() if compiled else None,
                cancel=cancelled,
            )
            for token in stream:
                if on_text and token.text:
                    on_text(token.text)
            return _reply(stream.finish())

    @cached_property
    def _processor(self) -> Processor:
        with typed_errors():
            from vl2.processor import Processor

            return Processor.from_folder(self._folder)

    @cached_property
    def _loaded(self) -> VL2:
        with typed_errors():
            from vl2.loading import load

            model = load(
                self._folder,
                device=self._device,
                dtype=self._dtype,
                quantize=self._quantize,
                progress=self._progress,
            )
        for cache in (model.engine.tile_cache, model.engine.prefix_cache):
            if cache is not None and self._cache_mb is not None:
                cache.max_bytes = self._cache_mb * 2**20
        return model

    def _compiled(self, grammar: Grammar) -> CompiledGrammar:
        """Compile a grammar, and remember the last few."""
        from vl2.grammar.grammar import Grammar as Compiled

        key, tokenizer = grammar.model_dump_json(), self._processor.tokenizer
        if key not in self._grammars:
            while len(self._grammars) >= REMEMBERED:
                del self._grammars[next(iter(self._grammars))]
            if isinstance(grammar, Grounding):
                self._grammars[key] = Compiled.grounding(tokenizer, grammar.words, max_boxes=grammar.most)
            elif isinstance(grammar, JsonSchema):
                self._grammars[key] = Compiled.json_schema(tokenizer, grammar.json_schema)
            else:
                self._grammars[key] = Compiled.regex(tokenizer, grammar.pattern)
        return self._grammars[key]


@contextmanager
def typed_errors() -> Iterator[None]:
    """Turn the model's errors into this package's, with the same text.

    Raises:
        MissingExtra: what the model needs is not installed.
        BackendError: anything else that it says.
    """
    try:
        from vl2.errors import MissingPackage, VL2Error
    except ImportError as error:
        raise MissingExtra("local", "a model in this process") from error
    try:
        yield
    except MissingPackage as error:
        raise MissingExtra("local", f"a model in this process ({error})") from error
    except VL2Error as error:
        raise BackendError(str(error)) from error
    except ModuleNotFoundError as error:
        raise MissingExtra("local", f"a model in this process ({error})") from error


def _messages(prompt: Prompt, images: Sequence[Image.Image]) -> list[chat.Message]:
    prompt.check_pictures(len(images))
    left = iter(images)
    with typed_errors():
        from vl2 import chat

        return [
            chat.Message(each.role, _parts(each), [next(left) for part in each.parts if isinstance(part, Picture)])
            for each in prompt.messages
        ]


def _parts(message: Message) -> list[chat.Part]:
    from vl2.chat import Mark

    parts: list[chat.Part] = []
    for part in message.parts:
        if isinstance(part, Picture):
            parts += [Mark.IMAGE, "\n"]
        elif isinstance(part, Ref):
            parts += [Mark.REF, part.words, Mark.REF_END]
        else:
            parts.append(part)
    return parts


def _reply(answer: reply.Reply) -> Reply:
    usage, timings = answer.usage, answer.timings
    return Reply(
        text=answer.text,
        stop_reason=answer.stop_reason,
        usage=Usage(
            prompt_tokens=usage.prompt_tokens,
            image_tokens=usage.image_tokens,
            cached_tokens=usage.cached_tokens,
            completion_tokens=usage.completion_tokens,
        ),
        timings=Timings(
            encode_s=timings.encode_s,
            prefill_s=timings.prefill_s,
            decode_s=timings.decode_s,
            first_token_s=timings.first_token_s,
        ),
        logprobs=answer.logprobs,
        located=_located(answer),
    )


def _located(answer: reply.Reply) -> tuple[Located, ...]:
    """Read the boxes of the text; under a grammar each comes with what the model thought of its edges."""
    from vl2.grammar.coordinates import boxes_of
    from vl2.grounding import parse

    boxes = [(phrase.words, box.edges) for phrase in parse(answer.text).phrases for box in phrase.boxes]
    told = boxes_of(answer.coordinates)
    if [known.box for known in told] != [edges for _, edges in boxes]:
        return tuple(Located(words=words, box=GridBox(*edges)) for words, edges in boxes)
    return tuple(_certain(words, known) for (words, _), known in zip(boxes, told, strict=True))


def _certain(words: str, known: BoxDistribution) -> Located:
    from vl2.handle import TOLERANCE

    edges = tuple(Coordinate(value=edge.value, confidence=edge.confidence, expected=edge.mean) for edge in known.edges)
    near = math.prod(edge.near(TOLERANCE) for edge in known.edges)
    return Located(words=words, box=GridBox(*known.box), confidence=min(near, 1.0), edges=edges)
