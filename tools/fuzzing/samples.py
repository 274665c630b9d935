"""A sound recording to break: a short run in which every kind of event happens."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fuzzing.runs import SIZE, Spy
from vl2agent.agent import Agent
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model
from vl2agent.errors import VL2AgentError
from vl2agent.geometry import ScreenBox
from vl2agent.loop.hooks import Hooks
from vl2agent.perception.vl2 import VL2Perception
from vl2agent.planner.vl2 import VL2Planner
from vl2agent.policy.policy import RulePolicy
from vl2agent.policy.rules import Rule
from vl2agent.readings import ReadingPerception
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Element, Frame, Target, Window

BOX = ScreenBox(10, 10, 60, 40)
REPLIES = (
    {"clause": 1, "kind": "click", "target": "Save"},
    "<|ref|>Save<|/ref|><|det|>[[104, 156, 625, 625]]<|/det|>",
    "<|ref|>Save<|/ref|><|det|>[[104, 156, 625, 625]]<|/det|>",
    {"clause": 1, "kind": "ask_user", "question": "Under which name?"},
    {"clause": 1, "kind": "type", "text": "report", "submit": True},
    {"clause": 2, "kind": "done", "message": "saved"},
)


class Page(Spy):
    """A screen that is another shade after each action."""

    def grab(self) -> Frame:
        """Show the shade, and a window with a page."""
        whole = ScreenBox(0, 0, SIZE.width_px, SIZE.height_px)
        pixels = np.full((SIZE.height_px, SIZE.width_px, 4), 40 * len(self.done), np.uint8)
        pixels[10:40, 10:60, 0] = 200
        window = Window(title="Report", app="editor", box=whole, active=True, url="https://example.org/")
        return Frame(pixels, whole, 0.0, 1.0, (window,))


class Reader(ReadingPerception):
    """Finds one button, whatever it is called."""

    def _locate(self, words: str, frame: Frame) -> Target:
        return Target(words=words, box=BOX, point=BOX.center, confidence=0.9, text="Save", source="ocr")

    def _find(self, words: str, frame: Frame) -> Sequence[Target]:
        return (self._locate(words, frame),)

    def _elements(self, frame: Frame) -> Sequence[Element]:
        return (Element(box=BOX, text="Save", role="button", confidence=0.9),)

    def _text_in(self, box: ScreenBox, frame: Frame) -> str:
        return "Save"


def recorded(folder: Path) -> dict[str, bytes]:
    """Record the run; give its files by name."""
    path = folder / "sound.v2a"
    shutil.rmtree(path, ignore_errors=True)
    model = Model(ScriptedBackend(*(reply if isinstance(reply, str) else json.dumps(reply) for reply in REPLIES)))
    perception = VL2Perception(model, Reader())
    agent = Agent(
        Page(),
        perception=perception,
        planner=VL2Planner(model, perception),
        model=model,
        policy=RulePolicy([Rule(name="typing", verdict="ask", actions=("type",))], builtin=False),
        approve=lambda action, decision: True,
        hooks=Hooks(on_ask=lambda question: "report"),
        recorder=Recorder(path),
    )
    with contextlib.suppress(VL2AgentError):
        agent.run("save the report, then say so")
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}
