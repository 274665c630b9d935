"""The score of a generated page against the page it was made from.

block    = area of the matched blocks / area of all blocks, both pages together
text     = mean likeness; position = mean 1 - max(|dx|, |dy|); color = mean 1 - dE2000 / 100, over pairs
visual   = how alike the pictures are with all text transparent
d2c5     = mean of the five
strict   = 0.8 * block * mean(text, position, color) + 0.2 * visual
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean

from PIL import Image
from pydantic import Field

from vl2agent.actions import Frozen
from vl2agent.capture.files import load_frame
from vl2agent.geometry import ImageBox, Size
from vl2agent.web2code.render import Rendered, Renderer
from vl2agent.web2code.score.blocks import TextNode
from vl2agent.web2code.score.matching import distance, merge, pair
from vl2agent.web2code.score.picture import color_distance, ssim_full, visual
from vl2agent.web2code.score.roles import Roles
from vl2agent.web2code.score.seen import Seen, from_browser, from_picture
from vl2agent.web2code.site import Source

NARROW = 375
TEXT_SHARE = 0.8
SUSPECT_RASTER = 0.25


class BlockScore(Frozen):
    """A block of the reference, of the generated page, or a pair of them; boxes are ink, in pixels."""

    reference: str | None
    generated: str | None
    reference_box: ImageBox | None
    generated_box: ImageBox | None
    sim: float = 0.0
    iou: float = 0.0
    position: float = 0.0
    color: float = 0.0


class Score(Frozen):
    """How well a generated page renders back to its reference; shares and likenesses are 0..1."""

    strict: float
    block: float
    text: float
    position: float
    color: float
    visual: float
    d2c5: float
    ssim_full: float
    box_iou: float
    """Mean overlap of matched ink boxes, in pixels: feels font size and family."""
    size_ratio: float
    """Height of the generated page to that of the reference."""
    raster_excess: float
    """Share of the page that is pictures, beyond the reference's share."""
    abs_share: float
    """Share of the visible elements that are absolutely positioned or fixed."""
    overflow_375: bool
    """Whether the page scrolls sideways in a window 375 pixels wide."""
    html_bytes: int
    suspect: bool
    """More pictures than a page of this kind has, or a request to elsewhere."""
    refused: int
    """Requests to elsewhere."""
    roles: Roles | None
    """None where the reference is a picture."""
    depth: int
    """Of the deepest element."""
    reference_depth: int | None
    text_bytes: int
    """Of the reference's visible text."""
    blocks: tuple[BlockScore, ...] = Field(repr=False)
    """Pairs and lone blocks of the reference in document order, then the lone generated ones."""


def score(
    reference: Source | Rendered | Image.Image, generated: Source | Rendered, *, renderer: Renderer | None = None
) -> Score:
    """Compare a generated page with its reference, both rendered here.

    Args:
        reference: code, a conversion, HTML text, the path of an HTML file, or what `Renderer.render` returned. Where
            there is only a picture, it or its path: what is read in it stands in for the page's own texts.
        generated: the same, but no picture.
        renderer: a browser to use; otherwise one is started for this.

    Raises:
        InputError: not a page.
        LimitReached: a page takes too long, is too high or too large.
        MissingExtra: what reads pictures, or Playwright, is not installed.
        SandboxError: the browser does not start, or dies.
    """
    if renderer is None:
        with Renderer() as own:
            return score(reference, generated, renderer=own)
    made = generated if isinstance(generated, Rendered) else renderer.render(generated)
    picture = _picture(reference)
    if picture is not None:
        seen = from_picture(picture)
    else:
        assert not isinstance(reference, Image.Image)  # that is a picture
        seen = from_browser(reference if isinstance(reference, Rendered) else renderer.render(reference))
    return compare(seen, made, overflow=renderer.lay_out(made.source, width=NARROW).width > NARROW)


def compare(seen: Seen, generated: Rendered, *, overflow: bool = False) -> Score:
    """Compare pages that are there already; `overflow` says whether the second one scrolls sideways when narrow."""
    made = from_browser(generated)
    sizes = seen.size, made.size
    ours = merge(seen.nodes, made.nodes)
    theirs = merge(made.nodes, ours)
    found = pair(ours, theirs, sizes)
    pairs = {i: _pair(ours[i], theirs[j], sim, sizes) for i, j, sim in found}
    terms = _terms(ours, theirs, found, sizes, pairs)
    looks = visual(seen.textless, made.textless)
    excess = max(0.0, made.pictured - seen.pictured)
    mean = fmean((terms["text"], terms["position"], terms["color"]))
    return Score(
        **terms,
        visual=looks,
        strict=TEXT_SHARE * terms["block"] * mean + (1 - TEXT_SHARE) * looks,
        d2c5=fmean((*terms.values(), looks)),
        ssim_full=ssim_full(seen.image, made.image),
        box_iou=fmean(each.iou for each in pairs.values()) if pairs else float(not ours and not theirs),
        size_ratio=made.image.height / seen.image.height,
        raster_excess=excess,
        abs_share=generated.dom.placed / max(1, generated.dom.visible),
        overflow_375=overflow,
        html_bytes=generated.html_bytes,
        suspect=excess > SUSPECT_RASTER or bool(generated.refused),
        refused=len(generated.refused),
        roles=None if seen.roles is None else Roles.compare(seen.roles, made.roles or ()),
        depth=generated.dom.depth,
        reference_depth=seen.depth,
        text_bytes=len(" ".join(node.text for node in seen.nodes).encode()),
        blocks=tuple(_in_order(ours, theirs, pairs, {j for _, j, _ in found})),
    )


def _picture(reference: object) -> Image.Image | None:
    """Return the picture that a reference is, or that its path names."""
    if isinstance(reference, Image.Image):
        return reference
    is_path = isinstance(reference, str | Path) and "<" not in str(reference)
    if is_path and Path(str(reference)).suffix.lower() in Image.registered_extensions():
        return load_frame(str(reference)).image
    return None


def _terms(
    ours: Sequence[TextNode],
    theirs: Sequence[TextNode],
    found: Sequence[tuple[int, int, float]],
    sizes: tuple[Size, Size],
    pairs: Mapping[int, BlockScore],
) -> dict[str, float]:
    """The four terms that are about text; a page without any is matched by a page without any."""
    if not ours and not theirs:
        return dict.fromkeys(("block", "text", "position", "color"), 1.0)
    if not pairs:
        return dict.fromkeys(("block", "text", "position", "color"), 0.0)
    shares = [
        [node.box.area / (size.width_px * size.height_px) for node in side]
        for side, size in zip((ours, theirs), sizes, strict=True)
    ]
    matched = sum(shares[0][i] + shares[1][j] for i, j, _ in found)
    return {
        "block": matched / (sum(shares[0]) + sum(shares[1])),
        "text": fmean(each.sim for each in pairs.values()),
        "position": fmean(each.position for each in pairs.values()),
        "color": fmean(each.color for each in pairs.values()),
    }


def _pair(ours: TextNode, theirs: TextNode, sim: float, sizes: tuple[Size, Size]) -> BlockScore:
    return BlockScore(
        reference=ours.text,
        generated=theirs.text,
        reference_box=ours.box,
        generated_box=theirs.box,
        sim=sim,
        iou=ours.box.iou(theirs.box),
        position=max(0.0, 1 - distance(ours.box, theirs.box, sizes)),
        color=max(0.0, 1 - color_distance(ours.color, theirs.color) / 100),
    )


def _in_order(
    ours: Sequence[TextNode], theirs: Sequence[TextNode], pairs: Mapping[int, BlockScore], taken: set[int]
) -> Iterator[BlockScore]:
    for i, node in enumerate(ours):
        lone = BlockScore(reference=node.text, generated=None, reference_box=node.box, generated_box=None)
        yield pairs.get(i, lone)
    for j, node in enumerate(theirs):
        if j not in taken:
            yield BlockScore(reference=None, generated=node.text, reference_box=None, generated_box=node.box)
