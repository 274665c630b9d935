"""What was read: lines of text with their boxes and the place of every character, in image pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vl2agent.geometry import ImageBox


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `first` to `last` (exclusive) of a line, and where they are drawn."""

    first: int
    last: int
    text: str
    box: ImageBox


@dataclass(frozen=True, slots=True)
class Line:
    """One run of text without wide gaps.

    Args:
        text: as read, without blanks at its ends.
        box: tight around the ink.
        confidence: mean probability of its characters, 0..1.
        centers: the x of every character's middle, as many as `text` has.
    """

    text: str
    box: ImageBox
    confidence: float
    centers: tuple[float, ...]

    @property
    def words(self) -> tuple[Span, ...]:
        """The parts between blanks, each with its own box."""
        spans, start = [], 0
        for part in self.text.split(" "):
            if part:
                spans.append(self.span(start, start + len(part)))
            start += len(part) + 1
        return tuple(spans)

    def span(self, first: int, last: int) -> Span:
        """Cut out characters; edges lie midway between neighbouring characters."""
        left = self.box.left if first == 0 else self._between(first)
        right = self.box.right if last == len(self.text) else self._between(last)
        edges = ImageBox(left, self.box.top, max(right, left + 1), self.box.bottom)
        return Span(first, last, self.text[first:last], edges)

    def part(self, first: int, last: int) -> Line | None:
        """Cut out characters as a line of their own, without blanks at its ends; None when only blanks are left."""
        text = self.text[first:last]
        first, last = first + len(text) - len(text.lstrip()), last - len(text) + len(text.rstrip())
        if first >= last:
            return None
        span = self.span(first, last)
        return replace(self, text=span.text, box=span.box, centers=self.centers[first:last])

    def moved(self, dx: int, dy: int) -> Line:
        """Return the line shifted by whole pixels."""
        box = ImageBox(self.box.left + dx, self.box.top + dy, self.box.right + dx, self.box.bottom + dy)
        return replace(self, box=box, centers=tuple(x + dx for x in self.centers))

    def _between(self, index: int) -> int:
        """Return the x between character `index` and the one before it, blanks left out."""
        before = index - 2 if index > 1 and self.text[index - 1] == " " else index - 1
        return round((self.centers[before] + self.centers[min(index, len(self.centers) - 1)]) / 2)
