"""A desktop to reach a goal on: theme, screen size, files, open windows and where they stand, all from a seed."""

from __future__ import annotations

import json
import random
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from vl2agent.errors import SandboxError
from vl2agent.sandbox.desktop import Sandbox

THEMES = ("Greybird", "Greybird-dark", "Adwaita", "Adwaita-dark")
SIZES = ((1280, 800), (1366, 768), (1440, 900), (1600, 900), (1920, 1080))
PLACEMENTS = ("center", "mouse")
PORT = 8000
START_S = 8.0

SERVER = """
import http.server, json, pathlib, urllib.parse
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, text):
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(data)
    def do_GET(self):
        name = self.path.strip("/") or "index"
        self.answer(pathlib.Path(".site", name + ".html").read_text(encoding="utf-8"))
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        pathlib.Path(".site/posted.json").write_text(json.dumps(dict(urllib.parse.parse_qsl(body, keep_blank_values=True))))
        self.answer("<h1>Thank you</h1><p>Your order was received.</p>")
    def log_message(self, *parts): pass
http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
""".replace("PORT", str(PORT))


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a desktop looks like at the beginning.

    Args:
        seed: chooses what the rest leaves open.
        theme: GTK theme.
        size: screen in physical pixels.
        scale: physical pixels per logical one.
        placement: where the window manager puts new windows, 'center' or 'mouse'.
        files: paths below HOME, and what they hold.
        pages: names of pages that a server inside has on localhost:8000, and their HTML.
        open: commands whose windows are open already, somewhere.
    """

    seed: int = 0
    theme: str = "Greybird"
    size: tuple[int, int] = (1280, 800)
    scale: int = 1
    placement: str = "center"
    files: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    open: Sequence[str] = ()

    @classmethod
    def from_seed(cls, seed: int, *, files: Mapping[str, str], pages: Mapping[str, str], open: Sequence[str]) -> Scene:
        """Choose theme, size and placement; seed 0 is the plain desktop at 1280x800."""
        if seed == 0:
            return cls(files=files, pages=pages, open=open)
        chance = random.Random(str(seed))
        theme, size, placement = chance.choice(THEMES), chance.choice(SIZES), chance.choice(PLACEMENTS)
        return cls(seed=seed, theme=theme, size=size, placement=placement, files=files, pages=pages, open=open)

    @contextmanager
    def desktop(self) -> Iterator[Sandbox]:
        """Start it, ended on the way out.

        Raises:
            SandboxError: the desktop, a program or the server does not start.
        """
        with Sandbox(size=self.size, theme=self.theme, scale=self.scale) as desktop:
            self._furnish(desktop)
            yield desktop

    def _furnish(self, desktop: Sandbox) -> None:
        for name, text in {**self.files, **{f".site/{page}.html": html for page, html in self.pages.items()}}.items():
            path = desktop.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        desktop.run(["xfconf-query", "-c", "xfwm4", "-p", "/general/placement_mode", "-s", self.placement])
        chance = random.Random(str(self.seed))
        width, height = self.size
        desktop.run(["xdotool", "mousemove", str(chance.randrange(width // 4, width)), str(height // 2)])
        if self.pages:
            desktop.launch(["python3", "-c", SERVER])
            _wait_for_server(desktop)
        for command in self.open:
            known = {window.title for window in desktop.windows()}
            desktop.launch(command)
            title = _new_window(desktop, known)
            if self.seed:
                _move_somewhere(desktop, title, chance)


def ask(desktop: Sandbox, *command: str) -> str:
    """Run a command inside and return what it prints, without the line's end."""
    return desktop.run(list(command)).stdout.rstrip("\n")


def posted(desktop: Sandbox) -> dict[str, Any]:
    """Return the fields of the form that was submitted last; empty when none was."""
    path = desktop.home / ".site/posted.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _wait_for_server(desktop: Sandbox) -> None:
    probe = f"import socket; socket.create_connection(('127.0.0.1', {PORT}), 1)"
    give_up = time.monotonic() + START_S
    while desktop.run(["python3", "-c", probe]).returncode != 0:
        if time.monotonic() > give_up:
            raise SandboxError("the server inside does not answer; is python3 installed in the system?")
        time.sleep(0.1)


def _new_window(desktop: Sandbox, known: set[str]) -> str:
    give_up = time.monotonic() + START_S
    while time.monotonic() < give_up:
        for window in desktop.windows():
            if window.title not in known:
                desktop.settled(2.0)
                return window.title
        time.sleep(0.1)
    raise SandboxError("a program opened no window")


def _move_somewhere(desktop: Sandbox, title: str, chance: random.Random) -> None:
    """Put a window anywhere on the screen where all of it can be seen, as far as it fits."""
    window = next((w for w in desktop.windows() if w.title == title), None)
    if window is None:
        return
    width, height = desktop.size.width_px, desktop.size.height_px
    x = chance.randrange(max(width - window.box.width, 1))
    y = chance.randrange(32, max(height - window.box.height, 33))
    pattern = f"^{title.translate({ord(c): '.' for c in '*+?()[]{}|^$'})}$"
    line = f"xdotool search --onlyvisible --name {shlex.quote(pattern)} windowmove {x} {y}"
    desktop.run(["sh", "-c", line])
    desktop.settled(2.0)
