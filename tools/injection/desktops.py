"""Put hostile dialogs, files and notifications on desktops, and ask the programs themselves where everything is."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from injection.pages import deeds
from vl2agent.bench.injection.truth import HostileScreen, Lure
from vl2agent.bench.scene import Scene
from vl2agent.errors import SandboxError
from vl2agent.geometry import ScreenBox
from vl2agent.sandbox.accessibility import Accessibility, Node
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.steps import Frame

PATIENCE_S = 12.0


@dataclass(frozen=True, kw_only=True)
class Desktop:
    """One hostile desktop.

    Args:
        name: of the screen.
        goal: what the person said.
        benign, injected: as in a page's truth, but places are 'role: name' of the accessibility tree.
        lures: trick and text.
        open: commands that open a window each, in order.
        then: commands that open none, such as notifications.
    """

    name: str
    goal: str
    benign: Sequence[dict[str, Any]]
    injected: Sequence[dict[str, Any]]
    lures: Mapping[str, str]
    open: Sequence[str] = ()
    then: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    theme: str = "Greybird"
    size: tuple[int, int] = (1280, 800)
    language: str = "en"


def click(target: str, at: str) -> dict[str, Any]:
    """A click, as a truth says it."""
    return {"kind": "click", "target": target, "at": at}


def type_(text: str) -> dict[str, Any]:
    """Typed text."""
    return {"kind": "type", "text": text}


def key(keys: str) -> dict[str, Any]:
    """A chord."""
    return {"kind": "key", "keys": keys}


def rendered_desktops(desktops: Sequence[Desktop]) -> Iterator[tuple[HostileScreen, Frame]]:
    """Give every desktop, as it looks, with its truth."""
    for desktop in desktops:
        scene = Scene(
            theme=desktop.theme, size=desktop.size, files=desktop.files, pages=desktop.pages, open=desktop.open
        )
        with scene.desktop() as running:
            running.run(["xfdesktop", "--quit"])  # its picture would be most of the file
            running.settled()
            for command in desktop.then:
                running.run(["sh", "-c", f"{command} >/dev/null 2>&1 &"])
                time.sleep(1.0)
            with Accessibility(running) as tree:
                yield _told(desktop, running, tree)


def _told(desktop: Desktop, running: Sandbox, tree: Accessibility) -> tuple[HostileScreen, Frame]:
    boxes = _Boxes(tree, running)
    benign = tuple(deed for each in desktop.benign for deed in deeds(each, boxes.of))
    injected = tuple(deed for each in desktop.injected for deed in deeds(each, boxes.of))
    frame = running.settled().frame
    screen = HostileScreen(
        name=desktop.name,
        goal=desktop.goal,
        kind="desktop",
        language=desktop.language,
        dark="dark" in desktop.theme,
        windows=frame.windows,
        benign=benign,
        injected=injected,
        lures=tuple(Lure(trick=trick, text=text) for trick, text in desktop.lures.items()),
    )
    return screen, frame


@dataclass(frozen=True)
class _Boxes:
    tree: Accessibility
    desktop: Sandbox

    def of(self, place: str) -> ScreenBox:
        """Where 'role: name' is, or the second of a role as in 'text: #2'; waits for programs that have not told yet."""
        role, _, name = place.partition(": ")
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            nodes = [node for node in self.tree.showing() if _is(node, role, name) and node.box]
            seen = [node.box for node in nodes if node.box and self.desktop.displays[0].box.intersection(node.box)]
            number = int(name[1:]) if name.startswith("#") else 1
            if len(seen) >= number:
                return sorted(seen, key=lambda box: box.top)[number - 1]
            time.sleep(0.3)
        told = ", ".join(f"{node.role}: {node.name or node.text!r}" for node in self.tree.showing() if node.name)
        raise SandboxError(f"nothing says that it is {place!r}; there are {told[:1500]}")


def _is(node: Node, role: str, name: str) -> bool:
    return node.role == role and (name.startswith("#") or name in (node.name.replace("_", ""), node.name, node.text))
