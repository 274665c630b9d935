"""What a model says of a page, taken only as far as the page is drawn no worse for it.

A model is asked what things are. A wrong name can still do harm: a heading that is made an input looks otherwise. So
what it says of each part is drawn, and dropped where the page scores lower than it did without.
"""

from __future__ import annotations

import time
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

from vl2agent.web2code.change.lines import Set
from vl2agent.web2code.change.making import made
from vl2agent.web2code.ir import Block, BlockId, Page
from vl2agent.web2code.judge import Judgement
from vl2agent.web2code.refine import IMPOSSIBLE, Draw, Refined
from vl2agent.web2code.report import Attempt, Round

SAME = 1e-6
"""What a score may fall by: rounding."""
POOR = 0.9
"""A block that scores less may be looked at by a model."""
MOST_ASKED = 4
"""Blocks that a model looks at in one round."""


class Suggestion(Protocol):
    """What a model said of one part of a page; an answer about names, or `Repair`."""

    @property
    def part(self) -> Block:
        """What it is about."""
        ...

    def applied(self, page: Page) -> Page:
        """Return the page with what was said."""
        ...


@dataclass(frozen=True, slots=True)
class Repair:
    """Changes of the looks of a block, as a model saw them to be needed."""

    part: Block
    changes: tuple[Set, ...]

    def applied(self, page: Page) -> Page:
        """Make the changes that can be made."""
        return reduce(lambda so_far, change: made(so_far, change) or so_far, self.changes, page)


def worst(so_far: Refined, asked: Container[BlockId]) -> list[Block]:
    """Name the blocks that are drawn worst, and that nobody was asked about yet."""
    scores = so_far.judgement.blocks
    leaves = [block for block in so_far.page.root.walk() if not block.children and block.role != "page"]
    poor = [block for block in leaves if scores[block.id].total < POOR and block.id not in asked]
    return sorted(poor, key=lambda block: scores[block.id].total)[:MOST_ASKED]


def with_suggestions(
    so_far: Refined, suggestions: Sequence[Suggestion], kind: str, draw: Draw, *, rising: bool = False
) -> Refined:
    """Take what a model said, part by part, where the page scores no lower; all of it is written down as one round.

    Args:
        so_far: the page as it is.
        suggestions: what was said, in the order in which it is taken.
        kind: what it is about, for the report.
        draw: renders a page and scores it.
        rising: take only what makes the page score higher.
    """
    began_s, now = time.monotonic(), so_far
    attempts: list[Attempt] = []

    def take(some: Sequence[Suggestion]) -> None:
        """Try some together; when they do harm, try the halves."""
        nonlocal now
        page = reduce(lambda page, each: each.applied(page), some, now.page)
        if page == now.page:
            return
        try:
            after, possible = draw(page), True
        except IMPOSSIBLE:
            after, possible = now.judgement, False
        if kept := possible and holds(now.judgement, after, rising=rising):
            before, now = now.judgement, Refined(page, after, now.rounds)
        elif len(some) > 1:
            take(some[: len(some) // 2])
            take(some[len(some) // 2 :])
            return
        else:
            before = now.judgement
        attempts.extend(_attempt(each, kind, before, after, kept) for each in some)

    take(suggestions)
    done = Round(
        number=len(so_far.rounds) + 1,
        by="model",
        before=so_far.judgement.score.total,
        after=now.judgement.score.total,
        attempts=tuple(attempts),
        seconds=round(time.monotonic() - began_s, 3),
    )
    return Refined(now.page, now.judgement, (*so_far.rounds, done))


def holds(before: Judgement, after: Judgement, *, rising: bool) -> bool:
    """Tell whether a page is drawn no worse than before, or better, as a whole and by its score alone."""
    risen = after.merit > before.merit + SAME if rising else after.merit >= before.merit - SAME
    return risen and after.score.total >= before.score.total - SAME and after.extent >= before.extent - SAME


def _attempt(suggestion: Suggestion, kind: str, before: Judgement, after: Judgement, kept: bool) -> Attempt:
    part = suggestion.part.id

    def score(judgement: Judgement) -> float:
        return judgement.blocks[part].total if part in judgement.blocks else judgement.score.total

    what = f"what a model says of {part}"
    return Attempt(block=part, kind=kind, what=what, before=score(before), after=score(after), kept=kept)
