"""A run that was cut off goes on where it was, and nothing is done twice."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from played_agent import OK, Eyes, Hands, Script, Slides, agent, window

from vl2agent.actions import Action, AskUser, Click, Key, TypeText
from vl2agent.agent import Agent
from vl2agent.errors import ActionRefused, DeliveryUnknown, InputError, LimitReached, NotResumable, RecordingBusy
from vl2agent.geometry import ScreenBox
from vl2agent.loop.hooks import Hooks
from vl2agent.loop.resume import Assume
from vl2agent.policy.policy import RulePolicy
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import (
    EVENTS,
    Asked,
    Decided,
    FrameSeen,
    Grounded,
    Intended,
    Judged,
    Planned,
    Received,
    RunStarted,
)
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Decision, DragIntent, Frame, Plan, Reached, Receipt

HELLO = TypeText(text="hello world")
SCRIPT = (OK, HELLO, Key(keys="ctrl+s"))


class Marking(Hands):
    """Hands whose platform remembers how far the last action came."""

    def __init__(self, reached: Reached | None) -> None:
        super().__init__()
        self.reached, self.number = reached, 0

    def next_mark(self) -> str:
        """Number the actions."""
        self.number += 1
        return f"m{self.number}"

    def how_far(self, mark: str) -> Reached | None:
        """Say what the test says."""
        return self.reached


class Written(Eyes):
    """Reads a text on every frame but white ones."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Read it."""
        return "" if frame.pixels[0, 0, 0] == 255 else self.text


def cut_after(path: Path, kind: type, step: int, hands: Hands | None = None) -> Path:
    """Record the script's run, and cut everything off behind one event, as a kill there would have."""
    made, _ = agent(*SCRIPT, screen=Slides("white"), recorder=Recorder(path), hands=hands, hooks=without_gaps(path))
    made.run("do it all")
    return cut_events(path, kind, step)


def without_gaps(path: Path) -> Hooks:
    """Have each picture written before the step on it begins."""

    def wait_for_pictures(plan: Plan, frame: Frame) -> None:
        while Recording(path).gaps:
            time.sleep(0.001)

    return Hooks(after_plan=wait_for_pictures)


def cut_events(path: Path, kind: type, step: int) -> Path:
    """Leave nothing behind one event."""
    recording = Recording(path)
    last = next(e.seq for e in recording.events if isinstance(e, kind) and getattr(e, "step", 0) == step)
    lines = (path / EVENTS).read_bytes().splitlines(keepends=True)
    (path / EVENTS).write_bytes(b"".join(lines[: last + 1]))
    return path


def resumed(
    path: Path, hands: Hands | None = None, eyes: Eyes | None = None, colour: str = "white", **options: object
) -> tuple[Agent, Hands]:
    """An agent for the same script, on a screen of one colour."""
    return agent(planner=Script(*SCRIPT), screen=Slides(colour), hands=hands, eyes=eyes, **options)


def test_what_was_finished_is_not_done_again(tmp_path: Path) -> None:
    """After the verdict of step 1 it goes on with step 2, in the same recording."""
    path = cut_after(tmp_path / "a.v2a", Judged, 1)
    made, hands = resumed(path)
    result = made.resume(path)
    assert hands.did == [HELLO, Key(keys="ctrl+s")]
    assert [step.number for step in result.steps] == [1, 2, 3, 4]
    assert [step.number for step in Recording(path).steps] == [1, 2, 3, 4]
    assert Recording(path).end is not None


def test_a_plan_without_an_intent_is_made_anew(tmp_path: Path) -> None:
    """Nothing was sent: the step is planned on the screen as it is now."""
    path = cut_after(tmp_path / "a.v2a", Planned, 2)
    made, hands = resumed(path)
    made.resume(path)
    assert hands.did == [HELLO, Key(keys="ctrl+s")]


def test_a_receipt_without_a_verdict_is_only_looked_at(tmp_path: Path) -> None:
    """It was sent: the step is judged now, and not repeated."""
    path = cut_after(tmp_path / "a.v2a", Received, 2)
    made, hands = resumed(path, colour="red")
    result = made.resume(path)
    assert hands.did == [Key(keys="ctrl+s")]
    assert result.steps[1].verdict.outcome == "changed"


def test_nothing_is_repeated_where_nobody_can_tell(tmp_path: Path) -> None:
    """The picture is unchanged and nobody is there: a typed error; the run can still be resumed, with --assume."""
    path = cut_after(tmp_path / "a.v2a", Intended, 2)
    made, hands = resumed(path)
    with pytest.raises(DeliveryUnknown, match="--assume") as caught:
        made.resume(path)
    assert isinstance(caught.value, ActionRefused)
    assert caught.value.step == 2
    assert hands.did == []
    assert Recording(path).uncertain
    again, hands = resumed(path)
    assert again.resume(path, assume="happened").ok
    assert hands.did == [Key(keys="ctrl+s")]


@pytest.mark.parametrize(
    ("assume", "did"), [("happened", [Key(keys="ctrl+s")]), ("did-not-happen", [HELLO, Key(keys="ctrl+s")])]
)
def test_what_is_taken_for_granted_decides(tmp_path: Path, assume: Assume, did: Sequence[Action]) -> None:
    """Only where nobody can tell."""
    path = cut_after(tmp_path / "a.v2a", Intended, 2)
    made, hands = resumed(path)
    made.resume(path, assume=assume)
    assert hands.did == did


@pytest.mark.parametrize(
    ("answer", "did"),
    [
        ("yes", [Key(keys="ctrl+s")]),
        ("no", [HELLO, Key(keys="ctrl+s")]),
        ("hello ", [TypeText(text="world"), Key(keys="ctrl+s")]),
    ],
)
def test_a_person_is_asked(tmp_path: Path, answer: str, did: Sequence[Action]) -> None:
    """Yes, no, or how much of the text is there; question and answer are written down."""
    path = cut_after(tmp_path / "a.v2a", Intended, 2)
    made, hands = resumed(path, hooks=Hooks(on_ask=lambda question: answer))
    made.resume(path)
    assert hands.did == did
    assert [asked.answer for asked in Recording(path).of(Asked)] == [answer]


def test_an_answer_that_is_none_does_nothing(tmp_path: Path) -> None:
    """Who is asked and does not know either is no reason to do it."""
    path = cut_after(tmp_path / "a.v2a", Intended, 2)
    made, hands = resumed(path, hooks=Hooks(on_ask=lambda question: "who knows"))
    with pytest.raises(DeliveryUnknown):
        made.resume(path)
    assert hands.did == []


def test_who_only_approves_is_asked_to(tmp_path: Path) -> None:
    """A yes lets it through once more."""
    asked: list[Decision] = []

    def approve(action: Action, decision: Decision) -> bool:
        asked.append(decision)
        return True

    path = cut_after(tmp_path / "a.v2a", Intended, 2)
    made, hands = resumed(path, approve=approve)
    made.resume(path)
    assert hands.did == [HELLO, Key(keys="ctrl+s")]
    assert asked[0].rule == "uncertain delivery"


@pytest.mark.parametrize(
    ("reached", "did"),
    [
        (Reached(state="all"), [Key(keys="ctrl+s")]),
        (Reached(state="nothing"), [HELLO, Key(keys="ctrl+s")]),
        (Reached(state="part", characters=4), [TypeText(text="o world"), Key(keys="ctrl+s")]),
    ],
)
def test_the_platform_may_know(tmp_path: Path, reached: Reached, did: Sequence[Action]) -> None:
    """Then nobody is asked, and the receipt says 'sent'."""
    path = cut_after(tmp_path / "a.v2a", Intended, 2, Marking(None))
    made, hands = resumed(path, Marking(reached))
    result = made.resume(path)
    assert hands.did == did
    assert result.steps[1].receipt is not None
    assert result.steps[1].receipt.delivery == "sent"
    assert Recording(path).uncertain == ()


@pytest.mark.parametrize(
    ("seen", "did"),
    [("hello world", [Key(keys="ctrl+s")]), ("hello wo", [TypeText(text="rld"), Key(keys="ctrl+s")])],
)
def test_what_stands_there_is_not_typed_again(tmp_path: Path, seen: str, did: Sequence[Action]) -> None:
    """The whole text is there, or how it begins."""
    path = cut_after(tmp_path / "a.v2a", Intended, 2)
    made, hands = resumed(path, eyes=Written(seen), colour="red")
    result = made.resume(path)
    assert hands.did == did
    assert result.steps[1].action == HELLO
    assert result.steps[1].receipt is not None


@pytest.mark.parametrize("seen", ["hello", "he11o", "", "something else"])
def test_what_cannot_be_read_for_certain_is_not_typed(tmp_path: Path, seen: str) -> None:
    """A blank may or may not be behind the last word; letters may be misread."""
    path = cut_after(tmp_path / "a.v2a", Intended, 2)
    made, hands = resumed(path, eyes=Written(seen), colour="red")
    with pytest.raises(DeliveryUnknown):
        made.resume(path)
    assert hands.did == []


def test_a_click_that_changed_a_window_is_not_repeated(tmp_path: Path) -> None:
    """The whole screen changed: that was the click, and it is not repeated."""
    path = cut_after(tmp_path / "a.v2a", Intended, 1)
    made, hands = resumed(path, colour="red")
    result = made.resume(path)
    assert hands.did == [HELLO, Key(keys="ctrl+s")]
    assert result.steps[0].receipt == Receipt(
        delivery="uncertain",
        route="looked at later",
        duration_s=0,
        detail="cut off before its receipt: a window shows something else",
    )
    assert isinstance(result.steps[0].action, Click)


def test_the_door_is_asked_before_the_rest_is_typed(tmp_path: Path) -> None:
    """A hook that vetoes the whole text vetoes the rest."""
    path = cut_after(tmp_path / "a.v2a", Intended, 2, Marking(None))
    hooks = Hooks(before_action=lambda action, frame: "no" if action == HELLO else None)
    made, hands = resumed(path, Marking(Reached(state="part", characters=4)), hooks=hooks)
    with pytest.raises(ActionRefused):
        made.resume(path)
    assert hands.did == []


def test_a_rest_that_was_cut_off_too_is_typed_once(tmp_path: Path) -> None:
    """Killed again before the rest was sent, only the rest is typed the second time."""
    path = cut_after(tmp_path / "a.v2a", Intended, 2, Marking(None))
    made, hands = resumed(path, Marking(Reached(state="part", characters=4)))
    hands.fails = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        made.resume(path)
    lines = (path / EVENTS).read_bytes().splitlines(keepends=True)
    last = max(event.seq for event in Recording(path).of(Intended))
    (path / EVENTS).write_bytes(b"".join(lines[: last + 1]))
    made, hands = resumed(path, Marking(Reached(state="nothing")))
    made.resume(path)
    assert hands.did == [TypeText(text="o world"), Key(keys="ctrl+s")]


def test_a_question_of_the_door_that_was_not_answered_is_asked_again(tmp_path: Path) -> None:
    """Cut off while a person was being asked."""
    asked: list[str] = []

    def approve(action: Action, decision: Decision) -> bool:
        asked.append(decision.rule)
        return True

    path, policy = tmp_path / "a.v2a", RulePolicy(ask_each=True)
    agent(*SCRIPT, screen=Slides("white"), recorder=Recorder(path), policy=policy, approve=approve)[0].run("do it all")
    cut_events(path, Decided, 2)
    asked.clear()
    made, hands = resumed(path, policy=RulePolicy(ask_each=True), approve=approve)
    made.resume(path)
    assert len(asked) == len(hands.did) == 2


def test_what_was_tried_before_counts(tmp_path: Path) -> None:
    """Three tries on one picture before the cut: the fourth is not made."""
    path, always = tmp_path / "a.v2a", Script(Key(keys="f5"), forever=True)
    with pytest.raises(LimitReached):
        agent(planner=always, screen=Slides("white"), recorder=Recorder(path), hooks=without_gaps(path))[0].run("again")
    cut_events(path, Judged, 3)
    made, hands = agent(planner=always, screen=Slides("white"))
    with pytest.raises(LimitReached, match="repeats"):
        made.resume(path)
    assert hands.did == []


def test_facts_are_remembered_and_remarks_are_not(tmp_path: Path) -> None:
    """What a person answered is known again; what resuming says of itself is not told to the planner."""
    path, script = tmp_path / "a.v2a", Script(AskUser(question="Who?"), OK, HELLO)
    hooks = Hooks(on_ask=lambda question: "Ann")
    agent(planner=script, screen=Slides("white"), recorder=Recorder(path), hooks=hooks)[0].run("do it all")
    cut_events(path, Intended, 2)
    again = Script(*script.intents)
    made, _ = agent(planner=again, screen=Slides("white"), hooks=hooks)
    made.resume(path, assume="did-not-happen")
    assert again.saw[0].facts == ["Who? Ann"]


def test_a_lost_picture_is_not_said_to_be_unchanged(tmp_path: Path) -> None:
    """Where the picture before a step is a gap, nothing is known to be as it was."""
    path = tmp_path / "a.v2a"
    recorder = Recorder(path)
    recorder.write(RunStarted(goal="do it all", parts={"planner": "Script"}))
    box = ScreenBox(0, 0, 100, 80)
    recorder.write(FrameSeen(frame=0, region=box, scale=1, windows=(), settled="settled", waited_s=0))
    recorder.write(Planned(step=1, frame=0, plan=Plan(intent=SCRIPT[0])))
    recorder.write(Grounded(step=1, action=Click(point=box.center)))
    recorder.write(Intended(step=1, action=Click(point=box.center)))
    recorder.write(Received(step=1, receipt=Receipt(delivery="sent", duration_s=0)))
    recorder.close()
    made, _ = resumed(path)
    verdict = made.resume(path).steps[0].verdict
    assert verdict.outcome == "changed"
    assert "not in the recording" in verdict.note


def test_what_is_over_is_not_gone_on_with(tmp_path: Path) -> None:
    """Nor is anything written to it."""
    path = tmp_path / "a.v2a"
    agent(*SCRIPT, recorder=Recorder(path))[0].run("do it all")
    before = (path / EVENTS).read_bytes()
    made, hands = resumed(path)
    with pytest.raises(NotResumable, match="goal was reached"):
        made.resume(path)
    assert (path / EVENTS).read_bytes() == before
    assert hands.did == []


def test_a_run_that_did_not_write_its_goal_is_not_gone_on_with(tmp_path: Path) -> None:
    """There is nothing to reach."""
    Recorder(tmp_path / "a.v2a").close()
    with pytest.raises(NotResumable, match="goal"):
        resumed(tmp_path / "a.v2a")[0].resume(tmp_path / "a.v2a")


def test_a_run_that_still_goes_on_is_left_alone(tmp_path: Path) -> None:
    """Its writer has the recording."""
    with Recorder(tmp_path / "a.v2a") as recorder:
        recorder.write(RunStarted(goal="do it all", parts={"planner": "Script"}))
        with pytest.raises(RecordingBusy):
            resumed(recorder.path)[0].resume(recorder.path)


@pytest.mark.parametrize("reached", [Reached(state="part"), None])
def test_a_part_of_a_drag_is_not_taken_for_a_whole(tmp_path: Path, reached: Reached | None) -> None:
    """However much the picture changed, as a window does that was let go half-way."""
    path, drag = tmp_path / "a.v2a", DragIntent(target="a", destination="b")
    hands, hooks = Marking(None), without_gaps(path)
    agent(drag, screen=Slides("white"), recorder=Recorder(path), hands=hands, hooks=hooks)[0].run("drag")
    cut_events(path, Intended, 1)
    made, _ = agent(drag, screen=Slides("red", windows=[(window("a"),)]), hands=Marking(reached))
    with pytest.raises(DeliveryUnknown):
        made.resume(path)


def test_a_second_recorder_is_refused(tmp_path: Path) -> None:
    """A run goes on in its own recording."""
    path = cut_after(tmp_path / "a.v2a", Judged, 1)
    made, _ = resumed(path, recorder=Recorder(tmp_path / "b.v2a"))
    with pytest.raises(InputError, match="recorder"):
        made.resume(path)


def test_a_last_step_that_was_finished_ends_it(tmp_path: Path) -> None:
    """Cut off between the verdict 'ended' and the end itself: only the end is written."""
    path = cut_after(tmp_path / "a.v2a", Judged, 4)
    made, hands = resumed(path)
    assert made.resume(path).ok
    assert hands.did == []
    assert len(Recording(path).steps) == 4
