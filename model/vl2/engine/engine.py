"""The engine: a prompt in, an answer out, as cheaply as what is remembered allows.

    reply = engine.generate(inputs, max_new_tokens=64)
    for token in engine.stream(inputs):
        print(token.text, end="")

Shapes: B batch, T tokens of a prompt, H model width, V vocabulary rows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Generator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vl2.cache import KVCache
from vl2.engine.allocation import memory_errors, new_cache
from vl2.engine.answer import Answer
from vl2.engine.batch import Row, decode_rows, pad_left
from vl2.engine.generate import Cancel, Decoding, decode
from vl2.engine.prefix import PrefixCache
from vl2.engine.reply import Reply, Timings, Token, Usage
from vl2.engine.request import Request
from vl2.engine.sampling import Sampler, Sampling
from vl2.engine.stream import Clock, Stream
from vl2.engine.tilecache import TileCache, encode, weights_identity
from vl2.errors import LogitsError

if TYPE_CHECKING:
    from vl2.grammar.constraint import Constraint
    from vl2.model import VL2Model
    from vl2.processor import Inputs
    from vl2.tokenizer import Tokenizer

PREFILL_CHUNK = 2048
"""Tokens of one prefill pass. A prompt with one screenshot is a single pass, which is fastest; smaller chunks take less
memory and can be cancelled between."""

GREEDY = Sampling()
_CAPACITY_STEP = 256  # caches of one size more often fit the next prompt


class Engine:
    """Generate from one model. Calls from several threads wait for each other.

    Args:
        model: with its weights.
        tokenizer: the model's.
        tile_cache: where features of tiles are kept; True: a cache of its own; False or None: nowhere.
        prefix_cache: where prompts are kept; likewise.
        prefill_chunk: most tokens of a prompt to compute in one pass.
        eos_ids: ids that end an answer; None: the tokenizer's end-of-sequence id.
    """

    def __init__(
        self,
        model: VL2Model,
        tokenizer: Tokenizer,
        *,
        tile_cache: TileCache | bool | None = True,
        prefix_cache: PrefixCache | bool | None = True,
        prefill_chunk: int = PREFILL_CHUNK,
        eos_ids: Collection[int] | None = None,
    ) -> None:
        if prefill_chunk < 1:
            raise ValueError(f"prefill_chunk: expected 1 or more tokens, got {prefill_chunk}")
        self.model, self.tokenizer, self.prefill_chunk = model, tokenizer, prefill_chunk
        self.tile_cache = (TileCache() if tile_cache else None) if isinstance(tile_cache, bool) else tile_cache
        self.prefix_cache = (
            (PrefixCache() if prefix_cache else None) if isinstance(prefix_cache, bool) else prefix_cache
        )
        self.eos_ids = frozenset([tokenizer.eos_id] if eos_ids is None else eos_ids)
        self._lock = threading.RLock()

    def generate(
        self,
        inputs: Inputs,
        *,
        max_new_tokens: int = 512,
        sampling: Sampling = GREEDY,
        stop: Sequence[str] = (),
        constraint: Constraint | None = None,
        cancel: Cancel | None = None,
    ) -> Reply:
        """Answer a prompt.

        Args:
            max_new_tokens: most tokens of the answer; the end of the window may come first.
            sampling: how tokens are chosen; greedy unless said otherwise.
            stop: texts that end the answer and are cut off, wherever tokens divide them.
            constraint: what a grammar allows.
            cancel: asked before every tile, prefill chunk and token; True ends the answer with what there is.

        Raises:
            PromptError: the prompt is empty or malformed; PromptTooLong: it leaves no room for an answer.
            OutOfMemory: there is no memory for its keys and values.
            LogitsError: the model computes NaN.
        """
        with self._lock:
            stream = self.stream(
                inputs, max_new_tokens=max_new_tokens, sampling=sampling, stop=stop, constraint=constraint, cancel=cancel
            )  # fmt: skip
            return stream.finish()

    def stream(
        self,
        inputs: Inputs,
        *,
        max_new_tokens: int = 512,
        sampling: Sampling = GREEDY,
        stop: Sequence[str] = (),
        constraint: Constraint | None = None,
        cancel: Cancel | None = None,
    ) -> Stream:
        """Answer a prompt token by token; arguments and errors are those of `generate`.

        Bad prompts are refused here. The work is done as the tokens are asked for; a stream may be left at any point.
        """
        if constraint is not None and not hasattr(constraint, "forced"):
            kind = type(constraint).__name__
            raise TypeError(f"constraint: expected what grammar.start() gives, new for each answer; got a {kind}")
        clock = Clock(self.model.device)
        request = Request(inputs, self.model.config)
        answer = self._answer(request, max_new_tokens, stop)
        return Stream(self._run(request, answer, sampling, constraint, cancel or _never, clock), self._lock)

    def generate_batch(
        self,
        batch: Sequence[Inputs],
        *,
        max_new_tokens: int = 512,
        sampling: Sampling = GREEDY,
        stop: Sequence[str] = (),
        constraints: Sequence[Constraint | None] | None = None,
        cancel: Cancel | None = None,
    ) -> list[Reply]:
        """Answer several prompts together; each as if alone, but for rounding. The prefix cache takes no part.

        Timings are those of the whole batch.

        Args:
            constraints: one for each prompt.

        Raises: as `generate`.
        """
        clock, cancel = Clock(self.model.device), cancel or _never
        requests = [Request(inputs, self.model.config) for inputs in batch]
        rows = [
            Row(self._sampler(request, sampling), self._answer(request, max_new_tokens, stop), constraint)
            for request, constraint in zip(requests, constraints or [None] * len(requests), strict=True)
        ]
        if rows:
            with self._lock:
                self._run_batch(requests, rows, cancel, clock)
        return [
            reply_of(request, row.answer, 0, clock.timings(), row.constraint)
            for request, row in zip(requests, rows, strict=True)
        ]

    @torch.inference_mode()
    def _run_batch(self, requests: Sequence[Request], rows: Sequence[Row], cancel: Cancel, clock: Clock) -> None:
        check = _checking(cancel)
        try:
            with memory_errors("a pass of the model"):
                embeds_BTH, starts_B = pad_left([self.embed(request, 0, check) for request in requests])
                clock.lap("encode")
                cache = new_cache(self.model, embeds_BTH.shape[1] + max(row.answer.limit for row in rows), len(rows))
                logits_BV = self._prefill(embeds_BTH, cache, check, starts_B)
                clock.lap("prefill")
                for _ in decode_rows(self.model, cache, rows, logits_BV, starts_B, cancel):
                    clock.token()
        except Cancelled:
            for row in rows:
                row.answer.reason = "cancelled"

    def _sampler(self, request: Request, sampling: Sampling) -> Sampler:
        return Sampler(sampling, self.tokenizer.size, request.inputs.input_ids.tolist(), self.model.device)

    def _answer(self, request: Request, max_new_tokens: int, stop: Sequence[str]) -> Answer:
        if max_new_tokens < 1:
            raise ValueError(f"max_new_tokens: expected 1 or more, got {max_new_tokens}")
        room = self.model.config.language.max_position_embeddings - request.length
        return Answer(self.tokenizer, min(max_new_tokens, room), self.eos_ids, stop)

    def _run(
        self,
        request: Request,
        answer: Answer,
        sampling: Sampling,
        constraint: Constraint | None,
        cancel: Cancel,
        clock: Clock,
    ) -> Generator[Token, None, Reply]:
        """Encode, prefill, decode; the cache goes back to the prefix cache whatever happens."""
        clock.resume()
        identity = weights_identity(self.model)
        cache, check = self._cache(identity, request, answer.limit), _checking(cancel)
        n_cached, sound = cache.length, True
        try:
            with memory_errors("a pass of the model"):
                embeds_TH = self.embed(request, n_cached, check)
                clock.lap("encode")
                logits_V = self._prefill(embeds_TH[None], cache, check)[0]
                clock.lap("prefill")
                sampler, looks_ahead = self._sampler(request, sampling), self.model.device.type == "cuda"
                run = Decoding(self.model, cache, sampler, answer, cancel, looks_ahead)
                for token in decode(run, logits_V, constraint):
                    clock.token()
                    yield token
                    clock.resume()
        except Cancelled:
            answer.reason = "cancelled"
        except LogitsError:
            sound = False
            raise
        finally:
            if self.prefix_cache is not None and sound:
                self.prefix_cache.keep(identity, [*request.content, *answer.ids], cache)
        return reply_of(request, answer, n_cached, clock.timings(), constraint)

    def _cache(self, identity: object, request: Request, n_new: int) -> KVCache:
        window = self.model.config.language.max_position_embeddings
        capacity = min(-(-(request.length + n_new) // _CAPACITY_STEP) * _CAPACITY_STEP, window)
        if self.prefix_cache is None:
            return new_cache(self.model, capacity)
        return self.prefix_cache.take(identity, request.content, capacity, lambda size: new_cache(self.model, size))

    @torch.inference_mode()
    def _prefill(
        self, embeds_BTH: Tensor, cache: KVCache, check: Callable[[], None], starts_B: Tensor | None = None
    ) -> Tensor:
        """Compute what the cache does not hold yet, in chunks of near equal size; give the last logits_BV."""
        n_chunks = -(-embeds_BTH.shape[1] // self.prefill_chunk)
        for chunk_BTH in embeds_BTH.tensor_split(n_chunks, dim=1):
            check()
            logits_BTV = self.model(chunk_BTH, cache, starts_B=starts_B)
        return logits_BTV[:, -1]

    @torch.inference_mode()
    def embed(self, request: Request, start: int, check: Callable[[], None]) -> Tensor:
        """Give embeds_TH of a prompt from one position on, encoding only the images that lie there."""
        inputs, device = request.inputs, self.model.device
        ids_T = torch.tensor(inputs.input_ids[start:], device=device)
        images, n_before = request.images_from(start)
        if not images:
            return self.model.embed(ids_T[None])[0]
        tiles = slice(images[0].tiles.start, images[-1].tiles.stop)
        if self.tile_cache is None:
            features_NQH = torch.stack(list(encode(self.model, inputs.tiles[tiles], check)))
        else:
            features_NQH = self.tile_cache.features(self.model, inputs.tiles[tiles], request.keys[tiles], check)
        image_PH = self.model.assemble(features_NQH, [image.grid for image in images])[n_before:]
        mask_T = torch.tensor(inputs.image_mask[start:], device=device)
        return self.model.embed(ids_T[None], mask_T[None], image_PH)[0]


def reply_of(request: Request, answer: Answer, n_cached: int, timings: Timings, constraint: Constraint | None) -> Reply:
    """Sum up."""
    assert answer.reason is not None
    return Reply(
        text=answer.text,
        token_ids=tuple(answer.ids),
        logprobs=tuple(answer.logprobs),
        stop_reason=answer.reason,
        usage=Usage(request.length, request.image_tokens, n_cached, len(answer.ids)),
        timings=timings,
        coordinates=() if constraint is None else tuple(constraint.coordinates),
    )


class Cancelled(Exception):
    """The caller wants no answer any more; never leaves the engine."""


def _checking(cancel: Cancel) -> Callable[[], None]:
    def check() -> None:
        if cancel():
            raise Cancelled

    return check


def _never() -> bool:
    return False
