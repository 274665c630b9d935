"""The sync facade says and does what the async core does, wherever it is called."""

from __future__ import annotations

import asyncio
import inspect
import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from vl2agent import async_api
from vl2agent.scripting import sync_expecting, sync_locator, sync_screen
from vl2agent.scripting.sync_screen import Screen

if TYPE_CHECKING:
    from tests.vl2agent.scripting.conftest import Knowing, Stage, Thing

Make = Callable[..., tuple["Stage", "Knowing"]]

PAIRS = [
    (async_api.Screen, sync_screen.Screen),
    (async_api.Locator, sync_locator.Locator),
    (async_api.LocatorAssertions, sync_expecting.LocatorAssertions),
    (async_api.ScreenAssertions, sync_expecting.ScreenAssertions),
]


def public(kind: type) -> dict[str, Any]:
    """Find what people call; attributes that only the other facade needs are none of it."""
    members = {name: getattr(kind, name) for name in dir(kind) if not name.startswith("_")}
    return {name: member for name, member in members.items() if callable(member) or isinstance(member, property)}


@pytest.mark.parametrize(("core", "facade"), PAIRS)
def test_both_have_the_same_names(core: type, facade: type) -> None:
    """Nothing is missing, nothing is extra."""
    assert set(public(core)) == set(public(facade))


@pytest.mark.parametrize(("core", "facade"), PAIRS)
def test_both_have_the_same_signatures_and_words(core: type, facade: type) -> None:
    """Arguments, defaults, types and documentation are those of the core; only `await` is gone."""
    for name, member in public(core).items():
        other = public(facade)[name]
        assert inspect.getdoc(member) == inspect.getdoc(other), name
        if not isinstance(member, property):
            assert inspect.signature(member) == inspect.signature(other), name
            assert not inspect.iscoroutinefunction(other), name


def test_the_classes_are_documented_alike() -> None:
    """But for the example, which awaits."""
    for core, facade in PAIRS:
        said = re.sub(r"\b(async|await) ", "", inspect.getdoc(core) or "")
        assert said == inspect.getdoc(facade)


def test_it_works_inside_a_running_loop(stage: Make, thing: type[Thing]) -> None:
    """As in a notebook: it blocks, and does not complain."""
    parts = stage([thing("Save", 10, 10)])

    async def cell() -> None:
        Screen(parts[0], perception=parts[1]).locate("Save").click()

    asyncio.run(cell())
    assert len(parts[0].done) == 1


def test_it_works_on_the_thread_that_calls_it(stage: Make, thing: type[Thing]) -> None:
    """Also a surface that answers on one thread only can be scripted."""
    parts = stage([thing("Save", 10, 10)])
    threads: set[int] = set()
    parts[0].on_grab = lambda: threads.add(threading.get_ident())
    parts[0].on_perform = lambda _: threads.add(threading.get_ident())
    Screen(parts[0], perception=parts[1]).locate("Save").click()
    assert threads == {threading.get_ident()}


def test_threads_take_turns_on_one_screen(stage: Make, thing: type[Thing]) -> None:
    """Steps of two threads do not mix."""
    parts = stage([thing("A", 10, 10), thing("B", 10, 110)])
    screen = Screen(parts[0], perception=parts[1])
    threads = [threading.Thread(target=screen.locate(name).type, args=(name,)) for name in "AB" * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = [action.kind for action in parts[0].done]
    assert kinds == ["click", "type"] * 6
    assert [step.number for step in screen.steps] == list(range(1, 13))
