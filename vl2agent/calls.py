"""Calls to a model: counted part by part before they are made, told of when they are over.

    model = Model(open_backend("deepseek-ai/deepseek-vl2-tiny"))
    shot = Shot.of(frame)
    reply = model.call("ask", [Section("picture", (Picture(),)), Section("question", ("Which tab is selected?",))], [shot])

Whoever talks to a model goes through `Model`: planner, perception, scripting surface. Nothing else is needed to show in
a trace what a model was sent, what each part of it cost, and what it answered.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Literal, TypeAlias

from blake3 import blake3
from PIL import Image
from pydantic import Field

from vl2agent.actions import Frozen
from vl2agent.completion import Decoding, Grammar, Message, Part, Prompt, Reply
from vl2agent.contracts import Backend
from vl2agent.errors import InputError, Interrupted, ParseError, WindowTooSmall
from vl2agent.geometry import ScreenBox, Size, View
from vl2agent.steps import Frame

Purpose: TypeAlias = Literal[
    "plan", "repair", "ground", "zoom", "find", "ask", "read", "verify", "name", "refine", "edit", "plot"
]

MAX_PICTURES = 2
"""More of them turn the model's tiling off, and each is seen as one small tile."""
REMEMBERED = 4096
"""Prompts whose tokens are known; lines of the memory are weighed again and again."""


@dataclass(frozen=True, eq=False)
class Shot:
    """A picture as it is sent: of which part of the screen, at which size."""

    image: Image.Image
    region: ScreenBox

    @classmethod
    def of(cls, frame: Frame, size: Size | None = None) -> Shot:
        """Take a frame, or a crop of one, as it is, or resized."""
        wanted = (size.width_px, size.height_px) if size else frame.image.size
        image = frame.image if wanted == frame.image.size else frame.image.resize(wanted, Image.Resampling.BICUBIC)
        return cls(image, frame.region)

    @property
    def size(self) -> Size:
        return Size(*self.image.size)

    @cached_property
    def digest(self) -> str:
        """BLAKE3 of the picture as it is sent, in hex."""
        return blake3(self.image.tobytes()).hexdigest()

    @property
    def view(self) -> View:
        """How the sent pixels lie on the screen."""
        return View(self.region, self.size)


@dataclass(frozen=True, slots=True)
class Section:
    """A named part of a prompt, as the ledger counts it: the goal, a line of memory, the picture."""

    name: str
    parts: tuple[Part, ...]


class Charge(Frozen):
    """What one section adds to a prompt; less than nothing where it joins the one before into fewer tokens."""

    name: str
    tokens: int


class Bill(Frozen):
    """What a prompt costs, section by section, and what is kept free for the reply.

    The charges add up to what the model counts: each is what the prompt grew by when its section was added.
    """

    charges: tuple[Charge, ...]
    reserve: int = Field(ge=0)
    window: int = Field(ge=1)

    @property
    def prompt_tokens(self) -> int:
        return sum(charge.tokens for charge in self.charges)

    @property
    def free(self) -> int:
        """Tokens left over; negative when it does not fit."""
        return self.window - self.prompt_tokens - self.reserve


def question_key(prompt: Prompt, sizes: Sequence[Size]) -> str:
    """Name a prompt and the sizes of its pictures: all that its count depends on."""
    told = [prompt.model_dump_json(), *map(str, sizes)]
    return blake2b("\n".join(told).encode(), digest_size=8).hexdigest()


class Unread(Frozen):
    """A reply that is not what was asked for: what a `ParseError` says of it."""

    reply: str
    position: int
    expected: str


class ModelCall(Frozen):
    """One call, as the trace shows it.

    `regions` is what each picture showed, `digests` names each by its content as it was sent. `counts` are the tokens
    of every prompt that was weighed since the call before, by `question_key`. `reply` is None where the call failed;
    `error` then says how, and `unread` has what came where that could not be read.
    """

    purpose: Purpose
    prompt: Prompt
    regions: tuple[ScreenBox, ...]
    sizes: tuple[Size, ...]
    digests: tuple[str, ...] = ()
    counts: dict[str, int] = Field(default_factory=dict)
    grammar: Grammar | None = None
    bill: Bill
    reply: Reply | None = None
    error: str = ""
    unread: Unread | None = None
    seconds: float = Field(ge=0)


class Model:
    """A backend at work: what is sent is counted first, and everybody who listens is told what came back.

    It serves one run at a time; runs beside each other take one each, over the same backend.

    Args:
        backend: what answers.
        window: tokens that a prompt and its reply may share, where that is to be less than the backend has.

    Raises:
        InputError: the window is not above 0, or larger than the backend's.
    """

    def __init__(self, backend: Backend, *, window: int | None = None) -> None:
        self.backend = backend
        self._window = window
        self._listeners: list[Callable[[ModelCall], None]] = []
        self._weighed: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self.cancelled: Callable[[], bool] | None = None
        """Is asked while a reply is made."""
        if window is not None and not 0 < window <= backend.window:
            raise InputError(
                f"expected a window from 1 to {backend.window} tokens, as {backend.model} has, got {window}"
            )

    @property
    def window(self) -> int:
        return self._window or self.backend.window

    @contextmanager
    def told(self, listener: Callable[[ModelCall], None]) -> Iterator[None]:
        """Tell `listener` of every call made meanwhile, in the thread that makes it."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def count(self, sections: Sequence[Section], shots: Sequence[Shot]) -> int:
        """Count a prompt exactly, without the weights."""
        prompt = _prompt(sections)
        key = question_key(prompt, [shot.size for shot in shots])
        if key not in self._weighed:
            if len(self._weighed) >= REMEMBERED:
                self._weighed.clear()
            self._weighed[key] = self.backend.count(prompt, [shot.image for shot in shots])
        if self._listeners:
            self._counts[key] = self._weighed[key]
        return self._weighed[key]

    def bill(self, sections: Sequence[Section], shots: Sequence[Shot], reserve: int) -> Bill:
        """Say what each section costs."""
        counts = [0]
        for end in range(len(sections), 0, -1):  # the whole first: a server then tells its beginnings with it
            so_far = sections[:end]
            pictures = sum(not isinstance(part, str) and part.kind == "picture" for s in so_far for part in s.parts)
            counts.insert(1, self.count(so_far, shots[:pictures]))
        charges = [
            Charge(name=section.name, tokens=now - before)
            for section, before, now in zip(sections, counts, counts[1:], strict=False)
        ]
        return Bill(charges=tuple(charges), reserve=reserve, window=self.window)

    def call(
        self,
        purpose: Purpose,
        sections: Sequence[Section],
        shots: Sequence[Shot],
        grammar: Grammar | None = None,
        *,
        decoding: Decoding = Decoding(),
    ) -> Reply:
        """Send the sections as one question about the pictures; `decoding.max_tokens` is what the reply may take.

        Raises:
            InputError: there are more than two pictures, or another number than the sections have places for.
            WindowTooSmall: prompt and reply do not fit; nothing was sent.
            BackendError: the model did not answer.
            Interrupted: `cancelled` said so; what there was of a reply is told, not returned.
        """
        if len(shots) > MAX_PICTURES:
            raise InputError(f"expected at most {MAX_PICTURES} pictures, got {len(shots)}; more would be seen small")
        bill = self.bill(sections, shots, decoding.max_tokens)
        if bill.free < 0:
            raise WindowTooSmall(self.backend.model, bill.window, bill.prompt_tokens + bill.reserve)
        prompt, began_s = _prompt(sections), time.monotonic()
        reply: Reply | None = None
        error, unread = "", None
        try:
            images = [shot.image for shot in shots]
            reply = self.backend.complete(prompt, images, grammar, decoding=decoding, cancelled=self.cancelled)
        except BaseException as failure:
            error = f"{type(failure).__name__}: {failure}"
            if isinstance(failure, ParseError):
                unread = Unread(reply=failure.reply, position=failure.position, expected=failure.expected)
            raise
        finally:
            self._tell(
                ModelCall(
                    purpose=purpose,
                    prompt=prompt,
                    regions=tuple(shot.region for shot in shots),
                    sizes=tuple(shot.size for shot in shots),
                    digests=tuple(shot.digest for shot in shots) if self._listeners else (),
                    counts=dict(self._counts),
                    grammar=grammar,
                    bill=bill,
                    reply=reply,
                    error=error,
                    unread=unread,
                    seconds=round(time.monotonic() - began_s, 4),
                )
            )
        if reply.stop_reason == "cancelled":
            raise Interrupted(f"stopped by a person while {self.backend.model} answered")
        return reply

    def _tell(self, call: ModelCall) -> None:
        self._counts.clear()
        for listener in self._listeners:
            listener(call)


def _prompt(sections: Sequence[Section]) -> Prompt:
    return Prompt(messages=(Message(role="user", parts=tuple(part for s in sections for part in s.parts)),))
