"""What a server is and can, as its list of models tells, and what its refusals mean."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from vl2agent.backends.openai.chat import told_error
from vl2agent.backends.openai.wire import Incoming
from vl2agent.completion import Grammar
from vl2agent.errors import BadAnswer, NotOffered, ServerBusy, ServerError

BUSY = (429, 503)
HINTS = {
    401: "the server wants an API key: set VL2AGENT_API_KEY, or give api_key= in Python",
    403: "the API key may not use this model",
    404: "does the address end in /v1, and is the model's name one that GET /v1/models lists?",
    413: "send smaller pictures, or raise the server's limit",
}

_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


class _Abilities(BaseModel):
    grounding: bool = False
    structured_outputs: list[str] = []


class _Model(BaseModel):
    id: str
    max_model_len: int | None = None
    vl2agent: _Abilities | None = None


class _Counts(BaseModel):
    count: int | None = None
    counts: list[int] | None = None


class _Models(BaseModel):
    data: list[_Model]


@dataclass(frozen=True, slots=True)
class Server:
    """A server that was reached.

    Args:
        model: the name that requests carry.
        window: its tokens, where the server tells.
        is_ours: it runs this package, and lays prompts out as we do.
        guided: kinds of grammars that it holds the model to, by construction.
    """

    model: str
    window: int | None
    is_ours: bool
    guided: frozenset[str]

    @classmethod
    def read(cls, answer: Incoming, wanted: str | None) -> Server:
        """Read the answer of GET /models.

        Raises:
            BadAnswer: it is not a list of models, or an empty one.
            ServerError: it does not list the model that is wanted, or is a refusal.
        """
        if answer.status != 200:
            raise refusal(answer)
        try:
            models = _Models.model_validate(json.loads(answer.text())).data
        except (ValueError, RecursionError, ValidationError) as error:
            raise BadAnswer(
                answer.url, "expected a list of models; is this an OpenAI-compatible server?", 200
            ) from error
        chosen = next((model for model in models if wanted in (None, model.id)), None)
        if chosen is None:
            names = ", ".join(model.id for model in models) or "none"
            raise ServerError(answer.url, f"expected the model {wanted or 'of the server'}, it serves {names}", 200)
        return cls(chosen.id, chosen.max_model_len, chosen.vl2agent is not None, _guided(chosen.vl2agent))

    def guides(self, grammar: Grammar | None) -> bool:
        """Whether a reply fits by construction."""
        return grammar is None or grammar.kind in self.guided


def refusal(answer: Incoming) -> ServerError:
    """Make the error of an answer whose status is not 200, with the server's own words."""
    status = answer.status
    if 300 <= status < 400:
        return ServerError(answer.url, f"it sends us on to {answer.headers.get('location', '?')[:200]}", status)
    said = _said(answer.text())
    reason = f"status {status}" + (f": {said}" if said else "")
    if status in BUSY:
        return ServerBusy(answer.url, reason, status, _retry_after_s(answer.headers.get("retry-after")))
    return ServerError(answer.url, reason + (f"; {HINTS[status]}" if status in HINTS else ""), status)


def read_counts(answer: Incoming, model: str, number: int) -> list[int]:
    """Read the answer of POST /tokenize: one count, or as many as prompts were sent.

    Raises:
        NotOffered: the server has no such address.
        ServerError: it is a refusal, or not so many counts.
    """
    if answer.status in (404, 405, 501):
        raise NotOffered(model, "counting", "give a folder with its config.json and tokenizer.json as tokenizer")
    if answer.status != 200:
        raise refusal(answer)
    try:
        told = _Counts.model_validate(json.loads(answer.text()))
    except (ValueError, RecursionError, ValidationError) as error:
        raise BadAnswer(answer.url, "expected a count of tokens", 200) from error
    counts = told.counts if told.count is None else [told.count]
    if counts is None or len(counts) != number:
        raise BadAnswer(answer.url, f"expected {number} counts of tokens", 200)
    return counts


def _guided(abilities: _Abilities | None) -> frozenset[str]:
    if abilities is None:
        return frozenset()
    return frozenset(abilities.structured_outputs) | ({"grounding"} if abilities.grounding else set())


def _said(body: str) -> str:
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return "" if body.lstrip().startswith("<") else " ".join(body.split())[:200]
    return told_error(content) if isinstance(content, dict) else ""


def _retry_after_s(value: str | None) -> float | None:
    """Read seconds, or a date."""
    if value is None:
        return None
    try:
        return float(value) if _SECONDS.fullmatch(value.strip()) else _until_s(value)
    except (ValueError, OverflowError):
        return None


def _until_s(date: str) -> float:
    return max(parsedate_to_datetime(date).timestamp() - time.time(), 0.0)
