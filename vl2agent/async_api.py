"""The scripting surface for asyncio: the names of `vl2agent`, with methods to await.

from vl2agent.async_api import Screen, expect

async with Screen(desktop) as screen:
    await screen.locate("Save button").click()
    await expect(screen.locate("Saved")).to_be_visible()
"""

from vl2agent.scripting.expecting import LocatorAssertions, ScreenAssertions, expect
from vl2agent.scripting.locator import Locator
from vl2agent.scripting.screen import Screen

__all__ = ["Locator", "LocatorAssertions", "Screen", "ScreenAssertions", "expect"]
