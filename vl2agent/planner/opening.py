"""The skill behind "open X": what is visible first, then the applications menu, then the application finder.

Each way is verified by a window that was not there before, or by a page of the active window that changed, before the
clause is ticked. The ways, and the stages in `Progress`, in order:

    ""          a window of this name is there already: bring it to the front
    "visible"   something of this name was clicked: icon, row, button, menu entry; "double": it was double-clicked
    "menu"      the applications menu, or a submenu of it, was opened; "item": its entry was clicked
    "finder"    alt+f3 was pressed; "typed": the name was entered; "launched": the row that it listed was clicked
"""

from __future__ import annotations

import contextlib
import re

from vl2agent.actions import Key, TypeText, Wait
from vl2agent.errors import AmbiguousTarget, TargetNotFound
from vl2agent.geometry import ScreenBox
from vl2agent.planner.clauses import Click, Open
from vl2agent.planner.names import APPLICATIONS, SETTINGS, Application, application, plain
from vl2agent.planner.pointing import click
from vl2agent.planner.progress import Act, Answer, Progress, Ticked
from vl2agent.planner.quoting import quote, unquote
from vl2agent.planner.seeking import LOOK_AGAIN_S, look
from vl2agent.planner.sight import Sight
from vl2agent.planner.windows import bring_to_front, window_key
from vl2agent.steps import ClickIntent, Target, Window

MENU = "Applications"
SUBMENUS = ("Settings", "Accessories", "Internet", "System", "Office", "Graphics", "Multimedia", "Development", "Other")
FINDER = "application finder"
FILE_DIALOGS = ("open", "open file", "save as", "save file", "select a file", "select folder")
SURE = 0.6
"""The confidence from which something is taken for what is to be opened; there are other ways to it."""
PATIENCE = {"visible": 2, "double": 8, "menu": 2, "item": 12, "finder": 6, "typed": 2, "launched": 12}
"""Looks, half a second apart, before a stage has failed."""
LAUNCHED = ("double", "item", "launched")
"""Stages after which a program starts."""
DRAWING = 8
"""Looks at a new window that shows no text yet."""
PAGE = 0.12
"""The share of the active window that changes when it shows another page."""
_CONTROL = re.compile(r"\b(?:menu|tab|combo ?box|drop-?down|list|link|button|expander|section)$", re.IGNORECASE)


def open_(clause: Open, progress: Progress, sight: Sight) -> Answer:
    """Make the thing appear.

    Raises:
        TargetNotFound: none of the ways led to it.
        AmbiguousTarget: several visible things are called so.
    """
    if _CONTROL.search(clause.target):
        return click(Click(clause.target), progress, sight)
    app = application(clause.target)
    if (note := _appeared(clause, progress, sight)) is not None:
        if (
            progress.stage in LAUNCHED
            and progress.tries < DRAWING
            and sight.active
            and not sight.is_drawn(sight.active)
        ):
            return Act(Wait(seconds=LOOK_AGAIN_S), progress.stage, note="still empty", tries=progress.tries + 1)
        return Ticked(note)
    if (window := sight.window(clause.target)) and progress.stage in ("", "to front"):
        return bring_to_front(window, progress, sight)
    following = _next(clause, app, progress, sight)
    if following is not None:
        return following
    if progress.tries < PATIENCE.get(progress.stage, 0):
        return Act(Wait(seconds=LOOK_AGAIN_S), progress.stage, tries=progress.tries + 1, tried=progress.tried)
    return _other_way(clause, app, progress, sight)


def openers(words: str, sight: Sight) -> list[Target]:
    """Give what may be clicked on the way to opening it: what is visible, an entry of a menu, a row of the finder."""
    app, found = application(words), list[Target | None]()
    with contextlib.suppress(AmbiguousTarget):
        found.append(_visible(Open(words), app, sight))
    with contextlib.suppress(AmbiguousTarget):
        found.append(sight.find(quote(unquote(words)), least=SURE))
    with contextlib.suppress(AmbiguousTarget):
        found.append(_listed(app, sight))
    return [target for target in found if target]


def _appeared(clause: Open, progress: Progress, sight: Sight) -> str | None:
    """Return what shows that it is open; None when nothing does."""
    window = sight.window(clause.target, loosely=bool(progress.stage))
    if window is not None and window.active:
        return "" if progress.stage else "open already"
    if progress.stage not in ("visible", "double", "item", "launched"):
        return None
    new = [w for w in sight.windows if window_key(w) not in progress.windows and plain(w.title) != FINDER]
    if new:
        return f"{new[0].title!r} appeared"
    if progress.stage == "visible" and (sight.active is None or _share_changed(sight, sight.active.box) > PAGE):
        return "the page changed" if sight.changed else None
    return None


def _next(clause: Open, app: Application, progress: Progress, sight: Sight) -> Act | None:
    """Go on with the way at hand; None when there is nothing to do but wait."""
    match progress.stage:
        case "":
            return _click_visible(clause, app, sight) or _open_menu(sight) or _open_finder()
        case "menu":
            return _in_menu(app, progress, sight)
        case "menu closed":
            return _open_finder() if progress.tries > 1 else Act(Key(keys="escape"), "menu closed", tries=2)
        case "finder" if _finder(sight):
            return Act(TypeText(text=app.labels[0]), "typed")
        case "typed" if row := _listed(app, sight):
            return Act(ClickIntent(target=app.labels[0], count=2), "launched", (row,))
    return None


def _other_way(clause: Open, app: Application, progress: Progress, sight: Sight) -> Act:
    """Leave a way that led nowhere.

    Raises:
        TargetNotFound: it was the last one.
    """
    match progress.stage:
        case "visible" if (target := _visible(clause, app, sight)) and sight.may_repeat:
            return Act(ClickIntent(target=clause.target, count=2), "double", (target,), "one click opened nothing")
        case "visible" | "double":
            return _open_menu(sight) or _open_finder()
        case "menu":
            return Act(Key(keys="escape"), "menu closed", note="not in the applications menu")
        case "item":
            return _open_finder()
        case "typed":
            return Act(Key(keys="escape"), "gave up", note="not in the application finder")
    reason = "nothing visible opened it; it is neither in the applications menu nor in the application finder"
    raise TargetNotFound(clause.target, sight.near(clause.target), reason)


def _click_visible(clause: Open, app: Application, sight: Sight) -> Act | None:
    target = _visible(clause, app, sight)
    if target is None:
        return None
    double = sight.on_desktop(target) or _among_files(target, sight)
    return Act(
        ClickIntent(target=clause.target, count=2 if double else 1), "double" if double else "visible", (target,)
    )


def _visible(clause: Open, app: Application, sight: Sight) -> Target | None:
    """Find an icon, a row, a button or an entry of this name; names of applications mean other things in windows."""
    if app not in APPLICATIONS:
        a_page_elsewhere = app.menu == SETTINGS and not (sight.active and sight.active.title == SETTINGS)
        try:
            target = look(quote(app.labels[0]) if a_page_elsewhere else clause.target, sight)
        except AmbiguousTarget as error:
            target = _in_view(error, sight)
        return target if target and target.confidence >= SURE and _is_label(target, sight) else None
    named = (sight.find(quote(label), least=SURE) for label in app.labels)
    inside_too = app.menu == SETTINGS and sight.active is not None and sight.active.title == SETTINGS
    shown = (target for target in named if target and _is_label(target, sight))
    return next((target for target in shown if inside_too or not sight.in_window(target)), None)


def _is_label(target: Target, sight: Sight) -> bool:
    return not sight.in_title(target) and sight.is_whole(target)


def _in_view(error: AmbiguousTarget, sight: Sight) -> Target:
    """Of a folder's names in a file manager, the one in the view, which is right of the side pane's.

    Raises:
        AmbiguousTarget: it is not about files.
    """
    rightmost = max(error.candidates, key=lambda target: target.point.x)
    if not _among_files(rightmost, sight):
        raise error
    return rightmost


def _among_files(target: Target, sight: Sight) -> bool:
    """Tell whether a place is in a file manager or a file dialog, where things open by a double click."""
    window = next((w for w in sight.windows if w.box.contains(target.point)), None)
    return window is not None and (plain(window.app) == "thunar" or plain(window.title) in FILE_DIALOGS)


def _open_menu(sight: Sight) -> Act | None:
    button = sight.find(MENU, least=SURE)
    return Act(ClickIntent(target=MENU), "menu", (button,), "look in the applications menu") if button else None


def _in_menu(app: Application, progress: Progress, sight: Sight) -> Act | None:
    """Click its entry; where there is none, open the submenu that should have it, or else one after the other."""
    wanted = (app.menu,) if app.menu else SUBMENUS
    if not app.menu or app.menu in progress.tried:
        for label in app.labels:
            entry = sight.find(quote(label), least=SURE)
            if entry is not None and _is_label(entry, sight) and (sight.is_fresh(entry) or not sight.in_window(entry)):
                return Act(ClickIntent(target=label), "item", (entry,))
    for name in wanted:
        if name not in progress.tried and (submenu := sight.find(quote(name), least=SURE)):
            return Act(ClickIntent(target=name), "menu", (submenu,), tried=(*progress.tried, name))
    return None


def _open_finder() -> Act:
    return Act(Key(keys="alt+f3"), "finder", note="look in the application finder")


def _finder(sight: Sight) -> Window | None:
    return next((window for window in sight.windows if plain(window.title) == FINDER), None)


def _listed(app: Application, sight: Sight) -> Target | None:
    """The row that the application finder lists, below what was typed."""
    window = _finder(sight)
    if window is None:
        return None
    top = window.box.top + min(int(90 * sight.frame.scale), window.box.height - 1)
    rows = ScreenBox(window.box.left, top, window.box.right, window.box.bottom)
    return sight.find(quote(app.labels[0]), within=rows, least=SURE)


def _share_changed(sight: Sight, box: ScreenBox) -> float:
    changed = sight.last.verdict.changed if sight.last else ()
    parts = (part.intersection(box) for part in changed)
    return sum(part.area for part in parts if part) / box.area
