"""A small application that is drawn: a surface for recorded tests, read by the real reading of the screen."""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageDraw, ImageFont

from vl2agent.actions import Action, Click, TypeText
from vl2agent.capture.base import CaptureScreen
from vl2agent.geometry import Display, ScreenBox, Size
from vl2agent.perception.embedded import OcrPerception
from vl2agent.steps import Frame, Receipt, Settled

SIZE = Size(400, 240)
SAVE = ScreenBox(40, 40, 140, 80)


@cache
def reader() -> OcrPerception:
    """Read it, with networks that are loaded once."""
    return OcrPerception()


class DrawnApp(CaptureScreen):
    """Shows a button Save, and Saved once it was clicked; what is typed stands below."""

    size = SIZE
    displays = (Display("drawn", ScreenBox(0, 0, SIZE.width_px, SIZE.height_px)),)

    def __init__(self, title: str = "Report") -> None:
        self.title, self.text, self.saved = title, "", False
        self.done: list[Action] = []

    def grab(self) -> Frame:
        """Draw it."""
        image = Image.new("RGB", (SIZE.width_px, SIZE.height_px), "white")
        pen, font = ImageDraw.Draw(image), ImageFont.load_default(24)
        pen.rectangle(SAVE.edges, fill="#dddddd", outline="black")
        pen.text((52, 44), "Save", "black", font)
        pen.text((220, 44), self.title, "black", font)
        pen.text((40, 120), f"Document saved {self.text}" if self.saved else self.text, "black", font)
        return Frame.from_image(image)

    def settled(self, timeout_s: float = 3.0, *, quiet_s: float = 0.0, min_wait_s: float = 0.0) -> Settled:
        """It never moves."""
        return Settled(self.grab(), "settled", 0.0)

    def perform(self, action: Action) -> Receipt:
        """Do it."""
        self.done.append(action)
        if isinstance(action, Click):
            self.saved = self.saved or SAVE.contains(action.point)
        if isinstance(action, TypeText):
            self.text += action.text
        return Receipt(delivery="sent", duration_s=0.0)

    def release_all(self) -> None:
        """Nothing is held."""
