"""What a model found and what was read, together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vl2agent.geometry import ScreenBox
from vl2agent.perception.fusion import fuse
from vl2agent.steps import Look, Target

SCREEN = ScreenBox(0, 0, 1000, 800)
LOOK = Look(region=SCREEN, box=ScreenBox(100, 100, 180, 130), confidence=0.6, why="asked for")


def target(box: tuple[int, int, int, int], sure: float, source: str = "ocr", words: str = "Delete") -> Target:
    """Something at a place."""
    place = ScreenBox(*box)
    looks = (LOOK,) if source == "model" else ()
    return Target(
        words=words, box=place, point=place.center, confidence=sure, text="Delete", source=source, looks=looks
    )


MODEL = target((100, 100, 180, 130), 0.6, "model")
HERE, BELOW = target((110, 104, 170, 124), 0.8), target((110, 404, 170, 424), 0.8)


def test_agreement_takes_what_was_read_and_is_surer() -> None:
    """To the pixel, and with both looks told."""
    coarse = target((60, 60, 190, 130), 0.6, "model")
    fused = fuse(coarse, [HERE], SCREEN)
    assert (fused.box, fused.point, fused.source) == (HERE.box, HERE.point, "model+ocr")
    assert fused.confidence == pytest.approx(1 - 0.4 * 0.2)
    assert [look.box for look in fused.looks] == [LOOK.box, HERE.box]


@pytest.mark.parametrize("left", [100, 115])
def test_a_button_keeps_the_models_box_around_its_label(left: int) -> None:
    """All of the label is in it, and is where to click."""
    button = target((left, 98, 180, 130), 0.6, "model")
    fused = fuse(button, [HERE], SCREEN)
    assert fused.point == HERE.point
    assert fused.box == ScreenBox(min(left, 110), 98, 180, 130)


@pytest.mark.parametrize("read", [[HERE, BELOW], [BELOW, HERE]])
def test_the_model_chooses_among_texts_that_read_alike(read: list[Target]) -> None:
    """Reading alone would call it ambiguous."""
    assert fuse(MODEL, read, SCREEN).point == HERE.point


def test_a_box_around_several_does_not_choose() -> None:
    """The readings share what they are sure of; the surest is taken."""
    around = target((90, 90, 200, 430), 0.6, "model")
    assert fuse(around, [HERE, BELOW], SCREEN).confidence == pytest.approx(1 - 0.4 * 0.6)
    longer = target((100, 404, 190, 424), 0.3)
    fused = fuse(around, [HERE, longer], SCREEN)
    assert fused.point == HERE.point
    assert fused.confidence == pytest.approx(1 - 0.4 * 0.2)


def test_a_model_a_few_pixels_off_snaps() -> None:
    """Half a line beside the text is near enough, a line is not."""
    off = target((110, 126, 170, 140), 0.6, "model")
    assert fuse(off, [HERE], SCREEN).box == HERE.box
    assert fuse(target((110, 140, 170, 160), 0.6, "model"), [HERE], SCREEN).source != "model+ocr"


def test_words_that_are_read_elsewhere_lower_confidence() -> None:
    """The likelier one is the target, less sure than alone; both are told."""
    read, said = fuse(MODEL, [BELOW], SCREEN), fuse(MODEL.model_copy(update={"confidence": 0.95}), [BELOW], SCREEN)
    assert (read.box, said.box) == (BELOW.box, MODEL.box)
    assert read.confidence < 0.8
    assert said.confidence < 0.95
    assert [look.box for look in read.looks] == [look.box for look in said.looks] == [MODEL.box, BELOW.box]


def test_a_doubtful_reading_elsewhere_says_nothing() -> None:
    """Nor does none at all."""
    assert fuse(MODEL, [BELOW.model_copy(update={"confidence": 0.3})], SCREEN) == MODEL
    assert fuse(MODEL, [], SCREEN) == MODEL


def test_an_icon_stays_the_models() -> None:
    """Its name may well be written elsewhere."""
    icon = target((100, 100, 180, 130), 0.6, "model", "the Delete icon")
    assert fuse(icon, [BELOW], SCREEN) == icon


@given(st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_confidence_stays_a_probability(model: float, read: float, agree: bool) -> None:
    """Agreement never lowers it, disagreement never raises it."""
    said = MODEL.model_copy(update={"confidence": model})
    reading = (HERE if agree else BELOW).model_copy(update={"confidence": read})
    fused = fuse(said, [reading], SCREEN)
    assert 0 <= fused.confidence <= 1
    if agree:
        assert fused.confidence >= max(model, read) - 1e-9
    elif fused.looks != said.looks:
        assert fused.confidence <= (read if fused.box == BELOW.box else model) + 1e-9
