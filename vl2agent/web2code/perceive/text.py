"""Read a page's texts: one per line of the picture, with its font, color and place measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from vl2agent.perception.engine import OnnxTextEngine, TextEngine
from vl2agent.perception.text import Line
from vl2agent.steps import Pixels
from vl2agent.web2code.ir import Text, TextLine
from vl2agent.web2code.perceive.lines import Seen, joined, parted, see
from vl2agent.web2code.perceive.runs import runs
from vl2agent.web2code.perceive.spelling import spelled
from vl2agent.web2code.perceive.strips import strips
from vl2agent.web2code.perceive.typeface import Face, best_fit, word_likeness
from vl2agent.web2code.perceive.usual import ahead, common_sizes, plain_size, usual_faces
from vl2agent.web2code.perceive.words import Word

SMALLEST_PX = 5
"""Of a page with letters on it, either way."""
MIN_LIKENESS = 0.45
"""What looks less like the characters that were read than this was no text."""
SURE_LIKENESS = 0.9
SETTLED, SETTLED_LETTERS = 0.94, 5
MIN_LETTER_LIKENESS = 0.8
"""The same for one or two characters: icons are read as such."""
MIN_SIZE_PX = 7.0
DRAWING_UNLIKE = 0.25
DRAWINGS = "•●○◦▪■□☐☑▶►▼▲◆◇✓✔"
LONE_SIZE = 0.08
RINGS = "0Oo"
"""What rings before items and fields to choose from are read as."""
LONE_SIGNS = "+-$%&#?!/|*="


def read_texts(image: Pixels, engine: TextEngine | None = None) -> list[Text]:
    """Return the texts of a page, top to bottom.

    Args:
        image: the page, RGB [height, width, 3], any height.
        engine: what reads pictures; None takes the networks of the extra `ocr`.

    Raises:
        MissingExtra: RapidOCR or onnxruntime is not installed.
    """
    lines = [seen for line in read_lines(image, engine or OnnxTextEngine()) if (seen := see(image, line))]
    lines = [part for line in lines for part in parted(_fitted(line, {}))]
    usual = usual_faces(lines)
    lines = [line if _settled(line, usual) else _fitted(line, usual) for line in lines]
    sizes = common_sizes(lines)
    lines = joined(image, [spelled(line) for line in map(_without_signs, lines) if _is_text(line, usual, sizes)])
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


def _fitted(line: Seen, usual: Mapping[Face, float]) -> Seen:
    """Find the font of a line; where nothing looks like it, the characters may have been dealt out wrongly."""
    likely = ahead(usual, line.letters)
    best = replace(line, fit=best_fit(line.words, line.ink, likely))
    for pieces in line.others:
        assert best.fit is not None
        if best.fit.likeness >= SURE_LIKENESS:
            break
        other = line.of(pieces)
        fit = best_fit(other.words, line.ink, likely)
        if fit.score > best.fit.score:
            best = replace(other, fit=fit)
    return replace(best.of(best.pieces), others=line.others)


def _settled(line: Seen, usual: Mapping[Face, float]) -> bool:
    """Tell whether a line looks so much like one of the page's fonts that no second try is needed."""
    assert line.fit is not None
    return line.fit.face in usual and line.fit.likeness >= SETTLED and line.letters >= SETTLED_LETTERS


def _without_signs(line: Seen) -> Seen:
    """Take bullets, boxes to tick and icons that were read as letters away from the ends: they are shapes."""
    assert line.fit is not None
    words = list(line.words)
    drawings = [
        len(words) > 1 and len(words[end].text) == 1 and (words[end].text in DRAWINGS or _unlike(line, words[end]))
        for end in (0, -1)
    ]
    pieces = line.pieces[drawings[0] : len(line.pieces) - (drawings[1] and len(line.pieces) > 2)]
    return line.of(pieces) if any(drawings) else line


def _unlike(line: Seen, word: Word) -> bool:
    """Tell whether a lone character is drawn unlike the rest of its line, and unlike any sign of its font."""
    assert line.fit is not None
    return line.fit.likeness - word_likeness(line.fit, word, line.ink.soft) > DRAWING_UNLIKE


def _is_text(line: Seen, usual: Mapping[Face, float], sizes: Mapping[float, float]) -> bool:
    """Tell text from drawings that were read: a lone sign has to look like one of a usual font, at a usual size."""
    assert line.fit is not None
    if line.letters > 2:
        return line.fit.likeness >= MIN_LIKENESS
    string = line.string
    if line.fit.likeness < MIN_LETTER_LIKENESS or line.fit.size < MIN_SIZE_PX or not string.isascii():
        return False
    if len(string) == 1 and sizes and not any(abs(line.fit.size / size - 1) < LONE_SIZE for size in sizes):
        return False
    if len(string) == 1 and usual and line.fit.face not in usual and (string in RINGS or not string.isalnum()):
        return False
    return any(character.isalnum() for character in string) or string in LONE_SIGNS


def _text(line: Seen, usual: Mapping[Face, float], sizes: Mapping[float, float]) -> Text:
    assert line.fit is not None
    size = plain_size(line.fit.size, line.words[-1].right - line.words[0].left, sizes)
    font, parts = runs(replace(line, fit=replace(line.fit, size=size)), usual, sizes)
    string = "".join(part.text for part in parts)
    placed = TextLine(box=line.box, first=0, last=len(string), baseline=line.baseline)
    return Text(id="t0", font=font, runs=parts, lines=(placed,), confidence=min(line.confidence, 1.0))
