"""How a locator is narrowed down; the same for both kinds of locators, and nothing is looked at yet."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Self

from vl2agent.errors import InputError
from vl2agent.scripting.playwright import ToldFromPlaywright
from vl2agent.scripting.query import Having, Narrowing, Nth, Query, Related, Relation


class Refinable(ToldFromPlaywright, ABC):
    """Something with a query that can be narrowed down, step by step; each step gives a new one."""

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
        return self._narrowed(Having(text, role))

    def _related(self, relation: Relation, anchor: str | Refinable, within_px: int | None) -> Self:
        return self._narrowed(
            Related(relation, anchor.query if isinstance(anchor, Refinable) else Query(anchor), within_px)
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self.query)!r}>"
