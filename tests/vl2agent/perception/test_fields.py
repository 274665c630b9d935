"""From labels to widgets, on drawn forms that the real networks read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageFont

from vl2agent.geometry import ImageBox
from vl2agent.perception.engine import OnnxTextEngine
from vl2agent.perception.fields import widget_for
from vl2agent.perception.match import find_name
from vl2agent.perception.ocr import Reader
from vl2agent.perception.scene import Scene
from vl2agent.steps import Frame

Label = Callable[[str], ImageBox]

ENTRIES = {"Name": ImageBox(200, 40, 420, 70), "Street": ImageBox(40, 130, 300, 160)}
SQUARE = ImageBox(40, 200, 54, 214)
ROW, FILLED = ImageBox(300, 200, 314, 214), ImageBox(440, 200, 454, 214)
SWITCH = ImageBox(500, 248, 532, 264)
TRACK = ImageBox(200, 313, 420, 317)
KNOB = ImageBox(300, 306, 316, 322)


@pytest.fixture(scope="module")
def form(engine: OnnxTextEngine) -> Scene:
    """Draw a form: a label left of an entry, one above, check boxes, one with an icon, a switch, a slider."""
    image = Image.new("RGB", (600, 360), "#fafafa")
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(15)
    for box in (*ENTRIES.values(), SQUARE, ROW):
        pen.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), fill="white", outline="#777777")
    pen.polygon([(322, 206), (329, 199), (336, 206), (333, 213), (325, 213)], fill="#8899aa", outline="#334455")
    for y in range(FILLED.top, FILLED.bottom):  # ticked, in the theme's color, with a gradient
        pen.line((FILLED.left, y, FILLED.right - 1, y), fill=(34, 102, 250 - 2 * (y - FILLED.top)))
    pen.line([(443, 206), (446, 210), (451, 203)], fill="white", width=2)
    pen.polygon([(462, 206), (469, 199), (476, 206), (473, 213), (465, 213)], fill="#8899aa", outline="#334455")
    pen.rounded_rectangle(SWITCH.edges, 8, fill="#2266cc")
    pen.ellipse((SWITCH.right - 15, SWITCH.top + 2, SWITCH.right - 3, SWITCH.bottom - 2), fill="white")
    pen.rectangle(TRACK.edges, fill="#999999")
    pen.ellipse(KNOB.edges, fill="white", outline="#555555")
    labels = {
        "Name": (40, 46),
        "Street": (40, 106),
        "Remember me": (62, 198),
        "Home": (344, 198),
        "Trash": (484, 198),
        "Dark mode": (40, 247),
        "Volume": (40, 306),
    }
    for text, place in labels.items():
        pen.text(place, text, fill="black", font=font)
    return Reader(engine).read(Frame.from_image(image))


@pytest.mark.parametrize(
    ("name", "role", "box"),
    [
        ("Name", "field", ENTRIES["Name"]),
        ("Street", "field", ENTRIES["Street"]),
        ("Remember me", "check box", SQUARE),
        ("Home", "check box", ROW),
        ("Trash", "check box", FILLED),
        ("Dark mode", "switch", SWITCH),
        ("Volume", "slider", TRACK),
    ],
)
def test_a_label_leads_to_its_widget(form: Scene, name: str, role: str, box: ImageBox) -> None:
    """The middle of what was found lies on the widget, give or take two pixels."""
    label = find_name(name, form.lines)[0].box
    widget = widget_for(label, role, form)
    assert widget is not None
    assert box.left <= widget.box.center.x < box.right
    assert box.top - 2 <= widget.box.center.y < box.bottom + 2


def test_a_label_without_a_switch_has_none(form: Scene) -> None:
    """Nothing is better than another row's switch."""
    label = find_name("Name", form.lines)[0].box
    widget = widget_for(label, "switch", form)
    assert widget is None or widget.cost > 0.5
