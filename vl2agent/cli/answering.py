"""What commands with a model share: which one, how it computes, and opening it while a person waits."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from vl2agent.cli import console
from vl2agent.errors import InputError

if TYPE_CHECKING:
    from vl2agent.contracts import Backend

ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="Folder of a model, a repository such as deepseek-ai/deepseek-vl2-tiny, or a server: http://HOST:PORT/v1.",
        metavar="MODEL",
    ),
]
Device = Annotated[str, typer.Option(help="'cpu', 'cuda', 'cuda:1'; 'auto': a GPU if there is one.")]
Dtype = Annotated[str, typer.Option(help="'bfloat16', 'float32', 'float16'; 'auto': what fits.")]
Quantize = Annotated[str | None, typer.Option(help="'int8' or 'int4': weights of fewer bits.")]


def open_model(name: str | None, *, device: str = "auto", dtype: str = "auto", quantize: str | None = None) -> Backend:
    """Open a model and load its weights, with a bar on stderr.

    Raises:
        InputError: none is named.
        BackendError: it cannot be loaded.
    """
    if not name:
        raise InputError(
            "expected --model with a checkpoint's folder, a repository or a server's address; fetch a small one first with "
            "'vl2agent models pull deepseek-ai/deepseek-vl2-tiny', then add --model deepseek-ai/deepseek-vl2-tiny"
        )
    from vl2agent.backends.families import open_backend
    from vl2agent.cli.models import transfer

    with transfer() if console.err.is_terminal else nullcontext() as progress:
        backend = open_backend(name, device=device, dtype=dtype, quantize=quantize, progress=progress)
        backend.load()
    return backend
