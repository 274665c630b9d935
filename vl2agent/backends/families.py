"""From a model's name to the backend that runs it: a folder or a repository, told apart by what its config.json says.

from vl2agent.backends.families import open_backend

model = open_backend("deepseek-ai/deepseek-vl2-tiny")
model = open_backend("http://127.0.0.1:8000/v1")
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vl2agent.backends import deepseek_vl, http, local
from vl2agent.backends.local import typed_errors
from vl2agent.errors import BackendError, NotOffered, UnknownModel

if TYPE_CHECKING:
    from vl2agent.contracts import Backend

FAMILIES = (*local.MODEL_TYPES, *deepseek_vl.MODEL_TYPES)
ADDRESSES = ("http://", "https://")
KEY_VARIABLE = "VL2AGENT_API_KEY"
"""Holds the key for servers; those of other vendors hold keys that are not for these."""
ORIGINAL_LAYOUT = "multi_modality"
"""What the predecessor's own checkpoints call themselves; transformers cannot read them."""
WANTED = ("*.json", "*.jinja", "*.safetensors", "tokenizer.model")
"""Files of a repository of the predecessor that are downloaded: no code, no pickles."""


def open_backend(
    model: str | Path,
    *,
    device: str = "auto",
    dtype: str = "auto",
    quantize: str | None = None,
    revision: str | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    api_key: str | None = None,
    tokenizer: str | Path | None = None,
) -> Backend:
    """Open a model by a folder, a repository such as `deepseek-ai/deepseek-vl2-tiny`, or the address of a server.

    A repository that is not in the cache is downloaded; weights are loaded, or the server is reached, with the first
    reply.

    Args:
        model: the folder, the repository, or an address such as `http://127.0.0.1:8000/v1`.
        device: 'cpu', 'cuda' or the like; 'auto': a GPU if there is one.
        dtype: a name that torch knows; 'auto': what fits the checkpoint and the device.
        quantize: 'int8' or 'int4': weights of fewer bits; not for the predecessor.
        revision: of the repository; None: the newest.
        progress: is called with what is going on, bytes done and bytes in all.
        api_key, tokenizer: as `HttpBackend` takes them, for a server only, which decides the four before progress itself;
            api_key None: what VL2AGENT_API_KEY holds, if anything.

    Raises:
        InputError: an address or a key cannot work.
        NotOffered: an option is for the other kind of model.
        UnknownModel: it is of another family.
        MissingExtra: what a model needs is not installed.
        BackendError: it is not there, damaged, or cannot be downloaded.
    """
    if str(model).lower().startswith(ADDRESSES):
        chosen = {
            "--device": device != "auto",
            "--dtype": dtype != "auto",
            "--quantize": quantize,
            "revision": revision,
        }
        _refuse(str(model), chosen, "start the server with it")
        return http.HttpBackend(str(model), api_key=api_key or environment_key(), tokenizer=tokenizer)
    _refuse(str(model), {"api_key": api_key, "tokenizer": tokenizer}, "it is for a server's model")
    folder = Path(model) if Path(model).is_dir() else _downloaded(str(model), revision, progress)
    found = _model_type(folder)
    if found in local.MODEL_TYPES:
        return local.LocalBackend(
            folder, model=str(model), device=device, dtype=dtype, quantize=quantize, progress=progress
        )
    if found in deepseek_vl.MODEL_TYPES:
        if quantize:
            raise NotOffered(str(model), f"weights as {quantize}", "leave --quantize away")
        return deepseek_vl.DeepseekVLBackend(folder, model=str(model), device=device, dtype=dtype)
    raise _unknown(str(model), found)


def environment_key() -> str | None:
    """Read the key for servers from VL2AGENT_API_KEY; None where it is unset or empty."""
    return os.environ.get(KEY_VARIABLE, "").strip() or None


def _refuse(model: str, chosen: Mapping[str, object], hint: str) -> None:
    """Refuse the options that are given and cannot have an effect."""
    if given := [name for name, value in chosen.items() if value]:
        raise NotOffered(model, f"the option {given[0]!r}", hint)


def _unknown(model: str, found: object) -> UnknownModel:
    hint = "the predecessor's converted checkpoints are under deepseek-community" if found == ORIGINAL_LAYOUT else ""
    return UnknownModel(model, repr(found), FAMILIES, hint)


def _model_type(folder: Path) -> object:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BackendError(f"{path}: expected the config.json of a model, found no file; is this its folder?") from None
    except (OSError, ValueError) as error:
        raise BackendError(f"{path}: expected a JSON file: {error}; download it again") from error
    return config.get("model_type") if isinstance(config, dict) else None


def _downloaded(name: str, revision: str | None, progress: Callable[[str, int, int], None] | None) -> Path:
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise BackendError(
            f"{name}: expected a folder, a repository such as owner/name, or a server such as http://127.0.0.1:8000/v1; "
            "there is no such folder"
        )
    with typed_errors():
        from vl2.checkpoint.hub import checkpoint_folder
        from vl2.errors import UnsupportedModel

        try:
            told = (lambda file, done, total: progress(f"downloading {file}", done, total)) if progress else None
            return checkpoint_folder(name, revision=revision, progress=told)
        except UnsupportedModel as error:
            if error.key != "model_type":
                raise
            if error.value not in deepseek_vl.MODEL_TYPES:
                raise _unknown(name, error.value) from error
    return _predecessor(name, revision)


def _predecessor(name: str, revision: str | None) -> Path:
    """Download a DeepSeek-VL, which has files of its own and no hashes that we know."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(WANTED)))
    except (OSError, HfHubHTTPError, HTTPError, LocalEntryNotFoundError) as error:
        raise BackendError(f"{name}: cannot be downloaded: {error}") from error
