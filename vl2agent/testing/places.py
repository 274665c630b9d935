"""Where the files of one test lie: its recordings, the pictures it is compared with, what is left when it fails."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from vl2agent.errors import InputError

LONGEST = 100
"""Characters of a name; file systems take 255 bytes, and endings come on top."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Places:
    """The folders beside one test's file, and the test's own name in them."""

    recordings: Path
    snapshots: Path
    failures: Path
    name: str

    @classmethod
    def of(cls, file: Path, test: str, *, recordings: str, snapshots: str, failures: str) -> Places:
        """Name the places of a test.

        Args:
            file: where the test is written; the three folders lie beside it.
            test: what stands behind the file in its id, such as 'TestLogin::test_dark[de-800]'.
            recordings, snapshots, failures: the folders' names.
        """
        here, name = file.parent, safe_name(test)
        return cls(here / recordings, here / snapshots, here / failures / file.stem / name, f"{file.stem}/{name}")

    def recording(self, name: str) -> Path:
        """Give the path that a recording has by name.

        Raises:
            InputError: the name leads elsewhere.
        """
        return _inside(self.recordings, name)

    def snapshot(self, name: str) -> Path:
        """Give the path that a stored picture has by name.

        Raises:
            InputError: the name leads elsewhere, or is none of a PNG file.
        """
        if not name.endswith(".png"):
            raise InputError(f"expected the name of a picture, such as 'home.png', got {name!r}")
        return _inside(self.snapshots, name)


def safe_name(test: str) -> str:
    """Write a test's id in characters that any file system takes; ids that differ give names that differ.

    What had to be changed has a checksum at its end.
    """
    plain = test.replace("::", ".")
    if plain.endswith("]") and "[" in plain:
        plain = plain[:-1].replace("[", "-", 1)
    name = _UNSAFE.sub("_", plain).strip(".")
    if name and name == plain and len(name) <= LONGEST:
        return name
    return f"{name[:LONGEST]}-{hashlib.blake2b(test.encode('utf-8', 'surrogatepass'), digest_size=4).hexdigest()}"


def _inside(folder: Path, name: str) -> Path:
    path = Path(name)
    if not name or path.is_absolute() or ".." in path.parts or "\\" in name or not path.name:
        raise InputError(f"expected a name within {folder.name}/, got {name!r}")
    return folder / path
