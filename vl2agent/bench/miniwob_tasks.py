"""Which MiniWoB++ tasks there are, and which of them the bench runs."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from vl2agent.errors import InputError, MissingExtra

TEXT_DIRECTED = (
    "click-test-2",
    "click-button",
    "click-button-sequence",
    "click-link",
    "click-tab",
    "click-dialog-2",
    "click-option",
    "click-checkboxes",
    "click-checkboxes-transfer",
    "choose-list",
    "click-menu",
    "focus-text-2",
    "enter-text",
    "enter-password",
    "login-user",
)
"""The tasks that the embedded default is judged by: their instructions name what to point at or to type in words.

Chosen from the pages' sources before anything was tuned or measured; the list stays as it is, whatever they score.
"""

POINTING = frozenset(
    {
        *("chase-circle", "hover-shape", "moving-items"),
        *("daily-calendar", "drag-box", "drag-circle", "drag-cube", "drag-items", "drag-items-grid", "drag-shapes"),
        *("drag-shapes-2", "drag-single-shape", "drag-sort-numbers", "draw-circle", "draw-line", "form-sequence"),
        *("highlight-text", "highlight-text-2", "resize-textarea", "use-slider", "use-slider-2"),
    }
)
"""Tasks that want drags, sliders or a pointer in motion; all others are done by clicks, keys and the wheel."""

ALL = "all"
"""What stands for every task that clicks, keys and the wheel can do."""


def page_of(task: str) -> Path:
    """Return the page of a task.

    Raises:
        MissingExtra: MiniWoB++ is not installed.
    """
    return _folder() / f"{task}.html"


def choose(names: Sequence[str]) -> tuple[str, ...]:
    """Return the tasks of these names, each once: the text-directed ones when there are none, every one for 'all'.

    Raises:
        InputError: no task has this name.
        MissingExtra: MiniWoB++ is not installed.
    """
    known = sorted(page.stem for page in _folder().glob("*.html"))
    if list(names) == [ALL]:
        return tuple(name for name in known if name not in POINTING)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"expected tasks of MiniWoB++ such as {', '.join(known[:4])}, or {ALL!r}; got {unknown[0]!r}")
    return tuple(dict.fromkeys(names)) or TEXT_DIRECTED


def _folder() -> Path:
    """Find the pages without importing the package: it brings an environment for training, and needs none of it here."""
    package = find_spec("miniwob")
    if package is None or package.origin is None:
        raise MissingExtra("miniwob", "the MiniWoB++ bench")
    return Path(package.origin).parent / "html" / "miniwob"
