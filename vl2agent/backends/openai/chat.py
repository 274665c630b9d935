"""The wire format of OpenAI's chat completions, with what vLLM, SGLang and our own server add to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, FiniteFloat, ValidationError

from vl2agent.backends.openai.digits import Token
from vl2agent.backends.openai.marks import END_OF_TEXT
from vl2agent.completion import Decoding, Located, Message, Picture, Prompt, Ref, StopReason
from vl2agent.errors import BadAnswer

DONE = "[DONE]"
PICTURE_MARK = "<image>\n"
IMPOSSIBLE = -9999.0
"""The logarithm of no probability at all, as vLLM writes it; others write null."""


def messages(prompt: Prompt, urls: Sequence[str], *, in_place: bool) -> list[dict[str, Any]]:
    """Write a conversation whose texts spell no marks (`marks.plain`).

    Args:
        prompt: the conversation.
        urls: its pictures.
        in_place: the server leaves pictures where they stand. vLLM and SGLang put VL2's in front of all text, save
            where the text shows their places.
    """
    left = list(urls)
    return [{"role": message.role, "content": _content(message, left, in_place)} for message in prompt.messages]


def request(model: str, chat: list[dict[str, Any]], decoding: Decoding) -> dict[str, Any]:
    """Write a request for a streamed reply whose marks and probabilities are told."""
    sampled = {"top_p": decoding.top_p} if decoding.top_p < 1 else {}
    seeded = {"seed": decoding.seed} if decoding.seed is not None else {}
    stopped = {"stop": list(decoding.stop)} if decoding.stop else {}
    return {
        "model": model,
        "messages": chat,
        "max_tokens": decoding.max_tokens,
        "temperature": decoding.temperature,
        **sampled,
        **seeded,
        **stopped,
        "stream": True,
        "stream_options": {"include_usage": True},
        "logprobs": True,
        "skip_special_tokens": False,
    }


def _content(message: Message, urls: list[str], in_place: bool) -> str | list[dict[str, Any]]:
    """Take the message's pictures off `urls`; neighbouring texts become one, which servers would join by line ends."""
    pieces: list[str | None] = [""]
    for part in message.parts:
        if isinstance(part, Picture):
            pieces += [None, ""]
        else:
            pieces[-1] = (pieces[-1] or "") + (_ref(part) if isinstance(part, Ref) else part)
    count = pieces.count(None)
    if not count:
        return pieces[0] or ""
    pictures = [{"type": "image_url", "image_url": {"url": urls.pop(0)}} for _ in range(count)]
    texts = [piece for piece in pieces if piece is not None]
    if any(texts[:-1]) and not in_place:
        return [*pictures, _text(PICTURE_MARK.join(texts))]
    content: list[dict[str, Any]] = []
    for number, text in enumerate(texts):
        content += [_text(text)] if text else []
        content += pictures[number : number + 1]
    return content


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _ref(part: Ref) -> str:
    return f"<|ref|>{part.words}<|/ref|>"


class _Timings(BaseModel):
    encode_s: FiniteFloat = 0.0
    prefill_s: FiniteFloat = 0.0
    decode_s: FiniteFloat = 0.0


class Extension(BaseModel):
    """What our own server says besides."""

    id: str = ""
    stop_reason: StopReason | None = None
    timings: _Timings = _Timings()
    image_tokens: int | None = None
    cached_tokens: int | None = None
    located: tuple[Located, ...] = ()


class _Token(BaseModel):
    token: str
    logprob: FiniteFloat | None


class _Logprobs(BaseModel):
    content: list[_Token] | None = None


class _Said(BaseModel):
    content: str | None = None
    vl2agent: Extension | None = None


class _Choice(BaseModel):
    delta: _Said | None = None
    message: _Said | None = None
    logprobs: _Logprobs | None = None
    finish_reason: str | None = None
    stop_reason: int | str | None = None
    matched_stop: int | str | None = None


class _Details(BaseModel):
    cached_tokens: int | None = None


class WireUsage(BaseModel):
    """Tokens, as the protocol tells them."""

    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_details: _Details | None = None


class _Chunk(BaseModel):
    choices: list[_Choice]
    usage: WireUsage | None = None
    vl2agent: Extension | None = None


class Reading:
    """A reply as it comes, chunk by chunk.

    Args:
        url: where it comes from, for errors.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.text = ""
        self.tokens: list[Token] = []
        self.usage: WireUsage | None = None
        self.extension = Extension()
        self.stop_reason: StopReason | None = None

    def take(self, data: str) -> str:
        """Read one chunk, or a whole reply; give the text that it adds.

        Raises:
            BadAnswer: it is not one, or it tells of an error.
        """
        try:
            content = json.loads(data)
            if "\\ud" in data.lower():  # halves of a surrogate pair cannot be written down
                json.dumps(content, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise BadAnswer(self.url, f"expected JSON, got {data[:60]!r} ({error})", 200) from error
        if isinstance(content, dict) and not content.get("choices") and (wrong := told_error(content)):
            raise BadAnswer(self.url, f"the reply broke off with an error: {wrong}", 200)
        try:
            chunk = _Chunk.model_validate(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "the chunk"
            raise BadAnswer(self.url, f"expected a chat completion, but {place}: {first['msg']}", 200) from error
        self.usage = chunk.usage or self.usage
        self.extension = chunk.vl2agent or self.extension
        return "".join(self._choice(choice) for choice in chunk.choices[:1])

    def _choice(self, choice: _Choice) -> str:
        said = choice.delta or choice.message or _Said()
        piece = (said.content or "").replace(END_OF_TEXT, "")
        self.text += piece
        for token in (choice.logprobs and choice.logprobs.content) or ():
            logprob = IMPOSSIBLE if token.logprob is None else min(token.logprob, 0.0)
            self.tokens.append(Token(token.token, logprob))
        self.extension = said.vl2agent or self.extension
        if choice.finish_reason:
            self.stop_reason = self._stop_reason(choice)
        return piece

    def _stop_reason(self, choice: _Choice) -> StopReason:
        if choice.finish_reason == "length":
            return "length"
        if choice.finish_reason != "stop":
            raise BadAnswer(self.url, f"expected a reply that ends, it ended with {choice.finish_reason!r}", 200)
        return "stop" if isinstance(choice.stop_reason or choice.matched_stop, str) else "eos"


def told_error(content: dict[str, Any]) -> str:
    """Give the message of an error in any of the forms that servers have; nothing where it is none."""
    error = content.get("error") or content.get("detail")
    if error is None and content.get("object") == "error":
        error = content.get("message")
    if isinstance(error, dict):
        error = error.get("message") or error
    return " ".join(str(error).split())[:500] if error else ""
