"""Options for what must not be seen: files of what is masked, secrets by the names of environment variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from vl2agent.contracts import Executor
    from vl2agent.recording.redaction import Redaction

Redact: TypeAlias = Annotated[
    Path | None, typer.Option(help="What is masked in the recording: a TOML file, by default the policy's.")
]
Secret: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        help="Environment variable to type where the goal says {NAME}; nothing shows its value.", metavar="NAME"
    ),
]


def redaction(file: Path | None, names: list[str] | None) -> Redaction:
    """Make what masks a recording.

    Raises:
        PolicyError: the file says what is not understood, or a variable is not set.
    """
    from vl2agent.recording.redaction import Redaction, values_of

    values = values_of(names or (), os.environ)
    return Redaction.load(file, secrets=values) if file else Redaction(values)


def hands(executor: Executor | None, redaction: Redaction) -> Executor | None:
    """Give an executor the secrets to type."""
    from vl2agent.executor.secrets import KnowsSecrets

    return KnowsSecrets(executor, redaction.secrets) if executor and redaction.secrets else executor
