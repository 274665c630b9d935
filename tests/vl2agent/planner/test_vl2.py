"""The planner on a model: one call for a plan, one more where the reply does not do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from vl2agent.actions import Done, Fail, Key
from vl2agent.backends.local import LocalBackend
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model, ModelCall
from vl2agent.completion import JsonSchema, Reply, Usage
from vl2agent.errors import GoalError, Interrupted, ParseError, TargetNotFound, WindowTooSmall
from vl2agent.geometry import ScreenBox
from vl2agent.planner.reply import RESERVE
from vl2agent.planner.vl2 import VL2Planner
from vl2agent.steps import ClickIntent, Element, Frame, Memory, Plan, Receipt, Step, Target, Verdict

FRAME = Frame.from_image(Image.new("RGB", (300, 200), "white"))
GOAL = "open settings, then choose 'Dark', then press ctrl+s"
OPEN = {"clause": 1, "kind": "click", "target": "Settings"}
DARK = {"clause": 2, "kind": "click", "target": "Dark"}


class Eyes:
    """Finds only the words that it knows."""

    def __init__(self, *known: str) -> None:
        self.known, self.asked = known, list[str]()

    def locate(self, words: str, frame: Frame) -> Target:
        """Find them in the corner."""
        self.asked.append(words)
        if words not in self.known:
            raise TargetNotFound(words, reason="not on this screen")
        box = ScreenBox(0, 0, 10, 10)
        return Target(words=words, box=box, point=box.center, confidence=1)

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Find nothing."""
        return ()

    def elements(self, frame: Frame) -> Sequence[Element]:
        """List nothing."""
        return ()

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Read nothing."""
        return ""


def planner(*replies: object, eyes: Eyes | None = None) -> tuple[VL2Planner, ScriptedBackend]:
    """Make a planner whose model gives these replies."""
    backend = ScriptedBackend(*(reply if isinstance(reply, str) else json.dumps(reply) for reply in replies))
    return VL2Planner(Model(backend), eyes), backend


def after(plan: Plan, outcome: str = "changed", **fields: Any) -> Memory:
    """Remember a step with this plan and verdict."""
    verdict = Verdict.model_validate({"outcome": outcome, **fields})
    return Memory([Step(number=1, plan=plan, verdict=verdict, seconds=0)])


def prompt(backend: ScriptedBackend, call: int = -1) -> str:
    """Return what the model was told."""
    return "".join(str(part) for part in backend.calls[call][0].messages[0].parts)


def test_a_reply_becomes_the_intent() -> None:
    """With the goal's parts as a checklist."""
    plan = planner(OPEN)[0].plan(GOAL, Memory(), FRAME)
    assert plan.intent == ClickIntent(target="Settings")
    assert [(clause.text, clause.done) for clause in plan.checklist] == [
        ("open settings", False), ("choose 'Dark'", False), ("press ctrl+s", False),
    ]  # fmt: skip
    assert (plan.found, plan.note) == ((), "")


def test_the_part_at_work_moves_on_with_the_reply() -> None:
    """What is before it counts as done, is told so, and cannot be named again under the grammar."""
    first, _ = planner(DARK)
    plan = first.plan(GOAL, Memory(), FRAME)
    assert [clause.done for clause in plan.checklist] == [True, False, False]
    second, backend = planner({"clause": 3, "kind": "key", "keys": "ctrl+s"})
    plan = second.plan(GOAL, after(plan), FRAME)
    assert [clause.done for clause in plan.checklist] == [True, True, False]
    assert "1. open settings (done)\n2. choose 'Dark' (now)\n3. press ctrl+s\n" in prompt(backend)
    form = backend.calls[0][1]
    assert isinstance(form, JsonSchema)
    assert form.json_schema["anyOf"][0]["properties"]["clause"] == {"type": "integer", "minimum": 2, "maximum": 3}


def test_the_model_is_told_what_came_of_the_last_step_and_what_is_known() -> None:
    """Verdict, effects, facts and the loop's warning."""
    plan = Plan(intent=ClickIntent(target="Settings"))
    memory = after(plan, effects=("where expected",), appeared="Appearance")
    memory.facts, memory.warning = ["name: Ann"], "the same was tried before"
    made, backend = planner(DARK)
    made.plan(GOAL, memory, FRAME)
    assert "Last step: click “Settings”: changed there, “Appearance” appeared\n" in prompt(backend)
    assert "- name: Ann\n" in prompt(backend)
    assert "Attention: the same was tried before\n" in prompt(backend)


def test_an_uncertain_delivery_is_told() -> None:
    """It must be looked at before it is repeated."""
    memory = after(Plan(intent=ClickIntent(target="Send")))
    receipt = Receipt(delivery="uncertain", duration_s=0)
    memory.steps[0] = memory.steps[0].model_copy(update={"receipt": receipt})
    made, backend = planner(DARK)
    made.plan(GOAL, memory, FRAME)
    assert "it may not have arrived" in prompt(backend)


@pytest.mark.parametrize("bad", ["Je clique sur le bouton.", '{"clause": 9, "kind": "done"}', '{"kind": "click"}', ""])
def test_a_reply_that_cannot_be_read_is_asked_for_once_more(bad: str) -> None:
    """The second prompt says what was wrong; the note says that there was one."""
    made, backend = planner(bad, OPEN)
    plan = made.plan(GOAL, Memory(), FRAME)
    assert plan.intent == ClickIntent(target="Settings")
    assert plan.note.startswith("asked again")
    assert "Your reply cannot be used: " in prompt(backend)
    assert "Your reply cannot be used: " not in prompt(backend, 0)


class Strict(ScriptedBackend):
    """Refuses what does not fit the grammar, as a client of a server without grammars does."""

    def complete(self, *args: Any, **options: Any) -> Reply:
        """Refuse the next reply."""
        raise ParseError(super().complete(*args, **options).text, 0, "JSON that fits its schema")


def test_what_a_backend_refuses_is_still_read_as_far_as_it_is_clear() -> None:
    """Other tools' names for the same are no reason to ask again."""
    backend = Strict('{"action": "left_click", "element": "Settings"}')
    plan = VL2Planner(Model(backend)).plan(GOAL, Memory(), FRAME)
    assert plan.intent == ClickIntent(target="Settings")
    assert len(backend.calls) == 1


def test_two_replies_that_cannot_be_read_are_a_parse_error() -> None:
    """And never more than two calls."""
    made, backend = planner("non", "jamais", OPEN)
    with pytest.raises(ParseError):
        made.plan(GOAL, Memory(), FRAME)
    assert len(backend.calls) == 2


@pytest.mark.parametrize(
    ("outcome", "again"),
    [
        ("unchanged", OPEN),
        ("not found", OPEN),
        ("not found", {"clause": 1, "kind": "move", "target": "Settings"}),
        ("refused", OPEN),
        ("failed", OPEN),
    ],
)
def test_what_has_just_failed_is_not_done_again_without_asking(outcome: str, again: dict[str, Any]) -> None:
    """The model is told, and may choose another way."""
    memory = after(Plan(intent=ClickIntent(target="Settings")), outcome)
    made, backend = planner(again, {"clause": 1, "kind": "key", "keys": "super"})
    assert made.plan(GOAL, memory, FRAME).intent == Key(keys="super")
    assert "“Settings”" in prompt(backend).partition("cannot be used:")[2]


def test_a_model_that_insists_on_what_has_just_failed_ends_the_run() -> None:
    """As failed, with the reason."""
    memory = after(Plan(intent=ClickIntent(target="Settings")), "unchanged")
    plan = planner(OPEN, OPEN)[0].plan(GOAL, memory, FRAME)
    assert plan.intent == Fail(reason="click “Settings” was just done and changed nothing; try something else")


@pytest.mark.parametrize(
    ("outcome", "reply"),
    [("changed", OPEN), ("unchanged", DARK), ("unchanged", OPEN | {"count": 2}), ("not found", DARK), ("moving", OPEN)],
)
def test_what_worked_may_be_done_again_and_what_is_new_may_be_tried(outcome: str, reply: dict[str, Any]) -> None:
    """One call will do."""
    memory = after(Plan(intent=ClickIntent(target="Settings")), outcome)
    made, backend = planner(reply)
    made.plan(GOAL, memory, FRAME)
    assert len(backend.calls) == 1


@pytest.mark.parametrize(
    "again",
    [{"kind": "wait", "seconds": 2}, {"kind": "key", "keys": "tab"}, {"kind": "scroll"}, {"kind": "type", "text": "x"}],
)
def test_what_may_work_unseen_may_be_done_again(again: dict[str, Any]) -> None:
    """Focus that moves without a trace, time that passes."""
    plan = planner({"clause": 1, **again})[0].plan(GOAL, Memory(), FRAME)
    made, backend = planner({"clause": 1, **again})
    assert made.plan(GOAL, after(plan, "unchanged"), FRAME).intent == plan.intent
    assert len(backend.calls) == 1


def test_what_eyes_find_comes_with_the_plan() -> None:
    """The loop need not look again."""
    plan = planner(OPEN, eyes=Eyes("Settings"))[0].plan(GOAL, Memory(), FRAME)
    assert [target.words for target in plan.found] == ["Settings"]


def test_what_eyes_miss_can_still_be_repaired() -> None:
    """What is not there is asked for again; what is then named the loop looks for, once."""
    eyes = Eyes()
    made, backend = planner(OPEN, DARK, eyes=eyes)
    plan = made.plan(GOAL, Memory(), FRAME)
    assert (plan.intent, plan.found) == (ClickIntent(target="Dark"), ())
    assert "not on this screen" in prompt(backend)
    assert eyes.asked == ["Settings"]


def test_eyes_see_whether_what_was_missing_is_there_by_now() -> None:
    """Then it may be named again."""
    memory = after(Plan(intent=ClickIntent(target="Settings")), "not found")
    made, backend = planner(OPEN, eyes=Eyes("Settings"))
    assert made.plan(GOAL, memory, FRAME).intent == ClickIntent(target="Settings")
    assert len(backend.calls) == 1


def test_done_ticks_off_the_last_part() -> None:
    """All of the checklist is done."""
    plan = planner({"clause": 3, "kind": "done", "message": "saved"})[0].plan(GOAL, Memory(), FRAME)
    assert plan.intent == Done(message="saved")
    assert all(clause.done for clause in plan.checklist)
    assert plan.note == ""


def test_done_with_a_part_is_not_done_with_all() -> None:
    """The model hears of the parts that are left, and goes on."""
    made, backend = planner({"clause": 1, "kind": "done", "message": "settings are open"}, DARK)
    assert made.plan(GOAL, Memory(), FRAME).intent == ClickIntent(target="Dark")
    assert "go on with part 2, or say done in part 3" in prompt(backend)


def test_done_with_parts_open_is_told() -> None:
    """A model that stays with it is believed; the checklist shows which."""
    early = {"clause": 2, "kind": "done"}
    plan = planner(early, early)[0].plan(GOAL, Memory(), FRAME)
    assert plan.intent == Done()
    assert [clause.done for clause in plan.checklist] == [True, False, False]
    assert plan.note.endswith("; the model says done with 2 parts open")


def test_a_dry_run_tries_each_part_once() -> None:
    """Nothing changes on the screen, so that a model would try the first for ever."""
    made, backend = planner(OPEN, {"clause": 2, "kind": "done"})
    memory = after(made.plan("click Settings, click Dark", Memory(), FRAME), "dry")
    plan = made.plan("click Settings, click Dark", memory, FRAME)
    assert "2. click Dark (now)" in prompt(backend)
    assert isinstance(made.plan("click Settings, click Dark", after(plan, "dry"), FRAME).intent, Done)
    assert len(backend.calls) == 2


@pytest.mark.parametrize("goal", ["", "  ", "x" * 5000])
def test_only_empty_and_endless_goals_are_refused(goal: str) -> None:
    """Before anything is asked."""
    with pytest.raises(GoalError):
        planner()[0].check(goal)


def test_any_other_goal_is_taken() -> None:
    """Whatever the language and the quotes."""
    planner()[0].check("Buche den \"billigsten Flug, d'accord?")


def test_a_window_too_small_is_told_before_anything_is_sent() -> None:
    """With a typed error."""
    backend = ScriptedBackend(json.dumps(OPEN), window=600)
    with pytest.raises(WindowTooSmall):
        VL2Planner(Model(backend)).plan(GOAL, Memory(), FRAME)
    assert backend.calls == []


def test_a_cancelled_call_is_an_interruption() -> None:
    """Half a reply is no reason to ask again."""
    usage = Usage(prompt_tokens=0, image_tokens=0, completion_tokens=1)
    backend = ScriptedBackend(Reply(text='{"clause"', stop_reason="cancelled", usage=usage))
    with pytest.raises(Interrupted):
        VL2Planner(Model(backend)).plan(GOAL, Memory(), FRAME)


def test_random_weights_plan_step_after_step(nano_checkpoint: Path) -> None:
    """Every plan is one or two calls whose bill is the engine's own count, and the checklist never goes back."""
    model, calls, memory = Model(LocalBackend(nano_checkpoint)), list[ModelCall](), Memory()
    made, done = VL2Planner(model), 0
    with model.told(calls.append):
        for number in range(1, 13):
            plan = made.plan(GOAL, memory, FRAME)
            ticked = sum(clause.done for clause in plan.checklist)
            assert ticked >= done or isinstance(plan.intent, Done)
            done = ticked if not isinstance(plan.intent, Done) else done
            verdict = Verdict(outcome=("changed", "unchanged", "not found")[number % 3])
            memory.steps.append(Step(number=number, plan=plan, verdict=verdict, seconds=0))
    assert 12 <= len(calls) <= 24
    for call in calls:
        assert call.reply is not None
        assert call.reply.usage.prompt_tokens == call.bill.prompt_tokens
        assert call.reply.usage.completion_tokens <= RESERVE
