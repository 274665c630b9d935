"""Where a server listens, and who may come."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import ip_address

from vl2agent.backends.openai.wire import check_key
from vl2agent.errors import InputError
from vl2agent.serve.door import LOOPBACK

BACKLOG = 256


@dataclass(frozen=True, kw_only=True)
class Site:
    """An address and its key.

    Args:
        host: address or name; beyond loopback a key is demanded.
        port: 0: any that is free.
        key: that clients must show.

    Raises:
        InputError: it would be open to others without a key, or the key is no key.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    key: str | None = None

    def __post_init__(self) -> None:
        if self.key is not None:
            check_key(self.key)
        if not self.is_loopback and not self.key:
            raise InputError(
                f"expected an API key where others can reach the server, as on {self.host}; "
                "give --api-key-file, or set VL2AGENT_API_KEY, or stay on 127.0.0.1"
            )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def names(self) -> tuple[str, ...] | None:
        """What clients may call the server."""
        return tuple(dict.fromkeys((*LOOPBACK, self.host))) if self.is_loopback else None

    def bind(self) -> socket.socket:
        """Take the port.

        Raises:
            InputError: it is taken, or the host is not this machine's.
        """
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(self.host, self.port, proto=socket.IPPROTO_TCP)[0]
            bound = socket.socket(family, kind, protocol)  # its protocol named, asyncio sends small pieces at once
        except (OSError, OverflowError) as error:
            raise self._cannot(error) from error
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            bound.listen(BACKLOG)
        except OSError as error:
            bound.close()
            raise self._cannot(error) from error
        bound.setblocking(False)
        return bound

    def _cannot(self, error: Exception) -> InputError:
        return InputError(
            f"expected to listen on {self.host}, port {self.port}: {error}; --port 0 takes one that is free"
        )
