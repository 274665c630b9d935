"""Turn pixels into lines of text: the two networks that RapidOCR's wheel brings, run directly on onnxruntime.

RapidOCR's own pipeline scales screens down, looks for text that stands on its head and cuts nothing apart; a screen
needs its own size, no turning, and menu bars cut at their gaps. No network connection is ever made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vl2agent.geometry import ImageBox
from vl2agent.perception.network import Network
from vl2agent.perception.recognise import Reading
from vl2agent.perception.text import Line
from vl2agent.steps import Pixels

MIN_CONFIDENCE = 0.3
SURE = 0.9
MIN_SIGN_CONFIDENCE = 0.6
SIGN_PX = range(5, 41)
"""Heights of a mark that may be a lone sign which detection overlooked."""
MAX_SIGNS = 80


class TextEngine(Protocol):
    """Something that reads a picture."""

    def read(self, bgr: Pixels) -> list[Line]:
        """Return the lines on a [height, width, 3] picture, in no order."""
        ...


class OnnxTextEngine:
    """PP-OCR by onnxruntime; the networks are loaded when first used.

    Args:
        threads: how many to compute with; None takes the processors this process may use, at most 8.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads
        self._networks: tuple[Network, Network] | None = None

    def read(self, bgr: Pixels) -> list[Line]:
        """Return the lines on a [height, width, 3] picture, in no order.

        Raises:
            MissingExtra: RapidOCR or onnxruntime is not installed.
        """
        from vl2agent.perception.detect import detect
        from vl2agent.perception.ink import margins, segments

        tight: list[ImageBox] = []
        wide: list[ImageBox] = []
        for box in detect(self._load()[0], bgr):
            parts = segments(bgr, box)
            tight += parts
            wide += margins(parts, box)
        tight, wide = _rejoined(tight, wide)
        lines = self._lines(bgr, tight, wide)
        return lines + self._signs(bgr, lines)

    def _lines(self, bgr: Pixels, tight: Sequence[ImageBox], wide: Sequence[ImageBox]) -> list[Line]:
        """Read boxes with a wide margin, the doubtful ones again with a thin one and as text on a plate."""
        from vl2agent.perception.ink import plate
        from vl2agent.perception.recognise import recognise

        recogniser = self._load()[1]
        best = list(zip(recognise(recogniser, bgr, wide), wide, strict=True))
        plates = {i: inside for i, box in enumerate(tight) if (inside := plate(bgr, box))}
        again = [(i, _framed(tight[i], wide[i])) for i, (reading, _) in enumerate(best) if reading.confidence < SURE]
        again += plates.items()
        for (i, crop), reading in zip(again, recognise(recogniser, bgr, [crop for _, crop in again]), strict=True):
            if reading.confidence > best[i][0].confidence:
                best[i] = reading, crop
        return [
            _line(reading, crop, box)
            for (reading, crop), box in zip(best, tight, strict=True)
            if reading.text and reading.confidence >= MIN_CONFIDENCE
        ]

    def _signs(self, bgr: Pixels, lines: Sequence[Line]) -> list[Line]:
        """Read small marks where detection saw no text: lone digits and signs, as on a calculator's keys."""
        from vl2agent.perception.recognise import recognise
        from vl2agent.perception.shapes import find_marks

        marks = find_marks(bgr, [line.box for line in lines])
        boxes = [box for box in marks if box.height in SIGN_PX and box.width <= 4 * box.height][:MAX_SIGNS]
        crops = [_around(box, bgr.shape[1], bgr.shape[0]) for box in boxes]
        return [
            _line(reading, crop, box)
            for reading, crop, box in zip(recognise(self._load()[1], bgr, crops), crops, boxes, strict=True)
            if reading.text and reading.confidence >= MIN_SIGN_CONFIDENCE
        ]

    def _load(self) -> tuple[Network, Network]:
        if self._networks is None:
            self._networks = Network("*det*.onnx", self._threads), Network("*rec*.onnx", self._threads)
        return self._networks


def _rejoined(tight: Sequence[ImageBox], wide: Sequence[ImageBox]) -> tuple[list[ImageBox], list[ImageBox]]:
    """Join neighbours on one row with less than a blank between them: detection broke a word in two."""
    joined: list[tuple[ImageBox, ImageBox]] = []
    for box, margin in sorted(zip(tight, wide, strict=True), key=lambda pair: pair[0].left):
        for i, (before, its_margin) in enumerate(joined):
            high = max(before.height, box.height)
            off = abs(before.top + before.bottom - box.top - box.bottom) / 2
            if (
                off < 0.3 * high
                and min(before.height, box.height) > 0.6 * high
                and box.left - before.right < 0.46 * high
            ):
                joined[i] = before.union(box), its_margin.union(margin)
                break
        else:
            joined.append((box, margin))
    return [box for box, _ in joined], [margin for _, margin in joined]


def _framed(tight: ImageBox, wide: ImageBox) -> ImageBox:
    """Return the tight box with a thin margin, within the wide one: helps where the margin holds a border."""
    pad = max(2, tight.height // 8)
    return ImageBox(
        max(tight.left - pad, wide.left),
        max(tight.top - pad, wide.top),
        min(tight.right + pad, wide.right),
        min(tight.bottom + pad, wide.bottom),
    )


def _around(box: ImageBox, width: int, height: int) -> ImageBox:
    """Return a lone sign with the space of a line around it, so that its size tells a dash from a dot."""
    pad_x, pad_y = max(5, box.height // 2), max(3, (16 - box.height) // 2)
    return ImageBox(
        max(box.left - pad_x, 0),
        max(box.top - pad_y, 0),
        min(box.right + pad_x, width),
        min(box.bottom + pad_y, height),
    )


def _line(reading: Reading, crop: ImageBox, box: ImageBox) -> Line:
    """Place a reading on the picture; a drawing that stood before the text and was not read is left out of the box."""
    centers = tuple(crop.left + place * crop.width for place in reading.places)
    left = box.left
    if len(centers) > 2:
        advance = (centers[-1] - centers[0]) / (len(centers) - 1)
        expected = round(centers[0] - advance)
        left = expected if expected - box.left > 0.5 * box.height and expected < box.right else box.left
    return Line(reading.text, ImageBox(left, box.top, box.right, box.bottom), reading.confidence, centers)
