"""The pictures of a page: each frame once, small enough, and quick to show.

A picture that is much like one before it is kept as that one and patches on it, which may lie on patches in turn, but
not on many: any step is shown by decoding one whole picture and a few patches.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field

from PIL import Image

from vl2agent.geometry import ScreenBox, Size
from vl2agent.recording.reader import Recording
from vl2agent.steps import Frame
from vl2agent.tiles import dirty_regions

BUDGET_BYTES = 20_000_000
"""What pictures may take; as text on the page a third more, which leaves a page below 30 MB room for its words."""

THUMB_WIDTH_PX = 192
MOST_SIDE_PX = 16_383
"""What WebP can hold."""

MOST_PATCHED = 0.5
"""Of a picture; where more has changed it is kept whole."""

MOST_LAYERS = 4
"""Patches on patches."""


@dataclass(frozen=True)
class Fidelity:
    """How well pictures are kept: WebP's quality, and by how much they are made smaller."""

    quality: int
    scale: float = 1.0


FIDELITIES = (Fidelity(84), Fidelity(70), Fidelity(60, 0.75), Fidelity(50, 0.5), Fidelity(40, 0.33), Fidelity(30, 0.2))
"""Tried in this order until the budget is kept; the last one is taken in any case."""


@dataclass(frozen=True)
class Kept:
    """One picture: a blob of its own (`whole`), or an earlier picture (`base`) and patches on it.

    `patches` are (left, top, blob) in the picture's pixels.
    """

    size: Size
    thumb: int
    whole: int | None = None
    base: int | None = None
    patches: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True)
class _Base:
    """A picture to lay patches on, and how many layers of them it has itself."""

    frame: Frame
    number: int
    layers: int


@dataclass
class Pictures:
    """All pictures of a page.

    `of_frame` says which picture a frame has; frames that look alike share one, and a gap has none.
    """

    fidelity: Fidelity
    blobs: list[bytes] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    of_frame: dict[int, int] = field(default_factory=dict)
    total_bytes: int = 0
    _bases: list[_Base] = field(default_factory=list)

    def add(self, frame: Frame) -> int:
        """Keep one more picture; return its number."""
        image = _scaled(frame.image, min(self.fidelity.scale, MOST_SIDE_PX / max(frame.image.size)))
        frame = frame if image is frame.image else Frame.from_image(image)
        number, size, thumb = len(self.kept), Size(*image.size), self._blob(_thumbnail(image))
        base, changed = self._like(frame)
        if base is None:
            self.kept.append(Kept(size, thumb, whole=self._blob(image)))
            self._bases = [_Base(frame, number, 0)]
        else:
            patches = tuple((*_place(box, frame), self._blob(frame.crop(box).image)) for box in changed)
            self.kept.append(Kept(size, thumb, base=base.number, patches=patches))
            self._bases[1:] = [_Base(frame, number, base.layers + 1)]
        return number

    def _like(self, frame: Frame) -> tuple[_Base | None, tuple[ScreenBox, ...]]:
        """Choose what to lay patches on, the last whole picture or the last one, and say where they are needed."""
        least, chosen = MOST_PATCHED * frame.region.area, None
        boxes: tuple[ScreenBox, ...] = ()
        for base in self._bases:
            changed = dirty_regions(base.frame, frame) if base.layers < MOST_LAYERS else (frame.region,)
            if (area := sum(box.area for box in changed)) < least:
                least, chosen, boxes = area, base, changed
        return chosen, boxes

    def _blob(self, image: Image.Image) -> int:
        data = io.BytesIO()
        image.save(data, "WEBP", quality=self.fidelity.quality, method=2, use_sharp_yuv=True)
        self.blobs.append(data.getvalue())
        self.total_bytes += len(self.blobs[-1])
        return len(self.blobs) - 1


def pictures_of(recording: Recording, frames: Iterable[int], budget_bytes: int = BUDGET_BYTES) -> Pictures:
    """Keep the pictures of these frames, as good as they fit the budget.

    Raises:
        RecordingError: a picture is missing or damaged.
    """
    wanted = sorted(set(frames))
    for fidelity in FIDELITIES:
        pictures = _kept(recording, wanted, fidelity, budget_bytes)
        if pictures is not None:
            return pictures
    raise AssertionError("the last fidelity has no budget")


def _kept(recording: Recording, frames: list[int], fidelity: Fidelity, budget_bytes: int) -> Pictures | None:
    """Keep them all; None as soon as the budget is exceeded."""
    pictures, known = Pictures(fidelity), dict[str, int]()
    for number in frames:
        digest = recording.digest(number)
        if digest is None:
            continue
        if digest not in known:
            frame = recording.frame(number)
            assert frame is not None
            known[digest] = pictures.add(frame)
        pictures.of_frame[number] = known[digest]
        if pictures.total_bytes > budget_bytes and fidelity is not FIDELITIES[-1]:
            return None
    return pictures


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    if scale >= 1:
        return image
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), reducing_gap=2)


def _thumbnail(image: Image.Image) -> Image.Image:
    height = max(1, round(image.height * THUMB_WIDTH_PX / image.width))
    return image.resize((THUMB_WIDTH_PX, min(height, 2 * THUMB_WIDTH_PX)), Image.Resampling.BILINEAR, reducing_gap=3)


def _place(box: ScreenBox, frame: Frame) -> tuple[int, int]:
    return box.left - frame.region.left, box.top - frame.region.top
