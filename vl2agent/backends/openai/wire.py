"""Requests to one server, and its answers as they come in.

The client runs in a thread of its own, so that whoever waits can give up at any moment: a call that is cancelled or out
of time closes its connection, which also tells the server. Connections are kept and shared between threads.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import queue
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread, current_thread
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import urlsplit

from vl2agent.backends.openai.retry import POLL_S, Cancelled
from vl2agent.errors import BackendTimeout, BadAnswer, InputError, MissingExtra, ServerError, ServerUnreachable

if TYPE_CHECKING:
    import httpx

CONNECT_S = 10.0
LONGEST_ANSWER = 64 * 2**20
"""Bytes; a reply of a whole window with its probabilities has two."""
LONGEST_LINE = 8 * 2**20
AHEAD = 256
"""Pieces that are read before the caller takes them."""
DRAIN_S = 0.2
STOP_S = 5.0


class Address:
    """Where a server listens.

    Args:
        url: such as `http://127.0.0.1:8000/v1`; the `/v1` may be left out.

    Raises:
        InputError: it is not an http or https address, or holds a password, a query or a fragment.
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise InputError(f"expected an address such as http://127.0.0.1:8000/v1: {error}") from None
        if parts.username is not None or parts.password is not None:
            raise InputError("expected a server's address without a name and password; give a key as api_key")
        if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
            raise InputError(f"expected an address such as http://127.0.0.1:8000/v1, got {url!r}")
        path = parts.path.rstrip("/").removesuffix("/chat/completions")
        self.base = f"{parts.scheme}://{parts.netloc}{path or '/v1'}"
        """What the protocol's paths are relative to."""
        self.root = self.base.removesuffix("/v1")
        """What the paths of servers' own additions are relative to."""
        self.is_encrypted = parts.scheme == "https"
        self.is_here = host == "localhost" or _is_here(host)


def check_key(key: str) -> None:
    """Refuse a key that cannot be sent as it is, without repeating it.

    Raises:
        InputError: a header cannot carry it.
    """
    if not (key.isascii() and key.isprintable() and key.strip() == key != ""):
        raise InputError("expected an API key of printable ASCII characters, without spaces around it")


class Wire:
    """A client of one server.

    Args:
        address: where it is.
        api_key: sent with each request, and nowhere else.

    Raises:
        InputError: the key has characters that a header cannot carry.

    What servers say of the key is never repeated.
    """

    def __init__(self, address: Address, api_key: str | None = None) -> None:
        if api_key is not None:
            check_key(api_key)
        self._headers = {"accept-encoding": "identity", "content-type": "application/json"}
        self._key = api_key
        if api_key:
            self._headers["authorization"] = f"Bearer {api_key}"
        self._address = address
        self._lock = Lock()
        self._client: _Client | None = None

    @contextmanager
    def exchange(
        self,
        method: Literal["GET", "POST"],
        url: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout_s: float,
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterator[Incoming]:
        """Send a request; leaving the block early closes its connection.

        Raises:
            ServerUnreachable: nothing answers, or the connection broke.
            BackendTimeout: the answer was not whole within `timeout_s`.
            Cancelled: `cancelled` said yes.
        """
        content = (
            None
            if body is None
            else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        )
        events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        task = self._started().start(method, url, self._headers, content, events)
        try:
            yield Incoming(url, events, timeout_s, cancelled)
        except ServerError as error:
            self._hide_key(error)
            raise
        finally:
            task.cancel()

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client:
            client.stop()

    def _hide_key(self, error: ServerError) -> None:
        """Take the key out of what a server said of it."""
        if self._key and self._key in error.reason:
            error.reason = error.reason.replace(self._key, "***")
            error.args = (f"{error.url}: {error.reason}",)

    def _started(self) -> _Client:
        with self._lock:
            if self._client is None:
                self._client = _Client(self._address)
                weakref.finalize(self, self._client.stop)
            return self._client


class Incoming:
    """An answer on its way: its status and headers, then its bytes."""

    def __init__(
        self, url: str, events: queue.SimpleQueue[_Event], timeout_s: float, cancelled: Callable[[], bool] | None
    ) -> None:
        self.url, self._events, self._timeout_s, self._cancelled = url, events, timeout_s, cancelled
        self._until_s = time.monotonic() + timeout_s
        head = self._next()
        assert isinstance(head, tuple)
        self.status: int = head[0]
        self.headers: Mapping[str, str] = head[1]
        """Names in lower case."""

    def lines(self) -> Iterator[bytes]:
        """Give the body line by line, without the line ends.

        Raises:
            BadAnswer: it breaks off, or is beyond all bounds.
            BackendTimeout, Cancelled: as for the request.
        """
        rest = bytearray()
        for piece in self._pieces():
            rest += piece
            *whole, last = rest.split(b"\n") if b"\n" in piece else [rest]
            for line in whole:
                yield bytes(line).removesuffix(b"\r")
            rest = last
            if len(rest) > LONGEST_LINE:
                raise BadAnswer(self.url, f"expected lines of at most {LONGEST_LINE} bytes", self.status)
        if rest:
            yield bytes(rest)

    def text(self) -> str:
        """Give the whole body; bytes that are not UTF-8 are marked as such."""
        return b"".join(self._pieces()).decode("utf-8", "replace")

    def drain(self) -> None:
        """Take what little may follow the end of the answer, so that the connection can be used again."""
        self._until_s = min(self._until_s, time.monotonic() + DRAIN_S)
        with suppress(BackendTimeout, ServerError, Cancelled):
            for _ in self._pieces():
                pass

    def _pieces(self) -> Iterator[bytes]:
        total = 0
        while (piece := self._next()) is not None:
            assert isinstance(piece, bytes)
            total += len(piece)
            if total > LONGEST_ANSWER:
                raise BadAnswer(self.url, f"expected an answer of at most {LONGEST_ANSWER} bytes", self.status)
            yield piece

    def _next(self) -> _Event:
        while True:
            if self._cancelled and self._cancelled():
                raise Cancelled
            left_s = self._until_s - time.monotonic()
            if left_s <= 0:
                raise BackendTimeout(self.url, self._timeout_s)
            try:
                event = self._events.get(timeout=min(POLL_S, left_s))
            except queue.Empty:
                continue
            if isinstance(event, Exception):
                raise self._typed(event) from event
            return event

    def _typed(self, error: Exception) -> Exception:
        import httpx

        said = str(error) or type(error).__name__
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return ServerUnreachable(self.url, f"nothing answers there ({said}); does the server run, at this address?")
        return ServerUnreachable(self.url, f"the connection broke ({said})")


_Event: TypeAlias = tuple[int, Mapping[str, str]] | bytes | Exception | None
"""Status and headers, then pieces of the body, then None; or what went wrong."""


class _Client:
    """The thread in which connections live."""

    def __init__(self, address: Address) -> None:
        try:
            import httpx
        except ImportError as error:
            raise MissingExtra("remote", "a model behind a server") from error
        try:
            self._client = httpx.AsyncClient(
                verify=address.is_encrypted,  # reading certificates takes a quarter of a second
                trust_env=not address.is_here,  # proxies have no way to this machine's own servers
                timeout=httpx.Timeout(None, connect=CONNECT_S),
                follow_redirects=False,  # the key and the screen go to the server that was named, or nowhere
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            raise InputError(f"expected proxies that work in the environment's variables: {error}") from error
        self._ready, self._thread = Event(), Thread(target=self._run, name="vl2agent-http", daemon=True)
        self._thread.start()
        self._ready.wait()

    def start(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        events: queue.SimpleQueue[_Event],
    ) -> Future[None]:
        """Begin a request whose answer goes to `events`.

        Raises:
            InputError: no host can have such a name.
        """
        import httpx

        try:
            request = self._client.build_request(method, url, headers=dict(headers), content=content)
        except httpx.InvalidURL as error:
            raise InputError(f"expected an address such as http://127.0.0.1:8000/v1, got {url!r}: {error}") from error
        return asyncio.run_coroutine_threadsafe(_fetch(self._client, request, events), self._loop)

    def stop(self) -> None:
        """End what is under way, close the connections, and wait for it, save where that would be for itself."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            if current_thread() is not self._thread:  # the garbage collector works in any thread
                self._thread.join(STOP_S)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        async with self._client:
            self._ready.set()
            await self._stopping.wait()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)


async def _fetch(client: httpx.AsyncClient, request: httpx.Request, events: queue.SimpleQueue[_Event]) -> None:
    import httpx

    try:
        response = await client.send(request, stream=True)
        try:
            events.put((response.status_code, {name.lower(): value for name, value in response.headers.items()}))
            async for piece in response.aiter_bytes():
                events.put(piece)
                while events.qsize() > AHEAD:
                    await asyncio.sleep(POLL_S)
            events.put(None)
        finally:
            await response.aclose()
    except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for it
        events.put(error)
    except asyncio.CancelledError:
        events.put(httpx.ReadError("the client was closed"))
        raise


def _is_here(host: str) -> bool:
    """Whether an address is this machine's own; `0.0.0.0` is, to a client."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
