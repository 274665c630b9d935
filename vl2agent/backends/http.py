"""A model behind an OpenAI-compatible server: vLLM, SGLang, or our own `vl2agent serve`.

model = HttpBackend("http://127.0.0.1:8000/v1")
print(model.complete(Prompt.ask("What does the dialog say?"), [image]).text)

What goes over the wire is in openai/.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from vl2agent.backends.openai import chat, guidance
from vl2agent.backends.openai.counting import Countable, Counter, image_tokens
from vl2agent.backends.openai.marks import plain
from vl2agent.backends.openai.png import PngCache, blank_url
from vl2agent.backends.openai.retry import Cancelled, Retries
from vl2agent.backends.openai.server import Server, read_counts
from vl2agent.backends.openai.streaming import Stream
from vl2agent.backends.openai.wire import Address, Wire
from vl2agent.completion import Decoding, Grammar, Prompt, Reply, Usage
from vl2agent.errors import InputError, NotOffered, ServerError

logger = logging.getLogger(__name__)

CONTROL_S = 30.0
"""For an answer that needs no model."""
AT_ONCE = 64
"""Prompts that our own server is asked to count with one request."""
DISPENSABLE = (
    "structured_outputs", "guided_regex", "regex", "response_format", "logprobs", "skip_special_tokens",
    "spaces_between_special_tokens", "stream_options", "seed",
)  # fmt: skip
"""Fields that another server than ours may refuse; it is asked again without them."""


class HttpBackend:
    """A model that a server runs. Several threads may use it.

    Args:
        url: such as `http://127.0.0.1:8000/v1`.
        model: which of the server's models; None: its first.
        api_key: if the server wants one.
        window: tokens that prompt and reply share, where the server does not tell, or tells of more.
        timeout_s: for a whole reply, from the request to the last token.
        retries: tries after the first, where that may help and no text came yet.
        budget_s: no try begins later than this.
        tokenizer: folder with the served model's config.json and tokenizer.json, to count here; None: the server counts.

    Raises:
        InputError: the address, the key or a number cannot work.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str | None = None,
        api_key: str | None = None,
        window: int | None = None,
        timeout_s: float = 300.0,
        retries: int = 4,
        budget_s: float = 60.0,
        tokenizer: str | Path | None = None,
    ) -> None:
        if not timeout_s > 0 or (window is not None and window < 1):
            raise InputError(f"expected a time-out and a window above 0, got {timeout_s:g} s and {window}")
        self._address = Address(url)
        self._wire = Wire(self._address, api_key)
        self._wanted, self._window, self._timeout_s = model, window, timeout_s
        self._retries = Retries(retries, budget_s)
        self._folder = Path(tokenizer) if tokenizer else None
        self._pictures = PngCache()
        self._reached: Server | None = None
        self._refused: set[str] = set()
        self.model = f"{model} at {self._address.base}" if model else self._address.base

    @property
    def window(self) -> int:
        told = self._server().window
        known = [window for window in (told, self._window) if window]
        if not known:
            raise NotOffered(self.model, "its window", "give it, as window=4096")
        return min(known)

    def load(self) -> None:
        """Reach the server.

        Raises:
            ServerError: it is not there, refuses, or has no such model.
            BackendTimeout: it says nothing.
            MissingExtra: the extra `remote` is not installed.
        """
        _ = self.window

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._wire.close()

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Count by the tokenizer, without torch, or ask the server, which sees the pictures' sizes alone.

        It is what the server will count. Where texts spell the model's marks (`<|ref|>` on a web page), that is more than
        in this process: over the wire such a mark is broken up.

        Raises:
            NotOffered: the server cannot count, and no tokenizer was given.
        """
        prompt.check_pictures(len(images))
        return self._counter.count(prompt, images)

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
        """Answer the prompt.

        A server that does not hold its model to the grammar by construction hands its reply over when it is whole and
        fits.

        Raises:
            ServerError: the server did not answer, or not as it should.
            BackendTimeout: the reply was not whole in time.
            ParseError: the reply does not fit the grammar.
        """
        prompt.check_pictures(len(images))
        is_guided = True
        stream = Stream(self._wire, f"{self._address.base}/chat/completions", self._timeout_s, cancelled)
        try:
            server = self._server(cancelled)
            is_guided = server.guides(grammar)
            stream.on_text = on_text if is_guided else None
            body = self._body(server, plain(prompt), images, grammar, decoding)
            self._retries.run(lambda: self._read(stream, body, server), cancelled)
            reply = self._reply(stream, prompt, images)
            if grammar and not is_guided:
                text, located = guidance.held(grammar, reply.text, stream.reading.tokens)
                reply = reply.model_copy(update={"text": text, "located": located})
        except Cancelled:
            reply = self._reply(stream, prompt, images).model_copy(update={"stop_reason": "cancelled"})
        if on_text and not is_guided and reply.text:
            on_text(reply.text)
        return reply

    def _server(self, cancelled: Callable[[], bool] | None = None) -> Server:
        """Reach the server, once."""
        if self._reached is None:
            self._reached = self._retries.run(lambda: self._find(cancelled), cancelled, is_known=False)
            logger.info("%s serves %s, window %s", self._address.base, self._reached.model, self._reached.window)
        return self._reached

    def _find(self, cancelled: Callable[[], bool] | None) -> Server:
        url = f"{self._address.base}/models"
        with self._wire.exchange("GET", url, timeout_s=self._control_s, cancelled=cancelled) as answer:
            return Server.read(answer, self._wanted)

    @cached_property
    def _counter(self) -> Counter:
        return Counter(self.model, self._folder, self._tokenize, is_ours=self._server().is_ours)

    def _tokenize(self, wanted: Sequence[Countable]) -> Sequence[int]:
        """Have the server count: our own one all together, others one after the other."""
        server = self._server()
        chats = [
            chat.messages(prompt, [blank_url(*size) for size in sizes], in_place=server.is_ours)
            for prompt, sizes in wanted
        ]
        if server.is_ours:
            slices = (chats[start : start + AT_ONCE] for start in range(0, len(chats), AT_ONCE))
            return [count for part in slices for count in self._counts(server, "conversations", part)]
        return [count for chat in chats for count in self._counts(server, "messages", chat)]

    def _counts(self, server: Server, kind: Literal["messages", "conversations"], content: list[Any]) -> list[int]:
        body = {"model": server.model, kind: content}

        def ask() -> list[int]:
            url = f"{self._address.root}/tokenize"
            with self._wire.exchange("POST", url, body, timeout_s=self._control_s) as answer:
                return read_counts(answer, self.model, len(content) if kind == "conversations" else 1)

        return self._retries.run(ask)

    @property
    def _control_s(self) -> float:
        return min(CONTROL_S, self._timeout_s)

    def _body(
        self,
        server: Server,
        prompt: Prompt,
        images: Sequence[Image.Image],
        grammar: Grammar | None,
        decoding: Decoding,
    ) -> dict[str, Any]:
        messages = chat.messages(prompt, [self._pictures.url(image) for image in images], in_place=server.is_ours)
        body = chat.request(server.model, messages, decoding)
        if server.is_ours:
            return body | (guidance.asked(grammar) if grammar and server.guides(grammar) else {})
        body["spaces_between_special_tokens"] = False
        return body | (guidance.wished(grammar, decoding.max_tokens) if grammar else {})

    def _read(self, stream: Stream, body: Mapping[str, Any], server: Server) -> None:
        """Ask for a reply; where another server than ours refuses a field that can be done without, ask without it."""
        while True:
            fields = {name: value for name, value in body.items() if name not in self._refused}
            try:
                return stream.read(fields)
            except ServerError as error:
                field = _refused_field(error, fields)
                if server.is_ours or field is None:
                    raise
                logger.warning("%s refuses %s and is asked without it", self._address.base, field)
                self._refused.add(field)

    def _reply(self, stream: Stream, prompt: Prompt, images: Sequence[Image.Image]) -> Reply:
        """Make a reply of what came; before the end, as when it was cancelled, no usage did."""
        reading = stream.reading
        told, own = reading.usage, reading.extension
        counted = self._counter.known(prompt, images) if self._reached else 0
        if told and counted not in (0, told.prompt_tokens):
            logger.warning("%s: %d tokens counted before, %d used", self.model, counted, told.prompt_tokens)
        cached = told.prompt_tokens_details.cached_tokens if told and told.prompt_tokens_details else 0
        return Reply(
            text=reading.text,
            stop_reason=own.stop_reason or reading.stop_reason or "cancelled",
            usage=Usage(
                prompt_tokens=told.prompt_tokens if told else counted,
                image_tokens=image_tokens(images) if own.image_tokens is None else own.image_tokens,
                cached_tokens=cached or 0,
                completion_tokens=told.completion_tokens if told else len(reading.tokens),
            ),
            timings=stream.timings,
            logprobs=tuple(token.logprob for token in reading.tokens),
            located=own.located or guidance.boxes_in(reading.text, reading.tokens),
        )


def _refused_field(error: ServerError, fields: Mapping[str, Any]) -> str | None:
    """Name the field that a server complains of, if it can be done without."""
    if error.status not in (400, 422):
        return None
    named = (field for field in DISPENSABLE if field in fields and re.search(rf"\b{field}\b", error.reason))
    return next(named, None)
