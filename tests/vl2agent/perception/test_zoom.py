"""When, where and whether to believe a closer look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vl2agent.canvas import sight
from vl2agent.completion import Coordinate, Located
from vl2agent.geometry import GRID_MAX, GridBox, ScreenBox, View
from vl2agent.perception.zoom import GAIN, Sighting, closer, contradiction

HD = ScreenBox(0, 0, 1920, 1080)
LARGE = ScreenBox(-2560, 100, 0, 1540)


def seen(box: tuple[int, int, int, int], region: ScreenBox = HD, sure: float = 0.9, off: float = 0.0) -> Sighting:
    """An answer; each edge is expected `off` grid units beside its value."""
    edges = tuple(Coordinate(value=at, confidence=0.5, expected=at + off) for at in box)
    return Sighting(region, Located(words="x", box=GridBox(*box), confidence=sure, edges=edges))


@st.composite
def sightings(draw: st.DrawFn) -> tuple[Sighting, ScreenBox]:
    """Any answer about any frame, or about any part of one."""
    left, top = draw(st.integers(-3000, 3000)), draw(st.integers(-3000, 3000))
    frame = ScreenBox(left, top, left + draw(st.integers(64, 4000)), top + draw(st.integers(64, 4000)))
    width, height = draw(st.integers(1, frame.width)), draw(st.integers(1, frame.height))
    x, y = draw(st.integers(0, frame.width - width)), draw(st.integers(0, frame.height - height))
    region = ScreenBox(left + x, top + y, left + x + width, top + y + height)
    x1, y1 = draw(st.integers(0, GRID_MAX - 1)), draw(st.integers(0, GRID_MAX - 1))
    across, down = draw(st.integers(1, 300)), draw(st.integers(1, 300))
    box = x1, y1, min(x1 + across, GRID_MAX), min(y1 + down, GRID_MAX)
    off = draw(st.floats(-300, 300))
    return seen(box, region, draw(st.floats(0, 1)), off), frame


@given(sightings())
def test_a_closer_look_holds_the_box_and_shows_it_larger(case: tuple[Sighting, ScreenBox]) -> None:
    """A part of the frame, with all of the box, at the screen's own resolution or larger."""
    answer, frame = case
    again = closer(answer, frame, sight)
    if again is None:
        return
    assert again.region.intersection(frame) == again.region
    assert answer.box.intersection(again.region) == answer.box
    assert sight(again.region.size) >= max(1, GAIN * sight(answer.region.size))
    assert again.why


@given(sightings())
def test_a_point_in_the_crop_maps_back_to_within_a_pixel(case: tuple[Sighting, ScreenBox]) -> None:
    """Grid rounding in a crop of at most 999 pixels costs no more than one."""
    answer, frame = case
    again = closer(answer, frame, sight)
    if again is None or max(again.region.width, again.region.height) > GRID_MAX:
        return
    view, point = View(again.region, again.region.size), answer.box.center
    back = view.grid_point_to_screen(view.point_to_grid(point))
    assert abs(back.x - point.x) <= 1
    assert abs(back.y - point.y) <= 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (seen((500, 500, 508, 510)), "small"),
        (seen((500, 500, 600, 600), sure=0.3), "unsure"),
        (seen((500, 500, 600, 600), LARGE), "reduced"),
    ],
)
def test_each_doubt_is_named(answer: Sighting, reason: str) -> None:
    """With its numbers, for the trace."""
    again = closer(answer, answer.region, sight)
    assert again is not None
    assert again.why.startswith(reason)
    assert "below" in again.why


def test_a_large_sure_box_stands() -> None:
    """A second look would only cost."""
    assert closer(seen((400, 400, 600, 500)), HD, sight) is None


def test_a_backend_that_tells_no_digits_is_not_unsure() -> None:
    """Nothing is known, which is no doubt."""
    silent = Sighting(HD, Located(words="x", box=GridBox(400, 400, 600, 500)))
    assert closer(silent, HD, sight) is None


def test_uncertain_digits_widen_the_crop() -> None:
    """The thing may be where the second likeliest digit points."""
    sure, torn = closer(seen((500, 500, 508, 510)), HD, sight), closer(seen((500, 500, 508, 510), off=120), HD, sight)
    assert sure is not None
    assert torn is not None
    assert torn.region.width > sure.region.width + 200


def test_what_is_enlarged_enough_is_not_looked_at_again() -> None:
    """Twice the screen's own pixels show no more."""
    small = closer(seen((500, 500, 503, 505)), HD, sight)
    assert small is not None
    assert closer(seen((480, 480, 520, 520), small.region), HD, sight) is None


BEFORE = seen((500, 500, 510, 510))
CROP = ScreenBox(860, 440, 1076, 656)


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (seen((467, 463, 560, 510), CROP), ""),
        (seen((0, 0, 50, 50), CROP), "elsewhere"),
        (seen((5, 5, 995, 995), CROP), "fills"),
        (seen((467, 463, 560, 510), CROP, sure=0.002), "less sure"),
    ],
)
def test_a_wild_second_answer_is_not_believed(after: Sighting, why: str) -> None:
    """It says why; an answer that fits says nothing."""
    said = contradiction(BEFORE, after)
    assert why in said
    assert bool(why) == bool(said)
