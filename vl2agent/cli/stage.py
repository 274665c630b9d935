"""What a run happens on: a sandbox of its own, a running one, or the user's own desktop."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vl2agent.cli.progress import Nothing
from vl2agent.errors import InputError
from vl2agent.geometry import Size

if TYPE_CHECKING:
    from vl2agent.contracts import Executor, Screen

HAS_SANDBOX = sys.platform == "linux"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What the command line said about it.

    Args:
        live: the user's own desktop.
        dry: send nothing.
        sandbox: name of a running sandbox; a new one without it.
        size: of a new sandbox.
        theme: of a new sandbox.

    Raises:
        InputError: the options contradict each other.
    """

    live: bool
    dry: bool
    sandbox: str | None
    size: Size | None
    theme: str | None

    def __post_init__(self) -> None:
        if self.live and self.sandbox:
            raise InputError("--live is your own desktop and --sandbox another one; choose one of them")
        if (self.live or self.sandbox) and (self.size or self.theme):
            raise InputError("--size and --theme belong to a new sandbox; leave them out with --sandbox and --live")

    @contextmanager
    def enter(self, showing: Nothing) -> Iterator[tuple[Screen, Executor | None]]:
        """Give something to look at and something to act through, for as long as it is entered.

        A dry run gets nothing to act through.
        """
        if self.live or not HAS_SANDBOX:
            with _own_desktop(self.dry) as parts:
                yield parts
            return
        from vl2agent.sandbox.desktop import Sandbox

        showing.doing(f"joining {self.sandbox}" if self.sandbox else "starting a desktop")
        new = Sandbox(self.size or (1280, 800), self.theme or "Greybird")
        with Sandbox.attach(self.sandbox) if self.sandbox else new as desktop:
            yield desktop, None if self.dry else desktop


@contextmanager
def _own_desktop(dry: bool) -> Iterator[tuple[Screen, Executor | None]]:
    from vl2agent.capture.desktop import DesktopScreen

    with DesktopScreen() as screen:
        if dry:
            yield screen, None
        elif sys.platform == "linux":
            from vl2agent.executor.x11 import X11Executor

            with X11Executor() as executor:
                yield screen, executor
        else:
            from vl2agent.executor.desktop import DesktopExecutor

            yield screen, DesktopExecutor(screen.displays)
