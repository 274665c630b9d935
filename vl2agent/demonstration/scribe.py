"""Writes gestures down as steps, in a thread of its own: naming a place may take longer than a person needs to act.

Nothing waits for it and nothing is dropped. When it is far behind, places are told by where they are until it has
caught up, and the recording says so.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from vl2agent.actions import Action, Done
from vl2agent.demonstration.making import Gesture
from vl2agent.recording.chronicle import Chronicle, Deed
from vl2agent.recording.naming import Naming, intent_of, pointed_at
from vl2agent.steps import Plan, Receipt, Settled, Step

MOST_BEHIND = 12
"""Gestures that may wait to be named: their pictures take 200 MB at 1920x1080."""
PERSON = "person"


@dataclass(frozen=True, slots=True)
class Work:
    """A gesture, and the screen as it was after it."""

    gesture: Gesture
    after: Settled


class Scribe:
    """Writes down what it is given, in order.

    Args:
        chronicle: where it goes.
        naming: gives places their words.
        on_step: is told of each step that is written, from the writing thread.
    """

    def __init__(self, chronicle: Chronicle, naming: Naming, on_step: Callable[[Step], None] | None = None) -> None:
        self._chronicle, self._naming, self._on_step = chronicle, naming, on_step
        self._waiting: queue.Queue[Work | None] = queue.Queue()
        self._error: BaseException | None = None
        self._nameless = Naming()
        self._said_behind = False
        self._thread = threading.Thread(target=self._write_all, name="vl2agent-scribe", daemon=True)
        self._thread.start()

    @property
    def behind(self) -> int:
        """Gestures that are not written yet."""
        return self._waiting.qsize()

    def write(self, work: Work) -> None:
        """Have it written.

        Raises:
            RecordingError: what came before could not be.
        """
        self._complain()
        self._waiting.put(work)

    def close(self) -> None:
        """Return when everything is written.

        Raises:
            RecordingError: something could not be.
        """
        self._waiting.put(None)
        self._thread.join()
        self._complain()

    def _complain(self) -> None:
        if self._error is not None:
            raise self._error

    # --- in the writing thread ---------------------------------------------------------------------------------

    def _write_all(self) -> None:
        while (work := self._waiting.get()) is not None:
            if self._error is not None:
                continue
            try:
                self._write(work)
            except BaseException as error:  # noqa: BLE001  the reader gets it
                self._error = error

    def _write(self, work: Work) -> None:
        gesture = work.gesture
        if gesture.action is not None:
            step = self._chronicle.tell(self._deed(gesture, gesture.action), work.after)
            if self._on_step:
                self._on_step(step)
        if gesture.note:
            self._chronicle.note(f"left out: {gesture.note}" if gesture.action is None else gesture.note)

    def _deed(self, gesture: Gesture, action: Action) -> Deed:
        named = [self._namer().name(point, gesture.before.frame) for point in pointed_at(action)]
        words = [each.target.words for each in named]
        first, second = (*(each.target for each in named), None, None)[:2]
        seconds = max(0.0, gesture.ended_s - gesture.began_s)
        receipt = Receipt(delivery="sent", route=PERSON, duration_s=round(seconds, 4))
        return Deed(
            before=gesture.before,
            plan=Plan(intent=intent_of(action, words), note="shown by a person"),
            action=action,
            target=first,
            destination=second,
            receipt=None if isinstance(action, Done) else receipt,
            readings=tuple(reading for each in named for reading in each.readings),
            seconds=seconds,
        )

    def _namer(self) -> Naming:
        if self.behind <= MOST_BEHIND:
            return self._naming
        if not self._said_behind:
            self._said_behind = True
            self._chronicle.note("some places are told by where they are: they came faster than they could be read")
        return self._nameless
