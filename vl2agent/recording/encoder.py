"""Pictures of frames, written off the loop's way: each by content, once, and of a frame that hardly differs only the parts.

One worker thread takes the frames in the order they were seen. A frame that equals an earlier one is a reference to it;
one that differs in a small part from the frame before is that frame with patches; every other is a whole picture. So
that any frame can be read without many others, chains of patches end.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from vl2agent.geometry import ScreenBox
from vl2agent.recording.schema import Patch, PictureKept
from vl2agent.steps import Frame
from vl2agent.tiles import dirty_regions

MAX_WAITING = 16
"""Frames that may wait before the loop waits for them: 133 MB at 1920x1080."""
MAX_CHAIN = 32
"""Frames that lie on each other before there is a whole picture again."""
MAX_PATCHES, MAX_SHARE = 64, 0.3
"""What differs in more places, or in more of the picture, is kept whole."""


class _Known(NamedTuple):
    """A frame that is written: its number, and how many others it lies on."""

    number: int
    lies_on: int


class Encoder:
    """Writes the pictures into a folder.

    Args:
        folder: where.
        kept: hears, in the worker's thread, of each frame whose picture is complete.
        failed: hears of what went wrong; later frames are dropped then.
    """

    def __init__(self, folder: Path, kept: Callable[[PictureKept], None], failed: Callable[[Exception], None]) -> None:
        self._folder, self._kept, self._failed = folder, kept, failed
        self._known: dict[str, _Known] = {}
        self._last: tuple[_Known, Frame] | None = None
        self._waiting: queue.Queue[tuple[int, Frame] | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._work, name="vl2agent-recorder", daemon=True)
        self._thread.start()

    def put(self, number: int, frame: Frame) -> None:
        """Let a frame be written; waits while too many do."""
        self._waiting.put((number, frame))

    def close(self) -> None:
        """Wait until all are written."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        broken = False
        while (item := self._waiting.get()) is not None:
            if broken:
                continue
            try:
                self._kept(self._keep(*item))
            except Exception as error:  # noqa: BLE001  the loop must hear of it, not wait for a dead thread
                broken = True
                self._failed(error)

    def _keep(self, number: int, frame: Frame) -> PictureKept:
        digest = frame.digest
        known = self._known.get(digest)
        if known:
            kept = PictureKept(frame=number, digest=digest, base=known.number)
        elif self._last and (changed := self._parts(frame)):
            patches = tuple(self._patch(frame, box) for box in changed)
            kept = PictureKept(frame=number, digest=digest, base=self._last[0].number, patches=patches)
            known = _Known(number, self._last[0].lies_on + 1)
        else:
            self._write(digest, frame.image)
            kept, known = PictureKept(frame=number, digest=digest), _Known(number, 0)
        self._known[digest] = known
        self._last = known, frame
        return kept

    def _parts(self, frame: Frame) -> tuple[ScreenBox, ...]:
        """Find what to write of a frame that is mostly the one before; nothing where it is not."""
        if self._last is None or self._last[1].region != frame.region or self._last[0].lies_on >= MAX_CHAIN:
            return ()
        changed = dirty_regions(self._last[1], frame)
        share = sum(box.area for box in changed) / frame.region.area
        return changed if len(changed) <= MAX_PATCHES and share <= MAX_SHARE else ()

    def _patch(self, frame: Frame, box: ScreenBox) -> Patch:
        part = frame.crop(box)
        self._write(part.digest, part.image)
        return Patch(box=box, digest=part.digest)

    def _write(self, digest: str, image: Image.Image) -> None:
        final = self._folder / f"{digest}.png"
        if final.exists():
            return
        partial = final.with_suffix(".part")
        try:
            image.save(partial, "PNG", compress_level=1)  # 46 ms at 1080p; level 6 takes 59 to save 4 %
            partial.replace(final)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
