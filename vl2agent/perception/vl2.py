"""Words to places by a model: ask, look closer where that helps, and let reading correct it.

    seeing = VL2Perception(Model(open_backend("deepseek-ai/deepseek-vl2-tiny")), OcrPerception())
    seeing.locate("the Save button", frame).point

`zoom.py` says when and where to look again, `fusion.py` what reading is worth. Every look is kept in `Target.looks`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from pydantic import BaseModel, ValidationError

from vl2agent import canvas, prompts
from vl2agent.calls import Model, Purpose, Section, Shot
from vl2agent.canvas import Sight
from vl2agent.completion import Decoding, Grounding, JsonSchema, Reply
from vl2agent.contracts import Perception
from vl2agent.errors import InputError, ParseError, TargetNotFound
from vl2agent.geometry import ScreenBox, View
from vl2agent.parser import parse_boxes, parse_json
from vl2agent.perception import zoom
from vl2agent.perception.fusion import fuse, snapped
from vl2agent.perception.query import parse_name
from vl2agent.perception.zoom import Sighting
from vl2agent.readings import Listener, TellsReadings
from vl2agent.steps import Element, Frame, Look, Target

SOURCE = "model"
MOST = 20
"""Boxes that a model may list for one description."""
MARK_TOKENS, BOX_TOKENS = 8, 24
"""More than the marks of an answer and each of its boxes take; the words come on top, a token a byte at most."""
READ_TOKENS = 1024
"""More than the text of one crop takes."""
LEAST_GRID = 2
"""A box of which no side is so many grid units long shows nothing."""
UNTOLD = 0.5
"""The confidence in a box of a model that does not tell how sure it is."""
SAME = 0.5
"""Boxes that share more are one thing."""


class VL2Perception:
    """Words to boxes by a model that answers with boxes, and by reading where that is installed.

    Args:
        model: what is asked; it counts and tells of every call.
        reader: reads the screen; None: the model alone.
        sight: how large the model sees a picture; None: as DeepSeek-VL2 does.
    """

    def __init__(self, model: Model, reader: Perception | None = None, *, sight: Sight | None = None) -> None:
        self._model, self.reader, self._sight = model, reader, sight or canvas.sight

    def told(self, listener: Listener) -> AbstractContextManager[None]:
        """Tell `listener` of every reading made meanwhile; what the model is asked is told by `Model.told`."""
        return self.reader.told(listener) if isinstance(self.reader, TellsReadings) else nullcontext()

    def locate(self, words: str, frame: Frame) -> Target:
        """Find the one thing that the words name.

        Without a usable box the model is asked once more in other words (`rephrased`), then reading alone decides.

        Raises:
            InputError: there are no words, or they are no Unicode.
            TargetNotFound: the model gives no box, or one of all or nothing, and reading finds nothing either.
            BackendError: the model cannot answer.
        """
        words = _required(words, "words that name what to find")
        looks: list[Look] = []
        for asked, purpose in _attempts(words):
            seen = self._ask(asked, purpose, frame, looks)
            if seen:
                target = self._closer(words, asked, seen, frame, looks)
                return fuse(target, self._read(words, frame), frame.region)
        return self._read_alone(words, frame, looks)

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Find everything that fits, best first; empty when neither the model nor reading finds anything.

        Raises:
            InputError, BackendError: as locate.
        """
        words = _required(words, "words that name what to find")
        seen = [each for each in self._call("find", words, frame, prompts.find_all(words), MOST) if not _absurd(each)]
        read = self._read(words, frame)
        targets = [_target(words, each, (_look(each, "all that fit"),)) for each in seen]
        fused = [snapped(target, read, frame.region) or target for target in targets]
        return _distinct(sorted((*fused, *read), key=lambda target: -target.confidence))

    def elements(self, frame: Frame) -> Sequence[Element]:
        """List what can be pointed at, as reading finds it; empty without reading."""
        return self.reader.elements(frame) if self.reader else ()

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Read what is written in a part of the frame; without reading, the model is asked."""
        if self.reader:
            return self.reader.text_in(box, frame)
        shot = Shot.of(frame.crop(box))
        return self._model.call("read", prompts.read(), [shot], decoding=Decoding(max_tokens=READ_TOKENS)).text.strip()

    def ask(self, question: str, frame: Frame, schema: type[BaseModel] | None = None) -> Reply:
        """Ask anything about a frame; with a schema, the reply's text is JSON that fits it.

        Raises:
            InputError: there is no question.
            ParseError: the reply does not fit the schema.
            BackendError: the model cannot answer.
        """
        question = _required(question, "a question")
        grammar = JsonSchema(json_schema=schema.model_json_schema()) if schema else None
        reply = self._model.call("ask", prompts.ask(question), [Shot.of(frame)], grammar)
        return reply.model_copy(update={"text": _fitting(reply, schema)}) if schema else reply

    def _ask(self, words: str, purpose: Purpose, frame: Frame, looks: list[Look]) -> Sighting | None:
        """Ask for one thing; None when what comes cannot be it."""
        found = self._call(purpose, words, frame, prompts.ground(words), 1)
        if not found:
            return None
        absurd = _absurd(found[0])
        looks.append(_look(found[0], absurd or ("asked for" if purpose == "ground" else f"asked for {words!r}")))
        return None if absurd else found[0]

    def _closer(self, words: str, asked: str, seen: Sighting, frame: Frame, looks: list[Look]) -> Target:
        """Look again, up to twice, and keep what is to be believed."""
        confidence = _confidence(seen)
        for _ in range(zoom.ROUNDS):
            again = zoom.closer(seen, frame.region, self._sight)
            found = again and self._call("zoom", asked, frame.crop(again.region), prompts.ground(asked), 1)
            if not again or not found:
                break
            doubt = zoom.contradiction(seen, found[0])
            looks.append(_look(found[0], f"{again.why}; not believed: {doubt}" if doubt else again.why))
            if doubt:
                confidence *= zoom.DOUBTED
                break
            seen, confidence = found[0], max(confidence, _confidence(found[0]))
        return _target(words, seen, tuple(looks)).model_copy(update={"confidence": confidence})

    def _call(
        self, purpose: Purpose, words: str, frame: Frame, sections: Sequence[Section], most: int
    ) -> Sequence[Sighting]:
        """Ask for boxes; what comes without any is no answer, whoever notices: the backend, or who reads its text."""
        grammar = Grounding(words=words, most=most)
        reserve = Decoding(max_tokens=len(words.encode()) + MARK_TOKENS + BOX_TOKENS * most)
        try:
            reply = self._model.call(purpose, sections, [Shot.of(frame)], grammar, decoding=reserve)
            located = reply.located or parse_boxes(reply.text)
        except ParseError:
            return ()
        return [Sighting(frame.region, each) for each in located[:most]]

    def _read(self, words: str, frame: Frame) -> Sequence[Target]:
        return self.reader.find(words, frame) if self.reader else ()

    def _read_alone(self, words: str, frame: Frame, looks: Sequence[Look]) -> Target:
        if self.reader:
            return self.reader.locate(words, frame).model_copy(update={"looks": tuple(looks)})
        seen = [_target_of(words, look) for look in looks]
        raise TargetNotFound(words, seen, looks[-1].why if looks else "the model gave no box")


def rephrased(words: str) -> str:
    """Say the same in other words: the bare name, or where that is all there is, what is written there.

    "the Save button" becomes "Save"; "Save" becomes 'the text "Save"'.
    """
    name = parse_name(words)[0].text
    return name if name and name != words else f'the text "{words}"'


def _attempts(words: str) -> tuple[tuple[str, Purpose], ...]:
    return (words, "ground"), (rephrased(words), "repair")


def _required(text: str, what: str) -> str:
    """Refuse a text that is blank, or holds bytes that are no Unicode, as a terminal hands them on."""
    if not text.strip():
        raise InputError(f"expected {what}, got none")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"expected {what} in Unicode, got {text!r}") from error
    return text.strip()


def _absurd(seen: Sighting) -> str:
    """Say why a box names nothing; empty when it may."""
    box = seen.found.box
    if max(box.right - box.left, box.bottom - box.top) < LEAST_GRID:
        return f"the box {seen.box} is empty"
    return f"the box {seen.box} is all of the picture" if seen.fills else ""


def _confidence(seen: Sighting) -> float:
    known = seen.found.edges or seen.found.confidence
    return seen.found.confidence if known else UNTOLD


def _target_of(words: str, look: Look) -> Target:
    """Make a candidate of what a look found."""
    return Target(
        words=words, box=look.box, point=look.box.center, confidence=look.confidence, source=SOURCE, looks=(look,)
    )


def _look(seen: Sighting, why: str) -> Look:
    return Look(region=seen.region, box=seen.box, confidence=seen.found.confidence, why=why)


def _target(words: str, seen: Sighting, looks: tuple[Look, ...]) -> Target:
    view = View(seen.region, seen.region.size)
    return Target(
        words=words,
        box=seen.box,
        point=seen.box.clamp(view.grid_point_to_screen(seen.found.point)),
        confidence=_confidence(seen),
        text=seen.found.words or words,
        source=SOURCE,
        looks=looks,
    )


def _distinct(targets: Sequence[Target]) -> list[Target]:
    """Keep the first of those that cover the same place."""
    kept: list[Target] = []
    for target in targets:
        if not any(target.box.iou(other.box) > SAME for other in kept):
            kept.append(target)
    return kept


def _fitting(reply: Reply, schema: type[BaseModel]) -> str:
    """Return a reply's JSON, without what stands around it, when it fits.

    Raises:
        ParseError: it does not.
    """
    text = reply.text
    if reply.stop_reason == "length":
        raise ParseError(text, len(text), f"the end of {schema.__name__}, which was cut off; ask for less")
    value = json.dumps(parse_json(text))
    try:
        return schema.model_validate_json(value).model_dump_json(by_alias=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise ParseError(text, 0, f"JSON that fits {schema.__name__} ({where}: {first['msg']})") from error
