"""The DeepSeek-VL2 checkpoints in the Hugging Face cache: list, check and remove them. No network is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import scan_cache_dir
from huggingface_hub.errors import CacheNotFound

from vl2.checkpoint.fetch import has_digest
from vl2.config import VL2Config
from vl2.errors import VL2Error


@dataclass(frozen=True, slots=True)
class CachedCheckpoint:
    """One revision of one repository."""

    repo_id: str
    commit: str
    refs: tuple[str, ...]
    """Branches and tags that led here when they were last asked after."""
    folder: Path
    nbytes: int
    variant: str
    """`tiny`, `small`, `base` or `custom`."""


def cached_checkpoints() -> list[CachedCheckpoint]:
    """List every revision of a DeepSeek-VL2 in the cache, in order of name; other models are left out."""
    try:
        repos = scan_cache_dir().repos
    except CacheNotFound:
        return []
    found = []
    for repo in repos:
        for revision in repo.revisions:
            try:
                config = VL2Config.from_folder(revision.snapshot_path)
            except VL2Error:
                continue
            found.append(
                CachedCheckpoint(
                    repo_id=repo.repo_id,
                    commit=revision.commit_hash,
                    refs=tuple(sorted(revision.refs)),
                    folder=revision.snapshot_path,
                    nbytes=revision.size_on_disk,
                    variant=config.variant,
                )
            )
    return sorted(found, key=lambda checkpoint: (checkpoint.repo_id, checkpoint.commit))


def remove(checkpoint: CachedCheckpoint) -> int:
    """Delete a revision and what no other one shares; return the bytes that became free."""
    strategy = scan_cache_dir().delete_revisions(checkpoint.commit)
    strategy.execute()
    return strategy.expected_freed_size


def check_digests(folder: Path) -> Iterator[tuple[Path, bool | None]]:
    """Hash the files of a folder and compare each with the hash that the cache names its content by.

    Yields:
        File and verdict; None where nothing says what the hash should be, as in a folder outside the cache.
    """
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        name = path.resolve().name if path.is_symlink() else ""
        is_digest = len(name) in (40, 64) and set(name) <= set("0123456789abcdef")
        yield path, has_digest(path, name) if is_digest else None
