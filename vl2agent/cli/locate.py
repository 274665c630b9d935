"""`vl2agent locate`: where on the screen is what these words name?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Protocol

import typer
from rich.text import Text

from vl2agent.cli import answering, console, looking
from vl2agent.errors import TargetNotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    Confidence is the probability, as far as it is calibrated, that a click there does what the words mean; a model's
    is its own probability that the box is right to a hundredth of the picture, which nothing calibrates.
    """
    finder = _model(model, device, dtype, quantize) if model else _reader()
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
        looking.draw(frame, [(target.box, _caption(target)) for target in found], draw)
    _print(found, show_all=show_all, as_json=as_json)


class _Finder(Protocol):
    """The part of a perception that is needed here."""

    def locate(self, words: str, frame: Frame) -> Target: ...
    def find(self, words: str, frame: Frame) -> Sequence[Target]: ...


def _reader() -> _Finder:
    from vl2agent.perception.embedded import OcrPerception

    return OcrPerception()


def _model(name: str, device: str, dtype: str, quantize: str | None) -> _Finder:
    from vl2agent.grounding import ModelFinder

    return ModelFinder(answering.open_model(name, device=device, dtype=dtype, quantize=quantize))


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
