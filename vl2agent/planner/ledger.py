"""The plan prompt, made to fit the model's window.

Everything is counted exactly, with the model's own vocabulary and tiles. Text gives way first, in the order of
folding.py. Only when the picture does not fit beside what never goes, it is sent smaller: on the next smaller canvas of
tiles, and so on. Where the screen could then no longer be read, the window in use is shown instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vl2agent.calls import Model, Section, Shot
from vl2agent.errors import WindowTooSmall
from vl2agent.planner.folding import Folding
from vl2agent.planner.pictures import Sized, in_use, sizes
from vl2agent.steps import Frame

LEGIBLE = 0.35
"""A screen shown smaller than this, in its logical pixels, cannot be read."""
NEARER = 1.5
"""How many times larger than the screen the window in use must be shown to be worth it."""
TITLES = 12
"""Tokens of the headings over what comes back, at most."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A prompt that fits; `note` says what gave way, and is empty when nothing did."""

    sections: list[Section]
    shot: Shot
    note: str


class Ledger:
    """Makes plan prompts that fit.

    Args:
        model: counts, and has the window.
        reserve: tokens kept free for the reply.
    """

    def __init__(self, model: Model, reserve: int) -> None:
        self._model, self._reserve = model, reserve

    def fit(self, known: Folding, frame: Frame) -> Fitted:
        """Make the prompt.

        Raises:
            WindowTooSmall: what never goes is too much, even with the smallest picture.
        """
        picture = self._picture(known, frame)
        known = replace(known, zoomed=picture.frame is not frame)
        folds = self._folds(known, picture)
        scaled = "" if picture.size is None else f"{'window' if known.zoomed else 'screen'} at {picture.scale:.2f}"
        note = "; ".join(part for part in (known.told(folds), scaled) if part)
        return Fitted(known.sections(folds), picture.shot(), note)

    def _picture(self, known: Folding, frame: Frame) -> Sized:
        """Choose the largest picture that fits beside what never goes."""
        least = known.sections(known.most)
        picture, needed = self._largest(least, frame)
        if picture is not None and (picture.size is None or picture.legible >= LEGIBLE):
            return picture
        part = in_use(frame)
        nearer = self._largest(replace(known, zoomed=True).sections(known.most), part)[0] if part else None
        if nearer is not None and (picture is None or nearer.scale >= NEARER * picture.scale):
            return nearer
        if picture is None:
            hint = "give a larger window, or a model that has one, or shorten the goal"
            raise WindowTooSmall(self._model.backend.model, self._model.window, needed, hint)
        return picture

    def _largest(self, sections: Sequence[Section], frame: Frame) -> tuple[Sized | None, int]:
        """Return the largest picture of the frame that fits, and what the last one tried needs."""
        needed = 0
        for picture in sizes(frame):
            needed = self._needed(sections, picture)
            if needed <= self._model.window:
                return picture, needed
        return None, needed

    def _folds(self, known: Folding, picture: Sized) -> int:
        """Find the fewest folds that fit: by the costs of single lines first, then exactly."""
        folds = known.most
        room = self._model.window - self._needed(known.sections(folds), picture) - TITLES
        while folds and (room := room - self._cost(known.text_of(folds))) >= 0:
            folds -= 1
        while folds < known.most and self._needed(known.sections(folds), picture) > self._model.window:
            folds += 1
        return folds

    def _needed(self, sections: Sequence[Section], picture: Sized) -> int:
        """Count prompt and reply."""
        return self._model.count(sections, [picture.blank()]) + self._reserve

    def _cost(self, text: str) -> int:
        """Say what a line adds to a prompt."""
        return self._alone(f"-\n{text}\n-") - self._alone("-\n-")

    def _alone(self, text: str) -> int:
        return self._model.count([Section("line", (text,))], [])
