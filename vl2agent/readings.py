"""What reading the screen was asked, and what it answered.

A perception that tells of its readings can be played back: with them, and with a model's calls (calls.py), a recording
holds everything that came from a network, and a run on it needs none.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from vl2agent.actions import Frozen
from vl2agent.errors import AmbiguousTarget, TargetNotFound
from vl2agent.geometry import ScreenBox
from vl2agent.steps import Element, Frame, Target

Listener: TypeAlias = Callable[["Reading"], None]


@runtime_checkable
class TellsReadings(Protocol):
    """A perception that can be listened to."""

    def told(self, listener: Listener) -> AbstractContextManager[None]:
        """Tell `listener` of every reading made meanwhile, in the thread that asks."""
        ...


_UNANSWERED = {"targets": (), "elements": (), "text": "", "more": False, "error": "", "reason": ""}


class Reading(Frozen):
    """One question about a picture, and the answer.

    `frame` is the digest of the picture asked about, `region` the part of the screen that it shows. `targets` answer
    'locate' and 'find', and are the nearest things where `error` says that the words fit nothing, or several things.
    """

    ask: Literal["locate", "find", "elements", "text_in", "look_closer"]
    frame: str
    region: ScreenBox
    words: str = ""
    box: ScreenBox | None = None
    targets: tuple[Target, ...] = ()
    elements: tuple[Element, ...] = ()
    text: str = ""
    more: bool = False
    error: Literal["", "TargetNotFound", "AmbiguousTarget"] = ""
    reason: str = ""

    @classmethod
    def failed(cls, frame: Frame, words: str, error: TargetNotFound) -> Reading:
        """Keep a 'locate' that found nothing, or too much."""
        kind: Literal["TargetNotFound", "AmbiguousTarget"] = (
            "AmbiguousTarget" if isinstance(error, AmbiguousTarget) else "TargetNotFound"
        )
        asked = {"ask": "locate", "frame": frame.digest, "region": frame.region, "words": words}
        return cls.model_validate({**asked, "targets": error.candidates, "error": kind, "reason": error.reason})

    def question(self) -> Reading:
        """Give what was asked, without the answer."""
        return self.model_copy(update=_UNANSWERED)

    def target(self) -> Target:
        """Answer a 'locate'.

        Raises:
            TargetNotFound, AmbiguousTarget: as it was.
        """
        if self.error == "AmbiguousTarget":
            raise AmbiguousTarget(self.words, self.targets)
        if self.error:
            raise TargetNotFound(self.words, self.targets, self.reason)
        return self.targets[0]


class ReadingPerception(ABC):
    """A perception that reads by itself, without a model, and tells whoever listens of every question and answer.

    Who writes one fills in `_locate`, `_find`, `_elements` and `_text_in`, with the meaning that `contracts.Perception`
    gives them.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    @contextmanager
    def told(self, listener: Listener) -> Iterator[None]:
        """Tell `listener` of every reading made meanwhile, in the thread that asks."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def locate(self, words: str, frame: Frame) -> Target:
        """Find the one thing the words name.

        Raises:
            TargetNotFound: nothing fits well enough.
            AmbiguousTarget: several things fit equally well.
        """
        try:
            target = self._locate(words, frame)
        except TargetNotFound as error:
            failed = error
            self._tell(lambda: Reading.failed(frame, words, failed))
            raise
        self._tell(
            lambda: Reading(ask="locate", frame=frame.digest, region=frame.region, words=words, targets=(target,))
        )
        return target

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Find everything that fits, best first; empty when nothing does."""
        found = tuple(self._find(words, frame))
        self._tell(lambda: Reading(ask="find", frame=frame.digest, region=frame.region, words=words, targets=found))
        return found

    def elements(self, frame: Frame) -> Sequence[Element]:
        """List what can be pointed at, in reading order."""
        found = tuple(self._elements(frame))
        self._tell(lambda: Reading(ask="elements", frame=frame.digest, region=frame.region, elements=found))
        return found

    def texts(self, frame: Frame) -> list[tuple[str, ScreenBox]]:
        """Read all that is written, and where, and tell nobody: for what has to be kept out of a recording."""
        return [(element.text, element.box) for element in self._elements(frame) if element.text]

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Read what is written in a part of the frame; texts with their middle in it, a line each."""
        text = self._text_in(box, frame)
        self._tell(lambda: Reading(ask="text_in", frame=frame.digest, region=frame.region, box=box, text=text))
        return text

    def look_closer(self, frame: Frame) -> bool:
        """Take a second look that may show what the first one missed; False when there is nothing more to see."""
        more = self._look_closer(frame)
        self._tell(lambda: Reading(ask="look_closer", frame=frame.digest, region=frame.region, more=more))
        return more

    def _tell(self, reading: Callable[[], Reading]) -> None:
        if self._listeners:
            told = reading()
            for listener in self._listeners:
                listener(told)

    @abstractmethod
    def _locate(self, words: str, frame: Frame) -> Target: ...

    @abstractmethod
    def _find(self, words: str, frame: Frame) -> Sequence[Target]: ...

    @abstractmethod
    def _elements(self, frame: Frame) -> Sequence[Element]: ...

    @abstractmethod
    def _text_in(self, box: ScreenBox, frame: Frame) -> str: ...

    def _look_closer(self, frame: Frame) -> bool:
        return False
