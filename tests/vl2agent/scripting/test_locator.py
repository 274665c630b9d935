"""Actions by words: waiting, strictness, the one door, and what is left behind on every way out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from vl2agent.actions import Action, Click, Drag, Key, Move, Scroll, TypeText
from vl2agent.errors import (
    ActionRefused,
    AmbiguousTarget,
    CaptureError,
    ExecutionError,
    InputError,
    LocatorTimeout,
    TargetNotFound,
)
from vl2agent.geometry import ScreenPoint
from vl2agent.policy.policy import RulePolicy
from vl2agent.policy.rules import Rule
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Decided, FrameSeen, Intended, Received
from vl2agent.recording.writer import Recorder
from vl2agent.scripting import screen as core
from vl2agent.scripting.sync_screen import Screen
from vl2agent.steps import Receipt, Settled

if TYPE_CHECKING:
    from tests.vl2agent.scripting.conftest import Knowing, Stage, Thing

Make = Callable[..., tuple["Stage", "Knowing"]]


def script(parts: tuple[Stage, Knowing], **options: Any) -> Screen:
    """Script a stage with the perception that knows it; time is short, as nothing on it takes any."""
    return Screen(parts[0], perception=parts[1], **{"timeout_s": 0.3} | options)


def test_a_click_goes_where_the_words_are(stage: Make, thing: type[Thing]) -> None:
    """One step, with the target and the verdict in it."""
    parts = stage([thing("Save", 10, 10)])
    step = script(parts).locate("Save").click(modifiers=["ctrl"], button="middle")
    assert parts[0].done == [Click(point=ScreenPoint(39, 19), button="middle", modifiers=("ctrl",))]
    assert step.target is not None
    assert (step.target.text, step.verdict.outcome) == ("Save", "unchanged")


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda a, b: a.double_click(), [Click(point=ScreenPoint(39, 19), count=2)]),
        (lambda a, b: a.right_click(), [Click(point=ScreenPoint(39, 19), button="right")]),
        (lambda a, b: a.hover(), [Move(point=ScreenPoint(39, 19))]),
        (lambda a, b: a.drag_to(b), [Drag(start=ScreenPoint(39, 19), end=ScreenPoint(39, 119))]),
        (lambda a, b: a.drag_to("B"), [Drag(start=ScreenPoint(39, 19), end=ScreenPoint(39, 119))]),
        (lambda a, b: a.type("x"), [Click(point=ScreenPoint(39, 19)), TypeText(text="x")]),
        (
            lambda a, b: a.type("x", clear=True, submit=True),
            [Click(point=ScreenPoint(39, 19)), Key(keys="ctrl+a"), TypeText(text="x", submit=True)],
        ),
        (
            lambda a, b: a.type("", clear=True),
            [Click(point=ScreenPoint(39, 19)), Key(keys="ctrl+a"), Key(keys="delete")],
        ),
    ],
)
def test_each_verb_sends_what_it_says(stage: Make, thing: type[Thing], act: Any, expected: list[Action]) -> None:
    """Verbs become the typed actions, in order."""
    parts = stage([thing("A", 10, 10), thing("B", 10, 110)])
    screen = script(parts)
    act(screen.locate("A"), screen.locate("B"))
    assert parts[0].done == expected


def test_nothing_is_looked_at_until_something_is_done(stage: Make, thing: type[Thing]) -> None:
    """A locator is lazy, however it is narrowed down."""
    parts = stage([thing("Save", 10, 10)])
    script(parts).locate("Save").below("File").filter(role="button").nth(2)
    assert (parts[0].looks, parts[1].searches) == (0, [])


def test_a_click_waits_for_what_is_not_there_yet(stage: Make, thing: type[Thing]) -> None:
    """It looks again until the thing has come."""
    parts = stage([], [thing("Loading", 10, 10)], [thing("Save", 10, 10)])
    script(parts, timeout_s=5).locate("Save").click()
    assert len(parts[0].done) == 1


def test_a_picture_that_does_not_change_is_searched_once(stage: Make, thing: type[Thing]) -> None:
    """Waiting costs looks, not searches; a picture that comes back was searched already."""
    blink = [thing("caret", 10, 10, 2, 12)]
    parts = stage([], blink, [], blink, [])
    with pytest.raises(LocatorTimeout):
        script(parts).locate("Save").click()
    assert parts[1].searches == ["Save", "Save"]
    assert parts[0].looks > 3


def test_a_perception_that_only_glanced_looks_closer_before_something_is_missed(
    stage: Make, thing: type[Thing]
) -> None:
    """Once for a picture, and not where the thing was found."""
    surface, perception = stage([thing("Save", 10, 10)])
    closer: list[int] = []
    perception.look_closer = lambda frame: not closer.append(len(closer)) and len(closer) == 1  # type: ignore[attr-defined,func-returns-value]
    script((surface, perception)).locate("Save").click()
    assert closer == []
    with pytest.raises(LocatorTimeout):
        script((surface, perception)).locate("Open").click()
    assert perception.searches == ["Save", "Open", "Open"]


def test_a_timeout_says_what_was_there(stage: Make, thing: type[Thing]) -> None:
    """Words, seconds, candidates with scores, and a picture of the screen as it was."""
    parts = stage([thing("Save as", 10, 10, confidence=0.3)])
    with pytest.raises(LocatorTimeout, match=r"waited 0.\d s for 'Save': .*nearest: 'Save as' \(0.30\)") as failure:
        script(parts).locate("Save").click()
    error = failure.value
    assert isinstance(error, TimeoutError | TargetNotFound)
    assert error.exit_code == 3
    assert error.waited_s >= 0.3
    assert error.picture is not None
    with Image.open(error.picture) as drawn:
        assert drawn.size == (400, 300)
        assert drawn.convert("RGB").getpixel((8, 8)) == (196, 22, 42)  # the candidate's frame
    error.picture.unlink()


def test_a_longer_timeout_and_another_confidence_can_be_asked_for_each_call(stage: Make, thing: type[Thing]) -> None:
    """They count for that call alone."""
    parts = stage([thing("Save", 10, 10, confidence=0.6)])
    screen = script(parts, confidence=0.9)
    assert screen.locate("Save").is_visible(confidence=0.5)
    with pytest.raises(LocatorTimeout, match=r"0\.9 is asked for"):
        screen.locate("Save").click(timeout_s=0)


def test_several_that_fit_are_refused_at_once(stage: Make, thing: type[Thing], tmp_path: Path) -> None:
    """Nobody waits for a miracle; the error tells of all and has a picture."""
    parts = stage([thing("Delete", 10, 10), thing("Delete", 10, 110)])
    with script(parts, timeout_s=60, recorder=Recorder(tmp_path / "r.v2a")) as screen:
        with pytest.raises(AmbiguousTarget, match="found 2 that fit equally well") as failure:
            screen.locate("Delete").click()
        assert failure.value.picture is not None
        assert failure.value.picture.parent == tmp_path / "r.v2a" / "pictures"
        screen.locate("Delete").last.click()
    assert parts[0].done == [Click(point=ScreenPoint(39, 119))]


def test_several_that_fit_while_the_screen_moves_may_become_one(stage: Make, thing: type[Thing]) -> None:
    """A transition shows the old and the new for a moment."""
    parts = stage([thing("Next", 10, 10), thing("Next", 10, 110)], [thing("Next", 10, 110)])
    parts[0].moving = {1}
    script(parts, timeout_s=5).locate("Next").click()
    assert parts[0].done == [Click(point=ScreenPoint(39, 119))]


def test_a_click_waits_for_what_moves(stage: Make, thing: type[Thing]) -> None:
    """It goes where the thing comes to rest, not where it was seen first."""
    parts = stage(*([thing("Save", x, 10)] for x in (10, 60, 110)))
    parts[0].moving = {1, 2}
    script(parts, timeout_s=5).locate("Save").click()
    assert parts[0].done == [Click(point=ScreenPoint(139, 19))]


def test_a_click_is_not_held_up_by_what_moves_elsewhere(stage: Make, thing: type[Thing]) -> None:
    """What is in the same place twice stands still, whatever spins beside it."""
    parts = stage(*([thing("Save", 10, 10), thing("Spinner", x, 200)] for x in (10, 60, 110, 160)))
    parts[0].moving = {1, 2, 3, 4}
    script(parts, timeout_s=5).locate("Save").click()
    assert parts[0].looks == 3  # two to find it in one place, one after the click


def test_what_moved_while_it_was_searched_is_looked_for_again(stage: Make, thing: type[Thing]) -> None:
    """The pixels under the target are compared right before the click."""
    parts = stage([thing("Save", 10, 10)], [thing("Save", 110, 10)])
    grabs: list[int] = []

    def slip() -> None:
        grabs.append(parts[0].looks)
        parts[0].looks = max(parts[0].looks, 2 if len(grabs) == 1 else 0)

    parts[0].on_grab = slip
    script(parts, timeout_s=5).locate("Save").click()
    assert parts[0].done == [Click(point=ScreenPoint(139, 19))]


def test_what_never_stands_still_is_not_clicked(stage: Make, thing: type[Thing]) -> None:
    """The error says that it is there."""
    parts = stage(*([thing("Save", 10 * x, 10)] for x in range(30)))
    parts[0].moving = set(range(100))
    with pytest.raises(LocatorTimeout, match="does not stand still"):
        script(parts).locate("Save").click()
    assert parts[0].done == []


def test_a_screen_that_never_stands_still_holds_up_no_step(stage: Make, thing: type[Thing]) -> None:
    """Each look waits for it a second at most: before a step, after it, and the very first one."""
    surface, perception = stage([thing("Name", 10, 10)])
    settled, waits = surface.settled, list[float]()

    def settle(timeout_s: float = 3.0, **_: float) -> Settled:
        waits.append(timeout_s)
        return settled(timeout_s)

    surface.settled = settle  # type: ignore[method-assign]
    script((surface, perception)).locate("Name").type("x", clear=True)
    assert len(waits) == 4
    assert max(waits) <= 1.0


def test_policy_is_asked_before_every_effect(stage: Make, thing: type[Thing]) -> None:
    """A refusal sends nothing, and lets go of every key."""
    parts = stage([thing("Save", 10, 10)])
    keep_out = RulePolicy([Rule(name="no typing", verdict="deny", actions=("type",))])
    screen = script(parts, policy=keep_out)
    with pytest.raises(ActionRefused, match="no typing"):
        screen.locate("Save").type("x")
    assert [action.kind for action in parts[0].done] == ["click"]
    assert parts[0].released > 0
    assert screen.steps[-1].verdict.outcome == "refused"


def test_what_must_be_approved_is_asked_for(stage: Make, thing: type[Thing]) -> None:
    """The person sees the action; a no is a refusal."""
    parts = stage([thing("Save", 10, 10)])
    asked: list[Action] = []

    def no(action: Action, _: object) -> bool:
        asked.append(action)
        return False

    with pytest.raises(ActionRefused, match="person"):
        script(parts, policy=RulePolicy(ask_each=True), approve=no).locate("Save").click()
    assert (len(asked), parts[0].done) == (1, [])


@pytest.mark.parametrize(("slips", "sent"), [(True, 0), (False, 1)])
def test_what_goes_away_while_a_person_is_asked_is_not_clicked(
    stage: Make, thing: type[Thing], slips: bool, sent: int
) -> None:
    """The yes was said to what was there."""
    one, other = thing("zzz", 12, 12, 20, 16), thing("zzz", 50, 12, 18, 10)
    surface, perception = stage([thing("Keep", 10, 10), one], [thing("Delete", 10, 10), other])
    surface.at = 0

    def yes(action: Action, _: object) -> bool:
        surface.at = int(slips)
        return True

    screen = script((surface, perception), policy=RulePolicy(ask_each=True), approve=yes)
    with pytest.raises(ActionRefused, match="went away") if slips else nullcontext():
        screen.locate("Keep").click()
    assert len(surface.done) == sent


def test_an_intent_is_on_disk_before_its_effect(stage: Make, thing: type[Thing], tmp_path: Path) -> None:
    """Whoever is killed while acting leaves a recording that says so."""
    parts, seen = stage([thing("Save", 10, 10)]), []
    recorder = Recorder(tmp_path / "r.v2a")

    def read(_: Action) -> None:
        recording = Recording(recorder.path)
        seen.append((len(list(recording.of(Intended))), len(list(recording.of(Received)))))

    parts[0].on_perform = read
    with script(parts, recorder=recorder) as screen:
        screen.locate("Save").type("x")
    assert seen == [(1, 0), (2, 1)]
    recording = Recording(recorder.path)
    assert [step.verdict.outcome for step in recording.steps] == ["unchanged", "unchanged"]
    assert len(list(recording.of(Decided))) == 2
    assert recording.end is not None
    assert recording.end.ok
    assert recording.certainty() == ()


def test_what_was_not_found_is_written_down(stage: Make, thing: type[Thing], tmp_path: Path) -> None:
    """A step that was not taken, with the reason; what is seen again and again is one picture."""
    parts = stage([thing("Save", 10, 10)])
    with (
        pytest.raises(LocatorTimeout),
        script(parts, recorder=Recorder(tmp_path / "r.v2a")) as screen,
    ):
        screen.locate("Open").click()
    recording = Recording(tmp_path / "r.v2a")
    assert [step.verdict.outcome for step in recording.steps] == ["not found"]
    assert len({recording.digest(seen.frame) for seen in recording.of(FrameSeen)}) == 1
    assert recording.end is not None
    assert recording.end.error == "LocatorTimeout"


def test_an_uncertain_delivery_is_not_repeated(stage: Make, thing: type[Thing]) -> None:
    """Doing the same again must be approved by somebody."""
    parts = stage([thing("Pay", 10, 10)])
    parts[0].receipt = Receipt(delivery="uncertain", duration_s=0.0)
    screen = script(parts)
    screen.locate("Pay").click()
    with pytest.raises(ActionRefused, match="uncertain delivery"):
        screen.locate("Pay").click()
    assert len(parts[0].done) == 1


def test_a_script_may_do_the_same_as_often_as_it_says(stage: Make, thing: type[Thing]) -> None:
    """Repeats are a planner's mistake, not a script's."""
    parts = stage([thing("+", 10, 10)])
    screen = script(parts)
    for _ in range(10):
        screen.locate("+").click()
    assert len(parts[0].done) == 10


def test_keys_are_released_when_the_platform_fails(stage: Make, thing: type[Thing]) -> None:
    """The error is the platform's own, and the step is remembered."""
    parts = stage([thing("Save", 10, 10)])

    def fail(_: Action) -> None:
        raise ExecutionError("no such window")

    parts[0].on_perform = fail
    screen = script(parts)
    with pytest.raises(ExecutionError, match="no such window"):
        screen.locate("Save").click()
    assert parts[0].released > 0
    assert screen.steps[-1].verdict.outcome == "failed"


def test_a_keyboard_interrupt_releases_keys_and_ends_the_recording(
    stage: Make, thing: type[Thing], tmp_path: Path
) -> None:
    """Ctrl-C is a way out like any other."""
    parts = stage([thing("Save", 10, 10)])

    def interrupt(_: Action) -> None:
        raise KeyboardInterrupt

    parts[0].on_perform = interrupt
    with (
        pytest.raises(KeyboardInterrupt),
        script(parts, recorder=Recorder(tmp_path / "r.v2a")) as screen,
    ):
        screen.locate("Save").click()
    recording = Recording(tmp_path / "r.v2a")
    assert parts[0].released > 0
    assert len(recording.uncertain) == 1
    assert [step.verdict.outcome for step in recording.steps] == ["failed"]
    assert recording.end is not None
    assert recording.end.error == "KeyboardInterrupt"


def test_a_cancelled_task_stops_within_a_step(stage: Make, thing: type[Thing]) -> None:
    """The step that has begun is finished, the next one is not begun, keys are released."""
    parts = stage([thing("Name", 10, 10)])
    began, go = threading.Event(), threading.Event()

    def hold(_: Action) -> None:
        began.set()
        go.wait(10)

    async def cancelled() -> core.Screen:
        parts[0].on_perform = hold
        screen = core.Screen(parts[0], perception=parts[1])
        task = asyncio.ensure_future(screen.locate("Name").type("Ada", clear=True))
        await asyncio.to_thread(began.wait, 10)
        task.cancel()
        asyncio.get_running_loop().call_later(0.05, go.set)
        with pytest.raises(asyncio.CancelledError):
            await task
        return screen

    screen = asyncio.run(cancelled())
    assert [action.kind for action in parts[0].done] == ["click"]
    assert parts[0].released > 0
    asyncio.run(_click(screen))  # the screen can still be used
    assert [action.kind for action in parts[0].done] == ["click", "click"]


async def _click(screen: core.Screen) -> None:
    await screen.locate("Name").click()


def test_waiting_can_be_cancelled(stage: Make) -> None:
    """Also where nothing is being done."""
    parts = stage([])

    async def cancelled() -> None:
        screen = core.Screen(parts[0], perception=parts[1], timeout_s=60)
        async with asyncio.timeout(0.2):
            await screen.locate("Save").click()

    with pytest.raises(TimeoutError) as failure:
        asyncio.run(cancelled())
    assert not isinstance(failure.value, LocatorTimeout)


def test_one_task_waits_while_another_acts(stage: Make, thing: type[Thing]) -> None:
    """A wait holds nobody up: what it waits for may come of what another task does."""
    parts = stage([thing("Start", 10, 10)])

    def finish(_: Action) -> None:
        parts[0].scenes.append([thing("Done", 10, 10)])

    parts[0].on_perform = finish

    async def both() -> None:
        screen = core.Screen(parts[0], perception=parts[1])
        await asyncio.gather(screen.locate("Done").wait_for(), screen.locate("Start").click())

    asyncio.run(both())
    assert len(parts[0].done) == 1


def test_a_surface_that_only_looks_refuses_actions_at_once(stage: Make, thing: type[Thing]) -> None:
    """Reading works, and nobody waits for what could not be done anyway."""
    surface, perception = stage([thing("Save", 10, 10)])

    class Looking:
        size, displays = surface.size, surface.displays
        grab, settled = surface.grab, surface.settled

    screen = Screen(Looking(), perception=perception)
    assert screen.locate("Save").text() == "Save"
    for act in (screen.locate("Nothing").click, lambda: screen.press("enter"), lambda: screen.run("click Save")):
        with pytest.raises(InputError, match="expected an executor"):
            act()


def test_scrolling_goes_down_then_up_until_the_thing_is_seen(stage: Make, thing: type[Thing]) -> None:
    """It stops where the picture no longer changes, and turns round."""
    surface, perception = stage([thing("top", 10, 10)], [thing("middle", 10, 10)], [thing("bottom", 10, 10)])
    surface.at = 1

    def turn(action: Action) -> None:
        assert isinstance(action, Scroll)
        assert surface.at is not None
        surface.at = min(max(surface.at + (1 if action.direction == "down" else -1), 0), 2)

    surface.on_perform = turn
    Screen(surface, perception=perception).locate("top").scroll_into_view()
    assert [action.direction for action in surface.done if isinstance(action, Scroll)] == ["down", "down", "up", "up"]


def test_scrolling_over_something_waits_for_that(stage: Make, thing: type[Thing]) -> None:
    """The wheel is turned over it, as soon as it is there."""
    surface, perception = stage([], [thing("List", 100, 100)], [thing("List", 100, 100), thing("Last", 100, 150)])
    screen = Screen(surface, perception=perception)
    screen.locate("Last").scroll_into_view(over=screen.locate("List"))
    assert [action.point for action in surface.done if isinstance(action, Scroll)] == [ScreenPoint(129, 109)]


@pytest.mark.parametrize(
    ("over", "error", "said"),
    [("Row", AmbiguousTarget, "found 2"), ("Table", LocatorTimeout, "'Table', over which to turn the wheel")],
)
def test_what_the_wheel_cannot_be_turned_over_is_told(
    stage: Make, thing: type[Thing], over: str, error: type[Exception], said: str
) -> None:
    """At once where it may be several things; with a picture."""
    parts = stage([thing("Row", 10, 10), thing("Row", 10, 110)])
    with pytest.raises(error, match=said) as failure:
        script(parts).locate("Last").scroll_into_view(over=over, timeout_s=0.2)
    assert isinstance(failure.value, TargetNotFound)
    assert failure.value.picture
    assert parts[0].done == []


def test_the_wheel_stays_where_it_was_put(stage: Make, thing: type[Thing]) -> None:
    """A row that it is turned over is scrolled away by it."""
    parts = stage([thing("First", 10, 50)], [thing("Middle", 10, 50)], [thing("Last", 10, 250)])
    surface = parts[0]
    surface.at = 0
    surface.on_perform = lambda action: setattr(surface, "at", min(2, (surface.at or 0) + 1))
    script(parts).locate("Last").scroll_into_view(over="First", timeout_s=2)
    assert [action.point for action in surface.done if isinstance(action, Scroll)] == [ScreenPoint(39, 59)] * 2


def test_scrolling_ends_where_both_ends_are_reached(stage: Make, thing: type[Thing]) -> None:
    """Long before the time is up."""
    parts = stage([thing("Save", 10, 10)])
    with pytest.raises(LocatorTimeout, match="nothing on the screen fits; also not after scrolling"):
        script(parts).locate("Open").scroll_into_view(timeout_s=60)
    assert len(parts[0].done) == 2


def test_reading_tells_where_and_what(stage: Make, thing: type[Thing], tmp_path: Path) -> None:
    """Box, point, text and picture of the thing alone."""
    parts = stage([thing("Save", 10, 10, text="Save all")])
    save = script(parts).locate("Save")
    assert (save.box().edges, save.point(), save.text()) == ((10, 10, 70, 30), ScreenPoint(39, 19), "Save all")
    assert save.screenshot(tmp_path / "save.png").size == (60, 20)
    assert (tmp_path / "save.png").exists()
    assert parts[0].done == []


def test_counting_does_not_wait(stage: Make, thing: type[Thing]) -> None:
    """What fits is counted, listed and told apart as it is now."""
    parts = stage([thing("Row", 10, 110), thing("Row", 10, 10)])
    screen = script(parts, timeout_s=60)
    rows = screen.locate("Row")
    assert (rows.count(), [row.box().top for row in rows.all()]) == (2, [10, 110])
    assert (rows.is_visible(), screen.locate("Cell").is_visible(), screen.locate("Cell").count()) == (True, False, 0)


def test_waiting_for_something_to_go(stage: Make, thing: type[Thing]) -> None:
    """It waits until nothing fits any more, and says so when that does not come."""
    parts = stage([thing("Saving", 10, 10)], [])
    screen = script(parts)
    screen.wait_for("Saving", "gone")
    with pytest.raises(LocatorTimeout, match="it is still there"):
        script(stage([thing("Saving", 10, 10)])).locate("Saving").wait_for("gone")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda screen: screen.locate("A").click(count=4), "count"),
        (lambda screen: screen.locate("A").click(timeout_s=-1), "timeout"),
        (lambda screen: screen.locate("A").click(confidence=1.5), "confidence"),
        (lambda screen: screen.locate("A").wait_for("there"), "visible"),
        (lambda screen: screen.locate("A").filter(), "a text or a role"),
        (lambda screen: screen.locate("A").filter(text=1), "a text, or a pattern"),
        (lambda screen: screen.locate(" "), "words"),
        (lambda screen: screen.locate("A").drag_to(None), "words"),
        (lambda screen: screen.type("x" * 20_001), "text"),
        (lambda screen: Screen("desktop"), "look at"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(
    stage: Make, thing: type[Thing], call: Any, says: str
) -> None:
    """A typed error names the argument."""
    parts = stage([thing("A", 10, 10)])
    with pytest.raises(InputError, match=says):
        call(script(parts))
    assert parts[0].done == []


def test_a_number_beyond_the_last_says_how_many_fit(stage: Make, thing: type[Thing]) -> None:
    """Who counts wrongly learns the right count."""
    with pytest.raises(LocatorTimeout, match="'A, number 3': only 2 fit"):
        script(stage([thing("A", 10, 10), thing("A", 10, 110)])).locate("A").nth(2).click()


def test_a_destination_on_another_screen_is_refused(stage: Make, thing: type[Thing]) -> None:
    """One pointer cannot drag from one screen to another."""
    one, other = script(stage([thing("A", 10, 10)])), script(stage([thing("B", 10, 10)]))
    with pytest.raises(InputError, match="same Screen"):
        one.locate("A").drag_to(other.locate("B"))


def test_a_closed_screen_does_nothing_more(stage: Make, thing: type[Thing], tmp_path: Path) -> None:
    """Its recording has ended; closing twice is nothing."""
    parts = stage([thing("A", 10, 10)])
    with script(parts, recorder=Recorder(tmp_path / "r.v2a")) as screen:
        screen.locate("A").click()
    screen.close()
    for act in (screen.locate("A").click, screen.locate("A").text, lambda: screen.run("click A")):
        with pytest.raises(InputError, match="closed"):
            act()


def test_a_first_look_that_fails_can_be_repeated(stage: Make, thing: type[Thing], tmp_path: Path) -> None:
    """A screen that is not there yet is no end."""
    surface, perception = stage([thing("A", 10, 10)])
    settled = surface.settled
    failing = [CaptureError("no display yet")]

    def settle(timeout_s: float = 3.0, **_: float) -> Settled:
        if failing:
            raise failing.pop()
        return settled(timeout_s)

    surface.settled = settle  # type: ignore[method-assign]
    with script((surface, perception), recorder=Recorder(tmp_path / "r.v2a")) as screen:
        with pytest.raises(CaptureError):
            screen.locate("A").click()
        screen.locate("A").click()
    assert len(surface.done) == 1
    assert len(Recording(tmp_path / "r.v2a").steps) == 1


def test_keys_and_text_go_where_the_focus_is(stage: Make) -> None:
    """Without a place, through the same door."""
    parts = stage([])
    screen = script(parts)
    screen.press("ctrl+s")
    screen.type("a.txt", submit=True)
    assert parts[0].done == [Key(keys="ctrl+s"), TypeText(text="a.txt", submit=True)]
    assert [step.decision.verdict for step in screen.steps if step.decision] == ["allow", "allow"]
