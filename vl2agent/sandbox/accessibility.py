"""What the programs in a sandbox say of themselves: the accessibility tree (AT-SPI), read over D-Bus.

For tests and benchmarks, as the truth to compare with; the agent never looks at it. Needs jeepney (extra `test`).
Source: AT-SPI2's D-Bus interfaces, xml/*.xml of at-spi2-core.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from vl2agent.errors import SandboxError
from vl2agent.geometry import ScreenBox
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.sandbox.isolation import user_ids

if TYPE_CHECKING:
    from jeepney.io.blocking import DBusConnection  # type: ignore[import-untyped]

_ROOT = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
_WINDOWS = ("frame", "dialog", "alert", "window", "file chooser", "color chooser", "font chooser")
_SHOWING = 25
"""Number of ATSPI_STATE_SHOWING."""
_SCREEN_COORDINATES = 0
MAX_NODES = 5000
TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Node:
    """One accessible object: what it is, what it is called, what is written in it, and where it is shown.

    `box` is None for what has no area. GTK tells logical pixels: multiply by the scale. `window` is the title of the
    window it is in, `inside` the roles of what it is in, the window's first.
    """

    app: str
    role: str
    name: str
    text: str
    box: ScreenBox | None
    window: str = ""
    inside: tuple[str, ...] = ()


class Accessibility:
    """Reads a sandbox's accessibility tree; a context manager.

    Raises:
        SandboxError: the accessibility bus does not answer.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._runtime = sandbox.entry.folder / "run"
        self._isolated = sandbox.entry.isolated
        self._bus = self._open_bus()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bus.close()

    def showing(self, app: str = "", role: str = "") -> list[Node]:
        """List what is showing now, parents first; only of one application or one role when named."""
        return [node for node in self._walk(app) if not role or node.role == role]

    def _walk(self, app: str) -> Iterator[Node]:
        programs = [(child, self._property(child, "Accessible", "Name")) for child in self._children(_ROOT)]
        waiting = deque(
            (child, Node(name, "", "", "", None)) for child, name in programs if app.lower() in name.lower()
        )
        for _ in range(MAX_NODES):
            if not waiting:
                return
            place, parent = waiting.popleft()
            with contextlib.suppress(SandboxError):  # it vanished meanwhile
                showing = self._states(place) & (1 << _SHOWING)
                node = self._node(place, parent) if showing else replace(parent, box=None)
                waiting += [(child, node) for child in self._children(place)]
                if showing:
                    yield node

    def _node(self, place: tuple[str, str], parent: Node) -> Node:
        role = self._call(place, "Accessible", "GetRoleName")[0]
        interfaces = self._call(place, "Accessible", "GetInterfaces")[0]
        name, text, box = self._property(place, "Accessible", "Name"), "", None
        if "org.a11y.atspi.Text" in interfaces:
            text = self._call(place, "Text", "GetText", "ii", 0, -1)[0]
        if "org.a11y.atspi.Component" in interfaces:
            x, y, width, height = self._call(place, "Component", "GetExtents", "u", _SCREEN_COORDINATES)[0]
            box = ScreenBox(x, y, x + width, y + height) if width > 0 and height > 0 else None
        inside = (*parent.inside, parent.role) if parent.role else ()
        window = name if role in _WINDOWS and not parent.window else parent.window
        return Node(parent.app, role, name, text, box, window, inside)

    def _children(self, place: tuple[str, str]) -> list[tuple[str, str]]:
        return [(name, path) for name, path in self._call(place, "Accessible", "GetChildren")[0]]

    def _states(self, place: tuple[str, str]) -> int:
        low, high = self._call(place, "Accessible", "GetState")[0]
        return int(low) | int(high) << 32

    def _property(self, place: tuple[str, str], interface: str, name: str) -> str:
        names = ("org.a11y.atspi." + interface, name)
        return str(self._ask(place, "org.freedesktop.DBus.Properties", "Get", "ss", names)[0][1])

    def _call(self, place: tuple[str, str], interface: str, method: str, kinds: str = "", *values: Any) -> Any:
        return self._ask(place, "org.a11y.atspi." + interface, method, kinds, values)

    def _ask(self, place: tuple[str, str], interface: str, method: str, kinds: str, values: tuple[Any, ...]) -> Any:
        from jeepney import DBusAddress, MessageType, new_method_call  # type: ignore[import-untyped]

        name, path = place
        address = DBusAddress(path, name, interface)
        message = new_method_call(address, method, kinds or None, values)
        try:
            reply = self._bus.send_and_get_reply(message, timeout=TIMEOUT_S)
        except (OSError, TimeoutError) as error:
            raise SandboxError(f"{name} does not answer about accessibility: {error}") from error
        if reply.header.message_type is MessageType.error:
            raise SandboxError(f"{name} refuses {interface}.{method}: {reply.body}")
        return reply.body

    def _open_bus(self) -> DBusConnection:
        """Ask the session's bus where the accessibility bus is, and connect to that."""
        self._bus = self._connect(f"{self._runtime}/bus")
        try:
            address = str(self._ask(("org.a11y.Bus", "/org/a11y/bus"), "org.a11y.Bus", "GetAddress", "", ())[0])
        finally:
            self._bus.close()
        inside = address.partition("unix:path=")[2].partition(",")[0]
        return self._connect(f"{self._runtime}/at-spi/{inside.rpartition('/')[2]}")

    def _connect(self, path: str) -> DBusConnection:
        """Connect as the user that the bus sees: inside, the same person has another number."""
        from jeepney.io.blocking import DBusConnection

        uid = user_ids()[0] if self._isolated else os.getuid()
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(TIMEOUT_S)
            connection.connect(path)
            connection.sendall(b"\0AUTH EXTERNAL " + str(uid).encode().hex().encode() + b"\r\n")
            answer = connection.recv(256)
            if not answer.startswith(b"OK "):
                raise OSError(answer.decode(errors="replace"))
            connection.sendall(b"BEGIN\r\n")
            return DBusConnection(connection)
        except OSError as error:
            connection.close()
            raise SandboxError(f"the bus at {path} cannot be used: {error}") from error
