"""Whether elements are what they are in the source: headings, links, buttons, fields, tables, items, navs, images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vl2agent.actions import Frozen
from vl2agent.web2code.dom import Dom, Rect
from vl2agent.web2code.score.blocks import TextNode

SAME = 0.5
"""Overlap from which two elements are the same one."""
ROLES = ("heading", "a", "button", "input", "table", "li", "nav", "img")


class RoleCount(Frozen):
    """How often a role is in the reference, in the generated page, and in both at the same place."""

    reference: int
    generated: int
    both: int


class Roles(Frozen):
    """Roles of two pages compared.

    Elements of the same role are assigned to each other by the overlap of their boxes, and are the same from 0.5 on.
    The box is the ink of the text inside, which does not depend on paddings; where there is none, and for fields and
    images, the element's own. h1 to h6 are one role; <select> and <textarea> are fields as <input> is; an <input> that
    submits is a button.
    """

    f1: float
    """Over all roles together."""
    counts: dict[str, RoleCount]

    @classmethod
    def compare(cls, reference: Sequence[tuple[str, Rect]], generated: Sequence[tuple[str, Rect]]) -> Roles:
        """Compare what `placed_roles` found on two pages."""
        counts = {}
        for role in ROLES:
            ours, theirs = ([box for name, box in side if name == role] for side in (reference, generated))
            if ours or theirs:
                counts[role] = RoleCount(reference=len(ours), generated=len(theirs), both=_shared(ours, theirs))
        total = sum(count.reference + count.generated for count in counts.values())
        f1 = 2 * sum(count.both for count in counts.values()) / total if total else 1.0
        return cls(f1=f1, counts=counts)


def placed_roles(dom: Dom, nodes: Sequence[TextNode]) -> list[tuple[str, Rect]]:
    """Return the role and the box of each element that can be seen."""
    ink: dict[int, Rect] = {}
    for node in nodes:
        edges = node.box.edges
        for index in node.elements:
            old = ink.get(index, edges)
            ink[index] = (*map(min, old[:2], edges[:2]), *map(max, old[2:], edges[2:]))  # type: ignore[assignment]
    found = []
    for index, element in enumerate(dom.elements):
        role = "heading" if element.tag[0] == "h" else element.tag
        box = element.box if role in ("input", "img") else ink.get(index, element.box)
        if box[2] > box[0] and box[3] > box[1]:
            found.append((role, box))
    return found


def _shared(first: Sequence[Rect], second: Sequence[Rect]) -> int:
    if not first or not second:
        return 0
    from scipy.optimize import linear_sum_assignment

    ours, theirs = np.array(first)[:, None], np.array(second)[None]
    sides = np.minimum(ours[..., 2:], theirs[..., 2:]) - np.maximum(ours[..., :2], theirs[..., :2])
    common = np.clip(sides, 0, None).prod(axis=2)
    areas = [(boxes[..., 2:] - boxes[..., :2]).prod(axis=2) for boxes in (ours, theirs)]
    overlap = common / (areas[0] + areas[1] - common)
    same = overlap >= SAME
    rows, columns = linear_sum_assignment(np.where(same, overlap, 0), maximize=True)
    return int(same[rows, columns].sum())
