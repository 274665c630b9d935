"""Code: lines in a font of one width, joined with their line ends and indentation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from statistics import median

from vl2agent.web2code.ir import Block, Text, TextLine
from vl2agent.web2code.structure.draft import MONO, Draft, hull
from vl2agent.web2code.structure.merging import merged

MIN_MONO = 0.8
"""The share of a line's characters that are of one width; the others were taken for something else."""
MAX_PITCH = 2.0
MAX_BLANK_LINES = 2
MIN_CODE = 0.6
"""The share of lines in a box that are in a font of one width; captions in corners are not."""


def with_framed_code(draft: Draft, blocks: Sequence[Block]) -> list[Block]:
    """Merge the lines of code in a painted box, where most lines are code; a single one is code too."""
    mono = [block for block in blocks if _is_mono(draft, block)]
    if not mono or len(mono) < MIN_CODE * sum(block.text is not None for block in blocks):
        return list(blocks)
    mono += [block for block in blocks if block not in mono and _stands_among(draft, block, mono)]
    mono = [block for block in mono if not _is_caption(block, mono)]
    rest = [block for block in blocks if block not in mono]
    return [*rest, *(_joined(draft, _rows(stack)) for stack in _stacks(draft, mono))]


def with_bare_code(draft: Draft, blocks: Sequence[Block], *, marked: Collection[str]) -> list[Block]:
    """Merge lines of code below one another that no box surrounds, on a page that is not written in such a font.

    Args:
        marked: lines that have a sign before them: those are items, code or not.
    """
    mono = [block for block in blocks if _is_mono(draft, block)]
    result = [block for block in blocks if block not in mono]
    for stack in _stacks(draft, mono):
        rows = _rows(stack)
        lone = len(rows) < 2 or len(rows) < len(stack) or any(block.id in marked for block in stack)
        beside = any(_one_row(block, other) for block in stack for other in blocks if other not in stack and other.text)
        result += stack if lone or beside or draft.is_all_mono else [_joined(draft, rows)]
    return result


def _is_mono(draft: Draft, block: Block) -> bool:
    text = draft.line(block)
    if text is None:
        return False
    mono = sum(len(run.text) for run in text.runs if (run.font or text.font).family in MONO)
    return mono >= MIN_MONO * len(text.string)


def _is_caption(block: Block, mono: Sequence[Block]) -> bool:
    """Tell whether a text stands alone in a corner at the right: it says what language the code is in."""
    others = [other for other in mono if other is not block]
    if not others or any(_one_row(block, other) for other in others):
        return False
    box = hull(mono)
    corner = block.box.top == box.top or block.box.bottom == box.bottom
    return corner and block.box.left > (box.left + box.right) / 2 and block.box.right == box.right


def _stands_among(draft: Draft, block: Block, mono: Sequence[Block]) -> bool:
    """Tell whether a text is a part of code whose font was not recognised: it stands on a line of code."""
    middle = (block.box.top + block.box.bottom) / 2
    return draft.line(block) is not None and any(line.box.top <= middle <= line.box.bottom for line in mono)


def _stacks(draft: Draft, mono: Sequence[Block]) -> list[list[Block]]:
    """Part lines where more than a blank line or two lie between them, or their size changes."""
    stacks: list[list[Block]] = []
    for block in sorted(mono, key=lambda block: (_baseline(draft, block), block.box.left)):
        last = stacks[-1][-1] if stacks else block
        gap, size = _baseline(draft, block) - _baseline(draft, last), _size(draft, block)
        same = abs(_size(draft, last) - size) <= 0.1 * size or _one_row(last, block)
        if stacks and same and gap <= (MAX_BLANK_LINES + 1) * MAX_PITCH * size:
            stacks[-1].append(block)
        else:
            stacks.append([block])
    return stacks


def _one_row(a: Block, b: Block) -> bool:
    """Tell whether two texts stand on one line: more than half of the smaller one is beside the other."""
    common = min(a.box.bottom, b.box.bottom) - max(a.box.top, b.box.top)
    return common > 0.5 * min(a.box.height, b.box.height)


def _baseline(draft: Draft, block: Block) -> float:
    return draft.texts[block.text or ""].lines[0].baseline


def _rows(stack: Sequence[Block]) -> list[list[Block]]:
    """Put parts of one line together, which a wide gap had parted."""
    rows: list[list[Block]] = []
    for block in stack:
        if rows and _one_row(rows[-1][0], block):
            rows[-1] = sorted([*rows[-1], block], key=lambda part: part.box.left)
        else:
            rows.append([block])
    return rows


def _size(draft: Draft, block: Block) -> float:
    return draft.texts[block.text or ""].font.size


def _joined(draft: Draft, rows: Sequence[Sequence[Block]]) -> Block:
    """Merge rows into the first one's block, blanks and blank lines as many as were left free."""
    blocks = [block for row in rows for block in row]
    left = min(block.box.left for block in blocks)
    width = _character_width(draft, blocks)
    steps = [_baseline(draft, b[0]) - _baseline(draft, a[0]) for a, b in pairwise(rows)]
    pitch = min(steps, default=0.0)
    whole: Text | None = None
    for place, row in enumerate(rows):
        line = _row_text(draft, row, left, width)
        ends = "\n" * max(1, round(steps[place - 1] / pitch)) if place else ""
        whole = merged([whole, line], separator=ends) if whole else line
    assert whole is not None
    alone = [step for step in steps if step < 1.5 * pitch]
    height = round(median(alone), 2) if alone else None
    whole = whole.model_copy(update={"preformatted": True, "align": "left", "line_height": height})
    draft.merge(whole, [draft.texts[block.text] for block in blocks if block.text])
    return rows[0][0].model_copy(update={"box": hull(blocks), "role": "code", "text": whole.id})


def _row_text(draft: Draft, row: Sequence[Block], left: int, width: float) -> Text:
    """Join the parts of a row, with the blanks before each."""
    whole: Text | None = None
    end: float = left
    for block in row:
        blanks = max(round((block.box.left - end) / width), 1 if whole else 0)
        text = draft.texts[block.text or ""]
        whole = merged([whole, text], separator=" " * blanks) if whole else _indented(text, blanks)
        end = left + len(whole.string) * width
    assert whole is not None
    line = TextLine(
        box=hull(row), first=whole.lines[0].first, last=whole.lines[-1].last, baseline=whole.lines[0].baseline
    )
    return whole.model_copy(update={"lines": (line,), "line_height": None})


def _indented(text: Text, blanks: int) -> Text:
    if not blanks:
        return text
    start = text.runs[0].model_copy(update={"text": " " * blanks + text.runs[0].text})
    lines = [line.model_copy(update={"first": line.first + blanks, "last": line.last + blanks}) for line in text.lines]
    return text.model_copy(update={"runs": (start, *text.runs[1:]), "lines": tuple(lines)})


def _character_width(draft: Draft, blocks: Sequence[Block]) -> float:
    """Return how wide a character is, as the longest line tells."""
    longest = max(blocks, key=lambda block: len(draft.texts[block.text or ""].string))
    return longest.box.width / max(len(draft.texts[longest.text or ""].string), 1)
