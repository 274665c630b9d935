"""The values along a step: pictures keep their place, records come back as they were."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from vl2agent.actions import Click, Wait
from vl2agent.errors import CoordinateError
from vl2agent.geometry import ImagePoint, ScreenBox, ScreenPoint, Size
from vl2agent.steps import (
    ClickIntent,
    Decision,
    DragIntent,
    Element,
    Frame,
    Intent,
    Memory,
    MoveIntent,
    Plan,
    Receipt,
    Step,
    Target,
    Verdict,
    Window,
)

INTENT: TypeAdapter[Intent] = TypeAdapter(Intent)


@st.composite
def images(draw: st.DrawFn) -> Image.Image:
    """Draw a small picture of random colours."""
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    return Image.fromarray(random.integers(0, 256, (height, width, 3), np.uint8))


@given(images(), st.integers(-5000, 5000), st.integers(-5000, 5000))
def test_a_frame_shows_the_picture_it_was_made_of(image: Image.Image, left: int, top: int) -> None:
    """Pillow to frame to Pillow is exact, wherever the frame lies."""
    frame = Frame.from_image(image, origin=ScreenPoint(left, top))
    assert frame.image.tobytes() == image.tobytes()
    assert frame.size == Size(*image.size)
    assert frame.view.point_to_screen(ImagePoint(0, 0)) == ScreenPoint(left, top)


@given(images(), st.data())
def test_a_crop_keeps_its_place_on_the_screen(image: Image.Image, data: st.DataObject) -> None:
    """A part of a frame shows the same pixels and knows where they are."""
    frame = Frame.from_image(image, origin=ScreenPoint(-17, 23), scale=1.5)
    left, top = data.draw(st.integers(0, image.width - 1)), data.draw(st.integers(0, image.height - 1))
    right, bottom = data.draw(st.integers(left + 1, image.width)), data.draw(st.integers(top + 1, image.height))
    part = frame.crop(ScreenBox(left - 17, top + 23, right - 17, bottom + 23))
    assert part.region == ScreenBox(left - 17, top + 23, right - 17, bottom + 23)
    assert part.image.tobytes() == image.crop((left, top, right, bottom)).tobytes()
    assert part.scale == 1.5


def test_a_crop_is_cut_to_the_frame() -> None:
    """A box over the edge gives what is there; one beside the frame is refused."""
    frame = Frame.from_image(Image.new("RGB", (10, 10)))
    assert frame.crop(ScreenBox(-5, -5, 5, 5)).region == ScreenBox(0, 0, 5, 5)
    with pytest.raises(CoordinateError):
        frame.crop(ScreenBox(10, 0, 12, 5))


def test_digests_are_of_what_is_seen() -> None:
    """Equal pictures have equal digests; the unused byte, place and time do not count, size and pixels do."""
    frame = Frame.from_image(Image.new("RGB", (6, 4), "navy"))
    pixels = frame.pixels.copy()
    pixels[..., 3] = 7
    same = Frame(pixels, ScreenBox(90, 90, 96, 94), taken_at_s=5.0)
    assert same.digest == frame.digest
    assert int(frame.digest, 16) > 0
    assert Frame.from_image(Image.new("RGB", (4, 6), "navy")).digest != frame.digest
    pixels[3, 5, 0] ^= 1
    assert Frame(pixels, frame.region, 0.0).digest != frame.digest


def test_transparent_pictures_lie_on_white() -> None:
    """What is see-through in a file is white on the screen, in every mode Pillow reads."""
    assert Frame.from_image(Image.new("RGBA", (1, 1), (255, 0, 0, 0))).image.getpixel((0, 0)) == (255, 255, 255)
    assert Frame.from_image(Image.new("L", (1, 1), 128)).image.getpixel((0, 0)) == (128, 128, 128)
    assert Frame.from_image(Image.new("1", (1, 1), 1)).image.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("shape", [(4, 6, 3), (6, 4, 4), (4, 6)])
def test_a_frame_refuses_pixels_of_another_shape(shape: tuple[int, ...]) -> None:
    """Swapped sides and missing channels are mistakes, found where they are made."""
    with pytest.raises(ValueError, match="expected uint8 pixels"):
        Frame(np.zeros(shape, np.uint8), ScreenBox(0, 0, 6, 4), 0.0)


def test_a_frame_cannot_be_changed() -> None:
    """Region and time of a picture are facts."""
    frame = Frame.from_image(Image.new("RGB", (2, 2)))
    with pytest.raises(FrozenInstanceError):
        frame.scale = 2.0  # type: ignore[misc]


def test_intents_have_words_and_no_coordinates() -> None:
    """A planner cannot aim: a point in an intent is refused."""
    with pytest.raises(ValidationError):
        INTENT.validate_python({"kind": "click", "target": "Save", "point": {"x": 1, "y": 2}})
    assert INTENT.validate_python({"kind": "click", "target": "Save"}) == ClickIntent(target="Save")


def test_the_intents_are_the_eleven_verbs() -> None:
    """Intents and actions have the same kinds, so that each intent can become an action."""
    kinds = set(INTENT.json_schema()["discriminator"]["mapping"])
    assert kinds == {"click", "type", "key", "scroll", "drag", "move", "wait", "zoom", "ask_user", "done", "fail"}


@pytest.mark.parametrize("kind", ["click", "drag", "move", "zoom"])
def test_verbs_that_need_a_place_need_words(kind: str) -> None:
    """A target is never empty."""
    with pytest.raises(ValidationError):
        INTENT.validate_python({"kind": kind, "target": "", "destination": "there"})


def finished_step(intent: Intent) -> Step:
    """Build a step in which everything happened."""
    box = ScreenBox(10, 20, 110, 40)
    target = Target(words="Save", box=box, point=box.center, confidence=0.9, text="Save", role="button", source="ocr")
    return Step(
        number=1,
        plan=Plan(intent=intent, note="save it"),
        target=target,
        action=Click(point=box.center),
        decision=Decision(verdict="allow", rule="default"),
        receipt=Receipt(delivery="sent", route="xtest", duration_s=0.01),
        verdict=Verdict(outcome="changed", changed=(box,)),
        seconds=0.4,
    )


@pytest.mark.parametrize("intent", [ClickIntent(target="Save"), DragIntent(target="a", destination="b"), Wait()])
def test_a_step_comes_back_from_json(intent: Intent) -> None:
    """What a recording keeps of a step is the whole step."""
    step = finished_step(intent)
    assert Step.model_validate_json(step.model_dump_json()) == step


def test_what_did_not_happen_is_none() -> None:
    """A refused step has no receipt, and says so."""
    step = Step(number=3, plan=Plan(intent=MoveIntent(target="x")), verdict=Verdict(outcome="not found"), seconds=0)
    assert (step.target, step.action, step.receipt) == (None, None, None)


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_confidence_is_a_probability(confidence: float) -> None:
    """Scores outside 0..1 are refused where they are made."""
    with pytest.raises(ValidationError):
        Element(box=ScreenBox(0, 0, 2, 2), text="", role="button", confidence=confidence)


def test_memory_knows_its_last_step() -> None:
    """A run that did nothing yet has no last step."""
    memory = Memory()
    assert memory.last is None
    memory.steps.append(finished_step(ClickIntent(target="Save")))
    assert memory.last is memory.steps[0]


def test_windows_travel_with_a_crop() -> None:
    """A part of the screen still knows which windows there are."""
    window = Window(title="Untitled 1 - Mousepad", app="mousepad", box=ScreenBox(0, 0, 4, 4), active=True)
    frame = Frame(np.zeros((4, 4, 4), np.uint8), ScreenBox(0, 0, 4, 4), 0.0, windows=(window,))
    assert frame.crop(ScreenBox(1, 1, 3, 3)).windows == (window,)
