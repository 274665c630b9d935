"""A server from its socket to its end: loads the model while it listens, and stops without cutting anybody off."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
import warnings
from collections.abc import Callable, Generator
from typing import Literal, TypeAlias

import h11
import uvicorn
from PIL import Image
from uvicorn.protocols.http.h11_impl import H11Protocol

from vl2agent.contracts import Backend
from vl2agent.serve.app import create_app
from vl2agent.serve.limits import Limits
from vl2agent.serve.line import Line
from vl2agent.serve.site import Site

Event: TypeAlias = Literal["listening", "ready", "stopping", "stopped"]

KEEP_ALIVE_S = 75
"""Longer than clients keep idle connections, so that it is they who close them."""
HEADERS_S = 20.0
CLOSING_S = 2


def serve(
    backend: Backend,
    *,
    name: str,
    site: Site = Site(),
    limits: Limits = Limits(),
    told: Callable[[Event, str], None] = lambda event, url: None,
) -> bool:
    """Serve until a signal comes (SIGINT, SIGTERM), then end what runs; a second signal ends at once.

    Args:
        backend: the model; it is loaded here.
        name: what clients call it.
        site: where.
        limits: how much.
        told: is handed what happens, and the address that clients are to use.

    Returns:
        Whether the model has come to rest; if not, its thread keeps the process alive until it has.

    Raises:
        InputError: the port is taken.
        BackendError: the model cannot be loaded.
    """
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)  # is an answer here, not a line of log
    with site.bind() as bound:
        host = f"[{site.host}]" if ":" in site.host else site.host
        url = f"http://{host}:{bound.getsockname()[1]}/v1"
        server = Server(backend, name, site, limits, lambda event: told(event, url))
        server.run(sockets=[bound])
    if server.failure:
        raise server.failure
    return server.line.is_at_rest


class Server(uvicorn.Server):
    """uvicorn with a model's line, which goes on answering (503) while what runs comes to its end."""

    def __init__(self, backend: Backend, name: str, site: Site, limits: Limits, told: Callable[[Event], None]) -> None:
        self.line = Line(backend, limits)
        self.failure: Exception | None = None
        self._told = told
        app = create_app(backend, self.line, name=name, limits=limits, key=site.key, hosts=site.names)
        super().__init__(
            uvicorn.Config(
                app, http=Patience, ws="none", lifespan="off", loop="asyncio", log_config=None, access_log=False,
                server_header=False, proxy_headers=False, timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=CLOSING_S,
            )
        )  # fmt: skip

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._told("listening")
        self._work = asyncio.create_task(self._load_and_work())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        self._work.cancel()
        self._told("stopped")

    async def _load_and_work(self) -> None:
        try:
            await self.line.load()
            self._told("ready")
            await self.line.work()
        except Exception as error:  # noqa: BLE001  `serve` raises it again
            self.failure = error
            self.should_exit = True

    def stop(self) -> None:
        """End well; from any thread."""
        self._loop.call_soon_threadsafe(lambda: self._loop.create_task(self._stop()))

    async def _stop(self) -> None:
        self._told("stopping")
        await self.line.stop()
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Stop at the first signal; the second one leaves everything where it stands."""
        self._loop = asyncio.get_running_loop()
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        asked = False

        def on_signal(number: int, frame: object) -> None:
            nonlocal asked
            if asked:
                os._exit(128 + number)
            asked = True
            self.stop()

        before = {name: signal.signal(name, on_signal) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)


class Patience(H11Protocol):
    """A connection that must say what it wants in a while: half-open ones do not add up."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        """Let the clock run while the headers of a request are not whole; idle between requests is another matter."""
        incomplete = self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None
        if incomplete and self._timer is None:
            self._timer = self.loop.call_later(HEADERS_S, self.transport.abort)
        elif not incomplete and self._timer:
            self._timer.cancel()
            self._timer = None
