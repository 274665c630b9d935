"""`vl2agent screenshot`: save what a screen shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vl2agent.cli import console
from vl2agent.errors import ImageError, InputError
from vl2agent.geometry import ScreenBox

if TYPE_CHECKING:
    from vl2agent.contracts import Screen

EPILOG = """
[bold]Examples[/]

vl2agent screenshot -o desktop.png\n
vl2agent screenshot --sandbox demo --region 0,0,640,400\n
vl2agent screenshot --display :1 --json
"""


def screenshot(
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to save it; .png, .webp or .jpg.")] = Path(
        "screenshot.png"
    ),
    display: Annotated[str | None, typer.Option(help="X display, $DISPLAY if unset.", metavar=":N")] = None,
    sandbox: Annotated[str | None, typer.Option(help="A running sandbox instead.", metavar="NAME")] = None,
    region: Annotated[
        str | None, typer.Option(help="Only this part, in physical pixels.", metavar="LEFT,TOP,RIGHT,BOTTOM")
    ] = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Save what a screen shows, once it stands still; looks only, touches nothing."""
    part = _box(region) if region else None
    with open_screen(display, sandbox) as screen:
        frame = screen.settled().frame
    shown = frame.crop(part) if part else frame
    try:
        shown.image.save(output)
    except (OSError, ValueError) as error:
        raise ImageError(output, str(error), "a name that a picture can be written to") from error
    if as_json:
        windows = [window.model_dump(mode="json") for window in frame.windows]
        console.print_json(
            {"path": str(output), "region": shown.region.edges, "scale": frame.scale, "windows": windows}
        )
    else:
        console.out.print(f"{output} ({shown.size})")


@contextmanager
def open_screen(display: str | None, sandbox: str | None) -> Iterator[Screen]:
    """Open the desktop that `--display` or `--sandbox` names, else $DISPLAY's.

    Raises:
        InputError: both are named.
        SandboxGone: no sandbox of that name runs.
        CaptureError: the display cannot be looked at.
    """
    if display and sandbox:
        raise InputError("expected --display or --sandbox, got both; leave one out")
    if sandbox:
        from vl2agent.sandbox.desktop import Sandbox

        with Sandbox.attach(sandbox) as desktop:
            yield desktop
    else:
        from vl2agent.capture.desktop import DesktopScreen

        with DesktopScreen(display) as screen:
            yield screen


def _box(text: str) -> ScreenBox:
    try:
        left, top, right, bottom = (int(edge) for edge in text.split(","))
    except ValueError:
        raise InputError(f"expected a region such as 0,0,640,400, got {text!r}") from None
    return ScreenBox(left, top, right, bottom)
