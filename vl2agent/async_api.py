"""The scripting surface for asyncio: the names of `vl2agent`, with methods to await.

from vl2agent.async_api import Screen, expect

async with Screen(desktop) as screen:
    await screen.locate("Save button").click()
        await expect(screen.locate("Saved")).to_be_visible()

Of web-to-code too: `page = await convert("page.png")`, then `await edit(page, "make the header sticky", ...)`. A conversion
works in a thread of its own; when the task that waits for it is cancelled, it ends by itself, and its result is lost.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from vl2agent.scripting.expecting import LocatorAssertions, ScreenAssertions, expect
from vl2agent.scripting.locator import Locator
from vl2agent.scripting.screen import Screen
from vl2agent.web2code import convert as _convert
from vl2agent.web2code import score as _score
from vl2agent.web2code.convert import Conversion

__all__ = [
    "Conversion",
    "Locator",
    "LocatorAssertions",
    "Screen",
    "ScreenAssertions",
    "convert",
    "edit",
    "expect",
    "score",
]

P = ParamSpec("P")
T = TypeVar("T")


def _in_a_thread(job: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let a job be awaited, while the loop goes on."""

    @wraps(job)
    async def awaited(*args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(job, *args, **kwargs)

    return awaited


convert = _in_a_thread(_convert)
edit = _in_a_thread(Conversion.edit)
score = _in_a_thread(_score)
