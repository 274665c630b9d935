"""Clauses about windows: switch to one, close one."""

from __future__ import annotations

from vl2agent.actions import Fail, Key, Wait
from vl2agent.errors import TargetNotFound
from vl2agent.planner.clauses import Click, Close, Switch
from vl2agent.planner.pointing import click
from vl2agent.planner.progress import Act, Answer, Progress, Ticked
from vl2agent.planner.seeking import LOOK_AGAIN_S, is_seeking
from vl2agent.planner.sight import Sight
from vl2agent.steps import ClickIntent, Target, Window

PATIENCE = 6
"""Looks at a window that should close."""
MAX_CYCLES = 8


def window_key(window: Window) -> str:
    """Tell windows apart from one frame to another."""
    return f"{window.app}|{window.title}"


def switch(clause: Switch, progress: Progress, sight: Sight) -> Answer:
    """Bring the window to the front; where there is none of this name, click what is called so (a tab)."""
    window = sight.window(clause.target, loosely=True)
    if (window is None and progress.stage in ("", "clicked", "waited", "again")) or progress.stage.startswith("seek"):
        return click(Click(clause.target), progress, sight)
    if window is None or window.active:
        return Ticked("" if window else "its window went away")
    return bring_to_front(window, progress, sight)


def bring_to_front(window: Window, progress: Progress, sight: Sight) -> Act:
    """Click the window's title in the panel or on the window, else go through the windows with alt+tab.

    Raises:
        TargetNotFound: it does not come to the front.
    """
    tries = progress.tries + 1 if progress.stage == "to front" else 1
    if tries > MAX_CYCLES:
        raise TargetNotFound(window.title, reason="its window does not come to the front")
    title = next(iter(titles(window, sight)), None)
    if title is not None and tries == 1:
        return Act(ClickIntent(target=window.title or window.app), "to front", (title,), tries=tries)
    return Act(Key(keys="alt+tab"), "to front", note=f"bring {window.title!r} to the front", tries=tries)


def titles(window: Window, sight: Sight) -> list[Target]:
    """Where a window's title is written, on the panel first."""
    if not window.title:
        return []
    found = [target for target in sight.perception.find(window.title, sight.frame) if sight.in_title(target)]
    return sorted(found, key=lambda target: (target.point.y, -target.confidence))


def close(clause: Close, progress: Progress, sight: Sight, *, more: bool) -> Answer:
    """Bring the window to the front and press alt+f4; a question that it asks is not answered here.

    Args:
        clause: what to close.
        progress: how far that is.
        sight: what is seen.
        more: whether clauses follow, which may answer the question.
    """
    if progress.stage == "closing":
        return _closing(progress, sight, more)
    window = sight.window(clause.target, loosely=True) if clause.target else sight.active
    if window is None and not clause.target and not sight.windows and is_seeking(progress):
        raise TargetNotFound("a window", reason="no window is open")
    if window is None:
        titles = ", ".join(repr(w.title) for w in sight.windows) or "none"
        raise TargetNotFound(clause.target, reason=f"no window of this name; open: {titles}")
    if not window.active and clause.target:
        return bring_to_front(window, progress, sight)
    return Act(Key(keys="alt+f4"), "closing", note=f"close {window.title!r}", tried=(window_key(window),))


def _closing(progress: Progress, sight: Sight, more: bool) -> Answer:
    now = [window_key(window) for window in sight.windows]
    before, closed = list(progress.windows), progress.tried[0]
    if now.count(closed) < max(before.count(closed), 1):
        return Ticked()
    asking = [window for window in sight.windows if window_key(window) not in before]
    if asking and more:
        return Ticked(f"it asks: {asking[0].title}")
    if asking:
        return Act(Fail(reason=f"{closed.split('|', 1)[1]!r} asks before it closes: {asking[0].title!r}"), "failed")
    if progress.tries >= PATIENCE:
        return Act(Fail(reason=f"{closed.split('|', 1)[1]!r} did not close"), "failed")
    return Act(Wait(seconds=LOOK_AGAIN_S), "closing", tries=progress.tries + 1, tried=progress.tried)
