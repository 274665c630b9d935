"""Sites: which of them a goal names, and which one an address belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vl2agent.policy.domains import site_of

_ADDRESS = re.compile(
    r"https?://[^\s'\"’”»<>,;)]+|(?<![\w@.+-])(?:(?:[\w-]+\.)+\w{2,}|localhost)(?![\w@])(?::\d+)?", re.IGNORECASE
)


def site(url: str) -> tuple[str, str]:
    """Tell sites apart: scheme and host, with www. or without; pages that have no host by their scheme alone."""
    read = site_of(url)
    return (read.scheme, read.host.removeprefix("www.")) if read else ("", url)


def hosts_in(goal: str) -> Iterator[str]:
    """Give the hosts that a goal names, as browsers write them; an e-mail address names none."""
    for found in _ADDRESS.findall(goal):
        scheme, host = site(found if "://" in found else f"https://{found}")
        if scheme:
            yield host
