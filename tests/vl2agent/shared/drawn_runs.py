"""Recordings of a run whose buttons are rectangles of one colour, so that a box can be checked against the picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageDraw

from vl2agent.actions import Action, Click, Done, TypeText
from vl2agent.geometry import ScreenBox
from vl2agent.recording.chronicle import Chronicle, Deed
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import RunStarted
from vl2agent.recording.writer import Recorder
from vl2agent.steps import ClickIntent, Frame, Intent, Plan, Receipt, Settled, Target, Verdict
from vl2agent.tiles import dirty_regions

SIZE = (1000, 700)
SAVE, OPEN = ScreenBox(620, 430, 701, 463), ScreenBox(3, 5, 40, 22)
RED = (255, 0, 0)
Doing: TypeAlias = tuple[Intent, Action, Target | None]


def drawn(box: ScreenBox, number: int = 0) -> Settled:
    """A screen with one red rectangle, and a mark that tells it from others."""
    image = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), fill=RED)
    pen.rectangle((900, 600, 900 + number, 610), fill="blue")
    return Settled(Frame.from_image(image), "settled", 0.1)


def clicked(words: str, box: ScreenBox, confidence: float = 0.9) -> Doing:
    """A click on a rectangle."""
    target = Target(words=words, box=box, point=box.center, confidence=confidence)
    return ClickIntent(target=words), Click(point=box.center), target


def typed(text: str, *, secret: bool = False) -> Doing:
    """A text."""
    action = TypeText(text=text, secret=secret)
    return action, action, None


def record(path: Path, *doings: Doing, goal: str = "save it", idle: Sequence[int] = (), ok: bool = True) -> Recording:
    """Record steps, each of which changes the screen, but for those whose number is in `idle`; then say done."""
    recorder = Recorder(path)
    chronicle = Chronicle(recorder, RunStarted(goal=goal), who="test", judge=_judge)
    picture = 0
    for number, (intent, action, target) in enumerate(doings, start=1):
        box = target.box if target else SAVE
        before = drawn(box, picture)
        picture += number not in idle
        receipt = Receipt(delivery="sent", route="test", duration_s=0)
        deed = Deed(before=before, plan=Plan(intent=intent), action=action, target=target, receipt=receipt)
        chronicle.tell(deed, drawn(box, picture))
    done = Done(message="saved")
    chronicle.tell(Deed(before=drawn(SAVE, 90), plan=Plan(intent=done), action=done), drawn(SAVE, 90))
    chronicle.end(ok=ok, message="saved")
    return Recording(path)


def _judge(
    before: Frame, after: Settled, receipt: Receipt | None, target: Target | None, destination: Target | None
) -> Verdict:
    changed = dirty_regions(before, after.frame)
    return Verdict(outcome="changed" if changed else "unchanged", changed=changed)
