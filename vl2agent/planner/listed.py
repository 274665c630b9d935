"""Choose from a list that opens where pictures do not reach, as a page's own lists do in a browser without a window.

Such a list takes what is typed as the beginning of an entry. That is tried only when the list was clicked and nothing
but the list itself has changed since; afterwards the entry must be seen.
"""

from __future__ import annotations

from vl2agent.actions import Key, TypeText, Wait
from vl2agent.errors import TargetNotFound
from vl2agent.planner.progress import Act, Answer, Progress, Ticked
from vl2agent.planner.quoting import unquote
from vl2agent.planner.seeking import LOOK_AGAIN_S
from vl2agent.planner.sight import Sight, split_place
from vl2agent.steps import Target

OUTLINE_PX = 8
"""How far outside of a list its outline may show that it was clicked, at scale 1."""


def type_ahead(words: str, progress: Progress, sight: Sight) -> Answer | None:
    """Say what to do about a list whose entries cannot be seen; None when it is none.

    Raises:
        TargetNotFound: it was typed, and is still not to be seen.
    """
    name, _ = split_place(words)
    match progress.stage:
        case "seek: open" if sight.find(name) is None and _only_outlined(sight):
            return Act(Wait(seconds=LOOK_AGAIN_S), "seek: unseen", _clicked(sight))
        case "seek: unseen" if sight.find(name) is None and _only_outlined(sight):
            return Act(TypeText(text=unquote(name)), "typed ahead", note="its list cannot be seen: type the entry")
        case "typed ahead":
            return Act(Key(keys="enter"), "taken")
        case "taken" if sight.find(name):
            return Ticked()
        case "taken":
            raise TargetNotFound(words, sight.near(name), "its list cannot be seen, and typing did not choose it")
    return None


def _clicked(sight: Sight) -> tuple[Target, ...]:
    """The list that the last step was about."""
    return sight.last.plan.found[:1] if sight.last else ()


def _only_outlined(sight: Sight) -> bool:
    """Tell whether the last step changed nothing outside of the list."""
    reach = round(OUTLINE_PX * sight.frame.scale)
    return sight.last is not None and all(
        box.left - reach <= part.left
        and part.right <= box.right + reach
        and box.top - reach <= part.top
        and part.bottom <= box.bottom + reach
        for box in (target.box for target in _clicked(sight))
        for part in sight.last.verdict.changed
    )
