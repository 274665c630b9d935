"""A person at a real desktop, played through a connection of its own: what was done is what was recorded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from vl2agent.actions import Action, Click, Done, Drag, Key, Move, Scroll, TypeText, points_of
from vl2agent.capture.desktop import DesktopScreen
from vl2agent.contracts import Perception
from vl2agent.demonstration.demonstration import Demonstration, Options
from vl2agent.errors import DisplayLost
from vl2agent.executor.x11 import X11Executor
from vl2agent.geometry import ScreenPoint
from vl2agent.loop.judge import judge
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Judged, Planned
from vl2agent.recording.writer import Recorder
from vl2agent.replay.rerun import rerun
from vl2agent.replay.verify import verify
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.steps import Frame, Receipt, Settled, Target, Verdict
from vl2agent.tiles import dirty_regions
from vl2agent.trace.page import page_html

pytestmark = pytest.mark.display

Person = Callable[[X11Executor], None]
EDITOR = ScreenPoint(640, 400)
STOP = Key(keys="ctrl+alt+q")


def _judge(
    before: Frame, after: Settled, receipt: Receipt | None, target: Target | None, destination: Target | None
) -> Verdict:
    return judge(before, after, receipt, target=target, destination=destination)


def shown(
    desktop: Sandbox, path: Path, person: Person, perception: Perception | None = None, *, masked: bool = False
) -> Recording:
    """Record a person, who must press the stop key or run out of things to do."""
    ready, over = threading.Event(), threading.Event()

    def act() -> None:
        with X11Executor(desktop.display) as hands:
            try:
                ready.wait(30)
                person(hands)
            finally:
                over.set()

    with DesktopScreen(desktop.display) as screen:
        recorder, options = Recorder(path), Options(masked=masked, on_ready=ready.set)
        showing = Demonstration(
            screen,
            desktop.display,
            recorder,
            goal="write a note",
            judge=_judge,
            perception=perception,
            options=options,
        )
        acting = threading.Thread(target=act)
        acting.start()
        showing.run(until=over.is_set)
        acting.join()
    return Recording(path)


def doing(actions: Sequence[Action], pause_s: float = 0.45) -> Person:
    """Do one thing after the other, as people do."""

    def person(hands: X11Executor) -> None:
        for action in actions:
            hands.perform(action)
            time.sleep(pause_s)

    return person


@pytest.fixture
def editor(sandbox: Sandbox) -> Sandbox:
    """A desktop with an editor in front."""
    sandbox.launch("mousepad")
    deadline = time.monotonic() + 10
    while not any(window.app == "Mousepad" for window in sandbox.windows()) and time.monotonic() < deadline:
        time.sleep(0.1)
    sandbox.settled()
    return sandbox


DONE_BY_A_PERSON: list[Action] = [
    Click(point=EDITOR),
    TypeText(text="hello Wörld", submit=True),
    TypeText(text="naïve €ж", submit=True),
    Click(point=EDITOR, count=2),
    Click(point=EDITOR, count=3),
    Drag(start=ScreenPoint(500, 300), end=ScreenPoint(700, 420)),
    Scroll(point=EDITOR, amount=4),
    Click(point=EDITOR, button="right"),
    Key(keys="escape"),
    Key(keys="ctrl+s"),
    Key(keys="escape"),
]


def test_what_a_person_does_comes_out_as_the_same_actions(editor: Sandbox, tmp_path: Path) -> None:
    """Clicks, a drag, the wheel, text in any script, chords; then the recording says done."""
    recording = shown(editor, tmp_path / "shown.v2a", doing([*DONE_BY_A_PERSON, STOP]))
    done = [step.action for step in recording.steps]
    assert done == [*DONE_BY_A_PERSON, Done(message="write a note")]


def test_a_demonstration_opens_whole_and_is_traced(editor: Sandbox, tmp_path: Path) -> None:
    """Nothing is uncertain, every frame is there, and the page shows what was done."""
    recording = shown(editor, tmp_path / "shown.v2a", doing([TypeText(text="traced", submit=True), STOP]))
    assert (recording.certainty(), recording.gaps) == ((), ())
    assert "traced" in page_html(recording)


def test_frames_show_the_screen_before_and_after_each_step(editor: Sandbox, tmp_path: Path) -> None:
    """Typing changed the frame that it began on, and nothing but typing lies between."""
    recording = shown(editor, tmp_path / "shown.v2a", doing([TypeText(text="between"), STOP], pause_s=2))
    planned, judged = next(recording.of(Planned)), next(recording.of(Judged))
    before, after = recording.frame(planned.frame), recording.frame(judged.frame)
    assert before is not None
    assert after is not None
    assert dirty_regions(before, after) == judged.verdict.changed
    assert judged.verdict.outcome == "changed"


def test_what_is_pointed_at_gets_the_words_that_are_read_there(editor: Sandbox, tmp_path: Path) -> None:
    """The target holds the point, on the frame as it was pressed; looking for the words finds it again."""
    pytest.importorskip("rapidocr")
    from vl2agent.perception.embedded import OcrPerception

    eyes = OcrPerception()
    menu = eyes.locate("Search", editor.settled().frame)
    recording = shown(editor, tmp_path / "shown.v2a", doing([Click(point=menu.point), STOP], pause_s=1.5), eyes)
    step = recording.steps[0]
    assert step.target is not None
    assert step.target.words == "Search"
    assert step.target.box.contains(points_of(step.action or Done())[0])
    assert step.target.confidence > 0.5


def test_a_place_without_words_is_told_by_where_it_is(editor: Sandbox, tmp_path: Path) -> None:
    """With no confidence: nobody could find it again by them."""
    recording = shown(editor, tmp_path / "shown.v2a", doing([Click(point=EDITOR), STOP], pause_s=0.8))
    target = recording.steps[0].target
    assert target is not None
    assert ("Mousepad" in target.words, target.confidence, target.box.contains(EDITOR)) == (True, 0.0, True)


def test_nothing_is_lost_at_a_thousand_events_a_second(editor: Sandbox, tmp_path: Path) -> None:
    """Every character of a burst of 500 keys, each down and up within a second, while the pointer moves, too."""
    text = "the quick brown fox " * 25

    def person(hands: X11Executor) -> None:
        hands.perform(Click(point=EDITOR))
        time.sleep(0.6)
        began_s = time.monotonic()
        for at in range(0, len(text), 20):
            hands.perform(TypeText(text=text[at : at + 20]))
            time.sleep(max(0.0, began_s + at / 500 - time.monotonic()))
        hands.perform(STOP)

    recording = shown(editor, tmp_path / "shown.v2a", person)
    typed = "".join(step.action.text for step in recording.steps if isinstance(step.action, TypeText))
    assert typed == text


def test_steps_come_in_the_order_of_time(editor: Sandbox, tmp_path: Path) -> None:
    """Also when the next begins before the screen has settled."""
    actions: list[Action] = [Key(keys="ctrl+n"), TypeText(text="a", submit=True), Key(keys="ctrl+a")] * 5
    recording = shown(editor, tmp_path / "shown.v2a", doing([*actions, STOP], pause_s=0.02))
    assert [step.action for step in recording.steps[:-1]] == actions
    assert verify(recording).steps == len(actions) + 1


def test_the_ctrl_c_that_ends_it_is_no_step(editor: Sandbox, tmp_path: Path) -> None:
    """It was meant for the recording, in a terminal of the same desktop; one before it was not."""
    actions: list[Action] = [Key(keys="ctrl+c"), TypeText(text="a", submit=True), Key(keys="ctrl+c")]
    recording = shown(editor, tmp_path / "shown.v2a", doing(actions, pause_s=0.3))
    assert [step.action for step in recording.steps[:-1]] == actions[:-1]


def test_what_is_typed_in_secret_is_nowhere_in_the_recording(editor: Sandbox, tmp_path: Path) -> None:
    """Not in an event, not in the manifest."""
    path = tmp_path / "secret.v2a"
    shown(editor, path, doing([TypeText(text="hunter2", submit=True), STOP]), masked=True)
    files = [file.read_bytes() for file in path.rglob("*") if file.suffix in (".json", ".jsonl")]
    assert not any(b"hunter2" in content for content in files)


def test_a_demonstration_is_checked_without_a_desktop(editor: Sandbox, tmp_path: Path) -> None:
    """Every action fits what was seen."""
    path = tmp_path / "shown.v2a"
    shown(editor, path, doing([TypeText(text="fits", submit=True), Key(keys="ctrl+a"), STOP]))
    assert verify(path).steps == 3


@pytest.mark.slow
def test_a_demonstration_is_done_again_on_a_new_desktop(new_sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    """A menu whose submenu opens by pointing at it: the screens are the same, step by step."""
    pytest.importorskip("rapidocr")
    from vl2agent.perception.embedded import OcrPerception

    desktop, eyes = new_sandbox(), OcrPerception()

    def person(hands: X11Executor) -> None:
        def look(words: str) -> ScreenPoint:
            return eyes.locate(words, desktop.screen.settled().frame).point

        def glide(start: ScreenPoint, end: ScreenPoint) -> None:
            for part in range(1, 21):
                x, y = (a + (b - a) * part // 20 for a, b in ((start.x, end.x), (start.y, end.y)))
                hands.perform(Move(point=ScreenPoint(x, y)))
                time.sleep(0.01)

        button = ScreenPoint(40, 12)
        hands.perform(Click(point=button))
        time.sleep(1.5)
        entry = look("Settings")
        glide(button, entry)
        time.sleep(1)
        inside = look("Appearance")
        glide(entry, ScreenPoint(inside.x, entry.y))
        glide(ScreenPoint(inside.x, entry.y), inside)
        hands.perform(Click(point=inside))
        time.sleep(3)
        hands.perform(STOP)

    recording = shown(desktop, tmp_path / "shown.v2a", person)
    desktop.close()
    assert [step.action.kind for step in recording.steps if step.action] == ["click", "move", "click", "done"]
    assert rerun(recording, new_sandbox()).ok


def test_a_desktop_that_goes_away_leaves_a_recording_that_opens(
    new_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    """The error is the capture's; what was done before is there."""
    desktop = new_sandbox(size=(640, 480))

    def person(hands: X11Executor) -> None:
        hands.perform(Key(keys="ctrl+a"))
        time.sleep(1)
        desktop.close()
        time.sleep(5)

    with pytest.raises(DisplayLost):
        shown(desktop, tmp_path / "lost.v2a", person)
    recording = Recording(tmp_path / "lost.v2a")
    assert recording.end is not None
    assert [recording.end.error, len(recording.steps)] == ["DisplayLost", 1]
