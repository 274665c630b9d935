"""Runs of the real planners on a screen that is drawn: twenty labelled fields that take a click and what is typed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from vl2agent.actions import Action, Click, Key, TypeText
from vl2agent.agent import Agent
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model
from vl2agent.errors import AmbiguousTarget, TargetNotFound
from vl2agent.geometry import Display, ScreenBox, Size
from vl2agent.perception.vl2 import VL2Perception
from vl2agent.planner.vl2 import VL2Planner
from vl2agent.readings import ReadingPerception
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Element, Frame, Receipt, Settled, Target, Window

LABELS = ("Name", "Street", "City", "Phone", "Email", "Note")
COLUMN, ROW, WIDE, HIGH = 200, 40, 180, 24


class Form:
    """A screen with fields, and hands that fill them in."""

    size = Size(480, 320)
    displays = (Display("form", ScreenBox(0, 0, 480, 320)),)

    def __init__(self) -> None:
        self.texts = dict.fromkeys(LABELS, "")
        self.focus = ""
        self.fails: Exception | None = None

    def box(self, label: str) -> ScreenBox:
        """Where a field is."""
        top = 40 + ROW * LABELS.index(label)
        return ScreenBox(COLUMN, top, COLUMN + WIDE, top + HIGH)

    def grab(self) -> Frame:
        """Draw it."""
        image = Image.new("RGB", (480, 320), "#eeeeee")
        draw = ImageDraw.Draw(image)
        for label, text in self.texts.items():
            box = self.box(label)
            draw.text((20, box.top + 6), label, fill="black")
            draw.rectangle(
                (box.left, box.top, box.right - 1, box.bottom - 1), "white", "blue" if label == self.focus else "gray"
            )
            draw.text((box.left + 6, box.top + 6), text, fill="black")
        frame = Frame.from_image(image)
        return Frame(frame.pixels, frame.region, 0.0, windows=(Window(title="Form", app="form", box=frame.region),))

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """It never moves."""
        return Settled(self.grab(), "settled", 0.1)

    def perform(self, action: Action) -> Receipt:
        """Fill it in."""
        if self.fails:
            raise self.fails
        match action:
            case Click():
                self.focus = next((label for label in LABELS if self.box(label).contains(action.point)), "")
            case TypeText() if self.focus:
                self.texts[self.focus] += action.text
            case Key(keys="ctrl+a") if self.focus:
                self.texts[self.focus] = ""
        return Receipt(delivery="sent", duration_s=0.001)

    def release_all(self) -> None:
        """Nothing is held."""


class FormReader(ReadingPerception):
    """Knows where the fields are, as reading would."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form

    def _targets(self, words: str) -> list[Target]:
        named = [label for label in LABELS if label.lower() in words.lower()]
        boxes = [(label, self._form.box(label)) for label in named]
        return [Target(words=words, box=b, point=b.center, confidence=0.9, text=label) for label, b in boxes]

    def _locate(self, words: str, frame: Frame) -> Target:
        found = self._targets(words)
        if not found:
            raise TargetNotFound(words, (), "no such field")
        if len(found) > 1:
            raise AmbiguousTarget(words, found)
        return found[0]

    def _find(self, words: str, frame: Frame) -> Sequence[Target]:
        return self._targets(words)

    def _elements(self, frame: Frame) -> Sequence[Element]:
        shown = [*((label, label) for label in LABELS), *((label, self._form.texts[label]) for label in LABELS)]
        places = [(text, self._form.box(label)) for label, text in shown if text]
        return [Element(box=box, text=text, role="entry", confidence=0.9) for text, box in places]

    def _text_in(self, box: ScreenBox, frame: Frame) -> str:
        inside = (label for label in LABELS if box.contains(self._form.box(label).center))
        return "\n".join(filter(None, (self._form.texts[label] for label in inside)))


GOAL = "click Name, type 'Ann', click City, type 'Oslo'"


def commanded(path: Path, goal: str = GOAL, **options: object) -> Recording:
    """Record a run of the embedded planner; whatever ends it stays in the recording."""
    form = options.pop("form", None) or Form()
    assert isinstance(form, Form)
    recorder = options.pop("recorder", None) or Recorder(path)
    options.setdefault("perception", FormReader(form))
    run_to_its_end(Agent(form, recorder=recorder, **options), goal)  # type: ignore[arg-type]
    return Recording(path)


def planned(path: Path, *replies: str | dict[str, object], goal: str = "fill it in", **options: object) -> Recording:
    """Record a run on a model that gives these replies."""
    form, recorder = Form(), options.pop("recorder", None) or Recorder(path)
    backend = ScriptedBackend(*(reply if isinstance(reply, str) else json.dumps(reply) for reply in replies))
    model = Model(backend)
    seeing = VL2Perception(model, FormReader(form))
    agent = Agent(form, model=model, perception=seeing, planner=VL2Planner(model, seeing), recorder=recorder, **options)  # type: ignore[arg-type]
    run_to_its_end(agent, goal)
    return Recording(path)


def run_to_its_end(agent: Agent, goal: str) -> None:
    """Run, and let any end be one."""
    with contextlib.suppress(Exception, KeyboardInterrupt):  # it is in the recording
        agent.run(goal)


def boxed(words: str, box: ScreenBox, size: Size = Form.size) -> str:
    """Say where something is in a model's marks."""
    x, y = 999 / size.width_px, 999 / size.height_px
    edges = f"{box.left * x:.0f}, {box.top * y:.0f}, {box.right * x:.0f}, {box.bottom * y:.0f}"
    return f"<|ref|>{words}<|/ref|><|det|>[[{edges}]]<|/det|>"
