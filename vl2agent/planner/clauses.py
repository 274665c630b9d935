"""The clauses that a goal is made of: what the grammar reads, and what the planner carries out one after the other.

`target`, `destination` and `value` are words as the goal has them, quotes included: perception and the planner take
quoted words literally. `str(clause)` is the canonical form; reading that again gives the same clause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from vl2agent.actions import Button, Direction, Modifier
from vl2agent.planner.quoting import quote

TIMEOUT_S = 30.0
"""How long a clause waits for something unless it says how long."""


@dataclass(frozen=True, slots=True)
class Open:
    """Make an application, a window, a page of settings or a file appear."""

    target: str

    def __str__(self) -> str:
        return f"open {self.target}"


@dataclass(frozen=True, slots=True)
class Close:
    """Close a window; the active one when no name is given."""

    target: str = ""

    def __str__(self) -> str:
        return f"close {self.target}" if self.target else "close"


@dataclass(frozen=True, slots=True)
class Switch:
    """Bring a window to the front, or show a tab."""

    target: str

    def __str__(self) -> str:
        return f"switch to {self.target}"


@dataclass(frozen=True, slots=True)
class Press:
    """Press one chord, `times` times."""

    keys: str
    times: int = 1

    def __str__(self) -> str:
        keys = self.keys if self.keys[-1].isalnum() else quote(self.keys)
        return f"press {keys}" + (f" {self.times} times" if self.times > 1 else "")


@dataclass(frozen=True, slots=True)
class Click:
    """Click a thing, with modifiers held if there are any."""

    target: str
    button: Button = "left"
    count: int = 1
    modifiers: tuple[Modifier, ...] = ()

    def __str__(self) -> str:
        how = {2: "double-", 3: "triple-"}.get(self.count, "") if self.button == "left" else f"{self.button}-"
        return f"{''.join(f'{name}-' for name in self.modifiers)}{how}click {self.target}"


@dataclass(frozen=True, slots=True)
class Choose:
    """Select one of several: a list row, a menu item, a value of a combo box, a radio button."""

    target: str

    def __str__(self) -> str:
        return f"choose {self.target}"


@dataclass(frozen=True, slots=True)
class Unfold:
    """Make what is under a menu's entry appear: by resting on it, or else by a click."""

    target: str
    shows: str

    def __str__(self) -> str:
        return f"unfold {self.target} to show {self.shows}"


@dataclass(frozen=True, slots=True)
class Check:
    """Put a check box or switch on or off; None turns it over."""

    target: str
    on: bool | None = True

    def __str__(self) -> str:
        verb = {True: "check", False: "uncheck", None: "toggle"}[self.on]
        return f"{verb} {self.target}"


@dataclass(frozen=True, slots=True)
class Type:
    """Enter text where the focus is, or into a thing: in place of what a field holds, added to a text area."""

    text: str
    target: str = ""

    def __str__(self) -> str:
        return f"type {quote(self.text)}" + (f" into {self.target}" if self.target else "")


@dataclass(frozen=True, slots=True)
class Set:
    """Give a field, a spin box or a combo box a value."""

    target: str
    value: str

    def __str__(self) -> str:
        return f"set {self.target} to {quote(self.value)}"


@dataclass(frozen=True, slots=True)
class Clear:
    """Empty a field; the one that has the focus when no name is given."""

    target: str = ""

    def __str__(self) -> str:
        return f"clear {self.target}" if self.target else "clear"


@dataclass(frozen=True, slots=True)
class Scroll:
    """Turn the wheel `amount` notches, over a thing or over the active window."""

    direction: Direction = "down"
    amount: int = 5
    target: str = ""

    def __str__(self) -> str:
        return f"scroll {self.direction} {self.amount}" + (f" in {self.target}" if self.target else "")


@dataclass(frozen=True, slots=True)
class ScrollTo:
    """Scroll until a thing can be seen; both ways when no direction is given."""

    target: str
    direction: Direction | None = None

    def __str__(self) -> str:
        return f"scroll {self.direction + ' ' if self.direction else ''}to {self.target}"


@dataclass(frozen=True, slots=True)
class Drag:
    """Drag one thing to another."""

    target: str
    destination: str

    def __str__(self) -> str:
        return f"drag {self.target} to {self.destination}"


@dataclass(frozen=True, slots=True)
class Hover:
    """Rest the pointer on a thing."""

    target: str

    def __str__(self) -> str:
        return f"hover over {self.target}"


@dataclass(frozen=True, slots=True)
class Pause:
    """Let seconds pass."""

    seconds: float = 1.0

    def __str__(self) -> str:
        return f"wait {self.seconds:g} seconds"


@dataclass(frozen=True, slots=True)
class Await:
    """Wait until a thing can be seen, or no longer."""

    target: str
    gone: bool = False
    timeout_s: float = TIMEOUT_S

    def __str__(self) -> str:
        within = f" for {self.timeout_s:g} seconds" if self.timeout_s != TIMEOUT_S else ""
        return f"wait until {self.target} {'disappears' if self.gone else 'appears'}{within}"


@dataclass(frozen=True, slots=True)
class Ask:
    """Put a question to the person who runs this."""

    question: str

    def __str__(self) -> str:
        return f"ask {quote(self.question)}"


Clause: TypeAlias = (
    Open
    | Close
    | Switch
    | Press
    | Click
    | Choose
    | Unfold
    | Check
    | Type
    | Set
    | Clear
    | Scroll
    | ScrollTo
    | Drag
    | Hover
    | Pause
    | Await
    | Ask
)
