"""A recording as perception: every question about a picture gets the answer that it got."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from functools import cached_property

from vl2agent.contracts import Perception
from vl2agent.geometry import ScreenBox
from vl2agent.readings import Reading, ReadingPerception
from vl2agent.recording.schema import Read
from vl2agent.replay.course import READING, Course
from vl2agent.steps import Element, Frame, Target


class RecordedPerception(ReadingPerception):
    """Answers from the readings of a recording; the last answer to a question is given again when it is asked again.

    Args:
        course: the recording, and how far it is played.
        live: gives what answers what was never asked; without it that is a ReplayMismatch.
    """

    def __init__(self, course: Course, live: Callable[[], Perception] | None = None) -> None:
        super().__init__()
        self._course, self._live = course, live
        self._answers = _answers(course)

    def _answer(self, asked: Reading) -> Reading | None:
        """Return the next answer to a question; None where somebody else has to answer.

        Raises:
            NotRecorded: there is none, and nobody else.
        """
        answers = self._answers.get(asked)
        if answers:
            at, answer = answers.popleft() if len(answers) > 1 else answers[0]
            self._course.reach(at)
            return answer
        if self._live is not None:
            return None
        if asked.ask == "text_in" and self._course.step in self._course.masked_steps:
            return asked  # what can be seen to have changed is not what had: it was never asked, and says nothing
        raise self._course.missing(READING, _question(asked))

    def _locate(self, words: str, frame: Frame) -> Target:
        answer = self._answer(Reading(ask="locate", frame=frame.digest, region=frame.region, words=words))
        return answer.target() if answer else self._other.locate(words, frame)

    def _find(self, words: str, frame: Frame) -> Sequence[Target]:
        answer = self._answer(Reading(ask="find", frame=frame.digest, region=frame.region, words=words))
        return answer.targets if answer else self._other.find(words, frame)

    def _elements(self, frame: Frame) -> Sequence[Element]:
        answer = self._answer(Reading(ask="elements", frame=frame.digest, region=frame.region))
        return answer.elements if answer else self._other.elements(frame)

    def _text_in(self, box: ScreenBox, frame: Frame) -> str:
        answer = self._answer(Reading(ask="text_in", frame=frame.digest, region=frame.region, box=box))
        return answer.text if answer else self._other.text_in(box, frame)

    def _look_closer(self, frame: Frame) -> bool:
        asked = Reading(ask="look_closer", frame=frame.digest, region=frame.region)
        if self._live is None and self._course.end is not None and not self._answers.get(asked):
            return False  # nobody looked closer then: who does now sees what was seen
        answer = self._answer(asked)
        if answer:
            return answer.more
        closer: Callable[[Frame], bool] = getattr(self._other, "look_closer", lambda _: False)
        return closer(frame)

    @cached_property
    def _other(self) -> Perception:
        assert self._live is not None  # else the question was refused
        return self._live()


def _answers(course: Course) -> dict[Reading, deque[tuple[int, Reading]]]:
    """Sort the answers by their questions, in order; what was left out as it was the same as before is put back."""
    played = {event.seq: at for at, event in course.of(Read)}
    found: dict[Reading, deque[tuple[int, Reading]]] = defaultdict(deque)
    known: dict[Reading, Reading] = {}
    for event in course.recording.of(Read):
        question = event.reading.question()
        known[question] = known.get(question, event.reading) if event.again else event.reading
        if event.seq in played:
            found[question].append((played[event.seq], known[question]))
    return dict(found)


def _question(asked: Reading) -> str:
    told = repr(asked.words) if asked.words else str(asked.box or "")
    return f"the question {asked.ask} {told}".strip() + f" about picture {asked.frame[:12]}"
