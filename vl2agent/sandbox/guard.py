"""Keeps one sandboxed desktop, and ends it when the process that asked for it is gone, however it went.

A program of its own (run by path; standard library, and python-xlib to release keys), because the asker may be
killed. It starts the X server and the desktop; it ends both, and removes their folder, when the first of these comes:
the owner's socket closes or the owner dies; somebody sends `stop`; the X server or the desktop ends; the desktop
takes more memory or processes than it may. Others hold a connection while they use the desktop: when one closes, all
keys and buttons are released in the X server, for a client that was killed cannot do that itself.

Started as `python guard.py SPEC`, SPEC being JSON as `Guard` tells; fd 0 is the owner's socket. It answers there with
one JSON line: {"display": ":5"} or {"error": "..."}; at the end with {"ended": "the reason"}.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

START_S = 10.0
WATCH_S = 0.5
AGAIN_S = 0.03
"""What a killed client had sent may come to its turn in the X server only after the first release."""
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


class Guard:
    """The desktop's two processes, and who uses it.

    Args of the spec:
        folder: the sandbox's own folder, removed at the end.
        owner_pid: whose death ends the desktop.
        x_server: command line; `-displayfd N` is added.
        desktop: command line; {display} and {number} are filled in, also in `env`.
        env: of the desktop.
        keep_home: let programs save their settings before the end.
        memory_mb, processes: limits.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.folder = Path(spec["folder"])
        self.log = (self.folder / "log").open("ab")
        self.owner: socket.socket | None = socket.socket(fileno=0)
        self.selector = selectors.DefaultSelector()
        self.users: set[socket.socket] = set()
        self.display = ""
        self.x_server: subprocess.Popen[bytes] | None = None
        self.desktop: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        reason = "it did not start"
        try:
            self.start()
            reason = self.watch()
        except OSError as error:
            reason = str(error)
            self.tell({"error": reason})  # read only when the display was not told yet
        finally:
            self.end(reason)

    def start(self) -> None:
        self.display = self.start_x_server()
        keep_to_user(self.display, os.getuid())
        number = self.display[1:]
        fill = {"{display}": self.display, "{number}": number}
        command = [_filled(word, fill) for word in self.spec["desktop"]]
        env = {name: _filled(value, fill) for name, value in self.spec["env"].items()}
        self.desktop = self.spawn(command, env=env)
        self.listen()
        self.tell({"display": self.display})

    def start_x_server(self) -> str:
        """Start it on the first free display and return that display's name."""
        reader, writer = os.pipe()
        self.x_server = self.spawn([*self.spec["x_server"], "-displayfd", str(writer)], pass_fds=(writer,))
        os.close(writer)
        number = b""
        deadline = time.monotonic() + START_S
        with os.fdopen(reader, "rb", buffering=0) as pipe:
            while not number.endswith(b"\n"):
                ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
                part = pipe.read(16) if ready else b""
                if not part:
                    raise OSError(f"the X server did not start; see its last lines:\n{self.last_lines()}")
                number += part
        return f":{int(number)}"

    def spawn(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  this program has one thread
            start_new_session=True,
            **options,
        )

    def listen(self) -> None:
        """Watch everything that may end the desktop or leave it."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.folder / "control"))
        listener.listen(16)
        self.selector.register(listener, selectors.EVENT_READ, self.accept)
        self.selector.register(0, selectors.EVENT_READ, self.hear_owner)
        for pid, reason in self.watched():
            with contextlib.suppress(OSError):  # a kernel without pidfd: the sockets tell, a little later
                self.selector.register(os.pidfd_open(pid), selectors.EVENT_READ, _constant(reason))

    def watched(self) -> list[tuple[int, str]]:
        assert self.x_server is not None
        assert self.desktop is not None
        return [
            (self.spec["owner_pid"], "owner"),
            (self.x_server.pid, "the X server ended"),
            (self.desktop.pid, "the desktop ended"),
        ]

    def watch(self) -> str:
        """Wait for a reason to end, and return it."""
        while True:
            for key, _ in self.selector.select(WATCH_S):
                reason = key.data(key.fileobj)
                if reason == "owner" and self.owner is None:
                    self.selector.unregister(key.fileobj)
                elif reason:
                    return str(reason)
            _reap()
            if excess := self.excess():
                return excess

    def hear_owner(self, _: object) -> str:
        """The owner says `detach`, and the desktop stays without it, or closes, and the desktop ends."""
        assert self.owner is not None
        if self.owner.recv(64) != b"detach\n":
            return "owner"
        self.selector.unregister(0)
        self.owner = None
        return ""

    def accept(self, listener: socket.socket) -> str:
        client, _ = listener.accept()
        self.selector.register(client, selectors.EVENT_READ, self.hear_client)
        return ""

    def hear_client(self, client: socket.socket) -> str:
        """A client says `use` or `stop`, or leaves; one that used the desktop may leave keys held down."""
        try:
            heard = client.recv(64)
        except OSError:
            heard = b""
        if heard == b"use\n":
            self.users.add(client)
        elif heard == b"stop\n":
            return "it was stopped"
        else:
            self.selector.unregister(client)
            client.close()
            if client in self.users:
                self.users.remove(client)
                self.release()
        return ""

    def excess(self) -> str:
        """Kill the largest program when memory runs out; return a reason to end when there are too many."""
        programs = self.programs()
        if len(programs) > self.spec["processes"]:
            return f"it had more than {self.spec['processes']} processes"
        sizes = {pid: _private_mb(pid) for pid in programs}
        if sum(sizes.values()) > self.spec["memory_mb"]:
            self.kill([max(sizes, key=sizes.__getitem__)])
        return ""

    def programs(self) -> list[int]:
        """List all that descends from this process, but for the X server."""
        parents = _parents()
        family = {os.getpid()}
        grown = True
        while grown:
            children = {pid for pid, parent in parents.items() if parent in family} - family
            grown = bool(children)
            family |= children
        server = self.x_server.pid if self.x_server else 0
        return sorted(family - {os.getpid(), server})

    def end(self, reason: str) -> None:
        """Release what is held, end the desktop, then the X server, and remove the folder."""
        self.release()
        self.tell({"ended": reason})
        if self.spec["keep_home"]:
            self.let_programs_save()
        deadline = time.monotonic() + 1.0
        while (programs := self.programs()) and time.monotonic() < deadline:
            self.kill(programs)
            _reap()
            time.sleep(0.01)
        self.end_x_server()
        shutil.rmtree(self.folder, ignore_errors=True)

    def let_programs_save(self) -> None:
        """Ask politely first: settings are written to a home that stays."""
        programs = self.programs()
        self.kill([pid for pid in programs if _name(pid) not in ("bwrap", "sh")], signal.SIGTERM)
        time.sleep(0.3)

    def kill(self, pids: list[int], how: signal.Signals = signal.SIGKILL) -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, how)

    def end_x_server(self) -> None:
        """Let it remove its socket and lock; do that for it when it cannot."""
        if self.x_server is None:
            return
        self.x_server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.x_server.wait(0.7)
        self.x_server.kill()
        self.x_server.wait()
        if self.display:
            Path(f"/tmp/.X11-unix/X{self.display[1:]}").unlink(missing_ok=True)
            Path(f"/tmp/.X{self.display[1:]}-lock").unlink(missing_ok=True)

    def release(self) -> None:
        """Let go of every key and button that is down in the X server."""
        from Xlib.error import ConnectionClosedError, DisplayError

        if not self.display or self.x_server is None or self.x_server.poll() is not None:
            return
        signal.alarm(1)  # an X server that hangs must not keep the end from coming
        try:
            release_all(self.display)
        except (OSError, DisplayError, ConnectionClosedError) as error:
            self.log.write(f"keys and buttons may be down: {error}\n".encode())
        finally:
            signal.alarm(0)

    def tell(self, message: dict[str, str]) -> None:
        """Tell the owner, if there still is one."""
        if self.owner is not None:
            with contextlib.suppress(OSError):
                self.owner.sendall(json.dumps(message).encode() + b"\n")

    def last_lines(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-800:]


def release_all(display_name: str) -> None:
    """Release, through XTEST, all keys and buttons that an X server holds down."""
    from Xlib import X
    from Xlib.display import Display
    from Xlib.ext import xtest

    display = Display(display_name)
    for rest_s in (AGAIN_S, 0.0):
        keys = display.query_keymap()
        for keycode in (8 * byte + bit for byte in range(32) for bit in range(8) if keys[byte] >> bit & 1):
            xtest.fake_input(display, X.KeyRelease, keycode)
        mask = display.screen().root.query_pointer().mask
        for button in (number for number in range(1, 6) if mask & (X.Button1Mask << (number - 1))):
            xtest.fake_input(display, X.ButtonRelease, button)
        display.sync()
        time.sleep(rest_s)
    display.close()


def keep_to_user(display_name: str, uid: int) -> None:
    """Let only one user's processes connect to an X server, which at first lets all users of this machine.

    Source: the X protocol's ChangeHosts and GetInputFocus, and families 252 (any local user), 5 (server-interpreted).
    """
    user = b"localuser\0#" + str(uid).encode()
    padding = b"\0" * (-len(user) % 4)
    setup = struct.pack("<BxHHHHxx", ord("l"), 11, 0, 0, 0)
    insert = struct.pack("<BBHBxH", 109, 0, 2 + (len(user) + len(padding)) // 4, 5, len(user)) + user + padding
    delete = struct.pack("<BBHBxH", 109, 1, 2, 252, 0)
    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(START_S)
        server.connect(f"/tmp/.X11-unix/X{display_name[1:]}")
        server.sendall(setup)
        answer, _, _, words = struct.unpack("<BxHHH", server.recv(8, socket.MSG_WAITALL))
        server.recv(4 * words, socket.MSG_WAITALL)
        server.sendall(insert + delete + struct.pack("<BBH", 43, 0, 1))
        reply = server.recv(32, socket.MSG_WAITALL)  # to the last request: so the others were taken
    if answer != 1 or reply[:1] != b"\1":
        raise OSError("the X server does not keep other users out")


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _too_late(*_: object) -> None:
    raise TimeoutError("the X server does not answer")


def _constant(reason: str) -> Any:
    return lambda _: reason


def _parents() -> dict[int, int]:
    """Map every process of this machine to its parent."""
    parents = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (path / "stat").read_text(errors="replace").rpartition(")")[2].split()
                parents[int(path.name)] = int(fields[1])
    return parents


def _private_mb(pid: int) -> float:
    """Return how much memory a process holds that it shares with no file."""
    try:
        _, resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[:3]
    except OSError:
        return 0.0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _reap() -> None:
    """Collect what has ended, so that nothing stays as a zombie."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    """Run the guard of the sandbox that the first argument describes."""
    for ignored in (signal.SIGHUP, signal.SIGINT):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    signal.signal(signal.SIGALRM, _too_late)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    Guard(json.loads(sys.argv[1])).run()


if __name__ == "__main__":
    main()
