"""Read a page's texts: one per line of the picture, with its font, color and place measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from vl2agent.perception.engine import OnnxTextEngine, TextEngine
from vl2agent.perception.text import Line
from vl2agent.steps import Pixels
from vl2agent.web2code.ir import Text, TextLine
from vl2agent.web2code.perceive.lines import Seen, joined, parted, see
from vl2agent.web2code.perceive.runs import runs
from vl2agent.web2code.perceive.strips import strips
from vl2agent.web2code.perceive.typeface import Face, best_fit
from vl2agent.web2code.perceive.usual import ahead, common_sizes, plain_size, usual_faces

SMALLEST_PX = 5
"""Of a page with letters on it, either way."""
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
    lines = [seen for line in read_lines(image, engine or OnnxTextEngine()) if (seen := see(image, line))]
    lines = [part for line in _fitted(lines, {}) for part in parted(line)]
    usual = usual_faces(lines)
    lines = _fitted(lines, usual)
    lines = joined(image, [line for line in lines if _is_text(line)])
    sizes = common_sizes(lines)
    texts = sorted(
        (_text(line, usual, sizes) for line in lines), key=lambda text: (text.lines[0].box.top, text.lines[0].box.left)
    )
    return [text.model_copy(update={"id": f"t{number}"}) for number, text in enumerate(texts, start=1)]


def read_lines(image: Pixels, engine: TextEngine) -> list[Line]:
    """Read a page strip by strip; one that is too small for letters holds none."""
    lines: list[Line] = []
    if min(image.shape[:2]) < SMALLEST_PX:
        return lines
    for top, bottom in strips(image):
        strip = np.ascontiguousarray(image[top:bottom, :, ::-1])
        lines += [line.moved(0, top) for line in engine.read(strip)]
    return lines


def _fitted(lines: Sequence[Seen], usual: Mapping[Face, float]) -> list[Seen]:
    return [replace(line, fit=best_fit(line.words, line.ink.coverage, ahead(usual, line.letters))) for line in lines]


def _is_text(line: Seen) -> bool:
    assert line.fit is not None
    return line.fit.likeness >= (MIN_LETTER_LIKENESS if line.letters < 3 else MIN_LIKENESS)


def _text(line: Seen, usual: Mapping[Face, float], sizes: Mapping[float, float]) -> Text:
    assert line.fit is not None
    size = plain_size(line.fit.size, line.words[-1].right - line.words[0].left, sizes)
    font, parts = runs(replace(line, fit=replace(line.fit, size=size)), usual, sizes)
    string = "".join(part.text for part in parts)
    placed = TextLine(box=line.box, first=0, last=len(string), baseline=line.baseline)
    return Text(id="t0", font=font, runs=parts, lines=(placed,), confidence=min(line.confidence, 1.0))
