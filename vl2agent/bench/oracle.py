"""A model that knows: it answers prompts in VL2's own text, from the truth about a sandbox.

What it is sent is all it knows of the run: the goal, its parts, and what came of the last step stand in the prompt, as
they do for a model. What it knows of the screen is true (truth.py), where a model sees a picture. Of its own replies it
remembers the last one, which the history tells as well. So what a run on it shows is the way around a model: prompts,
ledger, grammar, parsing, looking closer, verdicts; and nothing of how well a model sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from vl2agent.actions import Wait
from vl2agent.backends.local import LocalBackend
from vl2agent.backends.openai.guidance import held
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.bench.oracle_text import Situation, grounded, planned
from vl2agent.bench.truth import SOURCE, Truth
from vl2agent.calls import Model
from vl2agent.completion import Decoding, Grammar, Grounding, Picture, Prompt, Ref, Reply, Usage
from vl2agent.contracts import Backend, Perception
from vl2agent.errors import AmbiguousTarget, BackendError, MissingExtra, NotOffered, VL2AgentError
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.parser import parse_intent
from vl2agent.planner.commands import CommandPlanner
from vl2agent.planner.grammar import parse
from vl2agent.planner.memory import MAX_ACTION, clip
from vl2agent.planner.sight import Sight
from vl2agent.recording.words import intent_words
from vl2agent.sandbox.accessibility import Accessibility
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.steps import Frame, Memory, Plan, Receipt, Step, Verdict
from vl2agent.tiles import dirty_regions

SURE = 0.98
"""How sure it says that it is of a box."""
MIDDLE = "middle of the window"
"""What the planner calls a place where turning the wheel changes nothing."""
SPOT_PX = 12
TELLING = 8
"""Rows of a picture that it is looked for by: those with the most contrast."""
ALIKE = 0.98
"""The share of a picture's bytes that must be found."""


@dataclass(frozen=True, slots=True)
class _Given:
    """The reply before this one: what was planned, in which words, on which picture, and knowing what."""

    plan: Plan
    text: str
    frame: Frame
    memory: Memory


class OracleBackend:
    """A Backend that plans with the command planner and looks into the accessibility tree.

    Args:
        desktop: what it knows the truth about.
        truth: how it looks there.
        counter: counts prompts exactly; None: a token for each word.
        window: tokens that prompt and reply share.
    """

    model = "oracle"

    def __init__(self, desktop: Sandbox, truth: Truth, *, counter: Backend | None = None, window: int = 4096) -> None:
        self._desktop, self._truth, self._planner = desktop, truth, CommandPlanner(truth)
        self._counter: Backend = counter or ScriptedBackend()
        self._window = window
        self._given: _Given | None = None
        self._last: Step | None = None
        self._whole: Image.Image | None = None
        self._seen: Frame | None = None

    @property
    def window(self) -> int:
        return self._window

    def load(self) -> None:
        """Do nothing: there are no weights."""

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
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
        """Answer a plan prompt or a ground prompt.

        Raises:
            NotOffered: it is another prompt, or shows no part of the screen.
        """
        frame = self._look()
        refs = [part for message in prompt.messages for part in message.parts if isinstance(part, Ref)]
        if refs:
            words, region = refs[0].words, self._region(images[0], frame)
            most = grammar.most if isinstance(grammar, Grounding) else 1
            text = grounded(words, region, self._boxes(words, frame)[:most])
        else:
            if images and images[0].size == frame.image.size:
                self._whole = images[0]
            text = self._next(Situation.read(_text(prompt)), frame)
        if on_text:
            on_text(text)
        return self._reply(text, prompt, images, grammar)

    def _region(self, image: Image.Image, frame: Frame) -> ScreenBox:
        """Find what a picture shows: the whole screen, or a part of the whole that was sent last, at its own size.

        Raises:
            NotOffered: neither.
        """
        if image.size == frame.image.size:
            self._whole = image
            return frame.region
        for whole in filter(None, (self._whole, frame.image)):
            if corner := _found(image, whole):
                left, top = frame.region.left + corner[0], frame.region.top + corner[1]
                return ScreenBox(left, top, left + image.width, top + image.height)
        raise NotOffered(self.model, "a picture of anything but its sandbox's screen, whole or a part at its own size")

    def _look(self) -> Frame:
        """Take the picture that is asked about: the screen has settled before.

        The same picture is the same value, so that it is read once.
        """
        frame = replace(self._desktop.grab(), windows=self._desktop.windows())
        if self._seen is None or (frame.digest, frame.windows) != (self._seen.digest, self._seen.windows):
            self._seen = frame
        return self._seen

    def _reply(self, text: str, prompt: Prompt, images: Sequence[Image.Image], grammar: Grammar | None) -> Reply:
        frame = self.count(Prompt.user("."), []) - 1  # what stands around any text
        usage = Usage(
            prompt_tokens=self.count(prompt, images),
            image_tokens=sum(self.count(Prompt.user(Picture()), [image]) - frame for image in images),
            completion_tokens=self.count(Prompt.user(text), []) - frame,
        )
        located = held(grammar, text, ())[1] if grammar else ()
        return Reply(
            text=text,
            stop_reason="grammar" if grammar else "eos",
            usage=usage,
            located=tuple(each.model_copy(update={"confidence": SURE}) for each in located),
        )

    # --- plan --------------------------------------------------------------------------------------------------

    def _next(self, situation: Situation, frame: Frame) -> str:
        memory = self._memory(situation, frame)
        self._last = memory.last
        try:
            plan = self._planner.plan(situation.goal, memory, frame)
        except VL2AgentError as error:
            return planned(len(situation.parts), {"kind": "fail", "reason": _short(str(error), 80)})
        text = planned(_part(plan, situation), _fields(plan))
        self._given = _Given(plan, text, frame, memory)
        return text

    def _memory(self, situation: Situation, frame: Frame) -> Memory:
        """Know of the last step what the prompt tells, and of the screen what changed since."""
        given = self._given
        if given is None or not situation.last:
            return Memory()
        if situation.wrong:
            return given.memory
        outcome = _outcome(situation.last, given)
        verdict = Verdict.model_validate({"outcome": outcome, "changed": dirty_regions(given.frame, frame)})
        receipt = Receipt(delivery="sent", duration_s=0)
        return Memory([Step(number=1, plan=given.plan, receipt=receipt, verdict=verdict, seconds=0)])

    # --- ground ------------------------------------------------------------------------------------------------

    def _boxes(self, words: str, frame: Frame) -> Sequence[ScreenBox]:
        """Where the words are, the likeliest place first."""
        sight = Sight(frame, self._truth, self._last)
        if words == MIDDLE:
            return [_spot(sight.quiet_point(sight.active.box if sight.active else frame.region).point)]
        try:
            best = sight.find(words)
        except AmbiguousTarget as error:
            best = max(error.candidates, key=lambda target: target.point.x)  # a folder's view is right of its tree
        found = [best] if best else []
        return [target.box for target in (*found, *self._truth.find(words, frame))]


@contextmanager
def oracle(
    desktop: Sandbox, reader: Perception, *, tokenizer: Path | None = None, window: int = 4096
) -> Iterator[Model]:
    """Open the oracle of a desktop.

    Args:
        desktop: what it knows the truth about.
        reader: reads what the accessibility tree does not have; best one of its own, which reads only what changed.
        tokenizer: folder with config.json and tokenizer.json of the model to count for; None: a token for each word.
        window: tokens that prompt and reply share.

    Raises:
        MissingExtra: what speaks to the accessibility bus is not installed.
        SandboxError: that bus does not answer.
    """
    if not find_spec("jeepney"):
        raise MissingExtra("test", "the oracle")
    counter = LocalBackend(tokenizer) if tokenizer else None
    with Accessibility(desktop) as tree:
        yield Model(OracleBackend(desktop, Truth(tree, reader), counter=counter, window=window))


def _part(plan: Plan, situation: Situation) -> int:
    """Number of the goal's part that the planner's clause belongs to: a part may be several clauses ("rename ...")."""
    done = sum(clause.done for clause in plan.checklist)
    ends, end = [], 0
    for part in situation.parts:
        end += len(parse(part))
        ends.append(end)
    return next((number for number, end in enumerate(ends, start=1) if done < end), len(ends))


def _fields(plan: Plan) -> dict[str, object]:
    """The intent as a model would write it: places in the words that they were found by."""
    intent = plan.intent
    fields = {"kind": intent.kind, **intent.model_dump(mode="json", exclude_defaults=True, exclude={"kind"})}
    if isinstance(intent, Wait):
        fields["seconds"] = max(1, round(intent.seconds))
    for place, target in zip(("target", "destination"), plan.found, strict=False):
        fields[place] = _short(target.words, 80 if target.words.isascii() else 40)
        if target.source == SOURCE and target.role == "button" and intent.kind == "click":
            fields["count"] = 1  # the command planner takes launchers on a panel for icons on the desktop
    first = [name for name in ("kind", "target", "destination") if name in fields]
    return {name: fields[name] for name in (*first, *(name for name in fields if name not in first))}


def _outcome(last: str, given: _Given) -> str:
    """Read what came of the last step.

    Raises:
        BackendError: the prompt tells of another step than the one that was replied last.
    """
    done = clip(intent_words(parse_intent(given.text)[1]), MAX_ACTION)
    if not last.startswith(done):
        raise BackendError(f"oracle: expected to be told what came of {done!r}, the last step, got {last!r}")
    told = last[len(done) :]
    known = {"nothing changed": "unchanged", "not found": "not found", "still moving": "moving", "dry run": "dry"}
    return next((outcome for words, outcome in known.items() if words in told), "changed")


def _spot(point: ScreenPoint) -> ScreenBox:
    return ScreenBox(point.x - SPOT_PX, point.y - SPOT_PX, point.x + SPOT_PX, point.y + SPOT_PX)


def _found(part: Image.Image, whole: Image.Image) -> tuple[int, int] | None:
    """Find a part of a picture in it, pixel by pixel but for little: the top left corner."""
    wanted, pixels = (np.ascontiguousarray(np.asarray(each.convert("RGB"))) for each in (part, whole))
    height, width = wanted.shape[:2]
    for row in sorted(range(height), key=lambda row: -float(wanted[row].std()))[:TELLING]:
        line = wanted[row].tobytes()
        for top in range(pixels.shape[0] - height + 1):
            at = pixels[top + row].tobytes().find(line)
            left = at // 3
            if at >= 0 and at % 3 == 0 and (pixels[top : top + height, left : left + width] == wanted).mean() > ALIKE:
                return left, top
    return None


def _text(prompt: Prompt) -> str:
    return "".join(part for message in prompt.messages for part in message.parts if isinstance(part, str))


def _short(text: str, most: int) -> str:
    plain = " ".join(text.replace("<", "‹").split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"
