"""Lines that were wrapped from one text become one text again.

Lines belong together when they look alike, stand at one left edge (or centre, or right edge), keep one distance, and
were broken because the next word had no room. The last condition is what parts a paragraph from a list of links.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from vl2agent.web2code.ir import Block, Font, Text
from vl2agent.web2code.structure.draft import MONO, Draft, hull
from vl2agent.web2code.structure.merging import merged
from vl2agent.web2code.structure.wrapping import Side, broken_lines, side_of

MAX_PITCH = 2.0
"""Distance of baselines that wrapped lines may have, in sizes of their font."""
MAX_OFF = 0.09
"""How much sizes may differ that were measured on the same font."""
FLUSH_PX = 3
LARGE = 1.25
"""From this size on, by that of the page's text, a text is a heading."""
MARK_EM = 1.3
MARK_REACH_EM = 2.4
"""How large a bullet or icon before a line may be, and how far from it its left edge."""


def with_paragraphs(draft: Draft, blocks: Sequence[Block], *, starts: Collection[str] = ()) -> list[Block]:
    """Merge wrapped lines among blocks that stand in one box.

    Args:
        starts: blocks that begin a text, whatever stands above them.
    """
    lines = [block for block in blocks if draft.line(block)]
    others = [block for block in blocks if not draft.line(block)]
    result = others
    for chain in _chains(draft, lines, others, starts):
        texts = [draft.texts[block.text] for block in chain if block.text]
        for first, last in broken_lines(texts, room=_room(chain, lines), large=_is_large(draft, texts)):
            result.append(_joined(draft, chain[first:last]))
    return result


def _room(chain: Sequence[Block], lines: Sequence[Block]) -> float:
    """Return how wide lines are at most that begin where these do."""
    left = chain[0].box.left
    return float(max(line.box.right for line in lines if abs(line.box.left - left) <= FLUSH_PX) - left)


def _is_large(draft: Draft, texts: Sequence[Text]) -> bool:
    return texts[0].font.size >= LARGE * draft.body_size


def _joined(draft: Draft, chain: Sequence[Block]) -> Block:
    """Merge lines into the first one's block."""
    if len(chain) == 1:
        return chain[0]
    texts = [draft.texts[block.text] for block in chain if block.text]
    text = merged(texts)
    draft.merge(text, texts)
    return chain[0].model_copy(update={"box": hull(chain), "role": "paragraph"})


def _chains(
    draft: Draft, lines: Sequence[Block], others: Sequence[Block], starts: Collection[str]
) -> list[list[Block]]:
    """Return lines that stand below one another like a paragraph's, whether or not they were wrapped."""
    left = sorted(lines, key=lambda block: (draft.texts[block.text or ""].lines[0].baseline, block.box.left))
    chains = []
    while left:
        chain = [left.pop(0)]
        while (after := _next(draft, chain, left, others)) is not None and after.id not in starts:
            left.remove(after)
            chain.append(after)
        chains.append(chain)
    return chains


def _next(draft: Draft, chain: list[Block], rest: Sequence[Block], others: Sequence[Block]) -> Block | None:
    last = draft.texts[chain[-1].text or ""]
    for block in rest:
        text = draft.texts[block.text or ""]
        pitch = text.lines[0].baseline - last.lines[0].baseline
        if pitch > MAX_PITCH * last.font.size + 2:
            return None
        if pitch > 0.6 * last.font.size and _overlap_x(chain[-1], block):
            texts = [draft.texts[line.text or ""] for line in chain]
            fits = _alike(last, text) and _in_step([*texts, text]) and _side([*texts, text]) is not None
            return block if fits and not _is_marked(block, text, others) and _free(chain[-1], block, others) else None
    return None


def _alike(a: Text, b: Text) -> bool:
    """Tell whether some characters of two texts are of one size and kind."""
    return any(
        abs(one.size - other.size) <= MAX_OFF * one.size and (one.family in MONO) == (other.family in MONO)
        for one in _fonts(a)
        for other in _fonts(b)
    )


def _fonts(text: Text) -> list[Font]:
    return [text.font, *(run.font for run in text.runs if run.font)]


def _in_step(texts: Sequence[Text]) -> bool:
    """Tell whether the baselines keep one distance, a pixel or two aside."""
    steps = [b.lines[0].baseline - a.lines[0].baseline for a, b in pairwise(texts)]
    return max(steps) - min(steps) <= max(2.0, 0.12 * texts[0].font.size)


def _side(texts: Sequence[Text]) -> Side | None:
    return side_of([text.lines[0].box for text in texts], texts[0].font.size)


def _overlap_x(a: Block, b: Block) -> bool:
    return a.box.left < b.box.right and b.box.left < a.box.right


def _is_marked(block: Block, text: Text, others: Sequence[Block]) -> bool:
    """Tell whether a bullet, a box to tick or an icon stands before a line: it starts something new."""
    em = text.font.size
    middle = text.lines[0].baseline - 0.35 * em
    return any(
        other.box.top <= middle <= other.box.bottom
        and max(other.box.width, other.box.height) <= MARK_EM * em + 4
        and other.box.right <= block.box.left + 2
        and block.box.left - other.box.left <= MARK_REACH_EM * em
        for other in others
    )


def _free(above: Block, below: Block, others: Sequence[Block]) -> bool:
    """Tell whether nothing stands between two lines: no rule, no box."""
    top, bottom = above.box.bottom - 1, below.box.top + 1
    left, right = min(above.box.left, below.box.left), max(above.box.right, below.box.right)
    return not any(
        other.box.left < right
        and left < other.box.right
        and top - 2 <= other.box.top
        and other.box.bottom <= bottom + 2
        for other in others
    )
