"""`vl2agent doctor`: what works on this machine, what does not, and the line that mends it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import typer
from rich.markup import escape

from vl2agent.cli import console
from vl2agent.errors import MissingPackages, NoDisplay, VL2AgentError

EPILOG = """
[bold]Examples[/]

vl2agent doctor\n
vl2agent doctor --json | jq '.checks[] | select(.state != "ok")'

The exit code is 0 when `vl2agent run` can work here, and 8 when it cannot.
"""

State = Literal["ok", "warn", "fail"]
CANNOT_RUN = 8


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: 'fail' keeps the main job from running, 'warn' keeps something less."""

    name: str
    state: State
    found: str
    fix: str = ""


def doctor(as_json: console.AsJson = False) -> None:
    """Check what this machine can do, and say how to mend what it cannot."""
    checks = [each for look in LOOKS for each in look()]
    works = all(each.state != "fail" for each in checks)
    if as_json:
        console.print_json({"works": works, "checks": [asdict(each) for each in checks]})
    else:
        for each in checks:
            _show(each)
        verdict = "[green]vl2agent run works here.[/]" if works else "[red]vl2agent run cannot work here yet.[/]"
        console.out.print(verdict)
    raise typer.Exit(0 if works else CANNOT_RUN)


def _show(check: Check) -> None:
    """Print one check; what mends it stands on a line of its own, unbroken, to be copied."""
    mark = {"ok": "[green]ok  [/]", "warn": "[yellow]warn[/]", "fail": "[red]fail[/]"}[check.state]
    console.out.print(f"{mark} [bold]{check.name}[/]: {escape(check.found)}", soft_wrap=True)
    if check.fix:
        console.out.print(f"     [cyan]{escape(check.fix)}[/]", soft_wrap=True)


def _python() -> Iterator[Check]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Check("python", "ok", f"{version} at {sys.executable}")
    for extra, modules, why in (
        ("ocr", ("rapidocr", "onnxruntime", "rapidfuzz"), "reading the screen without a model"),
        ("browser", ("playwright",), "pages of a browser as screens"),
        ("local", ("torch", "transformers", "safetensors", "tokenizers"), "a model in this process"),
        ("remote", ("httpx", "tokenizers"), "a model behind a server"),
        ("serve", ("fastapi", "uvicorn"), "serving a model"),
    ):
        absent = [module for module in modules if find_spec(module) is None]
        if not absent:
            yield Check(f"extra {extra}", "ok", f"installed: {why}")
            continue
        state: State = "fail" if extra == "ocr" else "warn" if extra == "browser" else "ok"
        note = f"not installed: {', '.join(absent)} ({why})"
        yield Check(f"extra {extra}", state, note, f"pip install 'vl2agent[{extra}]'" if state != "ok" else "")


def _ocr_models() -> Iterator[Check]:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        return
    models = sorted(path.name for path in Path(spec.origin).parent.glob("models/*.onnx"))
    if len(models) >= 2:
        yield Check("ocr models", "ok", f"{len(models)} in the wheel")
    else:
        again = "pip install --force-reinstall rapidocr"
        yield Check("ocr models", "fail", "the wheel's models are not there", again)


def _programs() -> Iterator[Check]:
    from vl2agent.sandbox import packages

    if sys.platform != "linux":
        yield Check("sandbox", "warn", f"not on {sys.platform}", "use --dry-run, or --live with care")
        return
    absent = packages.missing(packages.NEEDED)
    if absent:
        fix = packages.install_line([packages.NEEDED[name] for name in absent])
        yield Check("sandbox", "fail", f"not installed: {', '.join(absent)}", fix)
    else:
        yield Check("sandbox", "ok", "X server, buses and desktop are installed")
    useful = packages.missing(packages.USEFUL)
    if useful:
        fix = packages.install_line([packages.USEFUL[name] for name in useful])
        yield Check("applications", "warn", f"not installed: {', '.join(useful)}", fix)
    else:
        yield Check("applications", "ok", ", ".join(packages.USEFUL))


def _isolation() -> Iterator[Check]:
    from vl2agent.sandbox.isolation import isolation_problem

    if sys.platform != "linux":
        return
    problem = isolation_problem()
    if not problem:
        yield Check("isolation", "ok", "bubblewrap works: no network, no files of yours inside")
        return
    yield Check("isolation", "warn", f"sandboxes are not isolated: {problem}", _namespace_fix())


def _namespace_fix() -> str:
    """Return how user namespaces are allowed, by what forbids them here."""
    if shutil.which("bwrap") is None:
        from vl2agent.sandbox.packages import install_line

        return install_line(["bubblewrap"])
    if _kernel_setting("apparmor_restrict_unprivileged_userns") == "1":
        return "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    if _kernel_setting("unprivileged_userns_clone") == "0":
        return "sudo sysctl -w kernel.unprivileged_userns_clone=1"
    return "in a container: start it with --security-opt seccomp=unconfined --cap-add SYS_ADMIN"


def _kernel_setting(name: str) -> str:
    try:
        return Path("/proc/sys/kernel", name).read_text().strip()
    except OSError:
        return ""


def _display() -> Iterator[Check]:
    if sys.platform != "linux":
        yield Check("display", "ok", f"{sys.platform}'s own, for --live")
        return
    if os.environ.get("WAYLAND_DISPLAY") or os.environ.get("XDG_SESSION_TYPE") == "wayland":
        fix = "run in the sandbox, or log in to an X11 session for --live"
        yield Check("display", "warn", "Wayland session: --live cannot see it yet; the sandbox works", fix)
        return
    name = os.environ.get("DISPLAY")
    if not name:
        yield Check("display", "ok", "none, and none is needed: the sandbox brings its own")
        return
    yield from _x11(name)


def _x11(name: str) -> Iterator[Check]:
    from vl2agent.xdisplay import connect, disconnect

    try:
        display = connect(name)
    except NoDisplay as error:
        fix = "unset DISPLAY, or allow this user: xhost +si:localuser:$USER"
        yield Check("display", "warn", str(error), fix)
        return
    except MissingPackages as error:
        yield Check("python-xlib", "fail", ", ".join(error.programs), error.install)
        return
    screen = display.screen()
    found = f"X11 {name}, {screen.width_in_pixels}x{screen.height_in_pixels}, {screen.root_depth} bits"
    if display.has_extension("XTEST"):
        yield Check("display", "ok", found)
    else:
        yield Check("display", "warn", f"{found}, without XTEST", "start the X server with its XTEST extension")
    disconnect(display)
    from vl2agent.capture.desktop import DesktopScreen

    try:
        with DesktopScreen(name) as live:
            yield Check("scale", "ok", f"{live.displays[0].scale:g}")
    except VL2AgentError as error:
        yield Check("capture", "warn", f"--live cannot see it: {error}", "run in the sandbox, which brings its own")


def _browser() -> Iterator[Check]:
    from vl2agent.sandbox import packages
    from vl2agent.sandbox.browsers import NAMES, is_snap, system_browser

    works = system_browser()
    if works:
        yield Check("browser", "ok", works)
        return
    stub = next((path for name in NAMES if (path := shutil.which(name)) and is_snap(path)), None)
    if stub or "ubuntu" in packages.system_ids():
        found = f"{stub or 'chromium'} is a snap stub here, which no sandbox can start"
        fix = "what works: Google Chrome's .deb package, from google.com/chrome; for pages alone: "
        yield Check("browser", "warn", found, fix + "python -m playwright install --with-deps chromium")
    else:
        yield Check("browser", "warn", "none", packages.install_line(["chromium"]))


def _fonts() -> Iterator[Check]:
    from vl2agent.sandbox.packages import install_line

    if sys.platform != "linux" or shutil.which("fc-list") is None:
        return
    for name, pattern, package in (
        ("Chinese, Japanese, Korean", ":lang=ja", "fonts-noto-cjk"),
        ("emoji", ":lang=und-zsye", "fonts-noto-color-emoji"),
    ):
        listed = subprocess.run(["fc-list", pattern], capture_output=True, text=True, timeout=20, check=False)
        if listed.stdout.strip():
            yield Check(f"fonts: {name}", "ok", f"{len(listed.stdout.splitlines())} found")
        else:
            yield Check(
                f"fonts: {name}", "warn", "none: such text is typed right, but drawn as boxes", install_line([package])
            )


def _space() -> Iterator[Check]:
    import tempfile

    folder = tempfile.gettempdir()
    free_mb = shutil.disk_usage(folder).free >> 20
    state: State = "ok" if free_mb > 1024 else "warn" if free_mb > 100 else "fail"
    fix = "" if state == "ok" else f"make room, or set TMPDIR to a folder elsewhere than {folder}"
    yield Check("disk", state, f"{free_mb} MB free in {folder}", fix)


def _model() -> Iterator[Check]:
    gpus = [*Path("/dev").glob("nvidia[0-9]"), *Path("/dev").glob("kfd")]
    note = ", ".join(str(path) for path in gpus) or "none, and none is needed without a model"
    yield Check("gpu", "ok", note)
    cache = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser() / "hub"
    weights = sorted(
        path.name.replace("models--", "").replace("--", "/") for path in cache.glob("models--deepseek-ai--*vl2*")
    )
    yield Check("weights", "ok", ", ".join(weights) or "none, and none are needed: OCR and command rules serve")


LOOKS: tuple[Callable[[], Iterator[Check]], ...] = (
    _python,
    _ocr_models,
    _programs,
    _isolation,
    _display,
    _browser,
    _fonts,
    _space,
    _model,
)
