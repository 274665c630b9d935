"""A request to what a backend takes: a prompt, pictures, a grammar, how to decode. Everything is checked here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from PIL import Image
from pydantic import ValidationError

from vl2agent.completion import Decoding, Grammar, Grounding, JsonSchema, Message, Part, Picture, Prompt, Regex
from vl2agent.contracts import Backend
from vl2agent.errors import NotOffered, VL2AgentError, WindowTooSmall
from vl2agent.serve.limits import Limits
from vl2agent.serve.marks import parts_of
from vl2agent.serve.pictures import Upload
from vl2agent.serve.refusal import Refusal, of_error, unfit
from vl2agent.serve.wire import ChatMessage, ChatRequest, ImagePart, TextPart, TokenizeRequest, UserMessage, Wire

LETTERS_PER_TOKEN = 64
"""Longer texts than so many letters for each token of the window cannot fit, and are not even counted."""

TAGS = ("str", "developer", "system", "assistant")
"""What pydantic puts into the path of a field that may be of several kinds."""

Body = TypeVar("Body", bound=Wire)


@dataclass(frozen=True, slots=True)
class Question:
    """What a backend is to answer, its pictures still encoded."""

    prompt: Prompt
    uploads: tuple[Upload, ...]
    grammar: Grammar | None
    decoding: Decoding

    def images(self) -> list[Image.Image]:
        """Decode the pictures.

        Raises:
            Refusal: one of them is damaged.
        """
        return [upload.decode() for upload in self.uploads]


class Reading:
    """Reads requests for one backend.

    Args:
        backend: counts prompts, and says what fits.
        name: what requests may call the model.
        limits: of what is asked for.
    """

    def __init__(self, backend: Backend, name: str, limits: Limits) -> None:
        self._backend, self._name, self._limits = backend, name, limits

    def chat(self, body: bytes) -> tuple[ChatRequest, Question]:
        """Read a chat completion.

        Raises:
            Refusal: it cannot work.
        """
        request = self._parsed(ChatRequest, body)
        prompt, uploads, tokens = self._prompt(request.messages)
        if tokens >= self._backend.window:
            raise of_error(WindowTooSmall(self._name, self._backend.window, tokens + 1, "shorten the conversation"))
        return request, Question(prompt, uploads, self._grammar(request), self._decoding(request))

    def tokenize(self, body: bytes) -> dict[str, int | list[int]]:
        """Count a prompt, or several.

        Raises:
            Refusal: it cannot work.
        """
        request = self._parsed(TokenizeRequest, body)
        if (request.messages is None) == (request.conversations is None):
            raise unfit("expected either messages or conversations", param="messages")
        if request.messages is not None:
            return {"count": self._prompt(request.messages)[2]}
        return {"counts": [self._prompt(messages)[2] for messages in request.conversations or ()]}

    def _parsed(self, kind: type[Body], body: bytes) -> Body:
        try:
            request = kind.model_validate_json(body)
        except ValidationError as error:
            raise _explained(error) from None
        asked: str | None = getattr(request, "model", None)
        if asked not in (None, "", self._name, self._backend.model):
            raise Refusal(
                404, "model_not_found", f"expected the model {self._name!r}, got {asked[:100]!r}", param="model"
            )
        return request

    def _prompt(self, messages: Sequence[ChatMessage]) -> tuple[Prompt, tuple[Upload, ...], int]:
        self._require_bearable(messages)
        uploads: list[Upload] = []
        prompt = Prompt(messages=tuple(self._message(message, uploads) for message in messages))
        try:
            return prompt, tuple(uploads), self._backend.count(prompt, [upload.look() for upload in uploads])
        except VL2AgentError as error:  # whatever it is, the model cannot take such a prompt
            code = "unsupported" if isinstance(error, NotOffered) else "invalid_value"
            raise unfit(str(error), param="messages", code=code) from None

    def _require_bearable(self, messages: Sequence[ChatMessage]) -> None:
        parts = [part for message in messages for part in _contents(message)]
        pictures = sum(isinstance(part, ImagePart) for part in parts)
        if pictures > self._limits.max_pictures:
            raise unfit(f"expected at most {self._limits.max_pictures} pictures, got {pictures}", param="messages")
        self._require_short("messages", sum(len(part.text) for part in parts if isinstance(part, TextPart)))

    def _require_short(self, param: str, letters: int) -> None:
        if letters > self._backend.window * LETTERS_PER_TOKEN:
            raise unfit(
                f"expected {param} within {self._backend.window} tokens, got {letters:,} letters",
                param=param, code="context_length_exceeded",
            )  # fmt: skip

    def _message(self, message: ChatMessage, uploads: list[Upload]) -> Message:
        role = "system" if message.role == "developer" else message.role
        parts: list[Part] = []
        for part in _contents(message):
            if isinstance(part, ImagePart):
                uploads.append(Upload(part.image_url.url, self._limits))
                parts.append(Picture())
            elif isinstance(message, UserMessage):
                parts += parts_of(part.text)
            else:
                parts.append(part.text)
        return Message(role=role, parts=tuple(parts))

    def _grammar(self, request: ChatRequest) -> Grammar | None:
        wanted = list(_grammars(request))
        if len(wanted) > 1:
            raise unfit("expected one of response_format, structured_outputs and grounding, got several")
        if request.grounding and request.grounding.most > self._limits.max_boxes:
            raise unfit(
                f"expected at most {self._limits.max_boxes} boxes, got {request.grounding.most}", param="grounding"
            )
        if request.grounding:
            self._require_short("grounding", len(request.grounding.words))
        return wanted[0] if wanted else None

    def _decoding(self, request: ChatRequest) -> Decoding:
        given = {request.max_tokens, request.max_completion_tokens} - {None}
        if len(given) > 1:
            raise unfit("expected max_completion_tokens or max_tokens, got both; leave one out", param="max_tokens")
        most = self._limits.max_tokens or self._backend.window
        tokens = given.pop() if given else most
        assert tokens is not None
        if tokens > most:
            raise unfit(f"expected at most {most} tokens of a reply, got {tokens}", param="max_tokens")
        stop = (request.stop,) if isinstance(request.stop, str) else tuple(request.stop or ())
        if not all(stop):
            raise unfit("expected stop texts of one letter or more, got an empty one", param="stop")
        return Decoding(
            max_tokens=tokens,
            temperature=request.temperature or 0.0,
            top_p=request.top_p or 1.0,
            seed=request.seed,
            stop=stop,
        )


def _contents(message: ChatMessage) -> Sequence[TextPart | ImagePart]:
    if isinstance(message.content, str):
        return [TextPart(type="text", text=message.content)]
    return message.content


def _grammars(request: ChatRequest) -> Iterator[Grammar]:
    """Give every one that is asked for."""
    wished, asked = request.response_format, request.structured_outputs
    if wished and wished.type == "json_object":
        yield JsonSchema(json_schema={"type": "object"})
    elif wished and wished.type == "json_schema":
        yield JsonSchema(json_schema=wished.json_schema.json_schema)
    if asked and asked.json_ is not None:
        yield JsonSchema(json_schema=_schema(asked.json_))
    if asked and asked.regex is not None:
        yield Regex(pattern=asked.regex)
    if request.grounding:
        yield Grounding(words=request.grounding.words, most=request.grounding.most)


def _schema(given: dict[str, Any] | str) -> dict[str, Any]:
    """Read a schema that came as text, which vLLM takes too."""
    try:
        schema = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError) as error:
        raise unfit(f"expected a JSON schema: {error}", param="structured_outputs.json") from None
    if not isinstance(schema, dict):
        raise unfit(f"expected a JSON schema as an object, got {str(schema)[:40]}", param="structured_outputs.json")
    return schema


def _explained(error: ValidationError) -> Refusal:
    """Name a field that is wrong, the one nearest to it; never its value, which may be a whole picture."""
    told = error.errors(include_url=False, include_context=False, include_input=False)
    wrong = max(told, key=lambda each: len(each["loc"]))
    if wrong["type"] == "json_invalid":
        return unfit(f"expected JSON: {wrong['msg']}", code="invalid_json")
    where = ".".join(str(part) for part in wrong["loc"] if part not in TAGS and "[" not in str(part))
    if wrong["type"] == "extra_forbidden":
        return unfit(f"the field {where[:100]!r} is not known here", param=where[:100], code="unknown_parameter")
    return unfit(f"{where or 'body'}: {wrong['msg'][:300]}", param=where or None)
