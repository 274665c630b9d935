"""The picture that comes with a failure: the screen as it was, and where the candidates are on it."""

from __future__ import annotations

import logging
import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from vl2agent.errors import ImageError
from vl2agent.executor.drawing import FONT_PX, PAD_PX, label_box, write_label
from vl2agent.geometry import ImageBox
from vl2agent.recording.redaction import Redaction
from vl2agent.steps import Frame, Target

logger = logging.getLogger(__name__)

FOLDER = "pictures"
"""Where in a recording they are kept."""
BEST, OTHERS, CAPTION = "#c4162a", "#1f5fbf", "#333333"
LABEL_PX = FONT_PX + 2 * PAD_PX
KEPT = 20
"""Temporary files that a script leaves behind, at most."""
MOST = 8
"""Candidates that are drawn: more would hide the picture."""


class Pictures:
    """Where the pictures of a script's failures go: into its recording, or else among temporary files, the newest few.

    Args:
        recording: the recording's folder; None where there is none.
        redaction: what is masked in the recording, and so here.
    """

    def __init__(self, recording: Path | None, redaction: Redaction | None = None) -> None:
        self._folder = recording / FOLDER if recording else None
        self._redaction = redaction or Redaction()
        self._temporary = deque[Path]()

    def keep(self, frame: Frame, candidates: Sequence[Target], caption: str) -> Path | None:
        """Write a picture; None when that is not possible.

        A picture is an extra: that it cannot be written must not hide the failure that it belongs to.
        """
        try:
            path = self._new_file()
            draw(*self._redaction.beside(frame, candidates, caption)).save(path)
        except OSError as error:
            logger.warning("the picture of a failure cannot be written: %s", error)
            return None
        return path

    def _new_file(self) -> Path:
        if self._folder:
            self._folder.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix="vl2agent-", suffix=".png", dir=self._folder, delete=False) as file:
            path = Path(file.name)
        if not self._folder:  # a script that tries until it succeeds fails many times
            self._temporary.append(path)
            while len(self._temporary) > KEPT:
                self._temporary.popleft().unlink(missing_ok=True)
        return path


def save(image: Image.Image, path: str | Path) -> None:
    """Save a picture that a script asked for, in the format that the path's ending names.

    Raises:
        ImageError: it cannot be written.
    """
    try:
        image.save(path)
    except (OSError, ValueError) as error:
        raise ImageError(path, str(error), "a name that a picture can be written to") from error


def draw(frame: Frame, candidates: Sequence[Target], caption: str) -> Image.Image:
    """Return the frame with a box around each candidate, its score beside it, and the caption at the bottom."""
    picture = frame.image.convert("RGB")
    pen = ImageDraw.Draw(picture)
    shown = [target for target in candidates[:MOST] if frame.region.intersection(target.box)]
    boxes = [frame.view.box_to_image(target.box) for target in shown]
    taken = list(boxes)  # no label hides another candidate, or what is said of it
    for index, (target, box) in enumerate(zip(shown, boxes, strict=True)):
        color = OTHERS if index else BEST
        pen.rectangle((box.left - 2, box.top - 2, box.right + 1, box.bottom + 1), outline=color, width=2)
        words = f"{target.text or target.words} {target.confidence:.2f}"
        label = _free(pen, words, box, taken, picture.size)
        taken.append(label)
        write_label(pen, words, (label.left, label.top), picture.size, color)
    write_label(pen, caption, None, picture.size, CAPTION)
    return picture


def _free(
    pen: ImageDraw.ImageDraw, words: str, box: ImageBox, taken: Sequence[ImageBox], size: tuple[int, int]
) -> ImageBox:
    """Choose where a label hides nothing: right of its box, below, or above; right of it where nothing is free."""
    places = (
        (box.right + 4, box.center.y - LABEL_PX // 2),
        (box.left, box.bottom + 4),
        (box.left, box.top - LABEL_PX - 6),
    )
    labels = [ImageBox(*label_box(pen, words, place, size)) for place in places]
    return next((label for label in labels if all(label.intersection(each) is None for each in taken)), labels[0])
