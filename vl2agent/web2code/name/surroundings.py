"""What stands around a block: its parents, the text that most of the page is written in, the ground it stands on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property, reduce

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, Font, Page, Role, Text, rebuild
from vl2agent.web2code.name.colors import distance

BOXES: tuple[Role, ...] = ("group", "text", "paragraph")
"""What a box may be called before it is named; one around a single text carries that text itself."""
CODE = ("mono", "courier")
"""Families that code is written in."""
SENTENCE = 40
"""Characters from which a text is taken for sentences, not for a name."""
WHITE = "#ffffff"
SEEN = 5.0
"""Colors farther apart than this look different."""


class Surroundings:
    """A page, with what rules ask of it again and again."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @cached_property
    def parents(self) -> dict[str, Block]:
        return {child.id: block for block in self.page.root.walk() for child in block.children}

    @cached_property
    def body(self) -> Font:
        """The font of most characters in sentences; of a page without any, of most characters. Code does not count."""
        texts = [text for text in self.page.texts if self.is_all_mono or text.font.family not in CODE]
        sentences = [text for text in texts if len(text.string) >= SENTENCE]
        written: Counter[tuple[int, str]] = Counter()
        fonts: dict[tuple[int, str], Font] = {}
        for text in sentences or texts:
            key = (round(text.font.size), text.font.color)
            written[key] += len(text.string)
            fonts.setdefault(key, text.font)
        return fonts[written.most_common(1)[0][0]] if written else Font()

    @cached_property
    def body_size(self) -> float:
        """The size of most characters, whatever their color."""
        sizes: Counter[int] = Counter()
        for text in self.page.texts:
            sizes[round(text.font.size)] += len(text.string) if self.is_all_mono or text.font.family not in CODE else 0
        return float(sizes.most_common(1)[0][0]) if sizes else 16.0

    @cached_property
    def is_all_mono(self) -> bool:
        """Tell whether the page itself is written in a font of one width."""
        mono = sum(len(text.string) for text in self.page.texts if text.font.family in CODE)
        return 2 * mono > sum(len(text.string) for text in self.page.texts)

    def above(self, block: Block) -> Iterator[Block]:
        """Yield the blocks that hold this one, the nearest first."""
        while parent := self.parents.get(block.id):
            yield parent
            block = parent

    def inside(self, block: Block, *roles: Role) -> bool:
        """Tell whether a block of such a role holds this one."""
        return any(parent.role in roles for parent in self.above(block))

    def siblings(self, block: Block) -> tuple[Block, ...]:
        parent = self.parents.get(block.id)
        return tuple(child for child in parent.children if child.id != block.id) if parent else ()

    def text(self, block: Block) -> Text | None:
        return self.page.text_by_id[block.text] if block.text else None

    def string(self, block: Block) -> str:
        """All that is written in a block, in document order."""
        return " ".join(text.string for each in block.walk() if (text := self.text(each)))

    def texts(self, block: Block) -> list[Text]:
        """The texts in a block, in document order."""
        return [text for each in block.walk() if (text := self.text(each))]

    def contents(self, block: Block) -> ImageBox:
        """The smallest box around the texts and pictures in a block; where there are none, its own."""
        inked = [line.box for text in self.texts(block) for line in text.lines]
        inked += [each.box for each in block.walk() if each.asset]
        return reduce(ImageBox.union, inked) if inked else block.box

    def ground(self, block: Block) -> str:
        """The color that a block stands on; white where nobody painted."""
        return next((color for parent in self.above(block) if (color := painted(parent))), WHITE)

    def filled(self, block: Block) -> bool:
        """Tell whether a block is painted in another color than what it stands on."""
        color = painted(block)
        return bool(color) and distance(color, self.ground(block)) > SEEN


def painted(block: Block) -> str:
    """The color that a block is painted in, of a gradient its first; empty where it is not."""
    background = block.style.background
    if background is None:
        return ""
    return background if isinstance(background, str) else background.stops[0].color


def framed(block: Block) -> bool:
    """Tell whether a block has a border on every side."""
    style = block.style
    return bool(style.top and style.right and style.bottom and style.left)


def changed(page: Page, change: Callable[[Block], Block]) -> Page:
    """Apply a change to every block of a page."""
    root = rebuild(page.root, change)
    return page if root == page.root else page.model_copy(update={"root": root})


def renamed(page: Page, roles: dict[str, Role]) -> Page:
    """Give blocks other roles."""

    def rename(block: Block) -> Block:
        return block.model_copy(update={"role": roles[block.id]}) if block.id in roles else block

    return changed(page, rename)
