"""Signs before items: bullets and numbers become markers, which the browser draws."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal, TypeAlias

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, Layout, Text
from vl2agent.web2code.perceive.fonts import advance
from vl2agent.web2code.structure.draft import Draft

Marker: TypeAlias = Literal["disc", "circle", "square", "decimal"]
MAX_BULLET_EM = 0.5
MIN_GAP_EM, MAX_GAP_EM = 0.15, 2.2
SIGNS: dict[str, Marker] = {
    "•": "disc",
    "●": "disc",
    "·": "disc",
    "◦": "circle",
    "○": "circle",
    "▪": "square",
    "■": "square",
}
RINGS = "0oO°〇。口日"
"""What a small circle is read as; a bullet's size and place tell it from a letter."""
NUMBER = re.compile(r"(\d{1,3})[.)](?:\s+|$)")
NEAR_LINES = 4


@dataclass(frozen=True)
class Marked:
    """A line of text and the sign before it."""

    block: Block
    marker: Marker
    sign: Block | None
    """The block that shows the sign; None where it is a part of the text, `length` characters long."""
    length: int = 0
    left: int = 0
    """Where the text begins behind a sign that is a part of it."""
    number: int = 0


def without_signs(draft: Draft, blocks: Sequence[Block]) -> tuple[list[Block], dict[str, Marker]]:
    """Take the signs away from lines of text, and tell which line had which, by the line's block."""
    marked = {each.block.id: each for each in (*_bulleted(draft, blocks), *_numbered(draft, blocks))}
    signs = {each.sign.id for each in marked.values() if each.sign}
    for each in marked.values():
        if each.sign and each.sign.text:
            draft.absorb(each.sign.text)
    rest = [block for block in blocks if block.id not in signs]
    whole = [_without_sign(draft, marked[block.id]) if block.id in marked else block for block in rest]
    return whole, {name: each.marker for name, each in marked.items()}


def with_items(draft: Draft, blocks: Sequence[Block], markers: Mapping[str, Marker]) -> list[Block]:
    """Make items of the blocks that had a sign before them."""
    return [_item(draft, block, markers[block.id]) if block.id in markers else block for block in blocks]


def _item(draft: Draft, block: Block, marker: Marker) -> Block:
    return draft.group([block], Layout(), "item").model_copy(update={"marker": marker})


def _bulleted(draft: Draft, blocks: Sequence[Block]) -> list[Marked]:
    """Pair small signs with the lines right of them, and find the signs that were read as letters."""
    lines = [(block, text) for block in blocks if (text := draft.line(block))]
    result = []
    for sign in blocks:
        if sign.text is None and not sign.children and sign.role in ("group", "icon", "image"):
            line = next((block for block, text in lines if _is_bullet(sign.box, block.box, text)), None)
            result += [Marked(line, _shape(sign), sign)] if line else []
    result = [each for each in result if not any(_beside(each, other) for other in result)]
    for block, text in lines:
        marker = SIGNS.get(text.string[:1])
        if marker and len(text.string) > 2 and text.string[1] == " ":
            result.append(Marked(block, marker, None, 2, _start(text, 2)))
        elif len(text.string) == 1 and (marker or text.string in RINGS):
            line = next(
                (line for line, its in lines if line is not block and _is_bullet(block.box, line.box, its)), None
            )
            result += [Marked(line, marker or "circle", block)] if line else []
    return result


def _beside(one: Marked, other: Marked) -> bool:
    """Tell whether two marked lines follow one another in a row: then the signs are a legend's, not bullets."""
    a, b = one.block.box, other.block.box
    near = NEAR_LINES * a.height
    row = a.top < b.bottom - 2 and b.top < a.bottom - 2
    return row and (0 <= b.left - a.right < near or 0 <= a.left - b.right < near)


def _is_bullet(sign: ImageBox, line: ImageBox, text: Text) -> bool:
    em = text.font.size
    middle = text.lines[0].baseline - 0.32 * em
    return (
        max(sign.width, sign.height) <= MAX_BULLET_EM * em
        and min(sign.width, sign.height) >= 0.5 * max(sign.width, sign.height)
        and abs((sign.top + sign.bottom) / 2 - middle) <= 0.4 * em
        and MIN_GAP_EM * em <= line.left - sign.right <= MAX_GAP_EM * em
    )


def _shape(sign: Block) -> Marker:
    if sign.asset:
        return "disc"
    if sign.style.background is None:
        return "circle"
    return "disc" if max(sign.style.radius) > 0 or sign.box.width <= 8 else "square"


def _numbered(draft: Draft, blocks: Sequence[Block]) -> list[Marked]:
    """Return lines that count from 1 upwards, flush with one another, with nothing but their own text between."""
    candidates = [each for block in blocks if (each := _candidate(draft, block, blocks))]
    result: list[Marked] = []
    for first in (each for each in candidates if each.number == 1):
        run = [first]
        while after := next((each for each in candidates if _follows(run[-1], each, blocks)), None):
            run.append(after)
        result += _flush(run) if len(run) > 1 else []
    return result


def _flush(run: Sequence[Marked]) -> list[Marked]:
    """Let the texts of all items begin at one edge, the one that most of them seem to have."""
    left = round(median(each.left for each in run))
    return [replace(each, left=left) for each in run]


def _candidate(draft: Draft, block: Block, blocks: Sequence[Block]) -> Marked | None:
    text = draft.line(block)
    found = NUMBER.match(text.string) if text else None
    if text is None or found is None:
        return None
    if found.end() < len(text.string):
        return Marked(block, "decimal", None, found.end(), _start(text, found.end()), int(found[1]))
    others = ((other, its) for other in blocks if other is not block and (its := draft.line(other)))
    line = next((other for other, its in others if _precedes(block.box, other, its)), None)
    return Marked(line, "decimal", block, 0, line.box.left, int(found[1])) if line else None


def _precedes(sign: ImageBox, line: Block, text: Text) -> bool:
    em = text.font.size
    same = sign.top < line.box.bottom - 0.3 * em and line.box.top < sign.bottom - 0.3 * em
    return same and 0 <= line.box.left - sign.right <= MAX_GAP_EM * em


def _follows(before: Marked, after: Marked, blocks: Sequence[Block]) -> bool:
    """Tell whether an item is the next one: flush, one number up, and only indented text between them."""
    start, end = (each.sign or each.block for each in (before, after))
    flush = abs(start.box.left - end.box.left) <= 3 or abs(before.block.box.left - after.block.box.left) <= 3
    if after.number != before.number + 1 or not flush or end.box.top <= start.box.top:
        return False
    between = [other for other in blocks if start.box.bottom <= other.box.top and other.box.bottom <= end.box.top]
    return all(other.box.left >= start.box.left + 4 for other in between)


def _start(text: Text, length: int) -> int:
    """Return where a text begins behind its first characters, as its font tells."""
    box = text.lines[0].box
    return max(round(box.right - advance(text.font, text.string[length:])), box.left + 1)


def _without_sign(draft: Draft, marked: Marked) -> Block:
    """Cut the sign off a text; where its rest begins follows from its font."""
    text = draft.texts[marked.block.text or ""]
    if not marked.length:
        return marked.block
    runs, cut = [], marked.length
    for run in text.runs:
        if len(run.text) > cut:
            runs.append(run.model_copy(update={"text": run.text[cut:]}))
        cut = max(cut - len(run.text), 0)
    box = text.lines[0].box
    moved = ImageBox(min(marked.left, box.right - 1), box.top, box.right, box.bottom)
    first, *others = text.lines
    lines = [first.model_copy(update={"box": moved, "first": 0, "last": first.last - marked.length}), *others]
    draft.texts[text.id] = text.model_copy(update={"runs": tuple(runs), "lines": tuple(lines)})
    return marked.block.model_copy(update={"box": moved})
