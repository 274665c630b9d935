"""How well a page was drawn, block by block, against the picture it was made from.

What was read stands in for the page's own texts, so no HTML of the original is needed. The total follows `strict`:
0.8 of how well texts were drawn, 0.2 of how alike everything else looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.web2code.dom import Rect
from vl2agent.web2code.drawn import UNSEEN, Colors, Drawn, Rgb, ink_color, text_ink, where_drawn
from vl2agent.web2code.ir import Block, BlockId, Page, is_painted
from vl2agent.web2code.render import VIEWPORT_HEIGHT
from vl2agent.web2code.report import BlockScore, PageScore

if TYPE_CHECKING:
    from PIL.Image import Image

    from vl2agent.web2code.render import Rendered

Plane: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]
"""One number for each pixel, [height, width]."""

MAX_TONE = 60.0
"""A difference of colors, in Lab, that counts as entirely wrong."""
WINDOW_PX = 11
"""Side of the window that structure is compared in."""
AROUND_PX = 3
"""What is looked at around a block: a border that is drawn a little too far out is its own fault."""


@dataclass(frozen=True)
class Judgement:
    """What a page scored, and where everything came out."""

    score: PageScore
    blocks: dict[BlockId, BlockScore]
    drawn: dict[BlockId, Drawn]
    inks: dict[BlockId, tuple[Rgb, Rgb]]
    """Colors of texts, in the picture and as drawn."""
    rendered: Rendered
    width: int
    """Of the picture."""
    extent: float
    """How near the page comes to the picture's size, 1 where it has it: one that is too wide is a page that broke."""

    @property
    def merit(self) -> float:
        """What refinement raises: the score, how well inks lie on one another, which feels fonts, and the size."""
        return self.score.total + self.score.place + self.extent


class Judge:
    """Compares what a browser draws with one picture.

    Args:
        picture: of the page, RGB at CSS pixels.
    """

    def __init__(self, picture: Image) -> None:
        self._picture = np.asarray(picture)
        self._lab = _lab(self._picture)
        self._grey = _grey(self._picture)

    def judge(self, page: Page, rendered: Rendered) -> Judgement:
        """Score a page that was rendered from instrumented code."""
        image = _as_large(np.asarray(rendered.image), self._picture)
        tone = _tone(_lab(image), self._lab)
        likeness = Means(np.asarray((1 - tone + _structure(self._grey, _grey(image))) / 2, np.float32))
        drawn = where_drawn(page, rendered)
        inks = {
            block.id: (ink_color(self._picture, text_ink(page, block)), ink_color(image, ink))
            for block in page.root.walk()
            if block.text and (ink := drawn.get(block.id, UNSEEN).ink)
        }
        blocks = {
            block.id: _scored(page, block, drawn.get(block.id, UNSEEN), likeness, inks.get(block.id))
            for block in page.root.walk()
        }
        score, size = _whole(page, blocks, drawn, likeness), (rendered.image.width, rendered.image.height)
        return Judgement(score, blocks, drawn, inks, rendered, page.width, _extent(page, size))


def _scored(page: Page, block: Block, drawn: Drawn, likeness: Means, inks: tuple[Rgb, Rgb] | None) -> BlockScore:
    look = likeness.within(_grown(block.box, AROUND_PX, page.width))
    if is_painted(block) and drawn.box:
        look = min(look, likeness.within(_pixels(drawn.box)))
    scored = BlockScore(id=block.id, role=block.role, box=block.box, total=look, look=look)
    if block.text is None:
        return scored
    if drawn.ink is None or inks is None:
        return scored.model_copy(update={"total": look / 3, "place": 0.0, "color": 0.0})
    place, color = text_ink(page, block).iou(drawn.ink), max(0.0, 1 - _distance(*inks) / 100)
    return scored.model_copy(update={"total": (place + color + look) / 3, "place": place, "color": color})


def _whole(page: Page, blocks: dict[BlockId, BlockScore], drawn: dict[BlockId, Drawn], likeness: Means) -> PageScore:
    """Put the texts and everything else together."""
    paired = both = 0
    fits: list[float] = []
    places: list[float] = []
    for block in page.root.walk():
        if block.text is None:
            continue
        wanted, got, scored = text_ink(page, block), drawn.get(block.id, UNSEEN).ink, blocks[block.id]
        both += wanted.area + (got.area if got else 0)
        places.append(scored.place or 0.0)
        if got:
            paired += wanted.area + got.area
            fits.append((1 + _near(wanted, got, page) + (scored.color or 0.0)) / 3)
    texts = paired / both * float(np.mean(fits)) if fits else float(not both)
    visual = likeness.within(ImageBox(0, 0, page.width, page.height))
    place = float(np.mean(places)) if places else 1.0
    return PageScore(total=0.8 * texts + 0.2 * visual, texts=texts, visual=visual, place=place)


class Means:
    """Means of a plane over boxes, each at the cost of four numbers."""

    def __init__(self, plane: Plane) -> None:
        import cv2

        self._sums = cv2.integral(plane, sdepth=cv2.CV_64F)

    def within(self, box: ImageBox) -> float:
        """Return the mean over a box; what of it lies right of the plane counts as 0, what else is outside not at all."""
        height, width = self._sums.shape
        left, right = (min(max(x, 0), width - 1) for x in (box.left, box.right))
        top, bottom = (min(max(y, 0), height - 1) for y in (box.top, box.bottom))
        sums = self._sums
        found = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        return float(found / max(1, (max(box.right, right) - left) * (bottom - top)))


def _near(a: ImageBox, b: ImageBox, page: Page) -> float:
    dx, dy = (
        (a.left + a.right - b.left - b.right) / 2 / page.width,
        (a.top + a.bottom - b.top - b.bottom) / 2 / page.height,
    )
    return 1 - max(abs(dx), abs(dy))


def _tone(first: Plane, second: Plane) -> Plane:
    """Compare colors at every pixel, 0..1; 1 is entirely other."""
    import cv2

    lightness, green, blue = cv2.split(cv2.subtract(first, second))
    far = cv2.magnitude(cv2.magnitude(lightness, green), blue)
    return np.asarray(np.minimum(far, MAX_TONE) / MAX_TONE, np.float32)


def _structure(a: Plane, b: Plane) -> Plane:
    """Compare structure at every pixel: SSIM over a square window, 0..1."""
    import cv2

    def mean(plane: Plane) -> Plane:
        return cv2.boxFilter(plane, -1, (WINDOW_PX, WINDOW_PX))  # type: ignore[return-value]

    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    both = mean(a * b) - mean_a * mean_b
    alike = (2 * mean_a * mean_b + c1) * (2 * both + c2) / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
    return np.clip(alike, 0, 1)


def _lab(image: Colors) -> Plane:
    import cv2

    return cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)  # type: ignore[return-value]


def _distance(first: Rgb, second: Rgb) -> float:
    """Return how far two colors are from one another, in Lab."""
    both = _lab(np.array([[first, second]], np.uint8))[0]
    return float(np.linalg.norm(both[0] - both[1]))


def _grey(image: Colors) -> Plane:
    import cv2

    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _extent(page: Page, size: tuple[int, int]) -> float:
    """Compare sizes; a window shows more than a page that is lower than it."""
    width, height = size
    wide = min(page.width, width) / max(page.width, width)
    return wide * min(page.height, height) / max(page.height, height) if height > VIEWPORT_HEIGHT else wide


def _pixels(box: Rect) -> ImageBox:
    left, top, right, bottom = (round(edge) for edge in box)
    return ImageBox(left, top, max(right, left + 1), max(bottom, top + 1))


def _as_large(image: Colors, other: Colors) -> Colors:
    """Cut a picture, or fill it up with grey, to the size of another."""
    canvas = np.full_like(other, 128)
    height, width = min(image.shape[0], other.shape[0]), min(image.shape[1], other.shape[1])
    canvas[:height, :width] = image[:height, :width]
    return canvas


def _grown(box: ImageBox, by: int, width: int) -> ImageBox:
    return ImageBox(max(box.left - by, 0), max(box.top - by, 0), min(box.right + by, width), box.bottom + by)
