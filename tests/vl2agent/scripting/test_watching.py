"""Looking again and again: what is remembered of the pictures, and what is not."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from vl2agent.errors import DisplayLost
from vl2agent.scripting.query import Query
from vl2agent.scripting.sync_screen import Screen
from vl2agent.scripting.watching import KEPT, Watch
from vl2agent.steps import Settled

if TYPE_CHECKING:
    from tests.vl2agent.scripting.conftest import Knowing, Stage, Thing

LOOKS = 10
Make = Callable[..., tuple["Stage", "Knowing"]]


def test_pictures_that_were_searched_are_let_go(stage: Make, thing: type[Thing]) -> None:
    """Waiting before something that never stands still takes no more memory than a look does."""
    surface, perception = stage(*([thing("Spinner", 2 * x, 10)] for x in range(100)))
    settled, pictures, most = surface.settled, list[weakref.ref[Any]](), 0

    def settle(timeout_s: float = 3.0, **_: float) -> Settled:
        nonlocal most
        if len(pictures) == LOOKS:
            raise DisplayLost("that is enough")
        gc.collect()
        most = max(most, sum(picture() is not None for picture in pictures))
        seen = settled(timeout_s)
        pictures.append(weakref.ref(seen.frame.pixels))
        return seen

    surface.settled = settle  # type: ignore[method-assign]
    with pytest.raises(DisplayLost):
        Screen(surface, perception=perception, timeout_s=100.0).locate("Save").click()
    assert most <= 3


def test_answers_are_not_remembered_forever(stage: Make, thing: type[Thing]) -> None:
    """A picture that comes back after many others is searched again, one that comes back soon is not."""
    others = [[thing("Spinner", 2 * x, 10)] for x in range(KEPT)]
    surface, perception = stage([], *others, [], others[-1])
    watch = Watch(
        Screen(surface, perception=perception).core.patience.session,
        lambda glance: glance.all(Query("Save")),
        0.5,
        lambda _: False,
    )
    for _ in range(KEPT + 3):
        watch.look()
    assert len(perception.searches) == KEPT + 2
