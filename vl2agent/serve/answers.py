"""What is answered: chat completions whole and in chunks, with what only this server tells under `vl2agent`.

`choices[0].message.vl2agent`, and `vl2agent` of a stream's last chunk with a choice, hold the prediction's id, status
and timings, the tokens of the prompt that were spared, and the boxes of the text (`completion.Located`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from vl2agent import __version__
from vl2agent.completion import Reply, StopReason
from vl2agent.serve.job import Job
from vl2agent.serve.marks import MarksOut
from vl2agent.serve.refusal import Refusal
from vl2agent.serve.wire import ChatRequest

DONE = b"data: [DONE]\n\n"


class Answer:
    """The answer to one request, in whichever form it wants it.

    Args:
        job: whose reply it is.
        request: says the form.
        model: the name that is told.
    """

    def __init__(self, job: Job, request: ChatRequest, model: str) -> None:
        self._job, self._request, self._model = job, request, model
        self._created = int(time.time())
        self._marks = MarksOut() if request.skip_special_tokens else None

    def whole(self, reply: Reply) -> dict[str, Any]:
        """Give a chat completion."""
        message = {
            "role": "assistant", "content": self._shown(reply.text) + self._rest(), "refusal": None,
            "vl2agent": self._own(reply),
        }  # fmt: skip
        choice = {"index": 0, "message": message, **self._ending(reply)}
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage(reply)}

    def opening(self) -> bytes:
        """Give a stream's first chunk, which says whose turn it is."""
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, text: str) -> bytes:
        """Give a chunk of text, or nothing where there is none to show yet."""
        shown = self._shown(text)
        return self._chunk({"content": shown}) if shown else b""

    def closing(self, outcome: Reply | Refusal) -> Iterator[bytes]:
        """Give a stream's last chunks: how it ended, what it cost if that was asked for, and the mark of its end."""
        if isinstance(outcome, Refusal):
            yield _event(outcome.body)
        else:
            rest = self._rest()
            last = {"index": 0, "delta": {"content": rest} if rest else {}, **self._ending(outcome)}
            yield _event({**self._head("chat.completion.chunk"), "choices": [last], "vl2agent": self._own(outcome)})
            options = self._request.stream_options
            if options and options.include_usage:
                yield _event({**self._head("chat.completion.chunk"), "choices": [], "usage": usage(outcome)})
        yield DONE

    def _chunk(self, delta: dict[str, str]) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": None, "logprobs": None}
        return _event({**self._head("chat.completion.chunk"), "choices": [choice]})

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self._job.id, "object": kind, "created": self._created, "model": self._model}

    def _ending(self, reply: Reply) -> dict[str, Any]:
        """Say why it ended. A backend tells each token's probability, not its letters."""
        asked = bool(self._request.logprobs)
        tokens: list[dict[str, Any]] = [
            {"token": "", "logprob": value, "bytes": None, "top_logprobs": []} for value in reply.logprobs
        ]
        return {
            "finish_reason": finish_reason(reply.stop_reason),
            "logprobs": {"content": tokens, "refusal": None} if asked else None,
        }

    def _own(self, reply: Reply) -> dict[str, Any]:
        prediction = self._job.prediction
        return {
            "id": prediction.id,
            "status": prediction.status,
            "stop_reason": reply.stop_reason,
            **prediction.seconds,
            "timings": prediction.timings,
            "cached_tokens": reply.usage.cached_tokens,
            "image_tokens": reply.usage.image_tokens,
            "located": [located.model_dump(mode="json") for located in reply.located],
        }

    def _shown(self, text: str) -> str:
        return self._marks.add(text) if self._marks else text

    def _rest(self) -> str:
        return self._marks.end() if self._marks else ""


def finish_reason(stop: StopReason) -> str:
    """Say in OpenAI's words why a reply ended."""
    return "length" if stop == "length" else "stop"


def usage(reply: Reply) -> dict[str, Any]:
    """Tell what a reply cost."""
    used = reply.usage
    return {
        "prompt_tokens": used.prompt_tokens,
        "completion_tokens": used.completion_tokens,
        "total_tokens": used.prompt_tokens + used.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": used.cached_tokens, "image_tokens": used.image_tokens},
    }


def model_card(name: str, window: int, created: int, *, grammars: bool) -> dict[str, Any]:
    """Describe the one model, and what this server does beyond OpenAI's."""
    own = {
        "version": __version__,
        "grounding": grammars,
        "structured_outputs": ["json", "regex"] if grammars else [],
        "tokenize": True,
    }
    return {
        "id": name, "object": "model", "created": created, "owned_by": "vl2agent", "max_model_len": window,
        "vl2agent": own,
    }  # fmt: skip


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
