"""What a sandboxed desktop can see and use: a bubblewrap command line, and whether this machine allows one.

Inside are /usr and the parts of /etc that programs need, read-only; a private /tmp, /run, HOME and network; the
processes of the sandbox and no others; one socket of one X server. The rest of the machine is not there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HOME = "/home/user"
SETTINGS = "/run/vl2agent/settings"
JOBS = "/run/vl2agent/jobs"
USER_ID = 1000
"""Who a sandbox of root's runs as; another user keeps the own id."""

_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ETC = """
    X11 alternatives at-spi2 bash.bashrc ca-certificates ca-certificates.conf chromium chromium.d
    crypto-policies dbus-1 debian_version default/locale drirc fonts glvnd gtk-2.0 gtk-3.0 gtk-4.0 host.conf
    inputrc ld.so.cache ld.so.conf ld.so.conf.d libreoffice locale.alias localtime lsb-release magic mailcap
    mime.types nsswitch.conf opt/chrome os-release papersize pki profile protocols services shells ssl/certs
    ssl/openssl.cnf terminfo timezone vulkan xdg
""".split()  # noqa: SIM905  as a list it has fifty lines
_OPTIONAL = (
    "/opt/google",
    "/opt/microsoft",
    "/opt/brave.com",
    "/var/cache/fontconfig",
    "/var/lib/dbus",
    "/sys/devices/system/cpu",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sandbox may use.

    Args:
        memory_mb: resident memory of all its programs together; also how much data one of them may allocate.
        processes: how many processes and threads it may have.
    """

    memory_mb: int = 4096
    processes: int = 2048


@cache
def isolation_problem() -> str:
    """Return why bubblewrap cannot be used on this machine, or '' when it can; tried once."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return "bwrap is not installed"
    command = [bwrap, "--unshare-all", "--uid", "1000", "--gid", "1000", "--ro-bind", "/", "/", "--proc", "/proc"]
    try:
        done = subprocess.run(
            [*command, "--dev", "/dev", "true"], check=False, capture_output=True, timeout=10, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else (done.stderr.strip() or f"bwrap ended with {done.returncode}")


def user_ids() -> tuple[int, int]:
    """Return the uid and gid that programs inside see."""
    return (os.getuid() or USER_ID, os.getgid() or USER_ID)


@dataclass(frozen=True, slots=True)
class Folders:
    """The sandbox's folders on this side: `home`, `runtime` (sockets), `settings` and `jobs` (both only read)."""

    home: Path
    runtime: Path
    settings: Path
    jobs: Path


def wrap(folders: Folders, command: Sequence[str], *, network: bool, x_socket: str) -> list[str]:
    """Build the command line that runs a command isolated."""
    uid, gid = user_ids()
    arguments = ["bwrap", "--unshare-all", "--die-with-parent", "--hostname", "desktop"]
    arguments += ["--uid", str(uid), "--gid", str(gid), *(["--share-net"] if network else [])]
    arguments += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", "/var"]
    arguments += [*_system(), *_etc(folders.settings / "etc", network)]
    arguments += ["--bind", str(folders.runtime), f"/run/user/{uid}", "--bind", str(folders.home), HOME]
    arguments += ["--ro-bind", str(folders.settings), SETTINGS, "--ro-bind", str(folders.jobs), JOBS]
    return [*arguments, "--bind", x_socket, x_socket, "--chdir", HOME, *command]


def enclose(command: Sequence[str], folders: Sequence[Path], environment: Mapping[str, str]) -> list[str]:
    """Build the command line of a program that reads some folders and the system, and writes nothing but to its streams.

    It has no network, no display, no home and an empty environment but for what is given; /tmp holds 64 MB while it runs.
    """
    uid, gid = user_ids()
    arguments = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    arguments += ["--uid", str(uid), "--gid", str(gid), "--dev", "/dev", "--proc", "/proc"]
    arguments += ["--size", str(64 << 20), "--tmpfs", "/tmp", *_system()]
    for name in ("fonts", "ld.so.cache", "localtime", "alternatives"):
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for folder in folders:
        arguments += ["--ro-bind", str(folder), str(folder)]
    for name, value in {"HOME": "/tmp", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **environment}.items():
        arguments += ["--setenv", name, value]
    return [*arguments, "--chdir", "/tmp", *command]


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in _SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    for optional in _OPTIONAL:
        yield from ("--ro-bind-try", optional, optional)


def _etc(own: Path, network: bool) -> Iterator[str]:
    for name in [*_ETC, *(["resolv.conf"] if network else [])]:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    for path in sorted(own.iterdir()):
        yield from ("--ro-bind", str(path), f"/etc/{path.name}")
