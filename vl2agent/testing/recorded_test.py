"""One test at work: what its fixtures share, how it ends, and what it leaves when it fails."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Protocol
from uuid import uuid4

import pytest

from vl2agent.errors import ReplayMismatch
from vl2agent.recording.writer import Recorder
from vl2agent.testing import options
from vl2agent.testing.failures import Remains
from vl2agent.testing.matchers import Place
from vl2agent.testing.places import Places
from vl2agent.testing.playing import Stage
from vl2agent.testing.replaying import Replayed, replayed
from vl2agent.testing.snapshot import Snapshot, Stored
from vl2agent.testing.takes import NoRecording, Takes, find_recording


class Record(Protocol):
    """What the fixture `record` is."""

    def __call__(self, name: str | None = None) -> Recorder:
        """Begin a recording, of the test's name or another one."""
        ...


class RecordedTest:
    """What the fixtures of one test share.

    Args:
        request: of a fixture of that test.
        temporary: makes the folder that it records in.
    """

    def __init__(self, request: pytest.FixtureRequest, temporary: pytest.TempPathFactory) -> None:
        node, config = request.node, request.config
        self._request, self._update = request, bool(config.getoption("--vl2-update-snapshots"))
        self.places = Places.of(
            node.path,
            node.nodeid.partition("::")[2] or node.name,
            recordings=config.getini(options.RECORDINGS),
            snapshots=config.getini(options.SNAPSHOTS),
            failures=config.getini(options.FAILURES),
        )
        self._command = f"pytest {shlex.quote(str(config.cwd_relative_nodeid(node.nodeid)))} --vl2-record="
        self.takes = Takes(
            self.places.recordings / self.places.name,
            temporary.getbasetemp() / f"vl2agent-{uuid4().hex}",
            config.getoption("--vl2-record"),
            f"{self._command}new",
        )
        self._remains = Remains(self.places.failures)
        self._remains.clear()
        self._error: BaseException | None = None
        self._has_passed = False

    @cached_property
    def stage(self) -> Stage:
        """Opens screens and agents."""
        model = self._request.config.getini(options.MODEL)
        chosen = ({"model": model} if model else {}) | options.marked(self._request, "vl2")
        return Stage(self.takes, lambda: self._request.getfixturevalue("sandbox"), chosen)

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Fail in plain words where there is no recording."""
        try:
            yield
        except NoRecording as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None

    def replay(self, name: str) -> Replayed:
        """Play a recorded run back in full.

        Raises:
            ReplayMismatch: it does something else now.
            RecordingError: it cannot be read.
        """
        wanted = self.places.recording(name)
        found = find_recording(wanted)
        if found is None:
            command = f"vl2agent run GOAL --record {shlex.quote(str(wanted))}"
            pytest.fail(f"recording {str(wanted)!r}: is not there; record it with: {command}", pytrace=False)
        self.takes.played.append(found)
        return replayed(found)

    def record(self, name: str | None = None) -> Recorder:
        """Begin a recording, of this test's name or another one."""
        return self.takes.record(self.places.recording(name.split(".v2a")[0]) if name else self.takes.wanted)

    def snapshot(self, name: str, *, masks: Sequence[Place] = (), tolerance: int = 0, share: float = 0.0) -> Snapshot:
        """Name a stored picture."""
        mode = self._request.config.getoption("--vl2-record")
        recording = f"--vl2-record={mode} " if mode != "none" else ""  # without it there is nothing to play back yet
        option = f"{recording}--vl2-update-snapshots"
        stored = Stored(self.places.snapshot(name), self._remains.folder, self._update, option)
        return Snapshot(stored, masks=masks, tolerance=tolerance, share=share)

    def passed(self) -> None:
        """Note that the test came to its end, and found nothing wrong."""
        self._has_passed = True

    def failed(self, error: BaseException) -> str:
        """Note that the test failed; say where its pictures are, and where `end` writes its traces."""
        self._error = self._error or error
        picture = self._remains.picture(self._error, self.stage.last_frame() or self.takes.last_frame())
        lines = [f"picture: {picture}"] if picture else []
        lines += [f"trace: {self._remains.page(name)}" for name in self.takes.names]
        if isinstance(self._error, ReplayMismatch):
            lines.append(f"if it is to be so, record it anew with: {self._command}all")
        return "\n".join(lines)

    def close(self) -> None:
        """End the scripts; what was recorded and not done again is a failure, unless there is one already."""
        mismatch = ""
        try:
            self.stage.close(self._error)
        except ReplayMismatch as error:
            self._error, mismatch = error, f"{type(error).__name__}: {error}"
        if mismatch:
            pytest.fail(mismatch, pytrace=False)

    def end(self) -> None:
        """Keep what was recorded; of a test that failed, only show it; of one that was skipped, forget it."""
        if self._error is not None:
            self._remains.write_pages(self.takes.show(self._remains.folder))
        elif self._has_passed:
            self.takes.keep()
        else:
            self.takes.drop()
