"""The embedded perception: words to boxes by reading the screen, without weights, GPU or network.

It finds what has text on it or beside it, and buttons with a usual sign such as a cross. Other icons have no text, and
are not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vl2agent.errors import AmbiguousTarget, TargetNotFound
from vl2agent.geometry import ImageBox, ScreenBox
from vl2agent.perception import installed  # noqa: F401  # what comes next cannot be imported without the extra
from vl2agent.perception.confidence import confidences
from vl2agent.perception.engine import TextEngine
from vl2agent.perception.ocr import Reader
from vl2agent.perception.rank import Candidate
from vl2agent.perception.search import search
from vl2agent.perception.things import things
from vl2agent.readings import ReadingPerception
from vl2agent.steps import Element, Frame, Target

SOURCE = "ocr"
ENOUGH = 0.5
"""The confidence below which a target is refused."""
EQUAL = 0.02
"""Scores this close are equally good."""
IN_FRONT = 0.04
"""What lying in the topmost window adds to a score: people speak of what is in front."""


class OcrPerception(ReadingPerception):
    """Words to boxes by optical character recognition and geometry.

    Args:
        engine: what reads pictures; None takes the networks of the extra `ocr`.
    """

    def __init__(self, engine: TextEngine | None = None) -> None:
        super().__init__()
        self._reader = Reader(engine)

    def _locate(self, words: str, frame: Frame) -> Target:
        found = self._search(words, frame)
        targets = _targets(words, found, frame)
        if not targets or targets[0].confidence < ENOUGH:
            raise TargetNotFound(words, targets[:5])
        rivals = sum(found[0].score - candidate.score < EQUAL for candidate in found)
        if rivals > 1:
            raise AmbiguousTarget(words, targets[:rivals])
        return targets[0]

    def _find(self, words: str, frame: Frame) -> Sequence[Target]:
        return _targets(words, self._search(words, frame), frame)

    def _elements(self, frame: Frame) -> Sequence[Element]:
        return [
            Element(
                box=frame.view.box_to_screen(thing.box), text=thing.text, role=thing.role, confidence=thing.confidence
            )
            for thing in things(self._reader.read(frame))
        ]

    def _text_in(self, box: ScreenBox, frame: Frame) -> str:
        part = frame.view.box_to_image(box)
        inside = [line for line in self._reader.read(frame).lines if _holds(part, line.box)]
        return "\n".join(line.text for line in inside)

    def _look_closer(self, frame: Frame) -> bool:
        """Read all of a frame of which, as it resembled the one before, only what changed was read."""
        return self._reader.look_closer(frame)

    def _search(self, words: str, frame: Frame) -> list[Candidate]:
        found = [_weighed(candidate, frame) for candidate in search(words, self._reader.read(frame))]
        return sorted(found, key=lambda candidate: -candidate.score)


def _weighed(candidate: Candidate, frame: Frame) -> Candidate:
    """Prefer the topmost window, where the platform tells the windows."""
    if frame.windows and frame.windows[0].box.contains(frame.view.point_to_screen(candidate.point)):
        return replace(candidate, score=candidate.score + IN_FRONT)
    return candidate


def _targets(words: str, found: Sequence[Candidate], frame: Frame) -> list[Target]:
    return [
        Target(
            words=words,
            box=frame.view.box_to_screen(candidate.box),
            point=frame.view.point_to_screen(candidate.point),
            confidence=confidence,
            text=candidate.text,
            role=candidate.role,
            source=SOURCE,
        )
        for candidate, confidence in zip(found, confidences(found), strict=True)
    ]


def _holds(part: ImageBox, box: ImageBox) -> bool:
    center = box.center
    return part.left <= center.x < part.right and part.top <= center.y < part.bottom
