"""Write a recording so that a kill at any moment leaves one that opens.

Events are appended by whoever writes (log.py), one `write` call each, and flushed to the disk where the caller says so
(an intent before its effect, the receipt after it). Pictures are encoded by one worker thread (encoder.py), off the
loop's way; a frame's `picture` event follows when all that it is made of is complete.
"""

from __future__ import annotations

import logging
from pathlib import Path
from types import TracebackType
from typing import Self

from vl2agent.errors import RecordingError
from vl2agent.recording.answers import Answers
from vl2agent.recording.encoder import Encoder
from vl2agent.recording.log import EventLog
from vl2agent.recording.redaction import Redaction
from vl2agent.recording.schema import FRAMES, Event, FrameSeen, Read, Resumed
from vl2agent.steps import Settled

logger = logging.getLogger(__name__)


class Recorder:
    """Write one run into a new folder; `Recorder.resume` goes on with one that was not finished.

    Args:
        path: the folder to make, by custom NAME.v2a; it must not exist yet, or be empty.
        redaction: what is masked before anything is written; without one, what is typed as secret.

    Raises:
        RecordingError: the folder cannot be made, or holds something already (another writer's recording, too).
        DiskFull: there is no space even for an empty recording.
    """

    def __init__(self, path: str | Path, *, redaction: Redaction | None = None) -> None:
        self._begin(EventLog.create(Path(path).resolve()), 0, redaction)

    @classmethod
    def resume(cls, path: str | Path, *, redaction: Redaction | None = None) -> Self:
        """Go on with a recording whose writer is gone: numbers of events and frames go on, too.

        What was torn is cut off; a `resume` event says so.

        Raises:
            RecordingBusy: it is still being written.
            RecordingError: it is none, is damaged or packed, or cannot be written to.
            DiskFull: there is no space left.
        """
        log, recording = EventLog.resume(Path(path).resolve())
        seen = list(recording.of(FrameSeen))
        try:
            last = recording.frame(seen[-1].frame) if seen else None
            log.append(Resumed(cut_bytes=recording.torn_bytes), sync=True)
        except RecordingError:
            log.close()
            raise
        recorder = cls.__new__(cls)
        recorder._begin(log, len(seen), redaction)
        still = max((event.seq for event in seen if event.settled != "moving"), default=0)
        recorder.redaction.go_on(seen[-1].masked if seen else (), last, recording.events[still:])
        return recorder

    def _begin(self, log: EventLog, frames_seen: int, redaction: Redaction | None) -> None:
        self.path, self._log, self._frames_seen, self._closed = log.path, log, frames_seen, False
        self.redaction, self._answers = redaction or Redaction(), Answers()
        self._encoder = Encoder(log.path / FRAMES, lambda kept: log.append(kept, sync=False), log.fail)

    def write(self, event: Event, *, sync: bool = False) -> None:
        """Append an event; number and clocks are filled in. A kill of this process loses nothing of it from here on.

        Args:
            event: what happened.
            sync: return only when it is on the disk, where a power cut loses nothing of it either.

        Raises:
            RecordingError: it could not be written, or a picture before it could not.
        """
        if self._log.failure is not None:
            raise self._log.failure
        masked = self.redaction.event(event)
        self._log.append(self._answers.shortened(masked) if isinstance(masked, Read) else masked, sync=sync)

    def see(self, settled: Settled) -> int:
        """Append a frame and let its picture be encoded; return the frame's number, counting from 0.

        Raises:
            RecordingError: it could not be written, or a picture before it could not.
        """
        number = self._frames_seen
        frame, masked = self.redaction.frame(settled)
        self.write(
            FrameSeen(
                frame=number,
                region=frame.region,
                scale=frame.scale,
                windows=frame.windows,
                tells_windows=frame.tells_windows,
                settled=settled.verdict,
                waited_s=settled.waited_s,
                masked=masked,
            )
        )
        self._frames_seen += 1
        self._encoder.put(number, frame)
        return number

    def finish(self, event: Event) -> None:
        """Append the last event, even after a failure, and close; never raises, the failure is known already."""
        self._log.release_reserve()
        try:
            self._log.append(self.redaction.event(event), sync=True)
        except RecordingError as error:
            logger.warning("the end of the recording is missing: %s", error)
        self.close()

    def close(self) -> None:
        """Wait for the pictures that are still being encoded, then close; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._encoder.close()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()
