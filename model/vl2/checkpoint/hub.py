"""Checkpoints by repo id: from the Hugging Face cache, or downloaded into it and verified.

Only what loading needs is taken. config.json comes first: another model is refused before its gigabytes come.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage
from typing import Any

from huggingface_hub import HfApi, constants, hf_hub_url, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import WeakFileLock, filter_repo_objects
from huggingface_hub.utils import tqdm as hub_bar

from vl2.checkpoint.fetch import RemoteFile, fetch
from vl2.checkpoint.inventory import PICKLES, read_inventory
from vl2.config import VL2Config
from vl2.errors import CorruptFile, DownloadError

WANTED = [
    "config.json", "processor_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
    "generation_config.json", "*.safetensors", "*.safetensors.index.json", "LICENSE*",
]  # fmt: skip
"""Files of a repository that are downloaded."""

HubProgress = Callable[[str, int, int], None]
"""Called with the file that is coming, the bytes that are there of all files, and their total."""


def checkpoint_folder(
    repo_id: str,
    *,
    revision: str | None = None,
    local_files_only: bool = False,
    progress: HubProgress | None = None,
) -> Path:
    """Return the folder of a checkpoint in the usual cache, downloading what is not there.

    Every file is checked against the hash that the hub states before it enters the cache. Without a network, a whole
    copy in the cache serves.

    Raises:
        DownloadError: it is not in the cache and cannot be fetched; says why and what to try.
        ConfigError: it is not a DeepSeek-VL2; nothing but its config.json was fetched.
        CorruptFile: what the cache holds is damaged.
    """
    if local_files_only or constants.HF_HUB_OFFLINE:
        return _cached(repo_id, revision)
    with _explained(repo_id, revision):
        try:
            commit, files = _listing(repo_id, revision)
        except HTTPError as error:
            if isinstance(error, HfHubHTTPError) and error.response.status_code < 500:
                raise
            return _cached(repo_id, revision, otherwise=error)  # no network, or the hub is down
        folder = _download(repo_id, revision, commit, files, progress)
    read_inventory(folder)
    return folder


def _cached(repo_id: str, revision: str | None, otherwise: Exception | None = None) -> Path:
    with _explained(repo_id, revision):
        try:
            return Path(snapshot_download(repo_id, revision=revision, local_files_only=True, allow_patterns=WANTED))
        except LocalEntryNotFoundError as error:
            raise (otherwise or error) from None


def _listing(repo_id: str, revision: str | None) -> tuple[str, list[RemoteFile]]:
    """Ask the hub for the commit of a revision and the files of it that are wanted."""
    info = HfApi().model_info(repo_id, revision=revision, files_metadata=True)
    siblings = info.siblings or []
    names = set(filter_repo_objects([sibling.rfilename for sibling in siblings], allow_patterns=WANTED))
    if not any(name.endswith(".safetensors") for name in names):
        pickles = [sibling.rfilename for sibling in siblings if sibling.rfilename.endswith(PICKLES)]
        found = f"found pickles alone ({pickles[0]}), which can run any code" if pickles else "found none"
        raise DownloadError(repo_id, f"expected weights in safetensors files, {found}; choose another repository")
    files = [
        RemoteFile(s.rfilename, s.size or 0, s.lfs.sha256 if s.lfs else str(s.blob_id))
        for s in siblings
        if s.rfilename in names
    ]
    return str(info.sha), sorted(files, key=lambda file: (file.name != "config.json", file.size))


def _download(
    repo_id: str, revision: str | None, commit: str, files: list[RemoteFile], progress: HubProgress | None
) -> Path:
    cache = Path(constants.HF_HUB_CACHE).expanduser()
    storage = cache / f"models--{repo_id.replace('/', '--')}"
    blobs = {file.name: storage / "blobs" / file.digest for file in files}
    _require_space(repo_id, cache, sum(file.size for file in files if not blobs[file.name].exists()))
    done, total = 0, sum(file.size for file in files)
    for file in files:
        blob, before = blobs[file.name], done

        def report(there: int, name: str = file.name, before: int = before) -> None:
            if progress:
                progress(name, before + there, total)

        lock = cache / ".locks" / storage.name / f"{file.digest}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(lock):
            if not blob.exists():
                fetch(hf_hub_url(repo_id, file.name, revision=commit), file, blob, report)
        done += file.size
        report(file.size)
        if file.name == "config.json":
            _check_model(repo_id, blob)
    # The cache's own layout (links, references) is left to the library, which finds every blob in place.
    linked = snapshot_download(repo_id, revision=revision, allow_patterns=list(blobs), tqdm_class=_NoBar)
    if Path(linked).name != commit:
        raise DownloadError(repo_id, f"expected commit {commit}, the hub moved on meanwhile; download again")
    return Path(linked)


def _check_model(repo_id: str, config_blob: Path) -> None:
    try:
        raw = json.loads(config_blob.read_bytes())
    except ValueError as error:
        raise DownloadError(repo_id, f"its config.json is no JSON: {error}") from None
    if not isinstance(raw, dict):
        raise DownloadError(repo_id, f"its config.json is no object, but {type(raw).__name__}")
    VL2Config.from_dict(raw)


def _require_space(repo_id: str, cache: Path, needed_bytes: int) -> None:
    there = next(folder for folder in (cache, *cache.parents) if folder.exists())
    free = disk_usage(there).free
    if needed_bytes > free:
        gib = f"{needed_bytes / 2**30:.1f} GiB on {there}, {free / 2**30:.1f} GiB are free"
        raise DownloadError(repo_id, f"needs {gib}; make room, or set HF_HOME to a folder on a larger disk")


@contextmanager
def _explained(repo_id: str, revision: str | None) -> Iterator[None]:
    """Turn what the hub's library raises into what happened and what to try."""
    try:
        yield
    except GatedRepoError as error:
        reason = "access is granted on request; ask for it on its page, then log in: hf auth login"
        raise DownloadError(repo_id, reason) from error
    except RevisionNotFoundError as error:
        raise DownloadError(repo_id, f"has no revision {revision!r}; leave it out for the newest") from error
    except RepositoryNotFoundError as error:
        reason = "no such repository, or a private one; check the name, or log in: hf auth login"
        raise DownloadError(repo_id, reason) from error
    except HFValidationError as error:
        raise DownloadError(repo_id, f"expected a folder, or a repo id such as owner/name: {error}") from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        reason = f"the cache has no whole copy, and downloading is off; try: vl2agent models pull {repo_id}"
        raise DownloadError(repo_id, reason) from error
    except HfHubHTTPError as error:
        raise DownloadError(repo_id, f"the hub answered {error.response.status_code}; try again later") from error
    except HTTPError as error:
        cause = str(error) or type(error).__name__
        reason = (
            f"no connection to {constants.ENDPOINT} ({cause}); what came is kept: try again when there is a network"
        )
        raise DownloadError(repo_id, reason) from error
    except CorruptFile as error:
        raise DownloadError(repo_id, error.reason) from error
    except OSError as error:
        full = "no space is left; make room, or set HF_HOME to a folder on a larger disk"
        reason = full if error.errno == errno.ENOSPC else f"{error.filename or 'the cache'}: {error.strerror or error}"
        raise DownloadError(repo_id, reason) from error


class _NoBar(hub_bar):
    """The hub's progress bar, never drawn: a library does not print."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"disable": True})  # type: ignore[no-untyped-call]
