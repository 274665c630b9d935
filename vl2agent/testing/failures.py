"""What is left of a test that failed: a picture of the screen, and its recordings as pages to look at."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterable
from pathlib import Path

import pytest

from vl2agent.errors import VL2AgentError
from vl2agent.recording.reader import Recording
from vl2agent.steps import Frame
from vl2agent.testing.takes import recording_name
from vl2agent.trace.page import write_page


class Remains:
    """The folder of one failed test; nothing is made before something is kept.

    Args:
        folder: where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def clear(self) -> None:
        """Forget what an earlier run left."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def picture(self, error: BaseException, seen: Frame | None) -> Path | None:
        """Keep the picture of the failure: the one that the error names, else what was seen last."""
        own, path = getattr(error, "picture", None), self.folder / "screen.png"
        if self.folder.exists():  # a stored picture was not like the screen
            self._make()
        if own and Path(own).is_file():
            self._make()
            return Path(shutil.copyfile(own, path))
        if seen is None:
            return None
        self._make()
        seen.image.save(path)
        return path

    def page(self, name: str) -> Path:
        """Tell where the page of a recording is written to."""
        return self.folder / f"{name}.html"

    def write_pages(self, recordings: Iterable[Path]) -> None:
        """Write each recording as a page; one that cannot be written must not hide the failure that it belongs to."""
        for path in recordings:
            self._make()
            try:
                write_page(Recording(path), self.page(recording_name(path)))
            except VL2AgentError as error:
                warnings.warn(pytest.PytestWarning(f"no trace of {path}: {error}"), stacklevel=2)

    def _make(self) -> None:
        """Make the folder; version control is told to leave out what all failures of all tests here leave."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ignored = self.folder.parents[1] / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n", encoding="utf-8")
