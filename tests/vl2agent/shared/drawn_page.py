"""Pages made by hand, block by block."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Asset, Block, Edge, Font, Layout, Page, Role, Run, Style, Text, TextLine

GREY_EDGE = Edge(width=1, color="#c0c0c0")
FRAME = Style(background="#ffffff", top=GREY_EDGE, right=GREY_EDGE, bottom=GREY_EDGE, left=GREY_EDGE)
BLUE = Style(background="#0d6efd", radius=(6, 6, 6, 6))


@dataclass
class Drawing:
    """Hands out ids, and keeps the texts and pictures of a page that is being made."""

    texts: list[Text] = field(default_factory=list)
    assets: list[Asset] = field(default_factory=list)
    number: int = 0

    def text(
        self, words: str, left: int, top: int, *, runs: tuple[Run, ...] = (), lines: int = 1, **font: Any
    ) -> Block:
        """Write words; a character is half as wide as it is high."""
        look = Font(**font)
        width, height = max(1, int(look.size / 2 * len(words) / lines)), int(0.7 * look.size)
        boxes = [ImageBox(left, top + 24 * line, left + width, top + 24 * line + height) for line in range(lines)]
        placed = tuple(TextLine(box=box, first=0, last=len(words), baseline=box.bottom) for box in boxes)
        made = Text(id=f"t{len(self.texts)}", font=look, runs=runs or (Run(text=words),), lines=placed)
        self.texts.append(made)
        return Block(id=self.id(), role="text", box=boxes[0].union(boxes[-1]), text=made.id)

    def box(self, left: int, top: int, right: int, bottom: int, *children: Block, **more: Any) -> Block:
        """Draw a box around blocks."""
        return Block(id=self.id(), box=ImageBox(left, top, right, bottom), children=children, **more)

    def picture(self, left: int, top: int, right: int, bottom: int, kind: str = "photo") -> Block:
        """Paste a picture."""
        box = ImageBox(left, top, right, bottom)
        self.assets.append(Asset.model_validate({"id": f"a{len(self.assets)}", "box": box, "kind": kind}))
        return Block(id=self.id(), box=box, asset=self.assets[-1].id)

    def page(self, *children: Block, width: int = 1280, height: int = 900) -> Page:
        """Finish the page."""
        root = Block(
            id=self.id(),
            role="page",
            box=ImageBox(0, 0, width, height),
            children=children,
            layout=Layout(flow="column"),
        )
        return Page(width=width, height=height, root=root, texts=tuple(self.texts), assets=tuple(self.assets))

    def id(self) -> str:
        """Return an id that is free."""
        self.number += 1
        return f"b{self.number}"


SENTENCE = "This is a sentence that is long enough to be taken for the text of the page."


def role_of(page: Page, words: str) -> Role:
    """Return the role of the block that holds a text."""
    return block_of(page, words).role


def block_of(page: Page, words: str) -> Block:
    """Return the block that holds a text."""
    return next(block for block in page.root.walk() if block.text and page.text_by_id[block.text].string == words)
