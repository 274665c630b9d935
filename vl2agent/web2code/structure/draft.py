"""A page on its way from flat to tree: its texts as far as they are merged, and ids for the boxes that are put around."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, Layout, Page, Role, Text, is_painted

MONO = ("mono", "courier")
"""Families whose characters are all equally wide."""


class Draft:
    """The texts of a page, to be merged, and fresh block ids."""

    def __init__(self, page: Page) -> None:
        self.texts = dict(page.text_by_id)
        self.gone: set[str] = set()
        """Texts that are a part of another one now, or that a marker says."""
        self._last = max(int(block.id[1:]) for block in page.root.walk())

    @cached_property
    def body_size(self) -> float:
        """The size of the font that most characters have."""
        written: Counter[int] = Counter()
        for text in self.texts.values():
            written[round(text.font.size)] += len(text.string)
        return float(written.most_common(1)[0][0]) if written else 16.0

    def text(self, block: Block) -> Text | None:
        """Return the words that a block carries itself."""
        return self.texts[block.text] if block.text else None

    def line(self, block: Block) -> Text | None:
        """Return the words of a block that is a bare line of text, as it was read."""
        text = self.text(block)
        bare = text is not None and block.role == "text" and not block.children and not is_painted(block)
        return text if bare and text and len(text.lines) == 1 and not text.preformatted else None

    @cached_property
    def is_all_mono(self) -> bool:
        """Tell whether the page itself is written in a font of one width."""
        mono = sum(len(text.string) for text in self.texts.values() if text.font.family in MONO)
        return 2 * mono > sum(len(text.string) for text in self.texts.values())

    def absorb(self, text: str) -> None:
        """Give up a text that another one or a marker says now."""
        del self.texts[text]
        self.gone.add(text)

    def merge(self, text: Text, parts: Iterable[Text]) -> None:
        """Put a text in the place of its parts."""
        for part in parts:
            self.absorb(part.id)
        self.gone.discard(text.id)
        self.texts[text.id] = text

    def group(self, children: Sequence[Block], layout: Layout, role: Role = "group") -> Block:
        """Put a box that is not to be seen around blocks."""
        self._last += 1
        return Block(id=f"b{self._last}", role=role, box=hull(children), layout=layout, children=tuple(children))


def hull(blocks: Iterable[Block]) -> ImageBox:
    """Return the smallest box around blocks."""
    return ImageBox.around(block.box for block in blocks)
