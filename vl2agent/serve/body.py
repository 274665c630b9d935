"""The body of a request: read within its limits, and JSON by its own account."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from vl2agent.serve.limits import Limits
from vl2agent.serve.refusal import Refusal, too_large


async def read_body(request: Request, limits: Limits) -> bytes:
    """Read it.

    Raises:
        Refusal: it is too large, too slow, or no JSON; or the client went away.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":  # forms may come from any page in a browser, unasked
        raise Refusal(415, "unsupported_media_type", f"expected content-type application/json, got {kind[:60]!r}")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limits.max_body_bytes:
        raise too_large("bytes of a request", limits.max_body_bytes, int(announced))
    try:
        async with asyncio.timeout(limits.read_s):
            return await _collected(request, limits.max_body_bytes)
    except TimeoutError:
        raise Refusal(408, "request_timeout", f"expected the whole request within {limits.read_s:g} s") from None
    except ClientDisconnect:
        raise Refusal(499, "cancelled", "the request broke off") from None


async def _collected(request: Request, most: int) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise too_large("bytes of a request", most)
        pieces.append(piece)
    return b"".join(pieces)
