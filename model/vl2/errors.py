"""Errors of vl2: what was expected, what came, and what to try.

VL2Error
  ConfigError        config.json says something this code cannot be (.key, .value, .expected)
    UnsupportedModel   it is another model, or a variant of this one that is not known
  CheckpointError    a checkpoint folder cannot be loaded (.path)
    MissingFile        a file of it is not there
    CorruptFile        a file is truncated or not what its name says
    TensorMismatch     tensors are missing, left over or of another shape (.missing, .unexpected, .wrong_shape)
  TokenizerError     tokens that the chat format needs are not there, or have clashing ids (.missing)
  DownloadError      a checkpoint could not be fetched (.repo_id)
  ImageError         a picture that cannot work (.source)
  PromptError        a conversation that cannot be laid out
    PromptTooLong      it and the reply do not fit the window (.tokens, .window)
  LogitsError        the model computed something that is no number (.position)
  GrammarError       a grammar or schema that cannot be compiled
  OutOfMemory        the weights or the cache do not fit (.needed_bytes, .available_bytes)
  MissingPackage     an optional package is needed and not installed (.package)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


class VL2Error(Exception):
    """Anything this package raises on purpose."""


class ConfigError(VL2Error, ValueError):
    """A configuration value that cannot work.

    Args:
        key: where it stands, dotted: `language_config.hidden_size`.
        value: what stands there.
        expected: what could stand there.
    """

    def __init__(self, key: str, value: object, expected: str) -> None:
        super().__init__(f"{key}: expected {expected}, got {value!r}")
        self.key, self.value, self.expected = key, value, expected


class UnsupportedModel(ConfigError):
    """The folder holds another model, or an unknown variant of this one."""


class CheckpointError(VL2Error):
    """A checkpoint folder, or one file of it, cannot be loaded."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = Path(path), reason


class MissingFile(CheckpointError):
    """A file that a checkpoint must have is not there."""


class CorruptFile(CheckpointError):
    """A file is truncated, or not what its name says."""


class TensorMismatch(CheckpointError):
    """The tensors of a checkpoint are not those of the model that its config describes.

    Args:
        path: the checkpoint folder.
        missing: names the model has and the checkpoint lacks.
        unexpected: names the checkpoint has and the model does not know.
        wrong_shape: name to (expected, found).
    """

    def __init__(
        self,
        path: str | Path,
        *,
        missing: Sequence[str] = (),
        unexpected: Sequence[str] = (),
        wrong_shape: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] | None = None,
    ) -> None:
        shapes = dict(wrong_shape or {})
        parts = [
            *(_named("missing", missing)),
            *(_named("unexpected", unexpected)),
            *(_named("of another shape", [f"{n} (expected {e}, found {f})" for n, (e, f) in shapes.items()])),
        ]
        super().__init__(path, "; ".join(parts) + "; is config.json the one that came with these weights?")
        self.missing, self.unexpected, self.wrong_shape = tuple(missing), tuple(unexpected), shapes


class TokenizerError(VL2Error):
    """Tokens that the chat format needs are not there, or carry ids that clash."""

    def __init__(self, message: str, missing: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.missing = tuple(missing)


class DownloadError(VL2Error):
    """A checkpoint could not be fetched."""

    def __init__(self, repo_id: str, reason: str) -> None:
        super().__init__(f"{repo_id}: {reason}")
        self.repo_id, self.reason = repo_id, reason


class ImageError(VL2Error, ValueError):
    """A picture that cannot work, found before any compute."""

    def __init__(self, source: object, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source, self.reason = source, reason


class PromptError(VL2Error, ValueError):
    """A conversation that cannot be laid out."""


class PromptTooLong(PromptError):
    """The prompt and the room for its reply do not fit the model's window."""

    def __init__(self, tokens: int, window: int, reserve: int = 0, hint: str = "") -> None:
        room = f" with {reserve} for the reply" if reserve else ""
        tail = f"; {hint}" if hint else ""
        super().__init__(f"expected a prompt{room} of at most {window} tokens, got {tokens}{tail}")
        self.tokens, self.window, self.reserve = tokens, window, reserve


class LogitsError(VL2Error, ArithmeticError):
    """The model's logits are no numbers, so no token can be chosen.

    Args:
        position: tokens of the answer before it.
    """

    def __init__(self, position: int) -> None:
        super().__init__(
            f"expected finite logits for token {position} of the answer, found NaN or infinity; are the weights whole, "
            "and is the dtype one they were trained for? float16 overflows, try bfloat16 or float32"
        )
        self.position = position


class GrammarError(VL2Error, ValueError):
    """A grammar or a schema that cannot be compiled."""


class OutOfMemory(VL2Error, MemoryError):
    """The weights, the cache or an intermediate result do not fit."""

    def __init__(self, what: str, needed_bytes: int, available_bytes: int | None, hint: str) -> None:
        left = "" if available_bytes is None else f", {available_bytes / 2**30:.1f} GiB are free"
        super().__init__(f"{what} needs {needed_bytes / 2**30:.1f} GiB{left}; {hint}")
        self.needed_bytes, self.available_bytes = needed_bytes, available_bytes


class MissingPackage(VL2Error, ImportError):
    """An optional package is needed and not installed."""

    def __init__(self, package: str, needed_for: str) -> None:
        super().__init__(f"{needed_for} needs the package {package!r}; try: pip install {package}")
        self.package = package


def _named(what: str, names: Sequence[str], shown: int = 5) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return [f"{len(names)} tensors {what}: {', '.join(names[:shown])}{more}"]
