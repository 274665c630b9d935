"""`vl2agent locate`: where on the screen is what these words name?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from vl2agent.cli import answering, console, looking
from vl2agent.errors import TargetNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vl2agent.contracts import Perception
    from vl2agent.geometry import ScreenBox
    from vl2agent.steps import Frame, Target

EPILOG = """
[bold]Examples[/]

vl2agent locate "the Save button" --image screenshot.png\n
vl2agent locate "text box for Email" --image form.png --draw found.png\n
vl2agent locate "second Delete" --sandbox demo --json\n
vl2agent locate "Cancel below Password" --all   [dim]# everything that fits, best first[/]\n
vl2agent locate "the red icon" --image photo.png --model deepseek-ai/deepseek-vl2-tiny   [dim]# by a model[/]

Exit code 3 when nothing fits, or several things fit equally well.
"""


def locate(
    words: Annotated[str, typer.Argument(help='What to find, such as "the Save button".', show_default=False)],
    image: looking.ImageFile = None,
    display: looking.DisplayName = None,
    sandbox: looking.SandboxName = None,
    show_all: Annotated[bool, typer.Option("--all", help="Everything that fits, not the one thing meant.")] = False,
    draw: looking.DrawTo = None,
    model: answering.ModelName = None,
    device: answering.Device = "auto",
    dtype: answering.Dtype = "auto",
    quantize: answering.Quantize = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Find what words name on a screen or a picture, by reading it or by a model; looks only, touches nothing.

    A model looks again, closer, where its box is small or unsure, and is corrected by what is read. Confidence is the
    probability, as far as it is calibrated, that a click there does what the words mean; a model's own is the
    probability that its box is right to a hundredth of the picture.
    """
    finder = _finder(model, device, dtype, quantize)
    frame = looking.look(image, display, sandbox)
    try:
        found = finder.find(words, frame) if show_all else [finder.locate(words, frame)]
    except TargetNotFound as error:
        if draw:
            looking.draw(frame, [(target.box, _caption(target)) for target in error.candidates], draw)
        raise
    if not found:
        raise TargetNotFound(words)
    if draw:
        marks = [(target.box, _caption(target)) for target in found]
        looking.draw(frame, marks if show_all else [*marks, *_looks(found[0], frame)], draw)
    _print(found, show_all=show_all, as_json=as_json)


def _finder(model: str | None, device: str, dtype: str, quantize: str | None) -> Perception:
    from vl2agent.calls import Model
    from vl2agent.defaults import seeing_with

    opened = answering.open_model(model, device=device, dtype=dtype, quantize=quantize) if model else None
    return seeing_with(Model(opened) if opened else None)


def _looks(target: Target, frame: Frame) -> Iterator[tuple[ScreenBox, str]]:
    """Give what each look found, and where it looked when that was a part of the frame."""
    for number, look in enumerate(target.looks, start=1):
        if look.region != frame.region:
            yield look.region, f"look {number}"
        yield look.box, f"{number}"


def _print(found: Sequence[Target], *, show_all: bool, as_json: bool) -> None:
    if as_json:
        rows = [target.model_dump(mode="json") for target in found]
        console.print_json(rows if show_all else rows[0])
        return
    for target in found:
        role = f" {target.role}" if target.role else ""
        place = f"{target.point} in {target.box}"
        console.out.print(Text.assemble((place, "bold"), f"  {target.confidence:.2f} {target.text!r}{role}"))
        for look in () if show_all else target.looks:
            sure = f"{look.confidence:.2f}" if look.confidence else "?"
            console.out.print(Text(f"  in {look.region}: {look.box}  {sure} {look.why}", style="dim"))


def _caption(target: Target) -> str:
    return f"{target.text} {target.confidence:.2f}"
