"""The door of the server: who may ask at all, under which id, and one line of log for each who did.

No cross-origin access is granted. A page in a browser cannot use the server's own host name after it has rebound its
DNS name, and it cannot send JSON elsewhere without asking first, which is answered with no.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vl2agent.serve.job import Predictions
from vl2agent.serve.limits import Limits
from vl2agent.serve.refusal import Refusal, of_error, place_of

access = logging.getLogger("vl2agent.serve.access")
logger = logging.getLogger(__name__)

OPEN = ("/health",)
"""What needs no key, so that whoever keeps the server running can ask for it."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
DRAIN_S = 5.0
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{7,99}")


class Door:
    """Wraps the routes.

    Args:
        app: the routes.
        predictions: whose ids are taken.
        limits: how much of a refused request is still read.
        key: that must be shown; None: everybody may ask.
        hosts: names that the server may be called by; None: any.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        predictions: Predictions,
        limits: Limits,
        key: str | None = None,
        hosts: tuple[str, ...] | None = None,
    ) -> None:
        self._app, self._predictions, self._limits, self._hosts = app, predictions, limits, hosts
        self._digest = sha256(key.encode()).digest() if key else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope, self._id(Headers(scope=scope)), receive, send)
        try:
            self._require_welcome(scope)
            await self._app(scope, visit.receive, visit.send)
        except Exception as error:  # noqa: BLE001  the last place that can still answer
            if not isinstance(error, Refusal):
                logger.error("%s: %s", visit.id, place_of(error))
            await visit.refuse(of_error(error), 2 * self._limits.max_body_bytes)
        finally:
            visit.log()

    def _require_welcome(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if self._hosts is not None and _host(headers) not in self._hosts:
            raise Refusal(403, "forbidden_host", f"expected to be called {' or '.join(self._hosts)}, got another Host")
        if self._digest and scope["path"] not in OPEN and not self._shows_key(headers.get("authorization", "")):
            raise Refusal(401, "invalid_api_key", "expected the header 'Authorization: Bearer KEY' with the right key")

    def _shows_key(self, header: str) -> bool:
        """Compare hashes: neither time nor length tells anything of the key."""
        kind, _, shown = header.partition(" ")
        digest = sha256(shown.strip().encode("utf-8", "surrogateescape")).digest()
        return hmac.compare_digest(digest, self._digest or b"") and kind.lower() == "bearer"

    def _id(self, headers: Headers) -> str:
        """Take the id that the client chose, unless it is in use or does not belong into a line of log."""
        chosen = headers.get("x-request-id", "")
        return chosen if _ID.fullmatch(chosen) and chosen not in self._predictions else f"chatcmpl-{uuid4().hex}"


class _Visit:
    """One request and what was answered."""

    def __init__(self, scope: Scope, id_: str, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send, self.id = scope, receive, send, id_
        self._status, self._began_s, self._more = 0, time.monotonic(), True
        scope.setdefault("state", {}).update(id=id_, figures=dict)

    async def receive(self) -> Message:
        message = await self._receive()
        self._more = bool(message.get("more_body"))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            MutableHeaders(scope=message)["x-request-id"] = self.id
        await self._send(message)

    async def refuse(self, refusal: Refusal, most_bytes: int) -> None:
        """Answer with an error where nothing has been answered yet.

        What is still being sent is taken and forgotten first: who sends into a closed connection never sees the answer.
        """
        if self._status:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S if refusal.status != 408 else 0):
                while self._more and most_bytes > 0:
                    most_bytes -= len((await self.receive()).get("body", b""))
        await JSONResponse(refusal.body, refusal.status, refusal.headers)(self._scope, self._receive, self.send)

    def log(self) -> None:
        """One line: ids and numbers, no texts, and no path that a client made up."""
        route = getattr(self._scope.get("route"), "path", "-")
        figures: Callable[[], dict[str, float]] = self._scope["state"]["figures"]
        told = "".join(f" {name}={value}" for name, value in figures().items())
        took_ms = 1000 * (time.monotonic() - self._began_s)
        access.info("%s %s %s %d %.0fms%s", self.id, self._scope["method"], route, self._status, took_ms, told)


def _host(headers: Headers) -> str:
    """Give the name that the server was called by, without the port."""
    return re.sub(r":\d*$", "", headers.get("host", "")).lower()
