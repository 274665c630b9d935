"""Reading only what changed, with the real networks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import ImageDraw, ImageFont

from vl2agent.errors import MissingExtra
from vl2agent.perception.engine import OnnxTextEngine
from vl2agent.perception.network import Network
from vl2agent.perception.ocr import Reader
from vl2agent.perception.text import Line
from vl2agent.steps import Frame, Pixels

Screens = Callable[[str], Frame]


class Counting:
    """The real engine, noting how many pixels it was given."""

    def __init__(self, engine: OnnxTextEngine) -> None:
        self.engine, self.pixels = engine, 0

    def read(self, bgr: Pixels) -> list[Line]:
        """Count, then read."""
        self.pixels += bgr.shape[0] * bgr.shape[1]
        return self.engine.read(bgr)


def changed(frame: Frame) -> Frame:
    """Draw a small notice on a frame."""
    image = frame.image.copy()
    pen = ImageDraw.Draw(image)
    pen.rectangle((1060, 300, 1260, 360), fill="white", outline="gray")
    pen.text((1080, 320), "Discard changes", fill="black", font=ImageFont.load_default(16))
    return Frame.from_image(image)


def test_an_equal_frame_is_not_read_again(engine: OnnxTextEngine, screen: Screens) -> None:
    """A new frame with the same pixels costs no reading."""
    counting = Counting(engine)
    reader = Reader(counting)
    frame = screen("datasette-home")
    first = reader.read(frame)
    read = counting.pixels
    assert reader.read(Frame.from_image(frame.image)) is first
    assert counting.pixels == read == frame.region.area


def test_a_small_change_reads_a_small_part(engine: OnnxTextEngine, screen: Screens) -> None:
    """New text is found, old text stays, and only a few percent are read."""
    counting = Counting(engine)
    reader = Reader(counting)
    frame = screen("chromium-settings-appearance")
    before = {line.text for line in reader.read(frame).lines}
    full, counting.pixels = counting.pixels, 0
    after = {line.text for line in reader.read(changed(frame)).lines}
    assert after - before == {"Discard changes"}
    assert before <= after
    assert 0 < counting.pixels < 0.05 * full


def test_a_closer_look_reads_what_was_only_read_in_parts(engine: OnnxTextEngine, screen: Screens) -> None:
    """Once, and only where there is more to be seen."""
    counting = Counting(engine)
    reader = Reader(counting)
    frame = screen("chromium-settings-appearance")
    other = changed(frame)
    reader.read(frame)
    reader.read(other)
    counting.pixels = 0
    assert [reader.look_closer(each) for each in (frame, other, other)] == [False, True, False]
    assert counting.pixels == frame.region.area


def test_text_that_vanished_is_forgotten(engine: OnnxTextEngine, screen: Screens) -> None:
    """Going back to the old picture gives the old lines, and no ghosts."""
    reader = Reader(engine)
    frame = screen("chromium-settings-appearance")
    reader.read(changed(frame))
    cleared = changed(frame).image.copy()
    ImageDraw.Draw(cleared).rectangle((1060, 300, 1260, 360), fill="white")
    assert "Discard changes" not in {line.text for line in reader.read(Frame.from_image(cleared)).lines}


def test_boxes_and_words_lie_in_the_frame(engine: OnnxTextEngine, screen: Screens) -> None:
    """Every line has a middle for every character, inside the picture."""
    frame = screen("datasette-home")
    for line in Reader(engine).read(frame).lines:
        assert len(line.centers) == len(line.text)
        assert 0 <= line.box.left < line.box.right <= frame.size.width_px
        assert 0 <= line.confidence <= 1


def test_a_missing_model_names_the_extra() -> None:
    """The error says what to install."""
    with pytest.raises(MissingExtra, match=r"pip install 'vl2agent\[ocr\]'"):
        Network("*no-such-model*.onnx")
