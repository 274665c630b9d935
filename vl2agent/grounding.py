"""Words to places on the screen, by a model that answers with boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vl2agent.completion import Grounding, Located, Prompt
from vl2agent.errors import InputError, TargetNotFound
from vl2agent.steps import Frame, Target

if TYPE_CHECKING:
    from vl2agent.contracts import Backend

SOURCE = "model"
MOST = 20
"""Boxes that a model may list for one description."""


class ModelFinder:
    """The part of a `Perception` that a model alone can do: where is it?"""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def locate(self, words: str, frame: Frame) -> Target:
        """Ask for the one thing that the words name.

        Raises:
            InputError: there are no words.
            TargetNotFound: the model gave no box.
            BackendError: it could not answer.
        """
        found = _ask(words, 1, frame, self._backend)
        if not found:
            raise TargetNotFound(words, reason="the model gave no box")
        return _target(words, found[0], frame)

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Ask for everything that the words fit, surest first; empty when the model gives no box.

        Raises:
            InputError, BackendError: as locate.
        """
        found = [_target(words, each, frame) for each in _ask(words, MOST, frame, self._backend)]
        return sorted(found, key=lambda target: -target.confidence)


def _ask(words: str, most: int, frame: Frame, backend: Backend) -> tuple[Located, ...]:
    words = words.strip()
    if not words:
        raise InputError("expected words that name what to find, got none")
    prompt = Prompt.locate(words, every=most > 1)
    return backend.complete(prompt, [frame.image], Grounding(words=words, most=most)).located


def _target(words: str, located: Located, frame: Frame) -> Target:
    box = frame.view.grid_box_to_screen(located.box)
    return Target(
        words=words,
        box=box,
        point=box.clamp(frame.view.grid_point_to_screen(located.point)),
        confidence=located.confidence,
        text=located.words,
        source=SOURCE,
    )
