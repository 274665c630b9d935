"""What `locate` and `elements` share: where the picture comes from, and a picture of what was found."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vl2agent.errors import ImageError, InputError
from vl2agent.geometry import ScreenBox

if TYPE_CHECKING:
    from vl2agent.steps import Frame

ImageFile = Annotated[
    Path | None, typer.Option("--image", help="A PNG, JPEG or WebP file instead of a screen.", metavar="FILE")
]
DisplayName = Annotated[str | None, typer.Option("--display", help="X display, $DISPLAY if unset.", metavar=":N")]
SandboxName = Annotated[str | None, typer.Option("--sandbox", help="A running sandbox instead.", metavar="NAME")]
DrawTo = Annotated[Path | None, typer.Option("--draw", help="Save the picture with boxes drawn.", metavar="PNG")]

LABELLED = 8
"""Up to so many boxes have labels that are easy to read; more would hide the picture."""


def look(image: Path | None, display: str | None, sandbox: str | None) -> Frame:
    """Take the picture that the options name.

    Raises:
        InputError: an image and a screen are named.
        ImageError: the file is not a readable picture.
        CaptureError: the screen cannot be looked at.
    """
    if image is None:
        from vl2agent.cli.screenshot import open_screen

        with open_screen(display, sandbox) as screen:
            return screen.settled().frame
    if display or sandbox:
        raise InputError("expected --image, or --display, or --sandbox; got two of them, leave one out")
    from vl2agent.capture.files import load_frame

    return load_frame(image)


def draw(frame: Frame, marked: Iterable[tuple[ScreenBox, str]], path: Path) -> None:
    """Save a frame with boxes and a caption above each; the first box is red, the others are blue.

    Raises:
        ImageError: the file cannot be written.
    """
    from PIL import ImageDraw

    from vl2agent.executor.drawing import FONT_PX, PAD_PX, write_label

    picture = frame.image.convert("RGB")
    pen = ImageDraw.Draw(picture)
    marks = list(marked)
    for index, (box, caption) in reversed(list(enumerate(marks))):  # the first lies on top
        color = "red" if index == 0 else "blue"
        part = frame.view.box_to_image(box)
        left, top = (
            max(part.left - 2, 0),
            max(part.top - 2, 0),
        )  # around the thing, unless it ends where the picture does
        right, bottom = min(part.right + 1, picture.width - 1), min(part.bottom + 1, picture.height - 1)
        pen.rectangle((left, top, right, bottom), outline=color, width=2)
        if len(marks) <= LABELLED:
            above = part.top - FONT_PX - 2 * PAD_PX - 3
            place = (part.left, above if above >= 0 else part.bottom + 2)
            write_label(pen, caption, place, picture.size, color)
        else:
            text = caption.encode("latin-1", "replace").decode("latin-1")  # all that Pillow's own font has
            pen.text((part.left, max(part.top - 14, 0)), text, fill=color)
    try:
        picture.save(path)
    except (OSError, ValueError) as error:
        raise ImageError(path, str(error), "a name that a picture can be written to") from error
