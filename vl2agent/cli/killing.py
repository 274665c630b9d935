"""Options of the kill switch, and the switch that goes with what a run happens on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from vl2agent.contracts import Executor, Screen
    from vl2agent.policy.killswitch import KillSwitch

KillKey: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--kill-key", help="Keys that stop it at once, ctrl+alt+escape if unset, '' for none (X11).", metavar="KEYS"
    ),
]
KillFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--kill-file", help="A file that stops it when touched; the one of 'vl2agent stop' if unset.", metavar="PATH"
    ),
]


def kill_switch(
    screen: Screen, executor: Executor | None, *, live: bool, key: str | None, file: Path | None
) -> KillSwitch:
    """Make the switch: keys where there is an X server, the corners where it is a person's own pointer, the file."""
    from vl2agent.executor.x11 import X11Executor
    from vl2agent.policy.killfile import kill_file
    from vl2agent.policy.killswitch import HOT_KEY, KillSwitch

    hands = executor if isinstance(executor, X11Executor) else None
    return KillSwitch(
        display=getattr(screen, "display", None),
        hot_key=HOT_KEY if key is None else key,
        put=(lambda: hands.put_at if hands else ()) if live else None,
        file=file or kill_file(),
    )
