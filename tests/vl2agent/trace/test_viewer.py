"""The viewer in a real browser: what it shows, how one goes about in it, and that it keeps to itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from eventful_run import HOSTILE, Run, save_button
from opened_page import Viewer
from playwright.sync_api import Page, expect

from vl2agent.actions import Click
from vl2agent.geometry import ScreenPoint
from vl2agent.steps import ClickIntent, Verdict

pytestmark = pytest.mark.display

ViewOf = Callable[[Path], Viewer]


def at_step(page: Page, name: str) -> None:
    """Wait until a step's pictures are shown."""
    expect(page.locator(".stage")).to_have_attribute("data-shown", name)


def shot(page: Page) -> bytes:
    """Take the screen's pixels as they are shown."""
    return page.locator(".screen").screenshot()


def test_a_hostile_run_is_shown_without_complaint(viewer: Viewer) -> None:
    """Every step, with everything opened: no error, no violation, no request, and no element of theirs."""

    def walk(page: Page) -> int:
        for number in range(1, 6):
            page.keyboard.press("j")
            at_step(page, f"step-{number}")
            page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
        page.wait_for_timeout(100)
        assert HOSTILE in page.title()
        return page.locator("#app img:not(.thumb), #app script").count()

    assert viewer.see(walk, at="#run") == 0
    assert viewer.complaints == []


def test_what_the_page_may_do_is_enforced(viewer: Viewer) -> None:
    """A script, a style and a picture that somebody slipped in are not obeyed."""

    def slip_in(page: Page) -> list[object]:
        return [
            page.evaluate("fetch('data:,x').then(() => 'fetched', () => 'refused')"),
            page.evaluate("(() => { try { document.body.innerHTML = 'x' } catch (error) { return error.name } })()"),
            page.evaluate("new Promise((done) => { const i = new Image(); i.onload = () => done('shown');"
                          " i.onerror = () => done('refused'); i.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=' })"),
        ]  # fmt: skip

    assert viewer.see(slip_in) == ["refused", "TypeError", "refused"]


def test_a_step_has_an_address(viewer: Viewer) -> None:
    """A link shows its step, and going on changes the address."""

    def follow(page: Page) -> str:
        expect(page.locator(".details h2")).to_contain_text("drag")
        page.keyboard.press("k")
        at_step(page, "step-1")
        return page.url.rpartition("#")[2]

    assert viewer.see(follow, at="#step-2") == "step-1"


def test_keys_go_about(viewer: Viewer) -> None:
    """Home and End, arrows, the next step that did not go well; the help lists them and closes."""

    def press(page: Page) -> None:
        for key, name in (
            ("End", "step-5"),
            ("Home", "run"),
            ("ArrowDown", "step-1"),
            ("n", "step-4"),
            ("k", "step-3"),
        ):
            page.keyboard.press(key)
            at_step(page, name)
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_contain_text("next step")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()

    viewer.see(press)


def test_before_and_after_are_compared(viewer: Viewer) -> None:
    """b changes the picture; the edge is dragged, and moved by keys."""

    def compare(page: Page) -> None:
        before = shot(page)
        page.keyboard.press("b")
        assert shot(page) != before
        page.keyboard.press("c")
        edge = page.get_by_role("slider")
        expect(edge).to_have_attribute("aria-valuenow", "50")
        box = page.locator(".screen").bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 50, steps=4)
        page.mouse.up()
        expect(edge).to_have_attribute("aria-valuenow", "25")
        page.keyboard.press("ArrowLeft")
        expect(edge).to_have_attribute("aria-valuenow", "23")
        page.keyboard.press("]")
        expect(edge).to_have_attribute("aria-valuenow", "28")

    viewer.see(compare, at="#step-1")


def test_marks_lie_where_it_happened(viewer: Viewer) -> None:
    """Box, closer look, two rings of a double-click with its point, in pixels of the screen; m hides them."""

    def read(page: Page) -> None:
        marks = page.locator(".layer.before svg")
        expect(marks).to_have_attribute("viewBox", "0 0 320 240")
        expect(marks.locator(".box")).to_have_attribute("x", "17")
        expect(marks.locator(".look")).to_have_attribute("width", "160")
        expect(marks.locator(".ring")).to_have_count(2)
        expect(marks.locator(".dot")).to_have_attribute("cx", "54")
        expect(page.locator(".tag")).to_have_text("Save 0.91")
        page.keyboard.press("m")
        expect(marks).to_be_hidden()

    viewer.see(read, at="#step-1")


def test_a_drag_is_an_arrow(viewer: Viewer) -> None:
    """From where it began to where it ended."""

    def read(page: Page) -> str | None:
        return page.locator(".layer.before .path").get_attribute("x2")

    assert viewer.see(read, at="#step-2") == "200"


def test_the_picture_is_the_one_that_was_recorded(viewer: Viewer) -> None:
    """Also one that is kept as a patch on another one has its colours."""

    def colours(page: Page) -> list[list[int]]:
        read = "(kind) => [...document.querySelector(`.layer.${kind} canvas`).getContext('2d').getImageData(50, 120, 1, 1).data]"
        return [page.evaluate(read, kind) for kind in ("before", "after")]

    before, after = viewer.see(colours, at="#step-2")
    assert before == pytest.approx([0, 128, 128, 255], abs=6)
    assert after == pytest.approx([255, 215, 0, 255], abs=6)


def test_everything_that_is_known_is_told(viewer: Viewer) -> None:
    """Plan, target, looks, policy, ask, delivery, verdict, time, ledger, coordinates, readings."""

    def read(page: Page) -> str:
        page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
        expect(page.locator(".details table td").filter(has_text="pomegranate")).to_be_visible()
        return page.locator(".details").inner_text()

    told = viewer.see(read, at="#step-1")
    for said in (
        "note 1 </script><img src=x onerror=\"document.title='gone'\"> & 'quotes'",
        "double-click at (54, 44)",
        "the Save button",
        "small: 70×30 at (20, 30) within 160×120",
        "ask by “risky”",
        "May it?",
        "yes",
        "sent in 10 ms",
        "xtest",
        "101×240 at (0, 0)",
        "433 tokens sent",
        "689 of 4,096 tokens",
        "picture 421",
        "free 3,407",
        "62.4",
        "Where is it?",
    ):
        assert said in told, said


def test_a_ledgers_bar_is_as_long_as_its_tokens(viewer: Viewer) -> None:
    """Each part takes its share of the window."""

    def measure(page: Page) -> float:
        free, whole = (
            page.locator(".call .ledger .free").first.bounding_box(),
            page.locator(".call .ledger").first.bounding_box(),
        )
        assert free
        assert whole
        return free["width"] / whole["width"]

    assert viewer.see(measure, at="#step-1") == pytest.approx(3407 / 4096, abs=0.02)


def test_search_finds_what_is_folded_away(viewer: Viewer) -> None:
    """A word of a reading alone leaves one step, opens where it stands, and Escape brings the others back."""

    def search(page: Page) -> None:
        page.keyboard.press("/")
        page.keyboard.type("POMEGRANATE text")
        at_step(page, "step-1")
        expect(page.locator("#hits")).to_have_text("1 of 6")
        expect(page.locator(".steps li:visible")).to_have_count(1)
        expect(page.locator(".details td").filter(has_text="pomegranate")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".steps li:visible")).to_have_count(6)
        page.keyboard.press("/")
        page.keyboard.type("nothing says this")
        expect(page.get_by_text("Nothing of this run says that.")).to_be_visible()

    viewer.see(search)


@pytest.mark.parametrize("dark", [False, True])
def test_it_follows_the_system_until_told(viewer: Viewer, dark: bool) -> None:
    """Day and night by the system; the button goes through day and night."""

    def ground(page: Page) -> list[int]:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]

    def toggle(page: Page) -> list[bool]:
        found = [sum(ground(page)) < 200]
        for _ in range(2):
            page.keyboard.press("t")
            found.append(sum(ground(page)) < 200)
        return found

    assert viewer.see(toggle, dark=dark) == [dark, False, True]


@pytest.mark.parametrize("width", [375, 800, 1280, 3840])
def test_nothing_sticks_out(viewer: Viewer, width: int) -> None:
    """No width makes the page scroll sideways, and the screen is to be seen."""

    def measure(page: Page) -> tuple[bool, bool]:
        fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        box = page.locator(".screen").bounding_box()
        return fits, bool(box and box["width"] > 0.4 * min(width, 900))

    assert viewer.see(measure, at="#step-1", width=width) == (True, True)


def test_a_telephone_has_a_list_and_a_pager(viewer: Viewer) -> None:
    """The list comes on demand, and a chosen step closes it."""

    def choose(page: Page) -> None:
        expect(page.get_by_role("navigation")).to_be_hidden()
        page.get_by_role("button", name="Next step").click()
        at_step(page, "step-1")
        page.locator(".counter").click()
        page.get_by_role("link", name="scroll down").click()
        at_step(page, "step-4")
        expect(page.get_by_role("navigation")).to_be_hidden()

    viewer.see(choose, at="#run", width=375, height=700)


def test_words_can_be_read_against_their_ground(viewer: Viewer) -> None:
    """Every text has a contrast of at least 4.5 to 1, day and night."""
    contrasts = """() => {
      const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = (element) => { for (let at = element; at; at = at.parentElement) {
        const colour = getComputedStyle(at).backgroundColor; if (!/^rgba.* 0\\)$/.test(colour)) return colour; } return "rgb(255, 255, 255)"; };
      const found = [];
      for (const element of document.querySelectorAll("#app *")) {
        const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!text || element.matches(":disabled, .grip") || !element.checkVisibility()) continue;
        const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
        if ((a + 0.05) / (b + 0.05) < 4.5) found.push(`${element.className} ${element.textContent.slice(0, 30)}`);
      }
      return found;
    }"""
    for dark in (False, True):
        assert viewer.see(lambda page: page.evaluate(contrasts), at="#step-1", dark=dark) == []


def test_what_can_be_used_has_a_name(viewer: Viewer) -> None:
    """Buttons, links and fields say what they are to who cannot see them."""

    def nameless(page: Page) -> int:
        unnamed = "[...document.querySelectorAll('button, a, input, [role=img], [role=slider]')].filter((each) => !(each.ariaLabel || each.textContent.trim())).length"
        return int(page.evaluate(unnamed))

    assert viewer.see(nameless, at="#step-1") == 0


def test_a_run_that_was_killed_says_so(view_of: ViewOf, tmp_path: Path) -> None:
    """An effect that may have happened, a missing end and cut bytes are told, on the step and on the run."""
    run = Run(tmp_path / "killed.v2a")
    run.plan(ClickIntent(target="it"), Click(point=ScreenPoint(5, 5)), save_button())
    run.act(Click(point=ScreenPoint(5, 5)), Verdict(outcome="unchanged"))
    run.recorder.close()
    log = run.recorder.path / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    intent = next(number for number, line in enumerate(lines) if b'"type":"intent"' in line)
    log.write_bytes(b"".join(lines[: intent + 1]) + b'{"seq"')

    def read(page: Page) -> None:
        expect(page.locator(".details .alarm")).to_contain_text("whether it was is not known")
        page.get_by_role("link", name="not certain").click()
        at_step(page, "run")
        for said in ("whether it was is not known", "6 bytes were cut off", "the end is missing"):
            expect(page.locator(".unsure")).to_contain_text(said)

    viewer = view_of(run.recorder.path)
    viewer.see(read, at="#step-1")
    assert viewer.complaints == []


def test_a_gap_is_named(view_of: ViewOf, tmp_path: Path) -> None:
    """A frame whose picture is missing is told, not left blank."""
    run = Run(tmp_path / "gap.v2a")
    run.plan(ClickIntent(target="it"), Click(point=ScreenPoint(5, 5)))
    run.recorder.close()
    log = run.recorder.path / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    assert b'"type":"picture"' in lines[-1]
    log.write_bytes(b"".join(lines[:-1]))
    viewer = view_of(run.recorder.path)
    viewer.see(lambda page: expect(page.locator(".layer.before")).to_contain_text("still being encoded"), at="#step-1")


def test_a_failed_run_opens_where_it_failed(view_of: ViewOf, tmp_path: Path) -> None:
    """The last step is shown, with the error."""
    run = Run(tmp_path / "failed.v2a")
    for _ in range(2):
        run.plan(ClickIntent(target="it"), Click(point=ScreenPoint(5, 5)), save_button())
        run.act(Click(point=ScreenPoint(5, 5)), Verdict(outcome="unchanged"))
    run.end(ok=False, message="no luck", error="LimitReached")

    def read(page: Page) -> None:
        at_step(page, "step-2")
        expect(page.locator(".details .alarm")).to_have_text("no luck")

    view_of(run.recorder.path).see(read)


@pytest.mark.parametrize(("planner", "said"), [("NoneType", "a script"), ("person", "a demonstration by a person")])
def test_who_acted_is_told(view_of: ViewOf, tmp_path: Path, planner: str, said: str) -> None:
    """Scripts and demonstrations are shown as what they are."""
    run = Run(tmp_path / "run.v2a", planner=planner)
    run.plan(ClickIntent(target="it"), Click(point=ScreenPoint(5, 5)), save_button())
    run.act(Click(point=ScreenPoint(5, 5)), Verdict(outcome="unchanged"))
    run.end()
    view_of(run.recorder.path).see(lambda page: expect(page.locator(".top")).to_contain_text(said))


def test_a_run_without_a_step_is_shown(view_of: ViewOf, tmp_path: Path) -> None:
    """What it was to do, and what the screen showed."""
    run = Run(tmp_path / "empty.v2a")
    run.end(ok=False, message="nobody answers", error="ServerUnreachable")
    viewer = view_of(run.recorder.path)
    viewer.see(lambda page: expect(page.locator(".details .alarm")).to_have_text("nobody answers"))
    assert viewer.complaints == []


def test_on_paper_both_screens_are_there(viewer: Viewer) -> None:
    """Before and after stand one below the other, and what is only for a screen is left out."""

    def print_it(page: Page) -> None:
        page.emulate_media(media="print")
        expect(page.locator(".layer.after canvas")).to_be_visible()
        expect(page.locator(".layer.before canvas")).to_be_visible()
        expect(page.locator(".steps")).to_be_hidden()

    viewer.see(print_it, at="#step-1")


def test_a_run_can_be_played(viewer: Viewer) -> None:
    """Step after step, before and after, until it ends or is paused."""

    def play(page: Page) -> None:
        page.keyboard.press("p")
        expect(page.locator(".stage")).to_have_attribute("data-mode", "before")
        expect(page.locator(".stage")).to_have_attribute("data-mode", "after")
        at_step(page, "step-2")
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("button", name="Play")).to_be_visible()

    viewer.see(play, at="#run")
