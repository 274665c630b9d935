"""What a conversion tells of itself: `report.json`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vl2agent.actions import Frozen
from vl2agent.geometry import ImageBox
from vl2agent.web2code.emit.dress import StyleKind
from vl2agent.web2code.emit.emit import Framework, LayoutKind
from vl2agent.web2code.emit.pictures import Pictures
from vl2agent.web2code.ir import BlockId, Role

VERSION: Literal["1.0"] = "1.0"


class Settings(Frozen):
    """How the code was asked for."""

    layout: LayoutKind = "flow"
    style: StyleKind = "css"
    pictures: Pictures = "crop"
    framework: Framework = "html"


class BlockScore(Frozen):
    """How well one block was drawn, against the picture; all 0..1."""

    id: BlockId
    role: Role
    box: ImageBox
    total: float
    place: float | None = None
    """Overlap of its ink in the picture and in the browser; None where a block is no text."""
    color: float | None = None
    """Likeness of the color of its ink; None likewise."""
    look: float
    """Likeness of the pixels within its box."""


class PageScore(Frozen):
    """How well the page was drawn, against the picture; all 0..1."""

    total: float
    """0.8 texts + 0.2 visual, in the manner of `strict`; what was read stands in for the page's own texts."""
    texts: float
    """Share of the texts' area that was drawn, times how well place, size and color fit."""
    visual: float
    place: float
    """Mean overlap of the inks of texts with where they were."""


class Attempt(Frozen):
    """One change that was tried on one block."""

    block: BlockId
    kind: str
    what: str
    before: float
    after: float
    kept: bool


class Round(Frozen):
    """One round of refinement: changes tried together, and what became of them."""

    number: int
    by: Literal["numbers", "model"]
    before: float
    after: float
    attempts: tuple[Attempt, ...] = ()
    seconds: float


class Naming(Frozen):
    """Who said what the blocks are."""

    slot: str
    """'rules', or the model's name."""
    rules: int = 0
    model: int = 0
    edit: int = 0
    notes: tuple[str, ...] = ()


class Report(Frozen):
    """Everything that is known of a conversion besides the page itself."""

    version: Literal["1.0"] = VERSION
    made_with: str
    width: int
    height: int
    scale: float = 1.0
    settings: Settings
    naming: Naming
    score: PageScore | None = None
    """None where nothing was rendered."""
    blocks: tuple[BlockScore, ...] = ()
    rounds: tuple[Round, ...] = ()
    sideways_at_375: bool | None = None
    """Whether the page scrolls sideways in a window 375 wide."""
    refused_requests: int = 0
    """Requests that the page made although it should make none."""
    seconds: dict[str, float] = Field(default_factory=dict)
    """By stage."""
