"""One writer at a time: a lock on the event file that ends with the process, however that ends."""

from __future__ import annotations

import errno
import os
import sys

_AT = 1 << 40
"""Where Windows locks a byte: far behind the events, which others may read meanwhile."""


def lock(descriptor: int) -> bool:
    """Take the lock of an open file; False when another writer has it."""
    try:
        _take(descriptor)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK):
            return False
        if error.errno in (errno.ENOLCK, errno.EOPNOTSUPP):  # a file system without locks: nothing tells writers apart
            return True
        raise
    return True


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, _AT, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
