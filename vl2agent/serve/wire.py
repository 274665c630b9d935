"""What a request may say: OpenAI's chat completions, vLLM's `structured_outputs` and /tokenize, and our `grounding`.

A field that is not known is refused, as OpenAI does, rather than silently without effect. Fields of OpenAI's that would
change the reply in a way that is not offered are taken with the one value that changes nothing (`n: 1`, no `tools`).
What only OpenAI's own service looks at (`user`, `metadata`, ...) is taken and has no effect.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

MAX_STOPS = 16
MAX_CONVERSATIONS = 256

Zero: TypeAlias = Annotated[float, Field(ge=0, le=0)]
NoneOfThem: TypeAlias = Annotated[list[Any], Field(max_length=0)]


class Wire(BaseModel):
    """A part of a request."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TextPart(Wire):
    """Text; in a user's turn `<|ref|>words<|/ref|>` names something, every other mark is mere letters."""

    type: Literal["text"]
    text: str


class ImageUrl(Wire):
    """A picture as a `data:` URL. The model always looks as closely as it can, so `detail` has no effect."""

    url: str
    detail: Literal["auto", "low", "high", "original"] | None = None


class ImagePart(Wire):
    """A picture stands here."""

    type: Literal["image_url"]
    image_url: ImageUrl


ContentPart: TypeAlias = Annotated[TextPart | ImagePart, Field(discriminator="type")]


class SystemMessage(Wire):
    """What holds for the whole conversation."""

    role: Literal["system", "developer"]
    content: str | list[TextPart]


class UserMessage(Wire):
    """A question, with its pictures."""

    role: Literal["user"]
    content: str | list[ContentPart]


class AssistantMessage(Wire):
    """An earlier answer; what an answer of ours holds may be handed back whole."""

    role: Literal["assistant"]
    content: str | list[TextPart]
    refusal: None = None
    tool_calls: NoneOfThem | None = None
    function_call: None = None
    audio: None = None
    annotations: NoneOfThem | None = None
    vl2agent: Any = None


ChatMessage: TypeAlias = Annotated[SystemMessage | UserMessage | AssistantMessage, Field(discriminator="role")]


Conversation: TypeAlias = Annotated[list[ChatMessage], Field(min_length=1)]


class StreamOptions(Wire):
    """What a stream tells beside the text."""

    include_usage: bool = False
    include_obfuscation: bool | None = None


class NamedSchema(Wire):
    """A JSON schema, as `response_format` carries it."""

    name: str = ""
    description: str | None = None
    json_schema: dict[str, Any] = Field(alias="schema")
    strict: bool | None = None


class TextFormat(Wire):
    """Any reply."""

    type: Literal["text"]


class ObjectFormat(Wire):
    """Some JSON object."""

    type: Literal["json_object"]


class SchemaFormat(Wire):
    """JSON that fits a schema."""

    type: Literal["json_schema"]
    json_schema: NamedSchema


ResponseFormat: TypeAlias = Annotated[TextFormat | ObjectFormat | SchemaFormat, Field(discriminator="type")]


class StructuredOutputs(Wire):
    """What the reply must look like, as vLLM has it; one of them."""

    json_: dict[str, Any] | str | None = Field(default=None, alias="json")
    regex: str | None = None


class GroundingWish(Wire):
    """Ours: the reply names these words, and at least one and at most `most` boxes for them."""

    words: str = Field(min_length=1)
    most: int = Field(default=1, ge=1)


class ChatRequest(Wire):
    """The body of POST /v1/chat/completions. Replies are greedy unless a `temperature` is given."""

    model: str | None = None
    messages: Conversation
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    stop: str | Annotated[list[str], Field(max_length=MAX_STOPS)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    logprobs: bool | None = None
    response_format: ResponseFormat | None = None
    structured_outputs: StructuredOutputs | None = None
    skip_special_tokens: bool | None = None
    """As vLLM has it, but marks are written out unless this is true."""
    grounding: GroundingWish | None = None
    # taken with the value that changes nothing
    spaces_between_special_tokens: Literal[False] | None = None
    n: Literal[1] | None = None
    top_logprobs: Literal[0] | None = None
    frequency_penalty: Zero | None = None
    presence_penalty: Zero | None = None
    logit_bias: Annotated[dict[str, Any], Field(max_length=0)] | None = None
    tools: NoneOfThem | None = None
    tool_choice: Literal["none", "auto"] | None = None
    parallel_tool_calls: bool | None = None
    modalities: list[Literal["text"]] | None = None
    # for OpenAI's own service
    user: str | None = None
    metadata: Any = None
    store: bool | None = None
    service_tier: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None


class TokenizeRequest(Wire):
    """The body of POST /tokenize: prompts are counted as /v1/chat/completions would lay them out.

    `conversations` is ours: several of them, instead of `messages`.
    """

    model: str | None = None
    messages: Conversation | None = None
    conversations: Annotated[list[Conversation], Field(min_length=1, max_length=MAX_CONVERSATIONS)] | None = None
    add_generation_prompt: Literal[True] = True
    add_special_tokens: Literal[False] = False
    return_token_strs: Literal[False] | None = None
