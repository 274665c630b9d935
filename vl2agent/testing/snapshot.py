"""Stored pictures that a screen is compared with: `assert screen == snapshot("home.png")`.

A Pillow picture goes on the right: `assert snapshot("home.png") == await screen.screenshot()`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from vl2agent.capture.files import load_frame
from vl2agent.errors import ImageError, InputError
from vl2agent.steps import Frame, Settled
from vl2agent.testing.matchers import Place, area_of
from vl2agent.testing.picture_diff import Difference, compare, draw_difference


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the picture lies, where the three pictures of a failure go, whether to write what differs, and how to ask for that."""

    path: Path
    failures: Path
    update: bool = False
    option: str = "--vl2-update-snapshots"

    def failed(self, what: str) -> Path:
        """Name one of the pictures of a failure: 'expected', 'actual' or 'diff'."""
        return self.failures / f"{self.path.stem}-{what}.png"


class Snapshot:
    """Equals a screen, a frame or a picture that looks like the stored one.

    Args:
        stored: where it is.
        masks: parts that do not count, such as clocks and carets, in physical pixels of the screen.
        tolerance: by how much a colour may be off, 0 to 255 in each channel.
        share: how much of the picture may be off by more, 0 to 1.

    Raises:
        InputError: a number is out of range, or a mask is no box.
    """

    def __init__(self, stored: Stored, *, masks: Sequence[Place] = (), tolerance: int = 0, share: float = 0.0) -> None:
        if not (0 <= tolerance <= 255 and 0 <= share <= 1):
            raise InputError(f"expected a tolerance of 0 to 255 and a share of 0 to 1, got {tolerance} and {share}")
        self._stored, self._masks = stored, tuple(area_of(mask) for mask in masks)
        self._tolerance, self._share = tolerance, share
        self._said: list[str] = []

    def __eq__(self, other: object) -> bool:
        actual = _frame_of(other)
        expected = self._expected()
        difference = compare(expected, actual, self._masks, self._tolerance) if expected else None
        if difference and difference.share <= self._share:
            return True
        if self._stored.update:
            _write(actual.image, self._stored.path)
            return True
        self._said = self._missing(actual) if expected is None else self._differs(expected, actual, difference)
        return False

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"snapshot({self._stored.path.name!r})"

    def explain(self) -> list[str]:
        """Say how the last comparison went wrong, and where its pictures are."""
        return self._said

    def _expected(self) -> Frame | None:
        try:
            return load_frame(self._stored.path)
        except ImageError:
            if self._stored.path.exists() and not self._stored.update:
                raise
            return None

    def _missing(self, actual: Frame) -> list[str]:
        path = _write(actual.image, self._stored.failed("actual"))
        return [
            f"no picture is stored as {self._stored.path}",
            f"actual: {path}",
            f"look at it, then store it with {self._stored.option}",
        ]

    def _differs(self, expected: Frame, actual: Frame, difference: Difference | None) -> list[str]:
        pictures = {"expected": expected.image, "actual": actual.image}
        said = f"expected {expected.size}, got {actual.size}"
        if difference:
            pictures["diff"] = draw_difference(expected, actual, difference, self._masks)
            said = f"{difference.share:.2%} of the picture differs, {difference.words}"
        paths = [f"{what}: {_write(image, self._stored.failed(what))}" for what, image in pictures.items()]
        return [
            f"the screen does not look like {self._stored.path.name}: {said}",
            *paths,
            f"if it is to look so, store it with {self._stored.option}",
        ]


class Snapshots(Protocol):
    """What the fixture `snapshot` is."""

    def __call__(self, name: str, *, masks: Sequence[Place] = (), tolerance: int = 0, share: float = 0.0) -> Snapshot:
        """Name a stored picture; see `Snapshot`."""
        ...


def _frame_of(shown: Any) -> Frame:
    """Take a picture of whatever can be looked at."""
    if isinstance(shown, Frame):
        return shown
    if isinstance(shown, Settled):
        return shown.frame
    if isinstance(shown, str | Path):
        return load_frame(shown)
    image = shown if isinstance(shown, Image.Image) else _screenshot(shown)
    return Frame.from_image(image)


def _screenshot(screen: Any) -> Image.Image:
    """Ask a Screen or a Locator of a script, or anything else that looks."""
    if hasattr(screen, "screenshot"):
        image = screen.screenshot()
        if isinstance(image, Image.Image):
            return image
        image.close()  # a coroutine
        raise InputError(
            "expected a picture; as in: snapshot(...) == await screen.screenshot(), for this screen is an async one"
        )
    if hasattr(screen, "settled"):
        shown: Frame = screen.settled().frame
        return shown.image
    raise InputError(f"expected a screen, a frame or a picture to compare, got {type(screen).__name__}")


def _write(image: Image.Image, path: Path) -> Path:
    """Write a picture whole or not at all: other processes may read it meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    image.save(partial, "PNG", optimize=True)
    partial.replace(path)
    return path
