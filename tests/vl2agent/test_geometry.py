"""Coordinate spaces: every conversion keeps its promise at any size, scale and offset."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vl2agent.errors import CoordinateError
from vl2agent.geometry import (
    GRID_MAX,
    Display,
    GridBox,
    GridPoint,
    ImageBox,
    ImagePoint,
    LogicalPoint,
    ScreenBox,
    ScreenPoint,
    Size,
    View,
)

SCALES = (1.0, 1.25, 1.5, 2.0)
sides = st.integers(1, 4000)
sizes = st.builds(Size, sides, sides)
offsets = st.integers(-8000, 8000)  # displays left of and above the first have negative origins
screen_points = st.builds(ScreenPoint, offsets, offsets)
grid_values = st.integers(0, GRID_MAX)
grid_points = st.builds(GridPoint, grid_values, grid_values)


def boxed(left: int, top: int, size: Size) -> ScreenBox:
    """Put a box of some size somewhere."""
    return ScreenBox(left, top, left + size.width_px, top + size.height_px)


regions = st.builds(boxed, offsets, offsets, sizes)
views = st.builds(View, regions, sizes)
displays = st.builds(
    Display,
    name=st.just("display"),
    box=regions,
    scale=st.sampled_from(SCALES),
    logical_origin=st.builds(LogicalPoint, offsets.map(float), offsets.map(float)),
)


@st.composite
def grid_boxes(draw: st.DrawFn) -> GridBox:
    """Draw any box of the grid."""
    left, top = draw(st.integers(0, GRID_MAX - 1)), draw(st.integers(0, GRID_MAX - 1))
    return GridBox(left, top, draw(st.integers(left + 1, GRID_MAX)), draw(st.integers(top + 1, GRID_MAX)))


@st.composite
def points_in(draw: st.DrawFn, box: ScreenBox) -> ScreenPoint:
    """Draw a pixel of a box."""
    return ScreenPoint(draw(st.integers(box.left, box.right - 1)), draw(st.integers(box.top, box.bottom - 1)))


def test_a_click_on_the_last_grid_cell_stays_on_the_screen() -> None:
    """999 maps to the last pixel, not one past it."""
    assert GridPoint(999, 999).on(Size(1920, 1080)) == ImagePoint(1919, 1079)


def test_the_whole_grid_is_the_whole_image() -> None:
    """A box over the grid covers the image to its exclusive edges."""
    assert GridBox(0, 0, 999, 999).on(Size(1921, 1079)) == ImageBox(0, 0, 1921, 1079)


@given(grid_points, sizes)
@example(GridPoint(999, 0), Size(1, 1))
def test_a_grid_point_is_always_a_pixel_of_the_image(point: GridPoint, size: Size) -> None:
    """No grid point maps outside an image, however small."""
    pixel = point.on(size)
    assert 0 <= pixel.x < size.width_px
    assert 0 <= pixel.y < size.height_px


@given(grid_points, st.builds(Size, st.integers(1000, 8000), st.integers(1000, 8000)), offsets, offsets)
def test_a_grid_point_comes_back_from_a_large_screen(point: GridPoint, size: Size, left: int, top: int) -> None:
    """Grid to screen to grid is the identity where pixels are finer than the grid."""
    view = View(boxed(left, top, size), Size(384, 384))
    assert view.point_to_grid(view.grid_point_to_screen(point)) == point


@given(st.data(), regions)
def test_a_screen_point_comes_back_from_the_grid_within_half_a_cell(data: st.DataObject, region: ScreenBox) -> None:
    """Screen to grid to screen is off by half a grid cell at most, plus rounding."""
    point = data.draw(points_in(region))
    view = View(region, region.size)
    back = view.grid_point_to_screen(view.point_to_grid(point))
    assert region.contains(back)
    assert abs(back.x - point.x) <= (region.width - 1) / GRID_MAX / 2 + 0.5 + 1e-9
    assert abs(back.y - point.y) <= (region.height - 1) / GRID_MAX / 2 + 0.5 + 1e-9


@given(grid_boxes(), views)
def test_a_grid_box_lies_on_its_region(box: GridBox, view: View) -> None:
    """A model's box is never empty and never leaves the region it was asked about."""
    on_screen = view.grid_box_to_screen(box)
    assert view.region.intersection(on_screen) == on_screen


@given(st.data(), views)
def test_a_screen_box_comes_back_from_the_grid_within_a_cell(data: st.DataObject, view: View) -> None:
    """Each edge goes to the nearest line of the grid, and a box keeps at least one cell."""
    one, other = data.draw(points_in(view.region)), data.draw(points_in(view.region))
    box = ScreenBox(min(one.x, other.x), min(one.y, other.y), max(one.x, other.x) + 1, max(one.y, other.y) + 1)
    back = view.grid_box_to_screen(view.box_to_grid(box))
    cells = (view.region.width / GRID_MAX, view.region.height / GRID_MAX) * 2
    assert all(abs(a - b) <= cell + 1 for a, b, cell in zip(back.edges, box.edges, cells, strict=True))


@given(st.data(), views)
def test_an_image_pixel_maps_into_the_region(data: st.DataObject, view: View) -> None:
    """Every pixel of the sent image stands for a pixel of the region."""
    x = data.draw(st.integers(0, view.image.width_px - 1))
    y = data.draw(st.integers(0, view.image.height_px - 1))
    assert view.region.contains(view.point_to_screen(ImagePoint(x, y)))


@given(st.data(), views)
def test_a_screen_pixel_maps_into_the_image(data: st.DataObject, view: View) -> None:
    """Every pixel of the region is shown by a pixel of the sent image."""
    shown = view.point_to_image(data.draw(points_in(view.region)))
    assert 0 <= shown.x < view.image.width_px
    assert 0 <= shown.y < view.image.height_px


@given(st.data(), regions)
def test_at_native_resolution_points_are_moved_and_nothing_else(data: st.DataObject, region: ScreenBox) -> None:
    """A frame's own view is exact in both directions."""
    point = data.draw(points_in(region))
    view = View(region, region.size)
    assert view.point_to_image(point) == ImagePoint(point.x - region.left, point.y - region.top)
    assert view.point_to_screen(view.point_to_image(point)) == point


@given(st.data(), regions, st.sampled_from((2, 3, 4)))
def test_a_point_of_a_shrunk_image_comes_back(data: st.DataObject, region: ScreenBox, factor: int) -> None:
    """Image to screen to image is the identity when the image is the smaller one."""
    assume(min(region.width, region.height) >= factor)
    view = View(region, Size(region.width // factor, region.height // factor))
    x = data.draw(st.integers(0, view.image.width_px - 1))
    y = data.draw(st.integers(0, view.image.height_px - 1))
    assert view.point_to_image(view.point_to_screen(ImagePoint(x, y))) == ImagePoint(x, y)


@given(st.data(), regions, st.sampled_from((1, 2, 3)))
def test_a_box_of_an_enlarged_image_comes_back(data: st.DataObject, region: ScreenBox, factor: int) -> None:
    """Screen to image to screen keeps a box when the image has whole multiples of the region's pixels."""
    view = View(region, Size(region.width * factor, region.height * factor))
    first, last = data.draw(points_in(region)), data.draw(points_in(region))
    box = ScreenBox(min(first.x, last.x), min(first.y, last.y), max(first.x, last.x) + 1, max(first.y, last.y) + 1)
    assert view.box_to_screen(view.box_to_image(box)) == box


@given(regions, views)
def test_boxes_are_clamped_to_the_view(box: ScreenBox, view: View) -> None:
    """A box that leaves the region is cut to the image, and is never empty."""
    shown = view.box_to_image(box)
    assert ImageBox(0, 0, view.image.width_px, view.image.height_px).intersection(shown) == shown
    back = view.box_to_screen(shown)
    assert view.region.intersection(back) == back


@given(views, regions)
def test_a_crop_is_the_native_part_that_both_cover(view: View, part: ScreenBox) -> None:
    """Zooming in shows the common part, one image pixel for each screen pixel."""
    common = view.region.intersection(part)
    if common is None:
        with pytest.raises(CoordinateError):
            view.crop(part)
    else:
        assert view.crop(part) == View(common, common.size)


@given(st.data(), displays)
@example(None, Display("second", ScreenBox(-1921, -300, 0, 781), 1.25, LogicalPoint(-1536.8, -240.0)))
def test_a_pixel_comes_back_from_logical_points(data: st.DataObject | None, display: Display) -> None:
    """Physical to logical to physical is the identity at every scale and origin."""
    box = display.box
    point = data.draw(points_in(box)) if data else ScreenPoint(box.left, box.bottom - 1)
    assert display.to_physical(display.to_logical(point)) == point


@given(displays, st.builds(LogicalPoint, st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)))
def test_a_logical_point_is_clamped_to_its_display(display: Display, point: LogicalPoint) -> None:
    """No logical point maps outside the display it was given to."""
    assert display.box.contains(display.to_physical(point))


@pytest.mark.parametrize("scale", SCALES)
def test_neighbouring_displays_do_not_share_pixels(scale: float) -> None:
    """Two monitors side by side: the edge belongs to the right one."""
    left = Display("left", ScreenBox(-1280, 0, 0, 1024))
    right = Display("right", ScreenBox(0, 0, 2561, 1441), scale)
    assert not left.box.contains(ScreenPoint(0, 0))
    assert right.to_logical(ScreenPoint(0, 0)) == LogicalPoint(0, 0)
    assert left.to_physical(left.to_logical(ScreenPoint(-1, 5))) == ScreenPoint(-1, 5)


@given(screen_points, regions)
def test_a_point_comes_back_from_a_window(point: ScreenPoint, window: ScreenBox) -> None:
    """Screen to window to screen is the identity, inside or outside the window."""
    assert point.in_window(window).on_screen(window) == point


@given(screen_points, regions)
def test_clamping_moves_a_point_inside_and_no_further(point: ScreenPoint, box: ScreenBox) -> None:
    """Clamping puts a point inside, leaves inner points alone, and is done after once."""
    clamped = box.clamp(point)
    assert box.contains(clamped)
    assert (clamped == point) == box.contains(point)
    assert box.clamp(clamped) == clamped


@given(regions, regions)
def test_an_intersection_is_inside_both(first: ScreenBox, second: ScreenBox) -> None:
    """What two boxes share is symmetric and inside each; boxes that only touch share nothing."""
    common = first.intersection(second)
    assert common == second.intersection(first)
    if common is not None:
        assert first.intersection(common) == common == second.intersection(common)
    assert first.intersection(boxed(first.right, first.top, first.size)) is None


@given(regions)
def test_a_center_is_inside(box: ScreenBox) -> None:
    """A click on a box's center hits the box, even one of a single pixel."""
    assert box.contains(box.center)
    assert box.area == box.width * box.height == math.prod((box.size.width_px, box.size.height_px))


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, 1000), (1000, 5)])
def test_the_grid_has_no_other_points(x: int, y: int) -> None:
    """A number outside 0..999 is refused, not clamped: it is a model's mistake."""
    with pytest.raises(CoordinateError):
        GridPoint(x, y)


@pytest.mark.parametrize("edges", [(5, 5, 5, 9), (9, 1, 3, 2), (0, 7, 4, 7)])
def test_boxes_are_never_empty(edges: tuple[int, int, int, int]) -> None:
    """A box without a pixel in it is refused in every space."""
    for kind in (ScreenBox, ImageBox, GridBox):
        with pytest.raises(CoordinateError):
            kind(*edges)


def test_points_outside_are_refused_by_conversions() -> None:
    """A point of another place is an error, never silently moved."""
    view = View(ScreenBox(-100, 0, 0, 100), Size(50, 50))
    with pytest.raises(CoordinateError, match="image of 50x50"):
        view.point_to_screen(ImagePoint(50, 0))
    with pytest.raises(CoordinateError):
        view.point_to_image(ScreenPoint(0, 0))
    with pytest.raises(CoordinateError):
        view.point_to_grid(ScreenPoint(-101, 0))


@pytest.mark.parametrize("scale", [0.0, -1.0, math.inf, math.nan])
def test_a_display_has_a_real_scale(scale: float) -> None:
    """A scale that nothing can be divided by is refused."""
    with pytest.raises(CoordinateError):
        Display("broken", ScreenBox(0, 0, 10, 10), scale)


@pytest.mark.parametrize(
    ("other", "iou"),
    [(ScreenBox(0, 0, 10, 10), 1.0), (ScreenBox(10, 0, 20, 10), 0.0), (ScreenBox(5, 0, 15, 10), 1 / 3)],
)
def test_boxes_are_compared_by_what_they_share(other: ScreenBox, iou: float) -> None:
    """All, nothing, or half of each."""
    box = ScreenBox(0, 0, 10, 10)
    assert box.iou(other) == other.iou(box) == pytest.approx(iou)
    assert box.union(other).intersection(other) == other
    assert box.union(other).area == max(box.right, other.right) * 10


def test_a_box_around_others_holds_them_and_no_more() -> None:
    """Its edges are the outermost of theirs."""
    boxes = [ImageBox(4, 2, 8, 9), ImageBox(1, 5, 3, 7), ImageBox(2, 6, 3, 12)]
    whole = ImageBox.around(boxes)
    assert whole == ImageBox(1, 2, 8, 12)
    assert [whole.holds(box) for box in boxes] == [True] * 3
    assert not any(box.holds(whole) for box in boxes)
