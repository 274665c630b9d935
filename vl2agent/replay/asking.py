"""A recording as a model: every prompt gets the reply that it got, without weights, tokenizer or server."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from blake3 import blake3
from PIL import Image

from vl2agent.calls import ModelCall, question_key
from vl2agent.completion import Decoding, Grammar, Picture, Prompt, Ref, Reply
from vl2agent.errors import ParseError
from vl2agent.geometry import Size
from vl2agent.recording.schema import Called
from vl2agent.replay.course import Course, failure, lines_apart


class RecordedBackend:
    """Answers the recorded calls, in their order; the one that was answered last may be asked again.

    Args:
        course: the recording, and how far it is played.
    """

    def __init__(self, course: Course) -> None:
        self._course = course
        self._calls = list(course.of(Called))
        self._counts = {key: tokens for _, event in self._calls for key, tokens in event.call.counts.items()}
        self._next = 0

    @property
    def model(self) -> str:
        run = self._course.run
        return run.model if run else ""

    @property
    def window(self) -> int:
        """Tokens that a prompt and its reply shared."""
        run = self._course.run
        told = run.window if run else 0
        return told or next((event.call.bill.window for _, event in self._calls), 1)

    @property
    def left(self) -> int:
        """Recorded calls that were not made yet."""
        return len(self._calls) - self._next

    def load(self) -> None:
        """Do nothing: there are no weights."""

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Return what was counted for this prompt.

        Raises:
            NotRecorded: it was never weighed.
        """
        prompt.check_pictures(len(images))
        tokens = self._counts.get(question_key(prompt, [Size(*image.size) for image in images]))
        if tokens is not None:
            return tokens
        if self.left and is_masked(self._calls[self._next][1].call):
            return 0  # what else was weighed is not told; that it fitted is known
        if self.left:
            raise self._apart(self._calls[self._next][1].call, prompt, [])
        raise self._course.missing("prompt", f"a prompt that was never weighed: {prompt_text(prompt)[:200]!r}")

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
        """Give the reply of the next recorded call.

        Raises:
            ReplayMismatch: that was made with another prompt, or on other pictures.
            VL2AgentError: what the recorded call raised.
        """
        digests = tuple(blake3(image.tobytes()).hexdigest() for image in images)
        call = self._take(prompt, digests)
        if call.unread:
            raise ParseError(call.unread.reply, call.unread.position, call.unread.expected)
        if call.reply is None:
            name, _, message = call.error.partition(": ")
            raise failure(name, message)
        if on_text:
            on_text(call.reply.text)
        return call.reply

    def _take(self, prompt: Prompt, digests: tuple[str, ...]) -> ModelCall:
        if self.left:
            at, event = self._calls[self._next]
            if _same(event.call, prompt, digests):
                self._next += 1
                self._course.reach(at)
                return event.call
        if self._next and _same(self._calls[self._next - 1][1].call, prompt, digests):
            return self._calls[self._next - 1][1].call
        if not self.left:
            raise self._course.missing("call", f"one more call of the model: {prompt_text(prompt)[:200]!r}")
        raise self._apart(self._calls[self._next][1].call, prompt, digests)

    def _apart(self, call: ModelCall, prompt: Prompt, digests: Sequence[str]) -> BaseException:
        if call.prompt == prompt:
            sides = [", ".join(digest[:12] for digest in each) for each in (call.digests, digests)]
            return self._course.differs("pictures", *sides, recorded=list(call.digests), now=list(digests))
        recorded, now = prompt_text(call.prompt), prompt_text(prompt)
        return self._course.differs(
            "prompt",
            f"a {call.purpose} prompt of {len(recorded)} characters",
            f"one of {len(now)}",
            recorded=call.prompt.model_dump(mode="json"),
            now=prompt.model_dump(mode="json"),
            diff=lines_apart(recorded, now),
        )


def is_masked(call: ModelCall) -> bool:
    """Tell whether something was masked in a call: then only its whole prompt's count is told, else also its parts'."""
    return set(call.counts) == {question_key(call.prompt, call.sizes)} and len(call.bill.charges) > 1


def prompt_text(prompt: Prompt) -> str:
    """Write a prompt as people read it."""
    lines = []
    for message in prompt.messages:
        lines.append(f"{message.role}:")
        lines.append("".join(_part(part) for part in message.parts))
    return "\n".join(lines)


def _part(part: str | Picture | Ref) -> str:
    if isinstance(part, Picture):
        return "[picture]\n"
    return f"[{part.words}]" if isinstance(part, Ref) else part


def _same(call: ModelCall, prompt: Prompt, digests: tuple[str, ...]) -> bool:
    return call.prompt == prompt and (not call.digests or call.digests == digests)
