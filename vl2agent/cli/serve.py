"""`vl2agent serve`: put a model behind HTTP, for agents on this machine or on others."""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vl2agent.cli import answering, console
from vl2agent.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from vl2agent.contracts import Backend

EPILOG = """
[bold]Examples[/]

vl2agent serve deepseek-ai/deepseek-vl2-tiny   [dim]# for programs on this machine[/]\n
vl2agent serve ./my-finetune --port 0 --json   [dim]# a free port, told in JSON[/]\n
vl2agent serve deepseek-ai/deepseek-vl2-small --host 0.0.0.0 --api-key-file key.txt

Then: vl2agent run "open settings" --model http://127.0.0.1:8000/v1

The protocol is OpenAI's (/v1/chat/completions, /v1/models), so that its clients work, too. Pictures come in the
requests; none is ever fetched. A key may also stand in the variable VL2AGENT_API_KEY.
"""


def serve(
    model: Annotated[
        str, typer.Argument(help="Folder of a model, or a repository, such as deepseek-ai/deepseek-vl2-tiny.")
    ],
    host: Annotated[str, typer.Option(help="Where to listen; beyond this machine only with a key.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes one that is free.", min=0, max=65535)] = 8000,
    api_key_file: Annotated[
        Path | None, typer.Option(help="A file with the key that clients must show; VL2AGENT_API_KEY does as well.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What clients call the model; by default the end of the folder's path.")
    ] = None,
    max_queue: Annotated[int, typer.Option(help="Requests that may wait; more get a 429.", min=0)] = 32,
    max_tokens: Annotated[
        int | None, typer.Option(help="Longest reply that may be asked for.", min=1, show_default="the window")
    ] = None,
    max_pictures: Annotated[int, typer.Option(help="Of a request.", min=0)] = 8,
    max_pixels: Annotated[int, typer.Option(help="Of each picture.", min=1)] = 7680 * 4320,
    max_body: Annotated[int, typer.Option(help="MiB of a request.", min=1)] = 32,
    timeout: Annotated[float, typer.Option(help="Seconds that a request may take, waiting included.", min=0.1)] = 600.0,
    device: answering.Device = "auto",
    dtype: answering.Dtype = "auto",
    quantize: answering.Quantize = None,
    as_json: console.AsJson = False,
    verbose: console.Verbose = False,
) -> None:
    """Serve a model over HTTP. Ctrl-C gives what runs 5 seconds to end, once more stops at once."""
    try:
        from vl2agent.serve import listening
        from vl2agent.serve.limits import Limits
        from vl2agent.serve.site import Site
    except ModuleNotFoundError as error:
        raise MissingExtra("serve", f"serving a model ({error})") from error
    site = Site(host=host, port=port, key=_key(api_key_file))
    limits = Limits(
        max_queue=max_queue, max_tokens=max_tokens, max_pictures=max_pictures, max_pixels=max_pixels,
        max_body_bytes=max_body * 2**20, timeout_s=timeout,
    )  # fmt: skip
    backend = _opened(model, device, dtype, quantize)
    _log_to_stderr()
    called = name or (Path(model).resolve().name if Path(model).is_dir() else model)

    def tell(event: listening.Event, url: str) -> None:
        if as_json:
            typer.echo(json.dumps({"event": event, "url": url, "model": called, "pid": os.getpid()}))  # one line each
        elif event in SAID:
            console.out.print(SAID[event].format(url=url, model=called), soft_wrap=True, markup=False)

    at_rest = listening.serve(backend, name=called, site=site, limits=limits, told=tell)
    if not at_rest:  # the model's thread cannot be ended, and would be waited for
        sys.stdout.flush()
        os._exit(0)


SAID = {
    "listening": "{model} is being loaded; it will answer at {url}",
    "ready": "{model} answers at {url}",
    "stopping": "stopping; what runs has 5 seconds to end",
}


def _opened(model: str, device: str, dtype: str, quantize: str | None) -> Backend:
    """Find the model, downloading it if need be; its weights are loaded by the server."""
    from vl2agent.backends.families import open_backend
    from vl2agent.cli.models import transfer

    with transfer() if console.err.is_terminal else nullcontext() as progress:
        return open_backend(model, device=device, dtype=dtype, quantize=quantize, progress=progress)


def _key(file: Path | None) -> str | None:
    """Read the key from a file or the environment; a command line would show it to everybody on the machine.

    Raises:
        InputError: the file cannot be read, or holds no key.
    """
    if file is None:
        from vl2agent.backends.families import environment_key

        return environment_key()
    try:
        key = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"expected a file with a key: {error}") from error
    if not key:
        raise InputError(f"expected a key in {str(file)!r}, found nothing")
    return key


def _log_to_stderr() -> None:
    """One line for each request: ids and numbers."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("vl2agent.serve")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    logger.propagate = False
