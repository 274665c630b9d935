"""The embedded perception: words to boxes by reading the screen, without weights, GPU or network.

It finds what has text on it or beside it. A bare icon has neither, and is not found.
"""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.errors import AmbiguousTarget, TargetNotFound
from vl2agent.geometry import ImageBox, ScreenBox
from vl2agent.perception.engine import TextEngine
from vl2agent.perception.ocr import Reader
from vl2agent.perception.rank import Candidate
from vl2agent.perception.search import search
from vl2agent.perception.things import things
from vl2agent.steps import Element, Frame, Target

SOURCE = "ocr"
ENOUGH = 0.6
"""The confidence below which a target is refused."""
EQUAL = 0.01
"""Two confidences this close are equally good."""


class OcrPerception:
    """Words to boxes by optical character recognition and geometry.

    Args:
        engine: what reads pictures; None takes the networks of the extra `ocr`.
    """

    def __init__(self, engine: TextEngine | None = None) -> None:
        self._reader = Reader(engine)

    def locate(self, words: str, frame: Frame) -> Target:
        """Find the one thing the words name.

        Raises:
            TargetNotFound: nothing fits well enough.
            AmbiguousTarget: several things fit equally well.
        """
        found = self.find(words, frame)
        if not found or found[0].confidence < ENOUGH:
            raise TargetNotFound(words, found[:5])
        rivals = [target for target in found if found[0].confidence - target.confidence < EQUAL]
        if len(rivals) > 1:
            raise AmbiguousTarget(words, rivals)
        return found[0]

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Find everything that fits, best first; empty when nothing does."""
        found = search(words, self._reader.read(frame))
        return [_target(words, candidate, frame) for candidate in found]

    def elements(self, frame: Frame) -> Sequence[Element]:
        """List what can be pointed at, in reading order."""
        return [
            Element(
                box=frame.view.box_to_screen(thing.box), text=thing.text, role=thing.role, confidence=thing.confidence
            )
            for thing in things(self._reader.read(frame))
        ]

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Read what is written in a part of the frame."""
        part = frame.view.box_to_image(box)
        inside = [line for line in self._reader.read(frame).lines if _holds(part, line.box)]
        return "\n".join(line.text for line in inside)


def _holds(part: ImageBox, box: ImageBox) -> bool:
    center = box.center
    return part.left <= center.x < part.right and part.top <= center.y < part.bottom


def _target(words: str, candidate: Candidate, frame: Frame) -> Target:
    return Target(
        words=words,
        box=frame.view.box_to_screen(candidate.box),
        point=frame.view.point_to_screen(candidate.point),
        confidence=min(max(candidate.score - 0.1, 0.0), 1.0),
        text=candidate.text,
        role=candidate.role,
        source=SOURCE,
    )
