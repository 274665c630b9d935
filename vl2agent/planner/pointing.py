"""Clauses that point at something: click, choose, check, hover, drag.

When a click changes nothing that can be seen, it is looked at once more, then repeated once, unless its delivery was
uncertain; then the clause is taken as done and its note says that nothing was seen to change. A box that can be read
and is still not as wanted ends the run: it was not reached.
"""

from __future__ import annotations

from vl2agent.actions import Fail, Wait
from vl2agent.planner.clauses import Check, Choose, Click, Drag, Hover, Unfold
from vl2agent.planner.listed import type_ahead
from vl2agent.planner.progress import Act, Answer, Progress, Ticked
from vl2agent.planner.seeking import LOOK_AGAIN_S, is_seeking, look, seek
from vl2agent.planner.sight import Sight
from vl2agent.planner.toggles import find_toggle
from vl2agent.steps import ClickIntent, DragIntent, MoveIntent, Target


def click(clause: Click | Choose, progress: Progress, sight: Sight) -> Answer:
    """Click, see whether anything changed, and try once more if not."""
    if isinstance(clause, Choose) and (answer := type_ahead(clause.target, progress, sight)):
        return answer
    if is_seeking(progress):
        target = seek(clause.target, progress, sight)
        return target if isinstance(target, Act) else _clicking(clause, target, "clicked")
    if sight.changed or progress.stage == "again":
        return Ticked("" if sight.changed else "nothing was seen to change")
    if progress.stage == "clicked":
        return Act(Wait(seconds=LOOK_AGAIN_S), "waited")
    target_again = look(clause.target, sight) if sight.may_repeat else None
    if target_again is None:
        return Ticked("nothing was seen to change")
    return _clicking(clause, target_again, "again")


def _clicking(clause: Click | Choose, target: Target, stage: str) -> Act:
    if isinstance(clause, Choose):
        return Act(ClickIntent(target=clause.target), stage, (target,))
    intent = ClickIntent(target=clause.target, button=clause.button, count=clause.count, modifiers=clause.modifiers)
    return Act(intent, stage, (target,))


def unfold(clause: Unfold, progress: Progress, sight: Sight) -> Answer:
    """Rest on the entry, as submenus open by themselves and some take a click for a choice; click it if none does."""
    if is_seeking(progress):
        target = seek(clause.target, progress, sight)
        return target if isinstance(target, Act) else Act(MoveIntent(target=clause.target), "rested", (target,))
    shown = sight.find(clause.shows)
    if progress.stage == "clicked" or (shown is not None and sight.is_fresh(shown)):
        return Ticked()
    if progress.stage == "rested":
        return Act(Wait(seconds=LOOK_AGAIN_S), "waited", note=f"{clause.shows} is not to be seen yet")
    target_again = look(clause.target, sight)
    return _clicking(Click(clause.target), target_again, "clicked") if target_again else Ticked()


def check(clause: Check, progress: Progress, sight: Sight) -> Answer:
    """Click a box that is not as wanted; where its state cannot be read from pixels, click once and say so."""
    toggle = find_toggle(clause.target, sight)
    if toggle is None or toggle.on is None:
        return click(Click(clause.target), progress, sight) if clause.on is None else _unread(clause, progress, sight)
    if clause.on is None and not is_seeking(progress):
        return Ticked("" if sight.changed else "nothing was seen to change")
    if toggle.on == clause.on:
        return Ticked("already so" if is_seeking(progress) else "")
    if is_seeking(progress):
        return Act(ClickIntent(target=clause.target), "clicked", (toggle.target,))
    if progress.stage == "again" or not sight.may_repeat:
        return Act(Fail(reason=f"{clause.target} still looks {'on' if toggle.on else 'off'}"), "failed")
    return Act(ClickIntent(target=clause.target), "again", (toggle.target,), "not as wanted yet")


def _unread(clause: Check, progress: Progress, sight: Sight) -> Answer:
    if not is_seeking(progress):
        return Ticked("its state cannot be read from the picture")
    target = seek(clause.target, progress, sight)
    return target if isinstance(target, Act) else Act(ClickIntent(target=clause.target), "clicked", (target,))


def hover(clause: Hover, progress: Progress, sight: Sight) -> Answer:
    """Rest the pointer on the thing."""
    if not is_seeking(progress):
        return Ticked()
    target = seek(clause.target, progress, sight)
    return target if isinstance(target, Act) else Act(MoveIntent(target=clause.target), "rested", (target,))


def drag(clause: Drag, progress: Progress, sight: Sight) -> Answer:
    """Drag one place to another; both must be in sight at once."""
    if not is_seeking(progress):
        return Ticked("" if sight.changed else "nothing was seen to change")
    start = seek(clause.target, progress, sight)
    if isinstance(start, Act):
        return start
    end = seek(clause.destination, progress, sight)
    if isinstance(end, Act):
        return end
    return Act(DragIntent(target=clause.target, destination=clause.destination), "dragged", (start, end))
