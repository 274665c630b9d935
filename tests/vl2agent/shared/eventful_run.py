"""A recording of a run in which much happens, on a screen that says hostile things."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from vl2agent.actions import MASK, Action, Click, Done, Drag, Scroll, TypeText
from vl2agent.calls import Bill, Charge, ModelCall
from vl2agent.completion import Coordinate, Located, Prompt, Reply, Usage
from vl2agent.geometry import GridBox, ScreenBox, ScreenPoint, Size
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
from vl2agent.steps import (
    Clause,
    ClickIntent,
    Decision,
    DragIntent,
    Element,
    Frame,
    Intent,
    Look,
    Plan,
    Receipt,
    ScrollIntent,
    Settled,
    Target,
    Verdict,
    Window,
)

HOSTILE = "</script><img src=x onerror=\"document.title='gone'\"> & 'quotes' \u2028 ${1}"
GOAL = f"save it {HOSTILE}"
SIZE = (320, 240)


def screen(number: int) -> Settled:
    """A frame whose left third is another one each time."""
    image = Image.new("RGB", SIZE, "white")
    ImageDraw.Draw(image).rectangle((0, 0, 100, 240), fill=("navy", "teal", "gold", "salmon", "green")[number % 5])
    window = Window(title=HOSTILE, app="mousepad", box=ScreenBox(0, 0, *SIZE), active=True)
    frame = Frame.from_image(image)
    return Settled(Frame(frame.pixels, frame.region, 0.0, 1.0, (window,)), "settled", 0.1)


def call() -> ModelCall:
    """A model that was asked where something is."""
    edges = tuple(Coordinate(value=value, confidence=0.75, expected=value + 0.4) for value in (62, 125, 281, 250))
    located = Located(words="Save", box=GridBox(62, 125, 281, 250), confidence=0.62, edges=edges)
    charges = (Charge(name="picture", tokens=421), Charge(name="goal", tokens=12))
    return ModelCall(
        purpose="ground",
        prompt=Prompt.ask(f"Where is it? {HOSTILE}"),
        regions=(ScreenBox(0, 0, *SIZE),),
        sizes=(Size(*SIZE),),
        bill=Bill(charges=charges, reserve=256, window=4096),
        reply=Reply(
            text=f"Save {HOSTILE}",
            usage=Usage(prompt_tokens=433, image_tokens=421, completion_tokens=20),
            logprobs=(-0.1, -0.2),
            located=(located,),
        ),
        seconds=0.5,
    )


def save_button() -> Target:
    """Found in two looks, the second one closer."""
    region, box = ScreenBox(0, 0, *SIZE), ScreenBox(20, 30, 90, 60)
    looks = (
        Look(region=region, box=ScreenBox(18, 28, 95, 64), confidence=0.4, why="all of it"),
        Look(region=ScreenBox(0, 0, 160, 120), box=box, confidence=0.91, why="small"),
    )
    return Target(
        words=f"the Save button {HOSTILE}",
        box=box,
        point=box.center,
        confidence=0.91,
        text="Save",
        role="button",
        source="test",
        looks=looks,
    )


class Run:
    """Writes steps; each is seen before and after.

    Args:
        path: the recording.
        goal: what it is to be for.
        planner: whose it is said to be.
    """

    def __init__(self, path: Path, goal: str = GOAL, planner: str = "CommandPlanner") -> None:
        self.recorder, self.steps = Recorder(path), 0
        self.recorder.write(
            RunStarted(goal=goal, parts={"screen": "TestScreen", "planner": planner}, place="sandbox a")
        )
        self.frame = self.recorder.see(screen(0))

    def plan(self, intent: Intent, action: Action, target: Target | None = None, to: Target | None = None) -> None:
        """Begin a step, up to its action."""
        self.steps += 1
        checklist = (Clause(text="open it", done=self.steps > 1), Clause(text=f"save it {HOSTILE}"))
        plan = Plan(intent=intent, note=f"note {self.steps} {HOSTILE}", checklist=checklist)
        self.recorder.write(Planned(step=self.steps, frame=self.frame, plan=plan))
        self.recorder.write(Grounded(step=self.steps, action=action, target=target, destination=to))

    def act(self, action: Action, verdict: Verdict) -> None:
        """Perform it, and finish the step."""
        self.recorder.write(Decided(step=self.steps, decision=Decision(verdict="allow", rule="default")))
        self.recorder.write(Intended(step=self.steps, action=action), sync=True)
        receipt = Receipt(delivery="sent", route="xtest", duration_s=0.01)
        self.recorder.write(Received(step=self.steps, receipt=receipt), sync=True)
        self.judge(verdict)

    def judge(self, verdict: Verdict) -> None:
        """Finish the step with another screen, or the same where nothing changed."""
        if verdict.outcome == "changed":
            self.frame = self.recorder.see(screen(self.steps))
        self.recorder.write(Judged(step=self.steps, frame=self.frame, verdict=verdict, seconds=0.25))

    def end(self, *, ok: bool = True, message: str = "saved", error: str = "") -> None:
        """Finish the run."""
        self.recorder.write(Noted(text=f"Who? {HOSTILE}"))
        self.recorder.finish(Ended(ok=ok, message=message, error=error, seconds=1.5))


def record(path: Path) -> Path:
    """Write the run: a click that a person was asked for, a drag, a secret, a scroll that did nothing, the end."""
    run, target = Run(path), save_button()
    changed = Verdict(outcome="changed", changed=(ScreenBox(0, 0, 101, 240),), appeared=f"text {HOSTILE}")
    seen = Element(box=ScreenBox(10, 10, 60, 30), text=f"pomegranate {HOSTILE}", role="text", confidence=0.8)
    region, digest = ScreenBox(0, 0, *SIZE), screen(0).frame.digest
    run.recorder.write(Read(step=1, reading=Reading(ask="elements", frame=digest, region=region, elements=(seen,))))
    run.recorder.write(Called(step=1, call=call()))
    click = Click(point=ScreenPoint(54, 44), count=2)
    run.plan(ClickIntent(target=target.words, count=2), click, target)
    run.recorder.write(Decided(step=1, decision=Decision(verdict="ask", rule="risky", reason=f"save {HOSTILE}")))
    run.recorder.write(Asked(step=1, question=f"May it? {HOSTILE}", answer="yes"))
    run.act(click, changed)
    drag = Drag(start=ScreenPoint(54, 44), end=ScreenPoint(200, 180))
    run.plan(DragIntent(target="Save", destination="the corner"), drag, target, target)
    run.act(drag, changed)
    secret = TypeText(text=MASK, secret=True)
    run.plan(secret, secret)
    run.act(secret, changed)
    scroll = Scroll(point=ScreenPoint(160, 120), direction="down")
    run.plan(ScrollIntent(), scroll)
    run.act(scroll, Verdict(outcome="unchanged"))
    run.plan(Done(message="saved"), Done(message="saved"))
    run.judge(Verdict(outcome="ended", note="saved"))
    run.end()
    return path
