"""The lines of a text as a browser sets them: how wide they are, how high, and between which widths they wrap as seen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import inf
from statistics import median

from vl2agent.web2code.emit.lettering import baseline_in
from vl2agent.web2code.emit.place import Place
from vl2agent.web2code.ir import Block, Font, Page, Run, Text, TextLine
from vl2agent.web2code.perceive.fonts import advance, ink, metrics

_WIDEST_SPACING_EM = 0.08
"""Letters are spaced by no more than this to make a line as wide as it was: more is another font."""
_TOLERANCE_PX = 0.75


def pieces(text: Text, first: int, last: int) -> Iterator[tuple[Run, str]]:
    """Yield the runs between two characters, cut to them."""
    start = 0
    for run in text.runs:
        string = run.text[max(0, first - start) : max(0, last - start)]
        start += len(run.text)
        if string:
            yield run, string


def width(text: Text, first: int, last: int) -> float:
    """Return how wide the characters first..last (exclusive) are set."""
    return sum(advance(run.font or text.font, string) for run, string in pieces(text, first, last))


def line_height(text: Text, highest: float = inf) -> float:
    """Return the height of a line box; that of a single line is what its font needs, or as much as there is room."""
    if text.line_height and len(text.lines) > 1:
        return text.line_height
    measures = metrics(text.font)
    return min(measures.ascent + measures.descent, highest)


def text_place(text: Text, block: Block, highest: float = inf) -> Place:
    """Return the edges of all line boxes of a text, its block's trim added."""
    height = line_height(text, highest)
    top = round(text.lines[0].baseline) - baseline_in(height, text.font)
    left = start(text)
    right = max(width(text, _indent(text, line), line.last) for line in text.lines) + left
    if text.align != "left" and len(text.lines) > 1:
        middle = (min(line.box.left for line in text.lines) + max(line.box.right for line in text.lines)) / 2
        half = (right - left) / 2
        left, right = middle - half, middle + half
    x, y = block.trim.x, block.trim.y
    return Place(left + x, top + y, right + x, top + height * len(text.lines) + y)


def start(text: Text) -> float:
    """Return where lines start, in half pixels: a little left of their ink."""
    if text.align == "left":
        return round(median(_starts(text)) * 2) / 2
    return min(_starts(text))


def _starts(text: Text) -> list[float]:
    return [start_of(text, line) for line in text.lines]


def start_of(text: Text, line: TextLine) -> float:
    """Return where a line starts, its indentation included."""
    return line.box.left - _bearing(text, line) - width(text, _indent(text, line), line.first)


def _indent(text: Text, line: TextLine) -> int:
    """Return where the blanks before a line of code begin."""
    return text.string.rfind("\n", 0, line.first) + 1 if text.preformatted else line.first


def _bearing(text: Text, line: TextLine) -> float:
    """Return how far the ink of a line stands from where the line starts, indentation included."""
    string = text.string[line.first : line.last]
    blanks = len(string) - len(string.lstrip())
    run, rest = next(pieces(text, line.first + blanks, line.last), (None, ""))
    if run is None:
        return 0.0
    return width(text, line.first, line.first + blanks) + ink(run.font or text.font, rest[:1]).left


def spacing(text: Text, block: Block) -> float:
    """Return what letter spacing makes lines as wide as they were; as it is where that is near enough."""
    found, missing, letters = text.font.letter_spacing, 0.0, 0
    for line in text.lines:
        string = text.string[line.first : line.last]
        last_run, last = list(pieces(text, line.first, line.last))[-1]
        font: Font = last_run.font or text.font
        after = advance(font, last[-1]) - ink(font, last[-1]).right
        set_px = width(text, line.first, line.last) - after - _bearing(text, line) - found
        if len(string.strip()) > 1:
            missing += line.box.width - set_px if not string[:1].isspace() else 0.0
            letters += len(string) - 1
    missing += block.trim.width * len(text.lines)
    if not letters or abs(missing) <= _TOLERANCE_PX * len(text.lines):
        return found
    more = missing / letters
    return round(found + more, 2) if abs(more) <= _WIDEST_SPACING_EM * text.font.size else found


def spaced(page: Page) -> Page:
    """Return the page with its letters spaced as wide as its lines were."""
    holders = {block.text: block for block in page.root.walk() if block.text}
    texts = []
    for text in page.texts:
        font = text.font.model_copy(update={"letter_spacing": spacing(text, holders[text.id])})
        texts.append(text.model_copy(update={"font": font}))
    return page.model_copy(update={"texts": tuple(texts)})


def wraps(text: Text) -> tuple[float, float]:
    """Return between which widths (the second excluded) a text wraps as it did; they may contradict each other."""
    widths = [width(text, line.first, line.last) for line in text.lines]
    if text.preformatted:
        return max(widths), inf
    highest = inf
    for line, following in pairwise(text.lines):
        rest = text.string[following.first : following.last]
        word = len(rest.split(maxsplit=1)[0]) if rest.strip() else 0
        highest = min(highest, width(text, line.first, following.first + word))
    return max(widths), highest
