"""A page that is acted on is stopped as a desktop is."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from vl2agent.actions import Action, Drag, Scroll, TypeText, Wait
from vl2agent.errors import Interrupted
from vl2agent.geometry import ScreenPoint
from vl2agent.pace import Stop
from vl2agent.sandbox.browser import BrowserSandbox

pytestmark = pytest.mark.display

HTML = """<!doctype html><title>Keys</title><textarea autofocus></textarea><script>
window.down = 0;
for (const name of ["keydown", "mousedown"]) addEventListener(name, event => event.repeat || down++, true);
for (const name of ["keyup", "mouseup"]) addEventListener(name, () => down--, true);
</script>"""
HERE, THERE = ScreenPoint(10, 200), ScreenPoint(300, 300)


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserSandbox]:
    """One browser for all."""
    with BrowserSandbox(html=HTML, size=(400, 400)) as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    ("action", "at_s"),
    [
        (TypeText(text="word " * 50), 0.02),
        (Wait(seconds=60), 0.1),
        (Scroll(point=HERE, amount=100), 0.02),
        (Drag(start=HERE, end=THERE), 0.01),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_what_takes_time_is_broken_off(browser: BrowserSandbox, action: Action, at_s: float) -> None:
    """Nothing stays down on the page, and the receipt tells how far it came."""
    stop = Stop()
    threading.Timer(at_s, stop.pull).start()
    with pytest.raises(Interrupted) as caught, browser.stopping_on(stop):
        _over_and_over(browser, action)
    assert caught.value.receipt is not None
    assert caught.value.receipt.delivery == "uncertain"
    assert browser.on_page(lambda page: page.evaluate("down")) == 0


def _over_and_over(browser: BrowserSandbox, action: Action) -> None:
    for _ in range(100):
        browser.perform(action)
