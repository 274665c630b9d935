"""Turn pixels into lines of text: the two networks that RapidOCR's wheel brings, run directly on onnxruntime.

RapidOCR's own pipeline scales screens down, turns text by 180 degrees and reads boxes one by one; a screen needs none
of it, and its menu bars need cutting at gaps instead. No network connection is ever made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from vl2agent.geometry import ImageBox
from vl2agent.perception.network import Network
from vl2agent.perception.text import Line
from vl2agent.steps import Pixels

if TYPE_CHECKING:
    from vl2agent.perception.recognise import Reading

MIN_CONFIDENCE = 0.3
SURE = 0.9


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
        detector, recogniser = self._load()
        from vl2agent.perception.detect import detect
        from vl2agent.perception.ink import margins, segments
        from vl2agent.perception.recognise import recognise

        tight: list[ImageBox] = []
        wide: list[ImageBox] = []
        for box in detect(detector, bgr):
            parts = segments(bgr, box)
            tight += parts
            wide += margins(parts, box)
        readings = recognise(recogniser, bgr, wide)
        crops = list(wide)
        doubtful = [i for i, reading in enumerate(readings) if reading.confidence < SURE]
        for i, again in zip(
            doubtful, recognise(recogniser, bgr, [_framed(tight[i], wide[i]) for i in doubtful]), strict=True
        ):
            if again.confidence > readings[i].confidence:
                readings[i], crops[i] = again, _framed(tight[i], wide[i])
        return [
            _line(reading, crop, box)
            for reading, crop, box in zip(readings, crops, tight, strict=True)
            if reading.text and reading.confidence >= MIN_CONFIDENCE
        ]

    def _load(self) -> tuple[Network, Network]:
        if self._networks is None:
            self._networks = Network("*det*.onnx", self._threads), Network("*rec*.onnx", self._threads)
        return self._networks


def _framed(tight: ImageBox, wide: ImageBox) -> ImageBox:
    """Return the tight box with a thin margin, within the wide one: helps where the margin holds a border."""
    pad = max(2, tight.height // 8)
    return ImageBox(
        max(tight.left - pad, wide.left),
        max(tight.top - pad, wide.top),
        min(tight.right + pad, wide.right),
        min(tight.bottom + pad, wide.bottom),
    )


def _line(reading: Reading, crop: ImageBox, box: ImageBox) -> Line:
    centers = tuple(crop.left + place * crop.width for place in reading.places)
    return Line(reading.text, box, reading.confidence, centers)
