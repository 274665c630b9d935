"""Which block of one page is which of the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox, Size
from vl2agent.web2code.score.blocks import TextNode
from vl2agent.web2code.score.likeness import ALIKE, Partners, likenesses

RISE = 0.05
"""By how much a merge has to better the likeness."""
CONTEXT = 0.1
NEARNESS = 0.1


def merge(blocks: Sequence[TextNode], partners: Sequence[TextNode]) -> list[TextNode]:
    """Merge neighbours, in document order, while the likeness to the best partner rises by more than 0.05.

    A paragraph with a link in it is three text nodes where another page may have one.
    """
    best = Partners(sorted({node.text.lower() for node in partners})).best
    nodes = list(blocks)
    scores = best([node.text.lower() for node in nodes])
    pairs = [first.merged(second) for first, second in pairwise(nodes)]
    joint = best([node.text.lower() for node in pairs])
    while gains := [both - max(scores[i : i + 2]) for i, both in enumerate(joint)]:
        at = int(np.argmax(gains))
        if gains[at] <= RISE:
            break
        nodes[at : at + 2], scores[at : at + 2] = [pairs[at]], [joint[at]]
        around = [first.merged(second) for first, second in pairwise(nodes[max(0, at - 1) : at + 2])]
        pairs[max(0, at - 1) : at + 2] = around
        joint[max(0, at - 1) : at + 2] = best([node.text.lower() for node in around])
    return nodes


def distance(first: ImageBox, second: ImageBox, sizes: tuple[Size, Size]) -> float:
    """Return how far the middles of two boxes are apart: the larger of dx and dy, as shares of their pages."""
    ours, theirs = (_middle(box, size) for box, size in zip((first, second), sizes, strict=True))
    return max(abs(ours[0] - theirs[0]), abs(ours[1] - theirs[1]))


def pair(
    reference: Sequence[TextNode], generated: Sequence[TextNode], sizes: tuple[Size, Size]
) -> list[tuple[int, int, float]]:
    """Assign blocks to one another, and return (index, index, likeness) of each pair that is alike."""
    if not reference or not generated:
        return []
    from scipy.optimize import linear_sum_assignment

    alike = likenesses([node.text.lower() for node in reference], [node.text.lower() for node in generated])
    rows, columns = linear_sum_assignment(
        alike + CONTEXT * _context(alike) + NEARNESS * _nearness(reference, generated, sizes), maximize=True
    )
    return [(int(i), int(j), float(alike[i, j])) for i, j in zip(rows, columns, strict=True) if alike[i, j] >= ALIKE]


def _context(alike: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up the likeness of the pair before and the pair after."""
    around = np.pad(alike, 1)
    total: NDArray[np.float64] = around[:-2, :-2] + around[2:, 2:]
    return total


def _nearness(
    reference: Sequence[TextNode], generated: Sequence[TextNode], sizes: tuple[Size, Size]
) -> NDArray[np.float64]:
    ours = np.array([_middle(node.box, sizes[0]) for node in reference])
    theirs = np.array([_middle(node.box, sizes[1]) for node in generated])
    far: NDArray[np.float64] = np.abs(ours[:, None] - theirs[None]).max(axis=2)
    return 1 - far


def _middle(box: ImageBox, size: Size) -> tuple[float, float]:
    return (box.left + box.right) / 2 / size.width_px, (box.top + box.bottom) / 2 / size.height_px
