"""Recordings of a small run, two steps and three frames, and of one in which everything happens that can."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from vl2agent.actions import Click, Done, TypeText
from vl2agent.calls import Bill, Charge, ModelCall
from vl2agent.completion import Prompt, Reply, Usage
from vl2agent.geometry import ScreenBox, ScreenPoint, Size
from vl2agent.readings import Reading
from vl2agent.recording.schema import (
    Asked,
    Called,
    Decided,
    Ended,
    Grounded,
    Intended,
    Judged,
    Noted,
    Planned,
    Read,
    Received,
    RunStarted,
)
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Clause, ClickIntent, Decision, Frame, Plan, Receipt, Settled, Target, Verdict


def settled(colour: str) -> Settled:
    """A frame of one colour, settled at once."""
    return Settled(Frame.from_image(Image.new("RGB", (320, 240), colour)), "settled", 0.1)


def _call() -> ModelCall:
    bill = Bill(charges=(Charge(name="picture", tokens=421), Charge(name="goal", tokens=12)), reserve=256, window=4096)
    usage = Usage(prompt_tokens=433, image_tokens=421, completion_tokens=20)
    return ModelCall(
        purpose="plan",
        prompt=Prompt.ask("What next, </pre>?"),
        regions=(ScreenBox(0, 0, 320, 240),),
        sizes=(Size(320, 240),),
        bill=bill,
        reply=Reply(text='{"kind":"click"}', usage=usage),
        seconds=0.5,
    )


def changing(*texts: str) -> Settled:
    """A frame of one colour with a few small words on it."""
    image = Image.new("RGB", (320, 240), "#d0d0c0")
    for row, text in enumerate(texts):
        ImageDraw.Draw(image).text((20, 20 + 80 * row), text, "black", ImageFont.load_default(16))
    return Settled(Frame.from_image(image), "settled", 0.1)


@pytest.fixture
def record_all() -> Callable[[Path], Path]:
    """Write a run with every type of event, with patches, references to equal frames, and a process that goes on."""

    def write(path: Path) -> Path:
        recorder = Recorder(path)
        recorder.write(RunStarted(goal="type a name", parts={"screen": "TestScreen"}, place="sandbox test"))
        for step, texts in enumerate((("a",), ("a", "b"), ("a",), ("c", "b"), ("c", "b")), 1):
            if step == 3:
                recorder.close()  # as a kill leaves it: without an end
                recorder = Recorder.resume(path)
            frame = recorder.see(changing(*texts))
            name = TypeText(text=f"Ann {step}", submit=True)
            seen = changing(*texts).frame
            reading = Reading(ask="text_in", frame=seen.digest, region=seen.region, box=seen.region, text=texts[0])
            recorder.write(Read(step=step, reading=reading))
            recorder.write(Read(step=step, reading=reading.question(), again=True))
            recorder.write(Called(step=step, call=_call()))
            recorder.write(Planned(step=step, frame=frame, plan=Plan(intent=name)))
            recorder.write(Grounded(step=step, action=name))
            recorder.write(Decided(step=step, decision=Decision(verdict="ask", rule="sending")))
            recorder.write(Asked(step=step, question="send?", answer="yes"))
            recorder.write(Intended(step=step, action=name), sync=True)
            recorder.write(Received(step=step, receipt=Receipt(delivery="sent", duration_s=0.01)), sync=True)
            recorder.write(Judged(step=step, frame=frame, verdict=Verdict(outcome="changed"), seconds=0.2))
            recorder.write(Noted(text=f"step {step}"))
        recorder.finish(Ended(ok=True, message="typed", seconds=0.4))
        return path

    return write


@pytest.fixture
def record_run() -> Callable[[Path], Path]:
    """Write the small run into a folder."""

    def write(path: Path) -> Path:
        words, box = "the <Save> & 'Quit' button", ScreenBox(20, 30, 90, 60)
        target = Target(words=words, box=box, point=box.center, confidence=0.91, text="Save", source="test")
        click = Click(point=ScreenPoint(54, 44))
        recorder = Recorder(path)
        recorder.write(RunStarted(goal="save <it>", parts={"screen": "TestScreen"}))
        first = recorder.see(settled("white"))
        plan = Plan(intent=ClickIntent(target=words), checklist=(Clause(text="save"),))
        recorder.write(Called(step=1, call=_call()))
        recorder.write(Planned(step=1, frame=first, plan=plan))
        recorder.write(Grounded(step=1, action=click, target=target))
        recorder.write(Decided(step=1, decision=Decision(verdict="allow", rule="default")))
        recorder.write(Intended(step=1, action=click), sync=True)
        recorder.write(Received(step=1, receipt=Receipt(delivery="sent", duration_s=0.01)), sync=True)
        second = recorder.see(settled("navy"))
        changed = Verdict(outcome="changed", changed=(ScreenBox(0, 0, 320, 240),))
        recorder.write(Judged(step=1, frame=second, verdict=changed, seconds=0.2))
        done = Plan(intent=Done(message="saved"), checklist=(Clause(text="save", done=True),))
        recorder.write(Planned(step=2, frame=second, plan=done))
        recorder.write(Grounded(step=2, action=Done(message="saved")))
        recorder.write(Judged(step=2, frame=second, verdict=Verdict(outcome="ended"), seconds=0.1))
        recorder.write(Noted(text="Who? <Ann>"))
        recorder.finish(Ended(ok=True, message="saved", seconds=0.4, checklist=done.checklist))
        return path

    return write
