"""Read a page's texts: one per line of the picture, with its font, color and place measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.perception.engine import OnnxTextEngine, TextEngine
from vl2agent.perception.text import Line
from vl2agent.steps import Pixels
from vl2agent.web2code.ir import Font, Run, Text, TextLine
from vl2agent.web2code.perceive.color import css, shown_color
from vl2agent.web2code.perceive.ink import Ink, find_ink
from vl2agent.web2code.perceive.strips import strips
from vl2agent.web2code.perceive.typeface import best_fit
from vl2agent.web2code.perceive.words import Word, segments, words

MIN_LIKENESS = 0.45
"""What looks less like the characters that were read than this was no text."""
MIN_LETTER_LIKENESS = 0.8
"""The same for a lone character: icons are read as such."""


def read_texts(image: Pixels, engine: TextEngine | None = None) -> list[Text]:
    """Return the texts of a page, top to bottom.

    Args:
        image: the page, RGB [height, width, 3], any height.
        engine: what reads pictures; None takes the networks of the extra `ocr`.

    Raises:
        MissingExtra: RapidOCR or onnxruntime is not installed.
    """
    found = [text for line in read_lines(image, engine or OnnxTextEngine()) if (text := measured(image, line))]
    found.sort(key=lambda text: (text.lines[0].box.top, text.lines[0].box.left))
    return [text.model_copy(update={"id": f"t{number}"}) for number, text in enumerate(found, start=1)]


def read_lines(image: Pixels, engine: TextEngine) -> list[Line]:
    """Read a page strip by strip."""
    lines: list[Line] = []
    for top, bottom in strips(image):
        strip = np.ascontiguousarray(image[top:bottom, :, ::-1])
        lines += [line.moved(0, top) for line in engine.read(strip)]
    return lines


def measured(image: Pixels, line: Line) -> Text | None:
    """Measure a line that was read; None when it is no text."""
    ink = find_ink(image, line.box)
    if ink is None:
        return None
    coverage = _coverage(ink)
    high = int(np.ptp(np.flatnonzero(ink.mask.any(axis=1)))) + 1
    parts = segments(coverage.max(axis=0), high)
    found = words(line.text, [x - ink.box.left for x in line.centers], parts)
    if not found:
        return None
    fit = best_fit(found, coverage)
    letters = sum(len(word.text) for word in found)
    if fit.likeness < (MIN_LETTER_LIKENESS if letters < 3 else MIN_LIKENESS):
        return None
    color = css(shown_color(ink.pixels[ink.mask], ink.contrast[ink.mask]))
    font = fit.font.model_copy(update={"color": color, "size": round(fit.size, 2)})
    return _text(_string(found), font, _ink_box(ink), ink.box.top + fit.baseline, line.confidence)


def _coverage(ink: Ink) -> NDArray[np.float32]:
    own = np.where(ink.mask, ink.contrast, 0)
    return np.asarray(np.clip(own / np.percentile(own[ink.mask], 80), 0, 1), np.float32)


def _string(found: Sequence[Word]) -> str:
    return "".join(" " * min(word.blanks, 1) + word.text for word in found)


def _ink_box(ink: Ink) -> ImageBox:
    rows, columns = np.flatnonzero(ink.mask.any(axis=1)), np.flatnonzero(ink.mask.any(axis=0))
    left, top = ink.box.left, ink.box.top
    return ImageBox(left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1)


def _text(string: str, font: Font, box: ImageBox, baseline: float, confidence: float) -> Text:
    line = TextLine(box=box, first=0, last=len(string), baseline=baseline)
    return Text(id="t0", font=font, runs=(Run(text=string),), lines=(line,), confidence=min(confidence, 1.0))
