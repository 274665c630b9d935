"""How far a conversion is, while it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Stage:
    """What is done now, and how much of it.

    Args:
        name: 'perceive', 'structure', 'name', 'render', 'refine'.
        done: how many blocks.
        total: of how many; None where nobody knows yet.
        block: the one that is worked on.
    """

    name: str
    done: int = 0
    total: int | None = None
    block: str = ""


OnProgress: TypeAlias = Callable[[Stage], None]


def _nobody(stage: Stage) -> None:
    return None


@dataclass
class Clock:
    """Tells of each stage, and takes its time."""

    on_progress: OnProgress = _nobody
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Tell that a stage begins, and note how long it took."""
        self.on_progress(Stage(name))
        began_s = time.monotonic()
        try:
            yield
        finally:
            took_s = time.monotonic() - began_s
            self.seconds[name] = round(self.seconds.get(name, 0.0) + took_s, 3)
