"""`vl2agent ask`: a question about pictures, answered by a model."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from vl2agent.cli import answering, console
from vl2agent.cli.stopping import Stopping
from vl2agent.errors import InputError, Interrupted

if TYPE_CHECKING:
    from PIL import Image

    from vl2agent.completion import Decoding, Prompt, Reply
    from vl2agent.contracts import Backend

EPILOG = """
[bold]Examples[/]

vl2agent ask screen.png "Which button closes the dialog?" --model deepseek-ai/deepseek-vl2-tiny\n
vl2agent ask before.png after.png "What has changed?" --model ./my-finetune\n
vl2agent ask receipt.jpg "Read all the text." --model ./deepseek-vl2-small --json | jq -r .text

In Python: vl2.load(MODEL).ask("Which button closes the dialog?", "screen.png")
"""

LONGEST_NAME = 256
"""What is longer cannot be a file's name."""
UNPRINTABLE = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
"""What a model writes must not steer the terminal."""


def ask(
    given: Annotated[
        list[str], typer.Argument(help="Pictures, then the question.", metavar="IMAGE... QUESTION", show_default=False)
    ],
    model: answering.ModelName = None,
    max_tokens: Annotated[int, typer.Option(help="Longest answer, in tokens.", min=1)] = 512,
    temperature: Annotated[float, typer.Option(help="0 takes the likeliest words; higher varies.", min=0)] = 0.0,
    stream: Annotated[
        bool | None, typer.Option("--stream/--no-stream", help="Print words as they come; so on a terminal.")
    ] = None,
    device: answering.Device = "auto",
    dtype: answering.Dtype = "auto",
    quantize: answering.Quantize = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Ask a model about pictures. Ctrl-C ends the answer."""
    from vl2agent.completion import Decoding, Prompt

    images, question = _split(given)
    decoding = Decoding(max_tokens=max_tokens, temperature=temperature)
    backend = answering.open_model(model, device=device, dtype=dtype, quantize=quantize)
    shown = not as_json and (console.out.is_terminal if stream is None else stream)
    reply = _answer(backend, Prompt.ask(question, len(images)), images, decoding, shown)
    _tell(reply, backend, shown=shown, as_json=as_json)
    if reply.stop_reason == "cancelled":
        if as_json:
            raise typer.Exit(Interrupted.exit_code)
        raise Interrupted("stopped by a person")


def _split(given: Sequence[str]) -> tuple[list[Image.Image], str]:
    """Tell the pictures from the question, which comes last.

    Raises:
        InputError: there is no picture, or no question.
        ImageError: a file is not a readable picture.
    """
    *paths, question = given
    example = 'as in: vl2agent ask screen.png "What does the dialog say?"'
    if len(question) < LONGEST_NAME and Path(question).is_file():
        raise InputError(f"expected the question last, got the file {question!r}; {example}")
    if not question.strip():
        raise InputError(f"expected a question, got an empty text; {example}")
    if not paths:
        raise InputError(f"expected a picture before the question {question!r}, got none; {example}")
    from vl2agent.capture.files import load_frame

    return [load_frame(path).image for path in paths], question


def _answer(backend: Backend, prompt: Prompt, images: Sequence[Image.Image], decoding: Decoding, shown: bool) -> Reply:
    """Wait for the reply; the first Ctrl-C ends it with what is there."""
    asked_to_stop = Event()
    try:
        with Stopping("Stopping; once more stops at once.") as stopping:
            stopping.ask = asked_to_stop.set
            return backend.complete(
                prompt, images, decoding=decoding, on_text=_write if shown else None, cancelled=asked_to_stop.is_set
            )
    except KeyboardInterrupt:
        raise Interrupted("stopped by a person") from None


def _write(text: str) -> None:
    """Put text on stdout as it is, at once."""
    sys.stdout.write(text.translate(UNPRINTABLE))
    sys.stdout.flush()


def _tell(reply: Reply, backend: Backend, *, shown: bool, as_json: bool) -> None:
    """Print the reply, and on stderr what it cost."""
    if as_json:
        console.print_json({"model": backend.model, **reply.model_dump(mode="json", exclude={"logprobs"})})
        return
    _write("\n" if shown else f"{reply.text}\n")
    usage, timings = reply.usage, reply.timings
    if not usage.prompt_tokens:  # a server tells at the end, which never came
        return
    seconds = timings.encode_s + timings.prefill_s + timings.decode_s
    cost = f"{usage.completion_tokens} tokens in {seconds:.1f} s, after {usage.prompt_tokens} of the prompt"
    cut = "; cut off, a larger --max-tokens gives more" if reply.stop_reason == "length" else ""
    console.err.print(Text(cost + cut, style="dim"))
