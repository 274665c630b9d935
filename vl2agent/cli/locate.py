"""`vl2agent locate`: where on the screen is what these words name?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from vl2agent.cli import console, looking
from vl2agent.errors import TargetNotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vl2agent.steps import Target

EPILOG = """
[bold]Examples[/]

vl2agent locate "the Save button" --image screenshot.png\n
vl2agent locate "text box for Email" --image form.png --draw found.png\n
vl2agent locate "second Delete" --sandbox demo --json\n
vl2agent locate "Cancel below Password" --all   [dim]# everything that fits, best first[/]

Exit code 3 when nothing fits, or several things fit equally well.
"""


def locate(
    words: Annotated[str, typer.Argument(help='What to find, such as "the Save button".', show_default=False)],
    image: looking.ImageFile = None,
    display: looking.DisplayName = None,
    sandbox: looking.SandboxName = None,
    show_all: Annotated[bool, typer.Option("--all", help="Everything that fits, not the one thing meant.")] = False,
    draw: looking.DrawTo = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Find what words name on a screen or a picture, by reading it; looks only, touches nothing.

    Confidence is the probability, as far as it is calibrated, that a click there does what the words mean.
    """
    from vl2agent.perception.embedded import OcrPerception

    frame = looking.look(image, display, sandbox)
    perception = OcrPerception()
    try:
        found = list(perception.find(words, frame)) if show_all else [perception.locate(words, frame)]
    except TargetNotFound as error:
        if draw:
            looking.draw(frame, [(target.box, _caption(target)) for target in error.candidates], draw)
        raise
    if not found:
        raise TargetNotFound(words)
    if draw:
        looking.draw(frame, [(target.box, _caption(target)) for target in found], draw)
    _print(found, show_all=show_all, as_json=as_json)


def _print(found: Sequence[Target], *, show_all: bool, as_json: bool) -> None:
    if as_json:
        rows = [target.model_dump(mode="json") for target in found]
        console.print_json(rows if show_all else rows[0])
        return
    for target in found:
        role = f" {target.role}" if target.role else ""
        place = f"{target.point} in {target.box}"
        console.out.print(Text.assemble((place, "bold"), f"  {target.confidence:.2f} {target.text!r}{role}"))


def _caption(target: Target) -> str:
    return f"{target.text} {target.confidence:.2f}"
