"""The page IR: what is on a page, as data. The only thing that the stages of web-to-code tell each other.

    perceive(image) -> Page   flat: everything that was seen is a child of the root
    structure(page) -> Page   a tree: rows, columns, lists, tables; equal siblings share a template
    name(page)      -> Page   what each block is: headings, links, fields
    emit(page)      -> Code   HTML and CSS
    refine(page)    -> Page   the same page, with `trim`s and styles corrected by what a browser drew

Boxes are CSS pixels of the page, edges as `ImageBox` has them. The box of a text is the ink of its lines; the box of
everything else is its outer edge, borders included, shadows not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from vl2agent.actions import Frozen
from vl2agent.geometry import ImageBox

VERSION: Literal["1.0"] = "1.0"

Color: TypeAlias = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}([0-9a-f]{2})?$")]
"""#rrggbb or #rrggbbaa, lower case."""
BlockId: TypeAlias = Annotated[str, Field(pattern=r"^b[0-9]+$")]
TextId: TypeAlias = Annotated[str, Field(pattern=r"^t[0-9]+$")]
AssetId: TypeAlias = Annotated[str, Field(pattern=r"^a[0-9]+$")]

Container: TypeAlias = Literal[
    "page", "header", "nav", "main", "section", "article", "aside", "footer", "form", "fieldset",
    "group", "figure", "tabs", "list", "ordered_list", "item", "table", "row", "cell", "header_cell", "quote",
]  # fmt: skip
Leaf: TypeAlias = Literal[
    "heading", "paragraph", "text", "code", "label", "legend", "caption",
    "link", "button", "tab", "input", "textarea", "select", "checkbox", "radio", "switch",
    "image", "icon", "rule", "badge", "progress",
]  # fmt: skip
Role: TypeAlias = Container | Leaf
"""What a block is. A leaf may have children too: a button with an icon and a text, a link around a card."""

Family: TypeAlias = Literal["sans", "serif", "mono", "courier", "system", "wide"]
"""sans: Arial's metrics; serif: Times'; mono: what monospace gives; courier: Courier's metrics, for code too;
system: what system-ui gives; wide: Verdana's and DejaVu's."""


class Derived(Frozen):
    """A value that keeps what it has worked out of its parts; a copy with other parts works it out anew."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


class Stop(Frozen):
    """A color of a gradient, and where it stands, 0..1."""

    color: Color
    at: float = Field(ge=0, le=1)


class Gradient(Frozen):
    """A linear gradient; 180 degrees runs from top to bottom, 90 from left to right, as CSS has it."""

    angle: float
    stops: tuple[Stop, ...] = Field(min_length=2)


class Edge(Frozen):
    """A border on one side."""

    width: float = Field(gt=0)
    color: Color
    style: Literal["solid", "dashed", "dotted"] = "solid"


class Shadow(Frozen):
    """A box shadow, lengths in pixels."""

    x: float
    y: float
    blur: float = Field(ge=0)
    spread: float = 0.0
    color: Color


class Style(Frozen):
    """How a box is painted."""

    background: Color | Gradient | None = None
    picture: AssetId | None = None
    """A picture behind the children, drawn over the background."""
    top: Edge | None = None
    right: Edge | None = None
    bottom: Edge | None = None
    left: Edge | None = None
    radius: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """Top left, top right, bottom right, bottom left."""
    shadows: tuple[Shadow, ...] = ()
    extra: dict[str, str] = Field(default_factory=dict)
    """More CSS, from edits; only properties and values that `edit` knows to be harmless."""


class Font(Frozen):
    """How characters look."""

    family: Family = "sans"
    size: float = Field(default=16.0, gt=0)
    weight: int = Field(default=400, ge=100, le=900)
    italic: bool = False
    color: Color = "#000000"
    letter_spacing: float = 0.0
    underline: bool = False
    strike: bool = False
    background: Color | None = None
    """Behind the characters: inline code, marked words."""
    radius: float = Field(default=0.0, ge=0)
    """Of that background's corners."""


class Run(Frozen):
    """Characters that look alike; `font` None means as the text around them."""

    text: str = Field(min_length=1)
    font: Font | None = None
    kind: Literal["plain", "link", "code", "strong", "em", "kbd", "mark"] = "plain"


class TextLine(Frozen):
    """A line as it stood in the picture: its ink, and which characters of the text stand on it."""

    box: ImageBox
    first: int = Field(ge=0)
    last: int = Field(ge=0)
    baseline: float
    """y of the baseline, from the top of the page."""


class Text(Derived):
    """Some words: what perception read, merged into paragraphs by structure, never altered by a model."""

    id: TextId
    font: Font
    runs: tuple[Run, ...] = Field(min_length=1)
    lines: tuple[TextLine, ...] = Field(min_length=1)
    line_height: float | None = None
    """Distance of baselines; None on a single line, where nobody can know."""
    align: Literal["left", "center", "right"] = "left"
    preformatted: bool = False
    """Blanks and line ends count, as in <pre>."""
    confidence: float = Field(default=1.0, ge=0, le=1)

    @cached_property
    def string(self) -> str:
        """All characters; lines are parted by a blank, or by a line end where preformatted."""
        return "".join(run.text for run in self.runs)


class Asset(Frozen):
    """A part of the picture that is kept as a picture."""

    id: AssetId
    box: ImageBox
    kind: Literal["photo", "icon", "chart", "texture"] = "photo"
    alt: str = ""
    covered: tuple[ImageBox, ...] = ()
    """Texts and boxes drawn over it, which are painted out when it is cut."""


class FieldState(Frozen):
    """What a field holds."""

    kind: Literal["text", "email", "password", "search", "number", "date", "url", "tel"] = "text"
    placeholder: bool = False
    """The text in it is a hint, not a value."""
    checked: bool = False
    value: float | None = Field(default=None, ge=0, le=1)
    """How much of a progress bar is filled."""
    label: str = ""
    """Its accessible name."""


class Layout(Frozen):
    """How children stand: in reading order along `flow`; positions and gaps follow from their boxes."""

    flow: Literal["column", "row", "grid", "overlay"] = "column"
    """overlay: children stand on one another and keep their places."""
    columns: tuple[float, ...] = ()
    """Of a grid or a table: left edges of the columns, from the left of the block's box."""
    align: Literal["start", "center", "end", "stretch", "baseline"] = "start"


class Trim(Frozen):
    """What rendering taught: how far off a block came out, to be added to its place and size, in pixels."""

    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


class Block(Frozen):
    """A part of the page."""

    id: BlockId
    role: Role = "group"
    level: int | None = Field(default=None, ge=1, le=6)
    """Of a heading."""
    box: ImageBox
    style: Style = Style()
    layout: Layout = Layout()
    children: tuple[Block, ...] = ()
    text: TextId | None = None
    asset: AssetId | None = None
    field: FieldState | None = None
    marker: Literal["disc", "circle", "square", "decimal"] | None = None
    """Of an item: the sign before its box, which the browser draws; nothing else stands for it in the tree."""
    template: str | None = None
    """Blocks with the same template have the same shape and other data."""
    named_by: Literal["rules", "model", "edit"] = "rules"
    trim: Trim = Trim()

    def walk(self) -> Iterator[Block]:
        """Yield this block and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


class Page(Derived):
    """One page: the tree of its blocks, its words and its pictures."""

    version: Literal["1.0"] = VERSION
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    root: Block
    texts: tuple[Text, ...] = ()
    assets: tuple[Asset, ...] = ()
    title: str = ""
    language: str = ""
    direction: Literal["ltr", "rtl"] = "ltr"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Every id is there once, and every reference leads somewhere."""
        blocks = [block.id for block in self.root.walk()]
        texts, assets = [text.id for text in self.texts], [asset.id for asset in self.assets]
        for kind, ids in (("block", blocks), ("text", texts), ("asset", assets)):
            if len(set(ids)) < len(ids):
                raise ValueError(f"expected every {kind} id once, got {sorted({i for i in ids if ids.count(i) > 1})}")
        used_texts = [block.text for block in self.root.walk() if block.text]
        used_assets = {part for block in self.root.walk() for part in (block.asset, block.style.picture) if part}
        if lost := set(used_texts) ^ set(texts):
            raise ValueError(f"expected every text in one block, and no other; see {sorted(lost)}")
        if len(set(used_texts)) < len(used_texts):
            raise ValueError("expected every text in one block, got some in two")
        if lost := used_assets - set(assets):
            raise ValueError(f"expected assets that exist, got {sorted(lost)}")
        return self

    @cached_property
    def text_by_id(self) -> dict[str, Text]:
        return {text.id: text for text in self.texts}

    @cached_property
    def asset_by_id(self) -> dict[str, Asset]:
        return {asset.id: asset for asset in self.assets}

    @cached_property
    def block_by_id(self) -> dict[str, Block]:
        return {block.id: block for block in self.root.walk()}


def rebuild(block: Block, change: Callable[[Block], Block]) -> Block:
    """Apply a change to every block, children first."""
    children = tuple(rebuild(child, change) for child in block.children)
    return change(block if children == block.children else block.model_copy(update={"children": children}))


def is_painted(block: Block) -> bool:
    """Tell whether a box is seen itself, whatever stands in it."""
    style = block.style
    edges = style.top or style.right or style.bottom or style.left
    return bool(style.background or style.picture or style.shadows or edges or style.extra)
