"""Pages of the IR, small enough to be written by hand; the ink of their texts is where their font has it."""

from __future__ import annotations

from itertools import count

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, Font, Layout, Page, Role, Run, Style, Text, TextLine
from vl2agent.web2code.perceive.fonts import ink


class Sketch:
    """Makes blocks and keeps their texts, until the page is asked for."""

    def __init__(self) -> None:
        self._numbers = count(2)
        self._texts: list[Text] = []

    def text(
        self, lines: str, left: float, baseline: int, *, font: Font | None = None, pitch: int = 24, role: Role = "text"
    ) -> Block:
        """Return words whose lines start at `left`, parted by line ends."""
        font = font or Font()
        strings, placed, first = lines.split("\n"), list[TextLine](), 0
        for number, string in enumerate(strings):
            drawn, base = ink(font, string), baseline + number * pitch
            box = ImageBox(
                round(left + drawn.left), round(base + drawn.top), round(left + drawn.right), round(base + drawn.bottom)
            )
            placed.append(TextLine(box=box, first=first, last=first + len(string), baseline=base))
            first += len(string) + 1
        number = next(self._numbers)
        height = float(pitch) if len(strings) > 1 else None
        run = Run(text=" ".join(strings))
        self._texts.append(Text(id=f"t{number}", font=font, runs=(run,), lines=tuple(placed), line_height=height))
        return Block(id=f"b{number}", role=role, box=_hull([line.box for line in placed]), text=f"t{number}")

    def box(
        self,
        edges: tuple[int, int, int, int],
        *children: Block,
        role: Role = "group",
        layout: Layout | None = None,
        background: str | None = "#dddddd",
    ) -> Block:
        """Return a painted box, or a group that is not to be seen if it has no background."""
        style = Style(background=background)
        return Block(
            id=f"b{next(self._numbers)}",
            role=role,
            box=ImageBox(*edges),
            style=style,
            layout=layout or Layout(),
            children=children,
        )

    def page(self, *children: Block, height: int = 800) -> Page:
        """Return the page with these blocks below one another."""
        root = Block(
            id="b1",
            role="page",
            box=ImageBox(0, 0, 1280, height),
            style=Style(background="#ffffff"),
            children=children,
        )
        return Page(width=1280, height=height, root=root, texts=tuple(self._texts))


def _hull(boxes: list[ImageBox]) -> ImageBox:
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.union(box)
    return whole
