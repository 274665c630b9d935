"""Scripts on real pages of a real browser, read from pixels: what comes late, moves, is there twice, lies on top."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vl2agent import async_api
from vl2agent.errors import AmbiguousTarget, ExpectationFailed, LocatorTimeout
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.perception.embedded import OcrPerception
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.sandbox.browser import BrowserSandbox
from vl2agent.scripting.sync_expecting import expect
from vl2agent.scripting.sync_screen import Screen

pytestmark = pytest.mark.display

STYLE = "<meta charset=utf-8><style>* { font: 20px sans-serif } body { margin: 2em } p, li { margin: .6em 0 }</style>"

FORM = """<h1>Sign in</h1>
<p><label>Name <br><input id=name></label>
<p><label>Password <br><input id=password type=password></label>
<p><button onclick="out.textContent = 'Welcome, ' + document.getElementById('name').value">Sign in</button>
<p id=out>"""

LATE = """<p>Please wait<script>setTimeout(() => document.body.innerHTML +=
'<p><button onclick="this.textContent = &quot;Thanks&quot;">Continue</button>', 1000)</script>"""

SLIDING = """<style>@keyframes slide { from { margin-left: 0 } to { margin-left: 400px } }
button { animation: slide 1.5s linear forwards }</style>
<p><button onclick="out.textContent += 'hit '">Catch me</button><p id=out>"""

SPINNING = """<style>@keyframes spin { to { rotate: 360deg } } div { width: 40px; height: 40px; background: teal;
animation: spin 1s linear infinite; margin: 200px }</style><p><button onclick="out.textContent='Done'">Press</button>
<p id=out><div></div>"""

ROWS = """<table cellpadding=8>
<tr><td>Photos<td><button onclick="this.closest('tr').remove()">Delete</button>
<tr><td>Music<td><button onclick="this.closest('tr').remove()">Delete</button>
<tr><td>Videos<td><button onclick="this.closest('tr').remove()">Delete</button></table>"""

DIALOG = """<p>Report.txt<p><button onclick="ask.showModal()">Remove</button>
<dialog id=ask><p>Really remove it?<p><button onclick="ask.close(); out.textContent='Removed'">Yes</button>
<button onclick="ask.close()">No</button></dialog><p id=out>"""

LONG = "<h1>Top</h1>" + "".join(f"<p>Line {n}" for n in range(25)) + "<p><button>Accept terms</button>"


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserSandbox]:
    """One browser for all pages."""
    with BrowserSandbox(html="<p>", size=(600, 400)) as sandbox:
        yield sandbox


@pytest.fixture
def script(browser: BrowserSandbox, perception: OcrPerception) -> Callable[[str], Screen]:
    """Show a page, and script it."""

    def show(html: str) -> Screen:
        browser.on_page(lambda page: page.set_content(STYLE + html))
        return Screen(browser, perception=perception)

    return show


def test_a_form_is_filled_and_sent(script: Callable[[str], Screen]) -> None:
    """Fields by their labels, a button beside a heading of the same name, the answer in words."""
    screen = script(FORM)
    screen.locate("Name field").type("Ada Lovelace")
    screen.locate("Password field").type("secret")
    screen.locate("Sign in").below("Password").click()
    expect(screen).to_show("Welcome, Ada Lovelace")
    expect(screen.locate("Welcome")).to_have_text("Welcome, Ada Lovelace")


def test_what_a_field_holds_is_replaced(script: Callable[[str], Screen]) -> None:
    """By other text, and by nothing."""
    name = script(FORM).locate("Name field")
    name.type("Grace")
    name.type("Ada", clear=True)
    expect(name).to_have_text(re.compile("^Ada$"))
    name.type("", clear=True)
    expect(name).to_have_text("")


def test_what_comes_late_is_waited_for(script: Callable[[str], Screen]) -> None:
    """A button that appears after a second is clicked; it changes its name."""
    screen = script(LATE)
    assert not screen.locate("Continue button").is_visible()
    screen.locate("Continue button").click()
    expect(screen.locate("Thanks")).to_be_visible()
    expect(screen.locate("Continue")).to_be_gone()


def test_what_moves_is_hit_where_it_comes_to_rest(script: Callable[[str], Screen]) -> None:
    """One click, and it hits."""
    screen = script(SLIDING)
    screen.locate("Catch me").click()
    expect(screen.locate("hit")).to_have_text("hit")


def test_what_stands_still_beside_a_movement_is_clicked(script: Callable[[str], Screen]) -> None:
    """An endless animation elsewhere holds nothing up."""
    screen = script(SPINNING)
    screen.locate("Press").click()
    expect(screen.locate("Done")).to_be_visible()


def test_one_of_several_is_chosen(script: Callable[[str], Screen]) -> None:
    """By relation and by number; without either nothing is clicked."""
    screen = script(ROWS)
    delete = screen.locate("Delete")
    assert delete.count() == 3
    with pytest.raises(AmbiguousTarget, match="found 3") as failure:
        delete.click()
    assert failure.value.picture is not None
    failure.value.picture.unlink()
    delete.right_of("Music").click()
    expect(screen.locate("Music")).to_be_gone()
    delete.last.click()
    expect(screen.locate("Videos")).to_be_gone()
    delete.click()
    expect(delete).to_have_count(0)


def test_a_dialog_is_answered(script: Callable[[str], Screen]) -> None:
    """What it asks is shown; when it is answered it is gone."""
    screen = script(DIALOG)
    screen.locate("Remove button").click()
    expect(screen).to_show("a dialog that says 'Really remove it?'")
    screen.locate("Yes").below("Really remove it?").click()
    expect(screen.locate("Really remove it?")).to_be_gone()
    expect(screen.locate("Removed")).to_be_visible()


def test_what_is_further_down_is_scrolled_to(script: Callable[[str], Screen]) -> None:
    """The wheel is turned until it is in view."""
    screen = script(LONG)
    accept = screen.locate("Accept terms")
    assert not accept.is_visible()
    accept.scroll_into_view()
    assert accept.is_visible()
    assert not screen.locate("Top").is_visible()


def test_a_failure_shows_the_page(browser: BrowserSandbox, script: Callable[[str], Screen], tmp_path: Path) -> None:
    """A wrong expectation and a wrong name, each with its picture in the recording."""
    script(FORM)
    with Screen(browser, recorder=Recorder(tmp_path / "r.v2a"), timeout_s=0.5) as screen:
        with pytest.raises(ExpectationFailed, match="no 'Goodbye' in 'Sign in / Name"):
            expect(screen).to_show("Goodbye")
        with pytest.raises(LocatorTimeout, match=r"nearest: '.*Password'"):
            screen.locate("Pazwort").click()
    recording = Recording(tmp_path / "r.v2a")
    assert recording.certainty() == ()
    assert len(list((recording.path / "pictures").glob("*.png"))) == 2


def test_a_dry_script_touches_nothing(browser: BrowserSandbox, script: Callable[[str], Screen], tmp_path: Path) -> None:
    """The same script, drawn instead of done."""
    script(FORM)
    screen = Screen(browser, executor=DryRunExecutor(browser, tmp_path))
    step = screen.locate("Name field").type("Ada")
    assert step.receipt is not None
    assert step.receipt.delivery == "dry"
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["0001-click.png", "0002-type.png"]
    assert screen.locate("Name field").text() == ""


def test_a_goal_is_reached_with_the_same_parts(
    browser: BrowserSandbox, script: Callable[[str], Screen], tmp_path: Path
) -> None:
    """The agent goes on where the script is, in a recording of its own, and the script where the agent is."""
    script("<p><button onclick=\"out.textContent = 'Done'\">Press</button><p id=out>")
    with Screen(browser, recorder=Recorder(tmp_path / "r.v2a")) as screen:
        assert screen.run("click Press").recording == tmp_path / "r-run-1.v2a"
        expect(screen.locate("Done")).to_be_visible()
    assert [len(Recording(tmp_path / name).steps) for name in ("r.v2a", "r-run-1.v2a")] == [0, 2]


def test_the_core_does_the_same_under_asyncio(browser: BrowserSandbox, perception: OcrPerception) -> None:
    """Two tasks on one page: one waits for what the other does."""
    browser.on_page(lambda page: page.set_content(STYLE + FORM))

    async def sign_in() -> str:
        async with async_api.Screen(browser, perception=perception) as screen:
            welcome = screen.locate("Welcome")
            waiting = asyncio.ensure_future(welcome.text(timeout_s=30))
            await screen.locate("Name field").type("Ada")
            await screen.locate("Sign in").below("Password").click()
            await async_api.expect(welcome).to_be_visible()
            return await waiting

    assert asyncio.run(sign_in()) == "Welcome, Ada"
