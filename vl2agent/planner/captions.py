"""Whether a drawn box is a button rather than a field, by how its text stands in it: buttons have theirs in the middle."""

from __future__ import annotations

import numpy as np

from vl2agent.geometry import ScreenBox
from vl2agent.steps import Frame

EDGE_PX = 4
"""What belongs to an outline, or a focus ring, in logical pixels."""
INK = 40
"""How much darker or brighter than the ground letters are."""
CENTERED = 0.06
"""The share of the width by which the text of a button may be off the middle."""
APART = 1.5
"""How many times the height may lie between two parts of one text: a list has its arrow far from its text."""


def is_captioned(box: ScreenBox, frame: Frame) -> bool:
    """Tell whether all that is written in a box stands in its middle; what is empty, or written from an edge, does not."""
    edge = round(EDGE_PX * frame.scale)
    inside = frame.region.intersection(
        ScreenBox(box.left + edge, box.top + edge, max(box.right - edge, box.left + edge + 1), box.bottom - edge)
    )
    if inside is None or inside.height < edge:
        return False
    gray = frame.crop(inside).pixels[..., :3].mean(axis=2)
    columns = np.flatnonzero((np.abs(gray - np.median(gray)) > INK).any(axis=0))
    if columns.size < edge or np.diff(columns).max() > APART * box.height:
        return False
    before, after = int(columns[0]), inside.width - 1 - int(columns[-1])
    return min(before, after) >= edge / 2 and abs(before - after) <= max(CENTERED * inside.width, edge / 2)
