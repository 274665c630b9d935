"""A person shows how something is done: input and pictures become steps of a recording.

    with DesktopScreen(":5") as screen:
        showing = Demonstration(screen, ":5", Recorder("save.v2a"), goal="save the file", judge=judge)
        showing.run(until=lambda: False)          # until the hot key is pressed

Whoever moves mouse and keyboard of the display is recorded: a person, or any other tool.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from vl2agent.actions import Done, Key
from vl2agent.contracts import Perception
from vl2agent.demonstration.gestures import Gestures
from vl2agent.demonstration.history import History, Watched
from vl2agent.demonstration.listening import Listening
from vl2agent.demonstration.making import Gesture
from vl2agent.demonstration.scribe import PERSON, Scribe, Work
from vl2agent.errors import VL2AgentError
from vl2agent.readings import ReadingPerception
from vl2agent.recording.chronicle import Chronicle, Judge
from vl2agent.recording.naming import Naming
from vl2agent.recording.schema import RunStarted
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Settled, Step

logger = logging.getLogger(__name__)

LOOK_S = 1 / 15
"""Between two looks at the screen: a press is shown on a picture at most this much older."""
SETTLE_S, GIVE_UP_S = 0.3, 3.0
"""How long the screen is watched after an action at least, and at most, as `CaptureScreen.settled` does."""
INTERRUPT, INTERRUPT_S = "ctrl+c", 1.0
"""What a person types to end the demonstration from the terminal, and how long ago that can have been."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to listen.

    Args:
        stop: the chord that ends the demonstration.
        mask: the chord that begins and ends what is typed in secret.
        masked: everything that is typed is a secret.
        place: where it is shown, for the recording: 'sandbox NAME', 'live :0'.
        on_ready: is called once everything that is done from then on is recorded.
        on_step: is told of each step that is written, from the writing thread.
    """

    stop: str = "ctrl+alt+q"
    mask: str = "ctrl+alt+m"
    masked: bool = False
    place: str = ""
    on_ready: Callable[[], None] | None = None
    on_step: Callable[[Step], None] | None = None


class Demonstration:
    """Records what is done on a display.

    Args:
        screen: looks at the display; used by the thread that runs this.
        display: the X server's name.
        recorder: where it goes; closed at the end.
        goal: what is shown, in words.
        judge: tells what an action did from the frames around it.
        perception: reads the screen to name what is pointed at; None: places are told by where they are.
        options: how to listen.
    """

    def __init__(
        self,
        screen: Watched,
        display: str,
        recorder: Recorder,
        *,
        goal: str,
        judge: Judge,
        perception: Perception | None = None,
        options: Options = Options(),
    ) -> None:
        self._screen, self._display, self._goal, self._options = screen, display, goal, options
        parts = {"screen": type(screen).__name__, "executor": PERSON, "planner": PERSON, "policy": PERSON}
        if perception is not None:
            parts["perception"] = type(perception).__name__
        run = RunStarted(goal=goal, parts=parts, place=options.place)
        self._chronicle = Chronicle(recorder, run, who=PERSON, judge=judge)
        self._naming = Naming(perception)
        if isinstance(perception, ReadingPerception):
            recorder.redaction.texts_in = recorder.redaction.texts_in or perception.texts
        self._open: Gesture | None = None

    def run(self, until: Callable[[], bool]) -> None:
        """Record until the hot key is pressed, or `until` says so, which is asked several times a second.

        Raises:
            CaptureError: the display cannot be watched or listened to, or went away; what was done before is written.
            RecordingError: it cannot be written.
        """
        began_s = time.monotonic()
        error: BaseException | None = None
        self._scribe = Scribe(self._chronicle, self._naming, self._options.on_step)
        try:
            self._watch(until)
            self._scribe.close()
        except BaseException as failure:
            error = failure
            self._save()
            raise
        finally:
            self._chronicle.end(
                ok=error is None,
                message=self._goal if error is None else str(error),
                error=type(error).__name__ if error else "",
                seconds=time.monotonic() - began_s,
            )

    def _watch(self, until: Callable[[], bool]) -> None:
        history = History(self._screen)
        first, options = history.at(time.monotonic()), self._options
        gestures = Gestures(scale=first.frame.scale, stop=options.stop, mask=options.mask, masked=options.masked)
        self._chronicle.see(first)
        with Listening(self._display) as listening:
            if options.on_ready:
                options.on_ready()
            while not (gestures.stopped or until()):
                began_s = time.monotonic()
                self._understand(listening, gestures, history)
                if not gestures.busy:
                    self._close_if_settled(history)
                time.sleep(max(0.0, LOOK_S - (time.monotonic() - began_s)))
            stopped_s = time.monotonic()
            self._understand(listening, gestures, history)
        self._take(gestures.finish())
        self._finish(history, stopped_s)

    def _understand(self, listening: Listening, gestures: Gestures, history: History) -> None:
        """Take what was done until now; the picture comes first, so that there is one of before every event."""
        now_s = time.monotonic()
        history.look()
        for event in listening.take():
            if not gestures.stopped:
                self._take(gestures.feed(event, history.at(event.at_s)))
        self._take(gestures.pause(now_s))

    def _take(self, finished: Iterable[Gesture]) -> None:
        for gesture in finished:
            self._close(gesture)
            self._open = gesture

    def _close_if_settled(self, history: History) -> None:
        """End the step that is open once its effect can be seen."""
        if self._open is None:
            return
        now_s = time.monotonic()
        waited_s, latest = now_s - self._open.ended_s, history.at(now_s)
        if (waited_s >= SETTLE_S and latest.verdict != "moving") or waited_s >= GIVE_UP_S:
            self._write(self._open, replace(latest, waited_s=round(waited_s, 3)))

    def _close(self, following: Gesture) -> None:
        """End the step that is open on the screen that the next one began on, which may be too early to tell."""
        if self._open is None:
            return
        if self._open.after is not None:
            self._write(self._open, self._open.after)
            return
        after, waited_s = following.before, max(0.0, following.began_s - self._open.ended_s)
        early = waited_s < SETTLE_S and after.frame is self._open.before.frame
        verdict = "moving" if early else after.verdict
        self._write(self._open, Settled(after.frame, verdict, round(waited_s, 3)))

    def _write(self, gesture: Gesture, after: Settled) -> None:
        self._open = None
        self._scribe.write(Work(gesture, after))

    def _finish(self, history: History, stopped_s: float) -> None:
        """Wait for the last effect, and say that the goal is reached."""
        last = self._open
        if last and last.action == Key(keys=INTERRUPT) and stopped_s - last.ended_s < INTERRUPT_S:
            self._open = None  # it was meant for the recording itself
        while self._open:
            history.look()
            self._close_if_settled(history)
            time.sleep(LOOK_S)
        seen = history.at(time.monotonic())
        done = Gesture(action=Done(message=self._goal), before=seen, began_s=stopped_s, ended_s=stopped_s)
        self._write(done, seen)

    def _save(self) -> None:
        """Write what was understood before something failed; a second failure is the same one."""
        try:
            if self._open:
                self._write(self._open, replace(self._open.before, verdict="moving"))
            self._scribe.close()
        except (VL2AgentError, OSError) as failure:
            logger.warning("the last steps are missing: %s", failure)
