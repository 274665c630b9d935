"""Grounded answers: `<|ref|>words<|/ref|><|det|>[[x1, y1, x2, y2], ...]<|/det|>` to boxes.

The parser takes any text at all: it never raises, never evaluates, and tells what it could not use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vl2.tokenizer import DET, DET_END, GROUNDING, REF, REF_END

GRID_MAX = 999
"""Coordinates are 0..999 over the original, unpadded image."""


@dataclass(frozen=True, slots=True)
class GridPoint:
    """A point on the model's grid."""

    x: int
    y: int

    def pixel(self, width: int, height: int) -> tuple[int, int]:
        """Map to a pixel of the original image; 999 is the last column and row."""
        return round(self.x / GRID_MAX * (width - 1)), round(self.y / GRID_MAX * (height - 1))


@dataclass(frozen=True, slots=True)
class GridBox:
    """A box on the model's grid; edges, not pixels. Every box has an area."""

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= GRID_MAX and 0 <= self.top < self.bottom <= GRID_MAX):
            raise ValueError(f"expected 0 <= x1 < x2 <= {GRID_MAX} and 0 <= y1 < y2 <= {GRID_MAX}, got {self.edges}")

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """x1, y1, x2, y2 as the model writes them."""
        return self.left, self.top, self.right, self.bottom

    @property
    def center(self) -> GridPoint:
        """The middle."""
        return GridPoint((self.left + self.right) // 2, (self.top + self.bottom) // 2)

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Map to pixels of the original image: left, top, right, bottom, the last two exclusive; at least one pixel."""
        left, right = _pixel_edges(self.left, self.right, width)
        top, bottom = _pixel_edges(self.top, self.bottom, height)
        return left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of an answer, and where the model says they are."""

    words: str
    boxes: tuple[GridBox, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A piece of an answer that gave no box."""

    piece: str
    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class Grounded:
    """What an answer says."""

    text: str
    """The answer as people read it: words stay, marks and coordinates go."""
    phrases: tuple[Phrase, ...]
    rejected: tuple[Rejected, ...]

    @property
    def boxes(self) -> tuple[GridBox, ...]:
        """All boxes, in order."""
        return tuple(box for phrase in self.phrases for box in phrase.boxes)


_EXPECTED = "expected boxes [x1, y1, x2, y2]"
_TOKEN = re.compile("|".join(map(re.escape, (REF_END, REF, DET_END, DET, GROUNDING))))
_BOX = re.compile(r"\[([^\[\]]*)\]")
_NUMBER = re.compile(r"\s*([0-9]{1,3})\s*", re.ASCII)


def parse(answer: str) -> Grounded:
    """Read a grounded answer, whatever it looks like.

    Words without boxes and boxes without words are phrases too; an open mark counts as closed where the next begins.
    A box that is not four integers of 0..999 with an area is rejected, and the rest is kept.
    """
    reader = _Reader()
    for mark, position, body in _segments(answer):
        reader.read(mark, position, body)
    reader.end()
    return Grounded("".join(reader.text).strip(), tuple(reader.phrases), tuple(reader.rejected))


class _Reader:
    def __init__(self) -> None:
        self.text: list[str] = []
        self.phrases: list[Phrase] = []
        self.rejected: list[Rejected] = []
        self.words: str | None = None  # of a reference that waits for its boxes

    def read(self, mark: str, position: int, body: str) -> None:
        """Take a mark and the text up to the next one."""
        if mark == DET:
            boxes = tuple(self._boxes(body, position))
            if boxes or self.words is not None:
                self.phrases.append(Phrase(self.words or "", boxes))
            self.words = None
            return
        if mark == REF:
            self.end()
            self.words = body.strip()
        self.text.append(body)

    def end(self) -> None:
        """Keep words that no boxes followed."""
        if self.words is not None:
            self.phrases.append(Phrase(self.words, ()))
        self.words = None

    def _boxes(self, body: str, position: int) -> Iterator[GridBox]:
        end = 0
        for match in _BOX.finditer(body):
            between = body[end : match.start()]
            if between.strip("[], \n\t"):
                self.rejected.append(Rejected(between, position + end, _EXPECTED))
            end = match.end()
            try:
                yield _box(match[1])
            except ValueError as error:
                self.rejected.append(Rejected(match[0], position + match.start(), str(error)))
        rest = body[end:]
        if end and "[" not in rest:
            self.text.append(rest.lstrip("]"))  # the end of the boxes was not marked
        else:
            self.rejected.append(Rejected(rest, position + end, _EXPECTED))


def _segments(answer: str) -> Iterator[tuple[str, int, str]]:
    """Give each mark ('' for the beginning), where its text starts, and that text."""
    mark, start = "", 0
    for match in _TOKEN.finditer(answer):
        yield mark, start, answer[start : match.start()]
        mark, start = match[0], match.end()
    yield mark, start, answer[start:]


def _box(numbers: str) -> GridBox:
    matches = [_NUMBER.fullmatch(number) for number in numbers.split(",")]
    values = [int(match[1]) for match in matches if match]
    if len(values) != 4 or len(matches) != 4:
        raise ValueError(f"expected four integers of 0..{GRID_MAX}")
    return GridBox(*values)


def _pixel_edges(low: int, high: int, side: int) -> tuple[int, int]:
    first = min(round(low * side / GRID_MAX), side - 1)
    return first, max(round(high * side / GRID_MAX), first + 1)
