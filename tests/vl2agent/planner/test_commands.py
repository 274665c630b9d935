"""Clauses become intents, one at a time, and are ticked off when their effect is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from vl2agent.actions import Done, Fail, Key, TypeText, Wait
from vl2agent.errors import AmbiguousTarget, GoalError, TargetNotFound
from vl2agent.geometry import ScreenBox
from vl2agent.planner.commands import CommandPlanner
from vl2agent.steps import (
    ClickIntent,
    Element,
    Frame,
    Memory,
    MoveIntent,
    Plan,
    Receipt,
    ScrollIntent,
    Step,
    Target,
    Verdict,
    Window,
)

SCREEN = ScreenBox(0, 0, 1280, 800)
SETTINGS = Window(title="Settings", app="Xfce4-settings-manager", box=ScreenBox(300, 100, 900, 600), active=True)
MOUSEPAD = Window(title="notes.txt - Mousepad", app="Mousepad", box=ScreenBox(100, 200, 700, 700))


@dataclass
class Labels:
    """Perception of a screen on which names stand at known places; several names may be the same."""

    places: list[tuple[str, ScreenBox]] = field(default_factory=list)

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Every place of this name."""
        name = words.strip("'\"").lower()
        return [
            Target(words=words, box=box, point=box.center, confidence=0.95, text=text)
            for text, box in self.places
            if text.lower() == name
        ]

    def locate(self, words: str, frame: Frame) -> Target:
        """The first place of this name."""
        return self.find(words, frame)[0]

    def elements(self, frame: Frame) -> Sequence[Element]:
        """All labels."""
        return [Element(box=box, text=text, role="text", confidence=0.9) for text, box in self.places]

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Is not asked."""
        return ""


@dataclass
class Desk:
    """A planner before a screen that a test changes between steps."""

    goal: str
    labels: Labels = field(default_factory=Labels)
    windows: tuple[Window, ...] = ()
    memory: Memory = field(default_factory=Memory)

    def put(self, text: str, left: int, top: int, width: int = 80) -> None:
        """Write a name on the screen."""
        self.labels.places.append((text, ScreenBox(left, top, left + width, top + 14)))

    def plan(self) -> Plan:
        """Ask the planner what to do now."""
        pixels = np.zeros((SCREEN.height, SCREEN.width, 4), np.uint8)
        frame = Frame(pixels, SCREEN, 0.0, windows=self.windows)
        return CommandPlanner(self.labels).plan(self.goal, self.memory, frame)

    def did(self, plan: Plan, outcome: str = "changed", changed: tuple[ScreenBox, ...] = (), **receipt: str) -> None:
        """Remember a plan as a step with this outcome."""
        sent = Receipt.model_validate({"delivery": "sent", "duration_s": 0.0, **receipt})
        verdict = Verdict.model_validate({"outcome": outcome, "changed": changed})
        self.memory.steps.append(
            Step(number=len(self.memory.steps) + 1, plan=plan, receipt=sent, verdict=verdict, seconds=0.1)
        )

    def step(self, outcome: str = "changed", changed: tuple[ScreenBox, ...] = (), **receipt: str) -> Plan:
        """Plan, and remember that it was done with this outcome."""
        plan = self.plan()
        self.did(plan, outcome, changed, **receipt)
        return plan


def clicked(plan: Plan) -> tuple[int, int]:
    """Return where a plan clicks."""
    assert isinstance(plan.intent, ClickIntent)
    return plan.found[0].box.left, plan.found[0].box.top


def test_a_goal_that_is_not_understood_is_refused_before_anything_starts() -> None:
    """`check` raises what `plan` would."""
    with pytest.raises(GoalError):
        CommandPlanner(Labels()).check("order a pizza")


def test_clauses_are_ticked_off_one_after_the_other() -> None:
    """The checklist tells how far the goal is, and a done goal ends the run."""
    desk = Desk("press ctrl+s, then type 'x'")
    assert [clause.done for clause in desk.step().checklist] == [False, False]
    plan = desk.step()
    assert [clause.done for clause in plan.checklist] == [True, False]
    assert isinstance(plan.intent, TypeText)
    last = desk.plan()
    assert isinstance(last.intent, Done)
    assert all(clause.done for clause in last.checklist)


def test_planning_the_same_twice_gives_the_same() -> None:
    """All state is in the memory: a plan can be made again."""
    desk = Desk("open settings, then click Save")
    desk.put("Applications", 10, 5)
    desk.step()
    assert desk.plan() == desk.plan()


def test_a_step_whose_target_was_gone_is_planned_again() -> None:
    """Text for a field is not typed as if the click on it had been made."""
    desk = Desk("type 'Ada' into Name")
    desk.put("Name", 500, 500)
    before = desk.step("not found")
    assert desk.plan().intent == before.intent


def test_a_click_that_changed_something_is_done() -> None:
    """No second look is taken."""
    desk = Desk("click Save")
    desk.put("Save", 500, 500)
    assert clicked(desk.step("changed")) == (500, 500)
    assert isinstance(desk.plan().intent, Done)


def test_a_click_that_changed_nothing_is_looked_at_then_repeated_once() -> None:
    """Click, wait, click again, and on with a note."""
    desk = Desk("click Save")
    desk.put("Save", 500, 500)
    kinds = [desk.step("unchanged").intent.kind for _ in range(3)]
    assert kinds == ["click", "wait", "click"]
    last = desk.plan()
    assert isinstance(last.intent, Done)
    assert "nothing was seen to change" in last.note


def test_a_click_of_uncertain_delivery_is_never_repeated() -> None:
    """It may have arrived."""
    desk = Desk("click Buy")
    desk.put("Buy", 500, 500)
    desk.step("unchanged", delivery="uncertain")
    desk.step("unchanged", delivery="uncertain")
    assert isinstance(desk.plan().intent, Done)


def test_what_just_appeared_is_meant_before_the_rest() -> None:
    """'Open' in a menu that came up with the last click, not the one in the window below."""
    desk = Desk("click File, then click Open", windows=(SETTINGS,))
    desk.put("File", 310, 140)
    desk.put("Open", 400, 300)
    desk.step("changed", (ScreenBox(300, 160, 390, 260),))
    desk.put("Open", 310, 180, 40)
    assert clicked(desk.plan()) == (310, 180)


def test_what_a_check_box_changes_did_not_appear() -> None:
    """Its own label, drawn anew, is not meant before another of that name."""
    desk = Desk("check All, then click Replace")
    desk.put("Replace", 500, 500)
    desk.put("Replace", 500, 600)
    label = ScreenBox(480, 490, 600, 520)
    box = Target(words="All check box", box=label, point=label.center, confidence=0.9, text="All", role="check box")
    desk.did(Plan(intent=ClickIntent(target="All"), found=(box,), state='{"clause": 1}'), changed=(label,))
    with pytest.raises(AmbiguousTarget):
        desk.plan()


def test_the_active_window_is_meant_before_others() -> None:
    """The same word in a window behind does not make it ambiguous."""
    desk = Desk("click Close", windows=(SETTINGS, MOUSEPAD))
    desk.put("Close", 120, 650)
    desk.put("Close", 800, 550)
    assert clicked(desk.plan()) == (800, 550)


def test_equal_places_are_refused_with_both() -> None:
    """Nothing is guessed."""
    desk = Desk("click Delete", windows=(SETTINGS,))
    desk.put("Delete", 400, 200)
    desk.put("Delete", 400, 300)
    with pytest.raises(AmbiguousTarget) as caught:
        desk.plan()
    assert len(caught.value.candidates) == 2


def test_a_word_of_a_title_bar_is_no_place_to_click() -> None:
    """'Save' in the title 'Save As' is not the button."""
    dialog = replace_title(SETTINGS, "Save As")
    desk = Desk("click Save", windows=(dialog,))
    desk.put("Save", 580, 110)
    assert not isinstance(desk.plan().intent, ClickIntent)


def test_a_name_that_goes_on_in_the_next_line_gives_way() -> None:
    """'Window Manager' is not 'Window Manager / Tweaks'."""
    desk = Desk("click Window Manager", windows=(SETTINGS,))
    desk.put("Window Manager", 400, 200)
    desk.put("Tweaks", 400, 218)
    desk.put("Window Manager", 700, 200)
    assert clicked(desk.plan()) == (700, 200)


def test_what_is_out_of_sight_is_scrolled_to_both_ways() -> None:
    """Wait a moment, down while that moves anything, then up, then give up with what was looked for."""
    desk = Desk("click Licence", windows=(SETTINGS,))
    assert isinstance(desk.step("unchanged").intent, Wait)
    directions = []
    for outcome in ("changed", "unchanged", "changed", "unchanged"):
        intent = desk.step(outcome).intent
        assert isinstance(intent, ScrollIntent)
        directions.append(intent.direction)
    assert directions == ["down", "down", "up", "up"]
    with pytest.raises(TargetNotFound, match="Licence"):
        desk.plan()


def test_what_scrolling_brings_is_clicked() -> None:
    """It is found again on the fresh frame."""
    desk = Desk("click Licence", windows=(SETTINGS,))
    desk.step("unchanged")
    desk.step("changed")
    desk.put("Licence", 400, 400)
    assert clicked(desk.plan()) == (400, 400)


def test_a_value_out_of_sight_is_looked_for_in_the_list_that_is_named() -> None:
    """'choose Blue in Colour' opens Colour, then chooses Blue."""
    desk = Desk("choose Blue in Colour", windows=(SETTINGS,))
    desk.put("Colour", 400, 300)
    assert clicked(desk.step("changed")) == (400, 300)
    desk.put("Blue", 420, 340)
    assert clicked(desk.plan()) == (420, 340)


def test_a_list_that_opens_out_of_sight_takes_what_is_typed() -> None:
    """Nothing but its outline changed, and nothing more came: the entry is typed, taken, and must then be seen."""
    desk = Desk("choose Blue in Colour", windows=(SETTINGS,))
    desk.put("Colour", 400, 300)
    assert clicked(desk.step("changed", (ScreenBox(396, 296, 484, 318),))) == (400, 300)
    assert isinstance(desk.step("unchanged").intent, Wait)
    assert desk.step("changed").intent == TypeText(text="Blue")
    assert desk.step("unchanged").intent == Key(keys="enter")
    with pytest.raises(TargetNotFound):
        desk.plan()
    desk.put("Blue", 410, 300)
    assert isinstance(desk.plan().intent, Done)


def test_a_list_that_opened_is_scrolled_and_nothing_is_typed() -> None:
    """What changed outside of the list is its entries."""
    desk = Desk("choose Blue in Colour", windows=(SETTINGS,))
    desk.put("Colour", 400, 300)
    desk.step("changed", (ScreenBox(396, 296, 484, 500),))
    assert isinstance(desk.step("unchanged").intent, Wait)
    assert isinstance(desk.plan().intent, ScrollIntent)


def test_a_submenu_opens_by_resting_on_it() -> None:
    """What appeared is then chosen; a click might have chosen the entry itself."""
    desk = Desk("choose Edit > Name", windows=(SETTINGS,))
    desk.put("Edit", 400, 200)
    assert isinstance(desk.step("changed", (ScreenBox(390, 195, 600, 300),)).intent, MoveIntent)
    desk.put("Name", 500, 220)
    assert clicked(desk.plan()) == (500, 220)


def test_a_menu_that_does_not_open_by_resting_on_it_is_clicked() -> None:
    """After a moment's patience."""
    desk = Desk("choose Edit > Name", windows=(SETTINGS,))
    desk.put("Edit", 400, 200)
    desk.step("unchanged")
    assert isinstance(desk.step("unchanged").intent, Wait)
    assert clicked(desk.step("changed")) == (400, 200)
    desk.put("Name", 500, 220)
    assert clicked(desk.plan()) == (500, 220)


def test_open_takes_what_is_visible_first() -> None:
    """A page of the settings opens by one click, and is ticked off when its window is there."""
    desk = Desk("open Appearance", windows=(SETTINGS,))
    desk.put("Appearance", 400, 240)
    plan = desk.step("changed")
    assert clicked(plan) == (400, 240)
    desk.windows = (replace_title(SETTINGS, "Appearance"),)
    assert isinstance(desk.plan().intent, Done)


def test_open_double_clicks_icons_on_the_desktop() -> None:
    """They do nothing on one click."""
    desk = Desk("open Home")
    desk.put("Home", 50, 230)
    intent = desk.plan().intent
    assert isinstance(intent, ClickIntent)
    assert intent.count == 2


def test_open_goes_on_to_the_menu_and_its_submenu() -> None:
    """Applications, Settings, Settings Manager; done when the window is there."""
    desk = Desk("open settings")
    desk.put("Applications", 10, 5)
    assert clicked(desk.step("changed")) == (10, 5)
    desk.put("Settings", 26, 172)
    assert clicked(desk.step("changed", (ScreenBox(0, 27, 166, 278),))) == (26, 172)
    desk.put("Settings Manager", 190, 172)
    assert clicked(desk.step("changed")) == (190, 172)
    assert isinstance(desk.step("unchanged").intent, Wait)
    desk.windows = (SETTINGS,)
    desk.put("Personal", 335, 208)
    assert isinstance(desk.plan().intent, Done)


def test_open_ends_in_the_application_finder_and_then_gives_up() -> None:
    """No such thing: neither visible, nor in the menu, nor in the finder."""
    desk = Desk("open Frobnicator")
    desk.put("Applications", 10, 5)
    while Key(keys="alt+f3") not in [step.plan.intent for step in desk.memory.steps]:
        desk.step("unchanged")
    for _ in range(5):
        assert isinstance(desk.step("unchanged").intent, Wait)
    with pytest.raises(TargetNotFound, match="finder"):
        desk.plan()


def test_open_brings_a_window_that_is_there_to_the_front() -> None:
    """By its title on the panel."""
    desk = Desk("open Mousepad", windows=(SETTINGS, MOUSEPAD))
    desk.put("notes.txt - Mousepad", 110, 6, 140)
    assert clicked(desk.step("changed")) == (110, 6)
    desk.windows = (MOUSEPAD.model_copy(update={"active": True}), SETTINGS.model_copy(update={"active": False}))
    assert isinstance(desk.plan().intent, Done)


def test_close_is_done_when_the_window_is_gone() -> None:
    """alt+f4 on the active window, then a look at the windows."""
    desk = Desk("close settings", windows=(SETTINGS,))
    assert desk.step("changed").intent == Key(keys="alt+f4")
    desk.windows = ()
    assert isinstance(desk.plan().intent, Done)


def test_close_does_not_answer_what_the_window_asks() -> None:
    """The run ends with the question, unless a clause follows that may answer it."""
    asking = Window(title="Save Changes", app="Mousepad", box=ScreenBox(300, 300, 600, 450), active=True)
    front = MOUSEPAD.model_copy(update={"active": True})
    for goal, kind in (("close Mousepad", Fail), ("close Mousepad, then click Don't Save", ClickIntent)):
        desk = Desk(goal, windows=(front,))
        desk.put("Don't Save", 400, 400)
        desk.step("changed")
        desk.windows = (asking, MOUSEPAD)
        assert isinstance(desk.plan().intent, kind)


def test_close_without_a_window_says_so() -> None:
    """The panel and the desktop are no windows."""
    with pytest.raises(TargetNotFound, match="no window is open"):
        Desk("close the window").plan()


def test_waiting_ends_when_the_text_is_there_and_fails_when_time_is_up() -> None:
    """'wait until X appears for 2 seconds': four looks, half a second apart."""
    desk = Desk("wait until Saved appears for 2 seconds")
    for _ in range(4):
        assert isinstance(desk.step("unchanged").intent, Wait)
    with pytest.raises(TargetNotFound, match="not seen after 2 seconds"):
        desk.plan()
    desk.put("Saved", 100, 100)
    assert isinstance(desk.plan().intent, Done)


def test_a_dry_run_goes_on_as_if_all_had_worked() -> None:
    """Nothing is sent, so nothing is waited for."""
    desk = Desk("click Save, then press enter")
    desk.put("Save", 500, 500)
    desk.step("dry", delivery="dry")
    assert desk.plan().intent == Key(keys="enter")


def replace_title(window: Window, title: str) -> Window:
    """The same window under another title."""
    return window.model_copy(update={"title": title})
