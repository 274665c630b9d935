"""Watching a sandbox live: a VNC server on this machine's loopback, for any VNC viewer."""

from __future__ import annotations

import contextlib
import select
import subprocess
import time
from collections.abc import Iterator

from vl2agent.errors import SandboxError
from vl2agent.sandbox import packages

Viewing = subprocess.Popen[str]

START_S = 10.0
FIRST_PORT = 5900


@contextlib.contextmanager
def vnc_server(display: str, *, port: int | None = None, control: bool = False) -> Iterator[tuple[int, Viewing]]:
    """Serve a display over VNC on 127.0.0.1 until the block is left.

    Args:
        display: such as ':5'.
        port: by default the first free one from 5900.
        control: let viewers use mouse and keyboard, too; by default they only look.

    Yields:
        The port, and the server.

    Raises:
        MissingPackages: x11vnc is not installed.
        SandboxError: it did not start.
    """
    packages.require({"x11vnc": packages.USEFUL["x11vnc"]})
    command = ["x11vnc", "-display", display, "-localhost", "-forever", "-shared", "-nopw", "-q", "-noxrecord"]
    command += ["-rfbport", str(port)] if port else ["-autoport", str(FIRST_PORT)]
    command += [] if control else ["-viewonly"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, text=True) as process:
        try:
            yield _served_port(process, display), process
        finally:
            process.terminate()


def _served_port(process: Viewing, display: str) -> int:
    """Wait for the line that says the port."""
    assert process.stdout is not None
    deadline = time.monotonic() + START_S
    while select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
        line = process.stdout.readline()
        if line.startswith("PORT="):
            return int(line.removeprefix("PORT="))
        if not line:
            break
    process.kill()
    raise SandboxError(f"x11vnc did not serve display {display}; is it gone, or is the port taken?")
