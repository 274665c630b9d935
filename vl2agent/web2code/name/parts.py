"""Which blocks a model is asked about together: parts of the page small enough to be seen, and to be answered at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vl2agent.geometry import ImageBox, Size
from vl2agent.web2code.crops import with_margin
from vl2agent.web2code.ir import Block, Page, Role
from vl2agent.web2code.name.possible import possible
from vl2agent.web2code.name.surroundings import Surroundings

MOST = 24
"""Blocks that one question is about."""
TALLEST_PX = 1100
"""Of a part that holds more than one block; a taller one is shown too small."""
CLIPPED = 48
"""Characters of a text that are told."""
GRID = 999
"""Places are told on the grid that the model knows, 0..999."""


@dataclass(frozen=True, slots=True)
class Part:
    """A block of the page, and those of the blocks in it that a question is about."""

    block: Block
    asked: tuple[Block, ...]

    @property
    def box(self) -> ImageBox:
        return ImageBox.around(block.box for block in self.asked)


def parts(page: Page) -> tuple[Part, ...]:
    """Divide a page, in document order; what can have one name only is asked about nowhere."""
    seen = Surroundings(page)
    return tuple(part for part in _divided(page.root, seen) if part.asked)


def _divided(block: Block, seen: Surroundings) -> Iterator[Part]:
    """Take a block whole where that is small, else its children, the small ones of them together."""
    inside = _askable(block, seen)
    if block.role != "page" and len(inside) <= MOST and block.box.height <= TALLEST_PX:
        yield Part(block, tuple(inside))
        return
    large = [child for child in block.children if _large(child, seen)]
    few = [block] if _open(block, seen) else []
    few += [each for child in block.children if child not in large for each in _askable(child, seen)]
    for start in range(0, len(few), MOST):
        yield Part(block, tuple(few[start : start + MOST]))
    for child in large:
        yield from _divided(child, seen)


def _large(block: Block, seen: Surroundings) -> bool:
    return len(_askable(block, seen)) > MOST // 3


def _askable(block: Block, seen: Surroundings) -> list[Block]:
    return [each for each in block.walk() if _open(each, seen)]


def _open(block: Block, seen: Surroundings) -> bool:
    """Tell whether there is a choice of names for a block."""
    return block.role != "page" and len(possible(block, seen)) > 1


def listing(part: Part, seen: Surroundings) -> list[str]:
    """Describe the blocks of a part, a line each: id, present name, place in the picture, words."""
    shown = with_margin(part.box, Size(seen.page.width, seen.page.height))
    return [f"{block.id} {_role(block)} {_place(block.box, shown)}{_words(block, seen)}" for block in part.asked]


def _role(block: Block) -> Role | str:
    return f"heading {block.level}" if block.role == "heading" and block.level else block.role


def _place(box: ImageBox, within: ImageBox) -> str:
    def on(value: int, start: int, length: int) -> int:
        return min(GRID, max(0, round((value - start) / length * GRID)))

    left, right = (on(x, within.left, within.width) for x in (box.left, box.right))
    top, bottom = (on(y, within.top, within.height) for y in (box.top, box.bottom))
    return f"[{left}, {top}, {right}, {bottom}]"


def _words(block: Block, seen: Surroundings) -> str:
    words = " ".join(seen.string(block).split())
    clipped = words if len(words) <= CLIPPED else f"{words[: CLIPPED - 1]}…"
    return f' "{clipped}"'.replace("\n", " ") if words else ""
