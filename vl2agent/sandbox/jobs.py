"""Commands inside a running sandbox, asked for through FIFOs in a folder that the inside can only read.

A job is a folder with a script and `stdin`, and the FIFOs `stdout`, `stderr`, `status`, whose reading ends are open
before the job is asked for. The other end is inside.sh.
"""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vl2agent.errors import InputError, SandboxError

_CHUNK = 65536
_TICK_S = 0.2

Sink = Callable[[bytes], None]


def prepare(jobs: Path) -> None:
    """Make the folder that jobs are asked for in."""
    jobs.mkdir()
    os.mkfifo(jobs / "asked")


def shell_words(command: str | Sequence[str]) -> list[str]:
    """Split a command line as a shell does; leave a sequence as it is.

    Raises:
        InputError: it is empty, its quotes do not pair, or it holds a NUL character.
    """
    try:
        words = shlex.split(command) if isinstance(command, str) else [str(word) for word in command]
    except ValueError as error:
        raise InputError(f"expected a command line, got {command!r}: {error}") from error
    if not words or not words[0] or any("\0" in word for word in words):
        raise InputError(f"expected a program and its arguments, got {command!r}")
    return words


def launch_script(words: Sequence[str]) -> str:
    """Return a script that leaves a program running, or ends with 127 when there is none of that name."""
    return (
        f"command -v {shlex.quote(words[0])} >/dev/null || exit 127\n{shlex.join(words)} >&9 2>&9 </dev/null 9>&- &\n"
    )


class Job:
    """One script, run inside.

    Args:
        jobs: the sandbox's folder of jobs.
        script: for sh.
        stdin: what the script reads.

    Raises:
        SandboxError: the sandbox has ended.
    """

    def __init__(self, jobs: Path, script: str, stdin: bytes = b"") -> None:
        self.jobs = jobs
        try:
            self.folder = Path(tempfile.mkdtemp(dir=jobs))
        except OSError as error:
            raise SandboxError(f"no command can be run in the sandbox, has it ended? {error}") from error
        self.folder.chmod(0o755)
        (self.folder / "script").write_text(script, encoding="utf-8", errors="surrogateescape")
        (self.folder / "stdin").write_bytes(stdin)
        self._readers = {name: self._fifo(name) for name in ("stdout", "stderr", "status")}
        self._status = b""

    def _fifo(self, name: str) -> int:
        os.mkfifo(self.folder / name)
        return os.open(self.folder / name, os.O_RDWR | os.O_NONBLOCK)  # also a writer, so that it never hangs up

    def follow(self, out: Sink, err: Sink, *, timeout_s: float, alive: Callable[[], bool]) -> int:
        """Start it, hand on what it writes, and return its exit code once it has ended.

        Raises:
            SandboxError: it ran longer than `timeout_s` and was killed, or the sandbox ended meanwhile.
        """
        sinks: Mapping[int, Sink] = {
            self._readers["stdout"]: out,
            self._readers["stderr"]: err,
            self._readers["status"]: self._hear,
        }
        deadline = time.monotonic() + timeout_s
        try:
            self._ask(f"run {self.folder.name}")
            while self._code() is None:
                if time.monotonic() > deadline:
                    raise SandboxError(f"a command in the sandbox ran longer than {timeout_s:g} s, and was killed")
                if not self._pump(sinks) and not alive():
                    raise SandboxError("the sandbox ended while a command ran in it")
            while self._pump(sinks, 0.0):
                pass
            return int(self._code() or 0)
        finally:
            self._end()

    def _pump(self, sinks: Mapping[int, Sink], wait_s: float = _TICK_S) -> bool:
        """Hand on what can be read; False when nothing came in time."""
        poll = select.poll()
        for reader in sinks:
            poll.register(reader, select.POLLIN)
        ready = poll.poll(wait_s * 1000)
        for reader, _ in ready:
            sinks[reader](os.read(reader, _CHUNK))
        return bool(ready)

    def _hear(self, data: bytes) -> None:
        self._status += data

    def _code(self) -> bytes | None:
        lines = self._status.splitlines(keepends=True)
        return lines[1].strip() if len(lines) == 2 and lines[1].endswith(b"\n") else None

    def _ask(self, line: str) -> None:
        try:
            asked = os.open(self.jobs / "asked", os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            raise SandboxError("the sandbox has ended, or has not started") from error
        with os.fdopen(asked, "wb", buffering=0) as pipe:
            pipe.write(line.encode() + b"\n")

    def _end(self) -> None:
        """Kill it when it still runs, and remove its folder."""
        if self._code() is None and self._status.strip():
            with contextlib.suppress(SandboxError):
                self._ask(f"kill {self._status.split()[0].decode()}")
        for reader in self._readers.values():
            os.close(reader)
        shutil.rmtree(self.folder, ignore_errors=True)
