"""Clauses that enter something: type, set, clear, press.

Text put into a field of one line takes the place of what the field holds; text put into an area of several lines is
added at its end. A value that is set is committed with tab.
"""

from __future__ import annotations

from vl2agent.actions import Key, TypeText, Wait
from vl2agent.errors import AmbiguousTarget
from vl2agent.planner.clauses import Clear, Press, Set, Type
from vl2agent.planner.progress import Act, Answer, Progress, Ticked
from vl2agent.planner.quoting import quote, unquote
from vl2agent.planner.seeking import LOOK_AGAIN_S, look, seek
from vl2agent.planner.sight import Sight
from vl2agent.steps import ClickIntent, Target

ONE_LINE_PX = 56
"""A field of one line is at most this high at scale 1."""
CERTAIN = 0.6
"""The confidence from which a value is taken for one that can be chosen."""
ROLE_ENDINGS = ("field", "box", "entry", "area", "bar", "button", "list", "selector")
FIELDS = ("field", "search field", "spin box", "combo box", "text area")


def type_(clause: Type, progress: Progress, sight: Sight) -> Answer:
    """Type where the focus is, or into a field that is clicked first."""
    match progress.stage:
        case "typed":
            return Ticked("" if sight.changed else "nothing was seen to change")
        case "focused" | "at the end":
            return Act(TypeText(text=clause.text), "typed")
        case "area":
            return Act(Key(keys="ctrl+end"), "at the end")
    if not clause.target:
        return Act(TypeText(text=clause.text), "typed")
    field = field_of(clause.target, progress, sight, number=_is_number(clause.text))
    if isinstance(field, Act):
        return field
    if _is_one_line(field, sight):
        return Act(ClickIntent(target=clause.target, count=3), "focused", (field,))
    return Act(ClickIntent(target=clause.target), "area", (field,))


def set_(clause: Set, progress: Progress, sight: Sight) -> Answer:
    """Choose the value if it can be seen once the thing is clicked, else type it."""
    match progress.stage:
        case "chosen" | "committed":
            return Ticked()
        case "opened":
            listed = sight.find(quote(clause.value), least=CERTAIN)
            if listed and sight.is_fresh(listed):
                return Act(ClickIntent(target=clause.value), "chosen", (listed,))
            return Act(Key(keys="ctrl+a"), "selected")
        case "selected":
            return Act(TypeText(text=clause.value), "typed")
        case "typed":
            return Act(Key(keys="tab"), "committed")
    field = field_of(clause.target, progress, sight, number=_is_number(clause.value))
    if isinstance(field, Act):
        return field
    listed = sight.find(quote(clause.value), least=CERTAIN)
    if field.role not in FIELDS and listed:
        return Act(ClickIntent(target=clause.value), "chosen", (listed,))
    return Act(ClickIntent(target=clause.target), "opened", (field,))


def clear(clause: Clear, progress: Progress, sight: Sight) -> Answer:
    """Select all that a field holds and delete it."""
    match progress.stage:
        case "deleted":
            return Ticked()
        case "selected":
            return Act(Key(keys="delete"), "deleted")
        case "focused":
            return Act(Key(keys="ctrl+a"), "selected")
    if not clause.target:
        return Act(Key(keys="ctrl+a"), "selected")
    field = field_of(clause.target, progress, sight)
    return field if isinstance(field, Act) else Act(ClickIntent(target=clause.target), "focused", (field,))


def press(clause: Press, progress: Progress, sight: Sight) -> Answer:
    """Press the chord as often as asked; an enter that changed nothing is looked at, then repeated once."""
    match progress.stage:
        case "pressed" if progress.tries < clause.times:
            return Act(Key(keys=clause.keys), "pressed", tries=progress.tries + 1)
        case "pressed" if clause.keys == "enter" and not sight.changed:
            return Act(Wait(seconds=LOOK_AGAIN_S), "waited")
        case "waited" if not sight.changed and sight.may_repeat:
            return Act(Key(keys=clause.keys), "again", note="a dialog may not have been ready")
        case "":
            return Act(Key(keys=clause.keys), "pressed")
    return Ticked()


def field_of(words: str, progress: Progress, sight: Sight, *, number: bool = False) -> Target | Act:
    """Look for a field of this name before anything else of this name."""
    if not words.lower().endswith(ROLE_ENDINGS):
        label = _look_for(words, sight)
        for role in ("spin box", "field") if number else ("field",):
            for name in (f"{unquote(words)}:", unquote(words)):  # a label that ends in a colon is one for certain
                field = _look_for(f"{quote(name)} {role}", sight)
                if field is not None and (name[-1] != ":" or ":" in field.text) and _is_field_of(label, field, sight):
                    return field
    return seek(words, progress, sight)


def _is_field_of(label: Target | None, field: Target, sight: Sight) -> bool:
    """Tell whether a field was found, and not only the label again, nor something in another window."""
    if label is None:
        return True
    if field.box == label.box:
        return False
    around = next((window.box for window in sight.windows if window.box.contains(label.point)), None)
    return around is None or around.contains(field.point)


def _look_for(words: str, sight: Sight) -> Target | None:
    try:
        return look(words, sight)
    except AmbiguousTarget:  # the plain words decide, or say that they fit several things
        return None


def _is_one_line(field: Target, sight: Sight) -> bool:
    return field.box.height <= ONE_LINE_PX * sight.frame.scale


def _is_number(text: str) -> bool:
    return text.strip().replace(".", "", 1).replace("-", "", 1).isdigit()
