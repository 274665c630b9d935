"""Did an action arrive whose receipt was never written? What the platform remembers, and what the picture shows.

The platform's word (`LeavesMarks`) is exact. A picture is weaker: a pointer that moves lights up what is under it, a
clock ticks. So only what an action alone can have done counts: typed text that can be read letter by letter, a window
that came or went, a change in a window away from the pointer. All else is not known, and is never guessed at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vl2agent.actions import Action, Click, Key, Move, Scroll, TypeText, points_of
from vl2agent.contracts import Executor, LeavesMarks, Perception
from vl2agent.geometry import ScreenBox
from vl2agent.loop.effects import NEAR_PX
from vl2agent.loop.repeats import same_picture
from vl2agent.steps import Frame
from vl2agent.tiles import dirty_regions


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of an action's effect.

    Args:
        state: all of it was done, nothing of it, a part, or nobody can tell.
        why: how that is known, or why not.
        rest: what is left to do of a part.
        certain: the platform itself said so.
    """

    state: Literal["all", "nothing", "part", "unknown"]
    why: str
    rest: TypeText | None = None
    certain: bool = False


def told_by_platform(action: Action, mark: str, executor: Executor) -> Arrival | None:
    """Ask where the action was sent; None when nobody there remembers, or how much of a text it was."""
    reached = executor.how_far(mark) if mark and isinstance(executor, LeavesMarks) else None
    if reached is None:
        return None
    if reached.state == "all":
        return Arrival("all", "the display took all of it", certain=True)
    if reached.state == "nothing":
        return Arrival("nothing", "the display took nothing of it", certain=True)
    if not isinstance(action, TypeText):
        return Arrival("unknown", "the display took only a part of it")
    if reached.characters is None:
        return None
    rest = rest_of(action, reached.characters)
    return Arrival("part", f"the display took {reached.characters} characters of it", rest, certain=True)


def shown_by_picture(action: Action, before: Frame | None, now: Frame, reader: Perception) -> Arrival:
    """Compare the frame before the intent with what is there now."""
    if isinstance(action, Move):
        return Arrival("nothing", "pointing once more does no harm")
    if before is None:
        return Arrival("unknown", "the picture before it is not in the recording")
    if same_picture(before, now):
        return Arrival("unknown", "the picture is as it was before")
    changed = dirty_regions(before, now)
    if isinstance(action, TypeText):
        return _read(action, before, now, changed, reader)
    if not isinstance(action, Click | Key | Scroll):
        return Arrival("unknown", "the picture does not tell a whole drag from a part of one")
    if [(w.title, w.app, w.box) for w in before.windows] != [(w.title, w.app, w.box) for w in now.windows]:
        return Arrival("all", "a window came, went or changed")
    if any(_is_effect(box, action, now) for box in changed):
        return Arrival("all", "a window shows something else")
    return Arrival("unknown", "what changed may have other reasons")


def rest_of(action: TypeText, characters: int) -> TypeText:
    """Leave out the first characters, a line end being one."""
    text = action.text.replace("\r\n", "\n").replace("\r", "\n")
    return action.model_copy(update={"text": text[characters:]})


def _is_effect(box: ScreenBox, action: Action, now: Frame) -> bool:
    """Tell whether a change lies in a window, and reaches further than lighting up what is under the pointer does."""
    inside = not now.windows or any(window.box.intersection(box) for window in now.windows)
    reach = round(NEAR_PX * now.scale)
    near = (ScreenBox(p.x - 4 * reach, p.y - reach, p.x + 4 * reach, p.y + reach) for p in points_of(action))
    return inside and not any(around.intersection(box) == box for around in near)


# --- typed text ----------------------------------------------------------------------------------------------------


def _read(action: TypeText, before: Frame, now: Frame, changed: tuple[ScreenBox, ...], reader: Perception) -> Arrival:
    """Find the text, or how it begins, as what is new in one of the changed places."""
    text = action.text.replace("\r\n", "\n").replace("\r", "\n")
    lengths = {length for box in changed for length in _typed(text, _new_text(box, before, now, reader))}
    if len(text) in lengths:
        if action.submit or text[-1:].isspace():
            return Arrival("unknown", "the text is there; whether the line was ended cannot be seen")
        return Arrival("all", "the whole text is there")
    if len(lengths) == 1:
        length = lengths.pop()
        return Arrival("part", f"“{text[:length]}” is there", rest_of(action, length))
    return Arrival("unknown", "how much of the text is there cannot be read")


def _new_text(box: ScreenBox, before: Frame, now: Frame, reader: Perception) -> str:
    """Read what stands in a place behind what stood there before, blanks left out."""
    old, new = (_plain(reader.text_in(_line(box, frame), frame)) for frame in (before, now))
    return new.removeprefix(old)


def _typed(text: str, seen: str) -> set[int]:
    """Return which beginnings of the text read like this; a blank at the end cannot be seen, so there may be several."""
    return {length for length in range(1, len(text) + 1) if seen and _plain(text[:length]) == seen}


def _line(box: ScreenBox, frame: Frame) -> ScreenBox:
    """Widen a place to the line that it is in: a text counts where its middle is."""
    window = next((w.box for w in frame.windows if w.box.intersection(box)), frame.region)
    return ScreenBox(min(box.left, window.left), box.top - 4, max(box.right, window.right), box.bottom + 4)


def _plain(text: str) -> str:
    return "".join(text.split())
