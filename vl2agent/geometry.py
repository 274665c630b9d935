"""Coordinate spaces, one type each, and the only conversions between them.

GridPoint, GridBox        the model's 0..999 grid over the image it was sent
ImagePoint, ImageBox      pixels of an image: a frame, a crop of it, or a resized copy
ScreenPoint, ScreenBox    physical pixels of the virtual desktop; may be negative left of or above the first display
LogicalPoint              what a scaled desktop or a browser calls a pixel: physical / scale
WindowPoint               physical pixels from a window's top left corner

A point names a pixel. A box names edges: left and top inclusive, right and bottom exclusive.
`View` ties an image to the part of the screen it shows, `Display` ties physical to logical.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from vl2agent.errors import CoordinateError

GRID_MAX = 999


@dataclass(frozen=True, slots=True)
class Size:
    """A width and a height in pixels, both at least 1."""

    width_px: int
    height_px: int

    def __post_init__(self) -> None:
        if self.width_px < 1 or self.height_px < 1:
            raise CoordinateError((self.width_px, self.height_px), "sizes of at least 1x1")

    def __str__(self) -> str:
        return f"{self.width_px}x{self.height_px}"


@dataclass(frozen=True, slots=True)
class ScreenPoint:
    """A physical pixel of the virtual desktop."""

    x: int
    y: int

    def in_window(self, window: ScreenBox) -> WindowPoint:
        """Measure from the window's corner instead of the desktop's."""
        return WindowPoint(self.x - window.left, self.y - window.top)

    def __str__(self) -> str:
        return f"({self.x}, {self.y})"


@dataclass(frozen=True, slots=True)
class WindowPoint:
    """A physical pixel, measured from a window's top left corner."""

    x: int
    y: int

    def on_screen(self, window: ScreenBox) -> ScreenPoint:
        """Measure from the desktop's origin instead of the window's corner."""
        return ScreenPoint(self.x + window.left, self.y + window.top)


@dataclass(frozen=True, slots=True)
class LogicalPoint:
    """A point in a scaled desktop's or a page's own units (physical / scale)."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ImagePoint:
    """A pixel of an image."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class GridPoint:
    """A point on the model's 0..999 grid, as written between <|det|> tags."""

    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.x <= GRID_MAX and 0 <= self.y <= GRID_MAX):
            raise CoordinateError((self.x, self.y), "the grid 0..999")

    def on(self, size: Size) -> ImagePoint:
        """Map to a pixel; 999 is the last column, not one past it."""
        return ImagePoint(
            round(self.x / GRID_MAX * (size.width_px - 1)), round(self.y / GRID_MAX * (size.height_px - 1))
        )


@dataclass(frozen=True, slots=True)
class _Box:
    """Edges of a rectangle with whole pixels, never empty."""

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if self.right <= self.left or self.bottom <= self.top:
            raise CoordinateError(
                (self.left, self.top, self.right, self.bottom), "boxes with left < right and top < bottom"
            )

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def size(self) -> Size:
        return Size(self.width, self.height)

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """(left, top, right, bottom), as Pillow's crop and draw take them."""
        return self.left, self.top, self.right, self.bottom

    def __str__(self) -> str:
        return f"[{self.left}, {self.top}, {self.right}, {self.bottom}]"


@dataclass(frozen=True, slots=True)
class ScreenBox(_Box):
    """A rectangle of physical pixels."""

    @property
    def center(self) -> ScreenPoint:
        return ScreenPoint((self.left + self.right - 1) // 2, (self.top + self.bottom - 1) // 2)

    def contains(self, point: ScreenPoint) -> bool:
        return self.left <= point.x < self.right and self.top <= point.y < self.bottom

    def clamp(self, point: ScreenPoint) -> ScreenPoint:
        """Move a point to the nearest pixel inside."""
        return ScreenPoint(min(max(point.x, self.left), self.right - 1), min(max(point.y, self.top), self.bottom - 1))

    def intersection(self, other: ScreenBox) -> ScreenBox | None:
        """Return what both cover, or None when they do not touch."""
        edges = _overlap(self.edges, other.edges)
        return ScreenBox(*edges) if edges else None

    def union(self, other: ScreenBox) -> ScreenBox:
        """Return the smallest box around both."""
        return ScreenBox(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def iou(self, other: ScreenBox) -> float:
        """Return the area that both cover as a share of the area that either covers."""
        both = self.intersection(other)
        return both.area / (self.area + other.area - both.area) if both else 0.0


@dataclass(frozen=True, slots=True)
class ImageBox(_Box):
    """A rectangle of an image's pixels."""

    @property
    def center(self) -> ImagePoint:
        return ImagePoint((self.left + self.right - 1) // 2, (self.top + self.bottom - 1) // 2)

    def intersection(self, other: ImageBox) -> ImageBox | None:
        """Return what both cover, or None when they do not touch."""
        edges = _overlap(self.edges, other.edges)
        return ImageBox(*edges) if edges else None

    def union(self, other: ImageBox) -> ImageBox:
        """Return the smallest box around both."""
        return ImageBox(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    @classmethod
    def around(cls, boxes: Iterable[ImageBox]) -> ImageBox:
        """Return the smallest box around some, at least one."""
        lefts, tops, rights, bottoms = zip(*(box.edges for box in boxes), strict=True)
        return cls(min(lefts), min(tops), max(rights), max(bottoms))

    def holds(self, other: ImageBox) -> bool:
        """Tell whether all of another box lies in this one."""
        return (
            self.left <= other.left and self.top <= other.top
            and other.right <= self.right and other.bottom <= self.bottom
        )  # fmt: skip

    def iou(self, other: ImageBox) -> float:
        """Return the area that both cover as a share of the area that either covers."""
        both = self.intersection(other)
        return both.area / (self.area + other.area - both.area) if both else 0.0


@dataclass(frozen=True, slots=True)
class GridBox:
    """A box on the model's grid, as written between <|det|> tags; edges, not pixels."""

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= GRID_MAX and 0 <= self.top < self.bottom <= GRID_MAX):
            raise CoordinateError(
                (self.left, self.top, self.right, self.bottom), "the grid 0..999 with left < right and top < bottom"
            )

    def on(self, size: Size) -> ImageBox:
        """Map edges to v/999 of the size, clamped and at least one pixel wide and high."""
        left, right = _grid_edges(self.left, self.right, size.width_px)
        top, bottom = _grid_edges(self.top, self.bottom, size.height_px)
        return ImageBox(left, top, right, bottom)


@dataclass(frozen=True, slots=True)
class View:
    """The part of the screen that an image shows, and the size it shows it at."""

    region: ScreenBox
    image: Size

    def point_to_screen(self, point: ImagePoint) -> ScreenPoint:
        """Map an image pixel's middle to the physical pixel under it, clamped to the region.

        Raises:
            CoordinateError: the point is outside the image.
        """
        if not (0 <= point.x < self.image.width_px and 0 <= point.y < self.image.height_px):
            raise CoordinateError((point.x, point.y), f"an image of {self.image}")
        x = self.region.left + _middle(point.x, self.image.width_px, self.region.width)
        y = self.region.top + _middle(point.y, self.image.height_px, self.region.height)
        return self.region.clamp(ScreenPoint(x, y))

    def point_to_image(self, point: ScreenPoint) -> ImagePoint:
        """Map a physical pixel's middle to the image pixel that shows it.

        Raises:
            CoordinateError: the point is outside the region.
        """
        if not self.region.contains(point):
            raise CoordinateError((point.x, point.y), f"the region {self.region}")
        x = _middle(point.x - self.region.left, self.region.width, self.image.width_px)
        y = _middle(point.y - self.region.top, self.region.height, self.image.height_px)
        return ImagePoint(min(x, self.image.width_px - 1), min(y, self.image.height_px - 1))

    def box_to_screen(self, box: ImageBox) -> ScreenBox:
        """Map a box's edges to the screen, clamped to the region."""
        left, right = _edges(box.left, box.right, self.image.width_px, self.region.width)
        top, bottom = _edges(box.top, box.bottom, self.image.height_px, self.region.height)
        dx, dy = self.region.left, self.region.top
        return ScreenBox(left + dx, top + dy, right + dx, bottom + dy)

    def box_to_image(self, box: ScreenBox) -> ImageBox:
        """Map a box's edges to the image, clamped to it."""
        dx, dy = self.region.left, self.region.top
        left, right = _edges(box.left - dx, box.right - dx, self.region.width, self.image.width_px)
        top, bottom = _edges(box.top - dy, box.bottom - dy, self.region.height, self.image.height_px)
        return ImageBox(left, top, right, bottom)

    def grid_point_to_screen(self, point: GridPoint) -> ScreenPoint:
        """Map a model's answer about this image to the screen, at the region's own resolution."""
        on_region = point.on(self.region.size)
        return ScreenPoint(self.region.left + on_region.x, self.region.top + on_region.y)

    def grid_box_to_screen(self, box: GridBox) -> ScreenBox:
        """Map a model's box about this image to the screen, at the region's own resolution."""
        on_region = box.on(self.region.size)
        dx, dy = self.region.left, self.region.top
        return ScreenBox(on_region.left + dx, on_region.top + dy, on_region.right + dx, on_region.bottom + dy)

    def point_to_grid(self, point: ScreenPoint) -> GridPoint:
        """Map a physical pixel to the nearest grid point.

        Raises:
            CoordinateError: the point is outside the region.
        """
        if not self.region.contains(point):
            raise CoordinateError((point.x, point.y), f"the region {self.region}")
        return GridPoint(
            round((point.x - self.region.left) / max(1, self.region.width - 1) * GRID_MAX),
            round((point.y - self.region.top) / max(1, self.region.height - 1) * GRID_MAX),
        )

    def box_to_grid(self, box: ScreenBox) -> GridBox:
        """Map a box's edges to the nearest lines of the grid, clamped to it."""
        dx, dy = self.region.left, self.region.top
        left, right = _edges(box.left - dx, box.right - dx, self.region.width, GRID_MAX)
        top, bottom = _edges(box.top - dy, box.bottom - dy, self.region.height, GRID_MAX)
        return GridBox(left, top, right, bottom)

    def crop(self, region: ScreenBox) -> View:
        """Return the view of a part at native resolution.

        Raises:
            CoordinateError: nothing of the part is in the region.
        """
        part = self.region.intersection(region)
        if part is None:
            raise CoordinateError(region, f"the region {self.region}")
        return View(part, part.size)


@dataclass(frozen=True, slots=True)
class Display:
    """One monitor: where it lies in physical pixels, its scale, and where its logical origin is."""

    name: str
    box: ScreenBox
    scale: float = 1.0
    logical_origin: LogicalPoint = LogicalPoint(0.0, 0.0)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.scale) and self.scale > 0):
            raise CoordinateError(self.scale, "scales above 0")

    def to_logical(self, point: ScreenPoint) -> LogicalPoint:
        """Divide by the scale, from this display's origin."""
        return LogicalPoint(
            self.logical_origin.x + (point.x - self.box.left) / self.scale,
            self.logical_origin.y + (point.y - self.box.top) / self.scale,
        )

    def to_physical(self, point: LogicalPoint) -> ScreenPoint:
        """Multiply by the scale, round to a pixel, clamp to this display."""
        return self.box.clamp(
            ScreenPoint(
                self.box.left + round((point.x - self.logical_origin.x) * self.scale),
                self.box.top + round((point.y - self.logical_origin.y) * self.scale),
            )
        )


_Edges = tuple[int, int, int, int]


def _overlap(a: _Edges, b: _Edges) -> _Edges | None:
    left, top, right, bottom = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def _middle(pixel: int, from_px: int, to_px: int) -> int:
    """Scale a pixel by its middle, so that equal sizes map a pixel to itself."""
    return math.floor((pixel + 0.5) * to_px / from_px)


def _edges(low: int, high: int, from_px: int, to_px: int) -> tuple[int, int]:
    """Scale two edges, clamp them to 0..to_px and keep at least one pixel between them."""
    first = min(max(round(low * to_px / from_px), 0), to_px - 1)
    last = min(max(round(high * to_px / from_px), 0), to_px)
    return first, max(last, first + 1)


def _grid_edges(low: int, high: int, to_px: int) -> tuple[int, int]:
    return _edges(low, high, GRID_MAX, to_px)
