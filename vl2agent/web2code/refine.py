"""Draw a page in a browser, see what is off, correct it, and keep what came out better.

All blocks are corrected together, as one drawing costs far more than a thousand comparisons. A change is kept if its
block scores higher and no neighbour of it lower; when some are dropped, what is left is drawn again and must hold.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from vl2agent.web2code.corrections import Change, applied, corrections
from vl2agent.web2code.ir import Block, BlockId, Page
from vl2agent.web2code.judge import Judgement
from vl2agent.web2code.report import Attempt, Round

Draw: TypeAlias = Callable[[Page], Judgement]
"""Renders a page and scores it."""

RISE = 0.001
"""A score that moved less stayed as it is: the browser's own rounding moves it so much."""

IMPOSSIBLE = (ValueError, LookupError, ArithmeticError, AssertionError)
"""What a change raises that makes no page: a cell outside its table, a width below nothing."""

WORTH = 0.002
"""A round that gained less is the last one: the next would cost more than it brings."""


@dataclass(frozen=True)
class Refined:
    """A page, what it scores, and what was tried."""

    page: Page
    judgement: Judgement
    rounds: tuple[Round, ...] = ()


def refined(first: Refined, draw: Draw, rounds: int, telling: Callable[[int], None]) -> Refined:
    """Correct what was measured to be off, until nothing is, nothing helps, or the rounds are over."""
    found, refused = first, set[tuple[BlockId, str]]()
    for number in range(rounds):
        telling(number)
        changes = corrections(found.page, found.judgement, refused=refused, sizes=number > 0)
        if not changes:
            continue
        before, found = found, tried(found, changes, "numbers", draw)
        refused |= {(attempt.block, attempt.kind) for attempt in found.rounds[-1].attempts if not attempt.kept}
        if number > 0 and found.judgement.merit - before.judgement.merit < WORTH:
            break
    return found


def tried(so_far: Refined, changes: Mapping[BlockId, Change], by: Literal["numbers", "model"], draw: Draw) -> Refined:
    """Try changes of blocks in one round, and keep those that are better; the page never scores lower for it."""
    began_s, now = time.monotonic(), so_far.judgement
    page, after = _drawn_with(so_far, changes, draw)
    kept = {id_: change for id_, change in changes.items() if _is_better(id_, now, after)}
    if kept and len(kept) < len(changes):
        page, after = _drawn_with(so_far, kept, draw)
    around = _neighbours(so_far.page.root)
    held = {id_: change for id_, change in kept.items() if _holds(id_, change, around, now, after)}
    if held and len(held) < len(kept):
        page, after = _drawn_with(so_far, held, draw)
    if not held or after.merit <= now.merit or after.extent < now.extent:
        held, page, after = {}, so_far.page, now
    attempts = tuple(
        Attempt(
            block=id_,
            kind=change.kind,
            what=change.what,
            before=_score(now, id_),
            after=_score(after, id_),
            kept=id_ in held,
        )
        for id_, change in changes.items()
    )
    number, seconds = len(so_far.rounds) + 1, round(time.monotonic() - began_s, 3)
    done = Round(
        number=number, by=by, before=now.score.total, after=after.score.total, attempts=attempts, seconds=seconds
    )
    return Refined(page, after, (*so_far.rounds, done))


def _drawn_with(so_far: Refined, changes: Mapping[BlockId, Change], draw: Draw) -> tuple[Page, Judgement]:
    """Draw a page with some changes; as it was where no page can be made with them."""
    page = applied(so_far.page, changes.values())
    try:
        return page, draw(page)
    except IMPOSSIBLE:
        return so_far.page, so_far.judgement


def _score(judgement: Judgement, block: BlockId) -> float:
    found = judgement.blocks.get(block)
    return found.total if found else 0.0


def _is_better(block: BlockId, now: Judgement, after: Judgement) -> bool:
    """Tell whether a block scores higher, and does not make the page wider."""
    drawn = after.drawn.get(block)
    sticks_out = after.extent < now.extent and drawn is not None and drawn.box and drawn.box[2] > after.width
    return not sticks_out and _score(after, block) > _score(now, block) + RISE


def _holds(
    block: BlockId, change: Change, around: Mapping[BlockId, list[BlockId]], now: Judgement, after: Judgement
) -> bool:
    """Tell whether a block is better than before, and none beside it worse."""
    return _is_better(block, now, after) and all(
        _score(after, other) >= _score(now, other) - RISE for other in around.get(block, [])
    )


def _neighbours(root: Block) -> dict[BlockId, list[BlockId]]:
    """Name the blocks that a change may push: those before and after it, and its parent."""
    around: dict[BlockId, list[BlockId]] = {}
    for parent, child in _edges(root):
        around.setdefault(child.id, []).append(parent.id)
    for block in root.walk():
        for before, after in pairwise(block.children):
            around[before.id].append(after.id)
            around[after.id].append(before.id)
    return around


def _edges(block: Block) -> Iterator[tuple[Block, Block]]:
    for child in block.children:
        yield block, child
        yield from _edges(child)
