"""A conversion on the disk: written whole or not at all, and never over what somebody else put there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from vl2agent.errors import InputError

LIST = "files.json"
"""Names the files of the folder, and what was in them."""


def write_folder(files: Mapping[str, bytes], folder: str | Path) -> Path:
    """Write files into a folder that is new, empty, or as it was written before; return where it is.

    All of it is there at once: a folder that is cut short by a full disk or a kill is never seen under its name.

    Raises:
        InputError: the folder holds something else, or cannot be written.
    """
    target = Path(folder).absolute()
    require_ours(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise _cannot(target, error) from error
    try:
        for name, data in {**files, LIST: _listed(files)}.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        fresh.chmod(0o777 & ~_umask())
        _swap(fresh, target)
    except OSError as error:
        raise _cannot(target, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def require_place(folder: str | Path) -> None:
    """Make sure that a folder can be written, before the work that is to go there.

    Raises:
        InputError: as `require_ours`, or nothing can be made where it would stand.
    """
    require_ours(folder)
    target = Path(folder).absolute()
    above = next(each for each in target.parents if each.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=above):
            pass
    except OSError as error:
        raise _cannot(target, error) from error


def require_ours(folder: str | Path) -> None:
    """Make sure that nothing is lost when a folder is written anew.

    Raises:
        InputError: it is a file, holds other things, or what it holds was changed since.
    """
    target = Path(folder)
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir() or target.is_symlink():
        raise InputError(f"expected a folder to write to, got {str(target)!r}, which is something else")
    known = _known(target)
    there = {str(path.relative_to(target).as_posix()) for path in target.rglob("*") if not path.is_dir()} - {LIST}
    if other := sorted(there - known.keys()):
        shown = ", ".join(other[:3]) + (" ..." if len(other) > 3 else "")
        raise InputError(f"{str(target)!r} holds other things ({shown}), which would be lost; choose a new folder")
    if changed := sorted(name for name in there if _digest((target / name).read_bytes()) != known[name]):
        raise InputError(f"{changed[0]} in {str(target)!r} was changed since it was written; choose a new folder")


def _known(folder: Path) -> dict[str, str]:
    try:
        known = json.loads((folder / LIST).read_text("utf-8"))["files"]
        return {str(name): str(digest) for name, digest in known.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _listed(files: Mapping[str, bytes]) -> bytes:
    digests = {name: _digest(data) for name, data in sorted(files.items())}
    return json.dumps({"made_with": "vl2agent code", "files": digests}, indent=1).encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _swap(fresh: Path, target: Path) -> None:
    """Put a folder in the place of another one, which comes back if that fails."""
    if not target.exists():
        fresh.rename(target)
        return
    before = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent)) / "before"
    target.rename(before)
    try:
        fresh.rename(target)
    except OSError:
        before.rename(target)
        raise
    finally:
        shutil.rmtree(before.parent, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _cannot(target: Path, error: OSError) -> InputError:
    return InputError(f"{str(target)!r} cannot be written: {error.strerror or error}; choose another folder")
