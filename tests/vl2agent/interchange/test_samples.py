"""Which steps become samples, and what they ask and answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_runs import OPEN, RED, SAVE, Doing, clicked, record, typed

from vl2agent import prompts
from vl2agent.actions import Key
from vl2agent.backends.local import LocalBackend
from vl2agent.calls import Model
from vl2agent.cli.export import PlannerPrompts
from vl2agent.completion import Message, Prompt
from vl2agent.geometry import ScreenBox
from vl2agent.interchange.chat import prompt_text
from vl2agent.interchange.estimate import Estimate
from vl2agent.interchange.samples import Choice, Harvest, Sample, harvest
from vl2agent.parser import parse_boxes, parse_intent
from vl2agent.planner.ledger import Ledger
from vl2agent.planner.reply import RESERVE
from vl2agent.steps import ClickIntent

GROUND, PLAN = Choice(kinds=frozenset(("ground",))), Choice(kinds=frozenset(("plan",)))
WAITED: Doing = (Key(keys="f5"), Key(keys="f5"), None)

Harvesting = Callable[..., Harvest]


@pytest.fixture
def harvested(tmp_path: Path) -> Harvesting:
    """Record steps, and make their samples with counts on the safe side."""

    def make(*doings: Doing, choice: Choice = Choice(), **options: object) -> Harvest:
        recording = record(tmp_path / "run.v2a", *doings, **options)  # type: ignore[arg-type]
        return harvest(recording, "run", choice, PlannerPrompts(Ledger(Model(Estimate()), RESERVE)))

    return make


def answers(made: Harvest) -> list[str]:
    """What is answered, in order."""
    return [sample.answer for sample in made.samples]


@pytest.mark.parametrize("box", [SAVE, OPEN], ids=["in the middle", "in the corner"])
def test_the_box_of_an_answer_lies_on_the_target_in_the_picture(harvested: Harvesting, box: ScreenBox) -> None:
    """To the grid's own error, half a unit: 1.3 pixels here."""
    (sample,) = harvested(clicked("the red button", box), choice=GROUND).samples
    (found,) = parse_boxes(sample.answer)
    inside = found.box.on(sample.shot.size)
    assert list(inside.edges) == pytest.approx(list(box.edges), abs=2)
    assert sample.shot.image.getpixel((inside.center.x, inside.center.y)) == RED


def test_a_grounding_asks_as_perception_does_at_work(harvested: Harvesting) -> None:
    """Word for word."""
    (sample,) = harvested(clicked("the Save button", SAVE), choice=GROUND).samples
    assert sample.prompt == "<image>\n<|ref|>the Save button<|/ref|>."
    assert sample.prompt == prompt_text(prompts.ground("the Save button"))


def test_a_plan_answers_with_one_line_that_the_planner_reads(harvested: Harvesting) -> None:
    """The clause, the verb, and only what does not go without saying."""
    made = harvested(clicked("the Save button", SAVE), choice=PLAN)
    assert answers(made)[0] == '{"clause": 1, "kind": "click", "target": "the Save button"}'
    assert parse_intent(answers(made)[0]) == (1, ClickIntent(target="the Save button"))


def test_a_plan_is_told_what_was_done_before(harvested: Harvesting) -> None:
    """As its memory was then: nothing at first, and never what comes later."""
    made = harvested(clicked("the Open button", OPEN), clicked("the Keep button", SAVE), choice=PLAN)
    first, second, last = (sample.prompt for sample in made.samples)
    assert "Last step" not in first
    assert "the Open button" in second
    assert "the Keep button" not in second
    assert "Steps before" in last


def test_a_plan_fits_the_window_with_its_reply(harvested: Harvesting, nano_checkpoint: Path) -> None:
    """After forty steps, too; counted by a real vocabulary."""
    steps = [clicked(f"the button number {number}", SAVE) for number in range(40)]
    backend = LocalBackend(nano_checkpoint)
    for sample in harvested(*steps, choice=PLAN).samples[-3:]:
        assert backend.count(as_prompt(sample), [sample.shot.image]) + RESERVE <= 4096


def as_prompt(sample: Sample) -> Prompt:
    """Read a sample's text as a prompt of typed parts."""
    picture, text = prompts.PICTURE, sample.prompt.removeprefix("<image>\n")
    return Prompt(messages=(Message(role="user", parts=(*picture.parts, text)),))


def test_a_run_that_reached_its_goal_ends_with_done(harvested: Harvesting) -> None:
    """On its last picture."""
    made = harvested(clicked("the Save button", SAVE), choice=PLAN)
    assert json.loads(answers(made)[-1]) == {"clause": 1, "kind": "done", "message": "saved"}


@pytest.mark.parametrize(
    ("doing", "options", "reason"),
    [
        (clicked("the Save button", SAVE, confidence=0.3), {}, "its place is not sure enough"),
        (clicked("the Save button", SAVE), {"idle": (1,)}, "no effect can be seen"),
        (typed("hunter2", secret=True), {}, "it is a secret"),
        (clicked("the <|det|> button", SAVE), {}, "its text spells a mark of the model's"),
    ],
)
def test_a_step_that_nothing_is_learned_from_is_left_out(
    harvested: Harvesting, doing: Doing, options: dict[str, object], reason: str
) -> None:
    """And it is told why."""
    made = harvested(doing, **options)
    assert [sample.step for sample in made.samples if sample.step == 1] == []
    assert reason in made.left_out


def test_a_failed_run_teaches_places_and_no_plans(harvested: Harvesting) -> None:
    """What it did was there, but it did not lead to the goal."""
    made = harvested(clicked("the Save button", SAVE), ok=False)
    assert [sample.kind for sample in made.samples] == ["ground"]


def test_all_keeps_what_has_no_effect_and_what_failed(harvested: Harvesting) -> None:
    """For those who want to see for themselves; a failed run is still not done."""
    made = harvested(WAITED, idle=(1,), ok=False, choice=Choice(all_steps=True))
    assert answers(made) == ['{"clause": 1, "kind": "key", "keys": "f5"}']


def test_a_secret_is_in_no_later_prompt(harvested: Harvesting) -> None:
    """That something was typed is told, not what."""
    made = harvested(typed("hunter2", secret=True), clicked("the Save button", SAVE), choice=PLAN)
    assert not any("hunter2" in sample.prompt + sample.answer for sample in made.samples)


def test_pictures_are_counted_as_the_model_counts_them(nano_checkpoint: Path) -> None:
    """For any size: the estimate is exact where it can be."""
    from PIL import Image

    from vl2agent.geometry import Size
    from vl2agent.interchange.estimate import picture_tokens

    backend = LocalBackend(nano_checkpoint)
    nothing = backend.count(Prompt.user("?"), [])
    for size in ((1920, 1080), (1024, 768), (384, 384), (300, 900)):
        counted = backend.count(Prompt.user(*prompts.PICTURE.parts, "?"), [Image.new("RGB", size)]) - nothing
        assert abs(counted - picture_tokens(Size(*size))) <= 2
