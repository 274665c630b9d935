"""A hint at what was meant: the known names that come nearest to a wrong one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """Return '; did you mean ...?', or nothing where no name comes near."""
    close = difflib.get_close_matches(name[:80].lower(), list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(close)}?" if close else ""
