"""What a locator looks for: words, and steps that narrow down what they fit. Nothing is looked at here.

Steps apply in the order in which they were written: `locate("Delete").below("Photos").nth(1)` is the second Delete of
those below Photos.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeAlias

from vl2agent.errors import InputError
from vl2agent.scripting.lettering import checked_text
from vl2agent.scripting.playwright import ToldFromPlaywright

Relation: TypeAlias = Literal["near", "above", "below", "left of", "right of", "inside"]


@dataclass(frozen=True, slots=True)
class Related:
    """Keep what stands so to the anchor, the nearest first.

    Args:
        relation: how it stands to the anchor.
        anchor: what is looked for on the same picture.
        within_px: free logical pixels that may lie between them; None is as many as there are.
    """

    relation: Relation
    anchor: Query
    within_px: int | None = None

    def __str__(self) -> str:
        within = f" within {self.within_px} px" if self.within_px is not None else ""
        return f" {self.relation} {self.anchor}{within}"


@dataclass(frozen=True, slots=True)
class Nth:
    """Keep one: 0 is the first in reading order, or the nearest after a relation; -1 the last."""

    index: int

    def __str__(self) -> str:
        return f", number {self.index + 1}" if self.index >= 0 else f", number {-self.index} from the end"


@dataclass(frozen=True, slots=True)
class Having:
    """Keep what has this text on it and this role; None and "" ask nothing."""

    text: str | re.Pattern[str] | None = None
    role: str = ""

    def __str__(self) -> str:
        text = self.text.pattern if isinstance(self.text, re.Pattern) else self.text
        parts = [f"the text {text!r}"] * (text is not None) + [f"the role {self.role}"] * bool(self.role)
        return f" with {' and '.join(parts)}"


Narrowing: TypeAlias = Related | Nth | Having


@dataclass(frozen=True, slots=True)
class Query:
    """Words, then the steps that narrow them down.

    Raises:
        InputError: there are no words.
    """

    words: str
    steps: tuple[Narrowing, ...] = ()

    def __post_init__(self) -> None:
        if not (isinstance(self.words, str) and self.words.strip()):
            raise InputError(
                f"expected words that name something on the screen, got {self.words!r}; try locate('Save button')"
            )

    def then(self, step: Narrowing) -> Query:
        """Narrow it down further."""
        return replace(self, steps=(*self.steps, step))

    def __str__(self) -> str:
        return self.words + "".join(str(step) for step in self.steps)


class Refinable(ToldFromPlaywright, ABC):
    """What both kinds of locators share: a query that is narrowed down, step by step; each step gives a new one."""

    @property
    @abstractmethod
    def query(self) -> Query:
        """What is looked for."""

    @abstractmethod
    def _narrowed(self, step: Narrowing) -> Self: ...

    def near(self, anchor: str | Refinable, *, within_px: int | None = None) -> Self:
        """Keep what is near the anchor, the nearest first; `within_px` logical pixels at most."""
        return self._related("near", anchor, within_px)

    def above(self, anchor: str | Refinable, *, within_px: int | None = None) -> Self:
        """Keep what is above the anchor, the nearest first."""
        return self._related("above", anchor, within_px)

    def below(self, anchor: str | Refinable, *, within_px: int | None = None) -> Self:
        """Keep what is below the anchor, the nearest first."""
        return self._related("below", anchor, within_px)

    def left_of(self, anchor: str | Refinable, *, within_px: int | None = None) -> Self:
        """Keep what is left of the anchor and beside it, the nearest first."""
        return self._related("left of", anchor, within_px)

    def right_of(self, anchor: str | Refinable, *, within_px: int | None = None) -> Self:
        """Keep what is right of the anchor and beside it, the nearest first."""
        return self._related("right of", anchor, within_px)

    def inside(self, container: str | Refinable) -> Self:
        """Keep what is inside the container; where that is a heading, what stands beside or below it."""
        return self._related("inside", container, None)

    def nth(self, index: int) -> Self:
        """Keep one: 0 is the first in reading order, or the nearest after a relation; -1 is the last."""
        return self._narrowed(Nth(index))

    @property
    def first(self) -> Self:
        """The first in reading order, or the nearest after a relation."""
        return self.nth(0)

    @property
    def last(self) -> Self:
        """The last in reading order, or the farthest after a relation."""
        return self.nth(-1)

    def filter(self, *, text: str | re.Pattern[str] | None = None, role: str = "") -> Self:
        """Keep what has this text on it, and looks like this role, such as 'button', 'link', 'field'.

        Raises:
            InputError: nothing is asked for.
        """
        if text is None and not role:
            raise InputError(
                "expected a text or a role to filter by, as in filter(text='Save') or filter(role='button')"
            )
        if text is not None:
            checked_text(text)
        return self._narrowed(Having(text, role))

    def _related(self, relation: Relation, anchor: str | Refinable, within_px: int | None) -> Self:
        return self._narrowed(
            Related(relation, anchor.query if isinstance(anchor, Refinable) else Query(anchor), within_px)
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self.query)!r}>"
