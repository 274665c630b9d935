"""Words to places by what a sandbox's programs say of themselves, as far as they do.

The accessibility tree has names, roles and boxes; the window list says what covers what. The tree knows nothing of icons
on the desktop, in folders and in the settings' window, of lists that are open, or of whether a box is ticked: there, and
for whatever else it does not have, the screen is read instead. `Target.source` is 'tree' or the reader's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from vl2agent.contracts import Perception
from vl2agent.errors import AmbiguousTarget, TargetNotFound
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.perception.query import Name, parse_name
from vl2agent.sandbox.accessibility import Accessibility, Node
from vl2agent.steps import Element, Frame, Target, Window

SOURCE = "tree"
ROLES = {
    "push button": "button",
    "toggle button": "button",
    "link": "link",
    "menu": "menu",
    "menu item": "menu item",
    "check menu item": "menu item",
    "radio menu item": "menu item",
    "page tab": "tab",
    "text": "field",
    "entry": "field",
    "password text": "field",
    "spin button": "spin box",
    "combo box": "combo box",
    "check box": "check box",
    "radio button": "radio button",
    "toggle switch": "switch",
    "slider": "slider",
    "table cell": "cell",
    "list item": "list item",
    "tree item": "list item",
    "table column header": "column header",
    "heading": "label",
    "label": "label",
    "static": "label",
}
"""Roles of things that people name, as perception calls them."""
FIELDS = ("field", "spin box", "combo box")
TICKED = ("check box", "radio button", "switch")
PANEL = "xfce4-panel"
UNKNOWN = ("xfwm4", "xfdesktop")
"""Programs whose nodes are whole screens."""
SAME, LINE, PART = 0.98, 0.95, 0.55
"""How sure a name is that is the words, one line of which is, that only contains them."""
OTHER_ROLE = 0.3
"""What another role than the one that was asked for takes away."""
BESIDE_PX, ABOVE_PX = 240, 40
"""How far a field's label may be away, in logical pixels."""


class Truth:
    """A Perception that looks into the programs instead of at their pictures.

    Args:
        tree: what they say of themselves.
        reader: reads what the tree does not have.
    """

    def __init__(self, tree: Accessibility, reader: Perception) -> None:
        self._tree, self._reader = tree, reader
        self._known: tuple[str, tuple[Node, ...]] | None = None

    def locate(self, words: str, frame: Frame) -> Target:
        """Find the one thing the words name.

        Raises:
            TargetNotFound: it is neither in the tree nor read on the screen.
            AmbiguousTarget: several things fit equally well.
        """
        found = self.find(words, frame)
        if not found:
            raise TargetNotFound(words)
        if len(found) > 1 and found[0].confidence == found[1].confidence:
            raise AmbiguousTarget(words, found)
        return found[0]

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Find everything of this name in the tree; where nothing is called just so, also what is read."""
        nodes = self.nodes(frame)
        found = [target for node in nodes if (target := _target(words, node, nodes, frame))]
        best = sorted(found, key=lambda target: -target.confidence)
        if not best or best[0].confidence < LINE:
            return sorted((*best, *self._reader.find(words, frame)), key=lambda target: -target.confidence)
        if best[0].role in TICKED:  # where its tick is, only pixels tell
            read = [each for each in self._reader.find(words, frame) if each.box.intersection(best[0].box)]
            return [*read[:1], *best]
        return best

    def elements(self, frame: Frame) -> Sequence[Element]:
        """List what the tree has, and what is read where it has nothing."""
        known = [_element(node) for node in self.nodes(frame) if node.box]
        read = (each for each in self._reader.elements(frame) if not any(k.box.contains(each.point) for k in known))
        return sorted((*known, *read), key=lambda each: (each.box.top, each.box.left))

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Read the screen."""
        return self._reader.text_in(box, frame)

    def nodes(self, frame: Frame) -> tuple[Node, ...]:
        """List the nodes that can be seen, in physical pixels; the tree is walked once for a picture."""
        if self._known is None or self._known[0] != frame.digest:
            self._known = frame.digest, tuple(self._seen(frame))
        return self._known[1]

    def _seen(self, frame: Frame) -> Iterator[Node]:
        for node in self._tree.showing():
            if node.role not in ROLES or node.box is None or node.app in UNKNOWN or _is_stale(node):
                continue
            box = frame.region.intersection(_physical(node, frame.scale))
            if box and _is_on_top(node, box.center, frame.windows):
                yield replace(node, box=box)


def is_popup(node: Node) -> bool:
    """Tell whether a node is in a menu that is open, which lies above all windows."""
    return "menu" in node.role and node.inside[-1:] != ("menu bar",)


def _is_stale(node: Node) -> bool:
    """Tell whether a node is in a list that opens: its box is wrong, whether that is open or not."""
    return "combo box" in node.inside


def _physical(node: Node, scale: float) -> ScreenBox:
    """Multiply by the scale, as programs tell logical pixels, but for pages in a browser."""
    assert node.box is not None
    times = 1.0 if "document web" in node.inside else scale
    return ScreenBox(*(round(edge * times) for edge in node.box.edges))


def _is_on_top(node: Node, point: ScreenPoint, windows: Sequence[Window]) -> bool:
    if is_popup(node):
        return True
    top = next((window for window in windows if window.box.contains(point)), None)
    return top is None or node.app == PANEL or top.title == node.window


def _target(words: str, node: Node, nodes: Sequence[Node], frame: Frame) -> Target | None:
    """Make a target of a node that fits the words; the likeliest reading of them counts."""
    assert node.box is not None
    names, role = _names(node, nodes, frame.scale), ROLES[node.role]
    fits = [(_similarity(reading, name, role), name) for reading in parse_name(words) for name in names]
    confidence, name = max(fits, default=(0.0, ""))
    if confidence < PART:
        return None
    point = node.box.center
    if role in TICKED and node.box.width > node.box.height:
        point = ScreenPoint(node.box.left + node.box.height // 2, point.y)
    return Target(words=words, box=node.box, point=point, confidence=confidence, text=name, role=role, source=SOURCE)


def _similarity(reading: Name, name: str, role: str) -> float:
    if reading.role and reading.role != role and not (reading.role == "field" and role in FIELDS):
        return _similarity(Name(reading.text), name, "") - OTHER_ROLE
    wanted, lines = _plain(reading.text), [_plain(line) for line in name.splitlines()]
    if not wanted:
        return LINE if reading.role else 0.0
    if wanted == _plain(name):
        return SAME
    if wanted in lines:
        return LINE
    return PART if f" {wanted} " in f" {_plain(name)} " else 0.0


def _names(node: Node, nodes: Sequence[Node], scale: float) -> list[str]:
    """What a node is called: by itself, or by the label beside or above it."""
    if node.name.strip() or ROLES[node.role] not in FIELDS:
        return [node.name] if node.name.strip() else []
    label = _label(node, nodes, scale)
    return [label] if label else []


def _label(field: Node, nodes: Sequence[Node], scale: float) -> str:
    box, near = field.box, list[tuple[int, str]]()
    assert box is not None
    for node in nodes:
        if node.role not in ("label", "static") or node.box is None or node.window != field.window:
            continue
        gap, row = box.left - node.box.right, node.box.top < box.center.y < node.box.bottom
        rise, column = box.top - node.box.bottom, abs(node.box.left - box.left) < box.height
        if row and 0 <= gap < BESIDE_PX * scale:
            near.append((gap, node.name))
        elif column and 0 <= rise < ABOVE_PX * scale:
            near.append((rise, node.name))
    return min(near, default=(0, ""))[1]


def _element(node: Node) -> Element:
    assert node.box is not None
    return Element(box=node.box, text=node.name.strip(), role=ROLES[node.role], confidence=1.0)


def _plain(text: str) -> str:
    """Return a name for comparing: signs that say that more follows are no part of it."""
    plain = " ".join(text.casefold().split())
    return re.sub(r"\s*(?:…|\.\.\.|:)$", "", plain) or plain
