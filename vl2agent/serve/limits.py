"""How much one request, and all of them together, may take."""

from __future__ import annotations

from dataclasses import dataclass, fields

from vl2agent.errors import InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a server bears.

    Args:
        max_queue: requests that may wait beside the one that runs.
        max_body_bytes: of a request; pictures are a third larger there than in their files.
        max_pictures: of a request.
        max_pixels: of each picture; an 8K screen by default.
        max_tokens: of a reply; None: what the window leaves.
        max_boxes: that one grounding may ask for.
        timeout_s: from the moment a request is read to its last token.
        read_s: for a request to arrive; also for a client to take a piece of its reply.
        grace_s: what runs when the server is stopped may go on for so long.

    Raises:
        InputError: one of them leaves room for nothing.
    """

    max_queue: int = 32
    max_body_bytes: int = 32 * 2**20
    max_pictures: int = 8
    max_pixels: int = 7680 * 4320
    max_tokens: int | None = None
    max_boxes: int = 100
    timeout_s: float = 600.0
    read_s: float = 30.0
    grace_s: float = 5.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            least = 0 if field.name in ("max_queue", "max_pictures", "grace_s") else 1e-3
            if value is not None and value < least:
                raise InputError(f"{field.name}: expected more than that, got {value}")
