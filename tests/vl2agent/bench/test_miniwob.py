"""MiniWoB++ from pixels alone: which tasks, what counts as success, and what one failed episode means to the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from vl2agent.actions import Click, Done, Fail, Key, TypeText
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.bench import miniwob, miniwob_tasks
from vl2agent.bench.miniwob import WRONG, Episode, Parts, Report, Watched, measure, try_task
from vl2agent.bench.miniwob_markdown import page
from vl2agent.bench.miniwob_page import Outcome, TaskPage
from vl2agent.bench.miniwob_tasks import POINTING, TEXT_DIRECTED, choose
from vl2agent.calls import Model
from vl2agent.completion import Grammar, Grounding, Located, Prompt, Reply, Usage
from vl2agent.errors import InputError, MissingExtra
from vl2agent.geometry import GridBox, ScreenPoint, Size
from vl2agent.loop.limits import Limits
from vl2agent.perception.embedded import OcrPerception
from vl2agent.planner.commands import CommandPlanner
from vl2agent.recording.reader import Recording
from vl2agent.steps import Frame, Memory, Target

REPORT = Report(
    (
        Episode("click-tab", 0, "Click on Tab #1.", 1.0, steps=1, seconds=2.0),
        Episode("click-tab", 1, "Click on Tab #2.", 0.5, steps=2, seconds=4.0),
        Episode("click-tab", 2, "Click on Tab #3.", 1.0, steps=1, seconds=2.0),
        Episode("enter-text", 0, 'Enter "x".', -1.0, WRONG, "the reward is -1", 3, 6.0),
    )
)


class Blind(OcrPerception):
    """A perception that breaks down."""

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Break down."""
        raise RuntimeError("out of order")


class Pointing(ScriptedBackend):
    """A model that plans one click, and points where the words are written on the picture it is shown."""

    def complete(
        self, prompt: Prompt, images: Sequence[Image.Image], grammar: Grammar | None = None, **options: object
    ) -> Reply:
        """Answer a plan by a plan, and a question for a place by its box."""
        self.calls.append((prompt, grammar))
        usage = Usage(prompt_tokens=self.count(prompt, images), image_tokens=0, completion_tokens=1)
        if not isinstance(grammar, Grounding):
            return Reply(text='{"clause": 1, "kind": "click", "target": "button ONE"}', usage=usage)
        box = OcrPerception().locate("ONE", Frame.from_image(images[0])).box
        width, height = images[0].size
        edges = [box.left / width, box.top / height, box.right / width, box.bottom / height]
        grid = GridBox(*(min(999, round(999 * edge)) for edge in edges))
        return Reply(text="", usage=usage, located=(Located(words=grammar.words, box=grid, confidence=0.9),))


def test_without_names_the_tasks_named_in_advance_are_run() -> None:
    """Fifteen, and 'all' is every page but those that want drags."""
    assert choose([]) == TEXT_DIRECTED
    assert choose(["click-tab", "click-tab"]) == ("click-tab",)
    assert len(TEXT_DIRECTED) == 15
    assert set(TEXT_DIRECTED) < set(choose(["all"]))
    assert not POINTING & set(choose(["all"]))


def test_an_unknown_task_is_refused() -> None:
    """Before any browser is started."""
    with pytest.raises(InputError, match="click-moon"):
        choose(["click-tab", "click-moon"])


def test_every_task_that_is_left_out_of_all_exists() -> None:
    """The names are those of pages."""
    assert choose(sorted(POINTING)) == tuple(sorted(POINTING))


def test_missing_pages_are_told_with_what_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with every other extra."""
    monkeypatch.setattr(miniwob_tasks, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"vl2agent\[miniwob\]"):
        choose([])


def test_success_is_a_reward_above_nought_and_its_mean_is_over_tasks() -> None:
    """A task with more episodes weighs no more."""
    summary = REPORT.summary()
    assert summary["by_task"]["click-tab"]["success"] == 1.0
    assert summary["mean_success"] == 0.5
    assert summary["overall"]["succeeded"] == 3


def test_failures_are_counted_by_kind_and_told() -> None:
    """With all that is needed to run them again."""
    summary = REPORT.summary()
    assert summary["failures"] == {WRONG: 1}
    assert (summary["failed"][0]["task"], summary["failed"][0]["seed"]) == ("enter-text", 0)


def test_the_page_of_documentation_has_a_row_for_each_task() -> None:
    """And says how it was measured."""
    text = page(REPORT, "vl2agent bench miniwob")
    assert "| click-tab | 3/3 | 100 % |" in text
    assert "`vl2agent bench miniwob`" in text
    assert "enter-text, seed 0" in text


@pytest.mark.parametrize(("reward", "kind"), [(1.0, Done), (-1.0, Fail), (0.0, Fail)])
def test_an_episode_that_is_over_leaves_nothing_to_plan(reward: float, kind: type) -> None:
    """The planner is not asked again, and the recording ends as the episode did."""
    planner = Watched(CommandPlanner(Blind()), lambda: Outcome(True, reward))
    assert isinstance(planner.plan("click Save", Memory(), _blank()).intent, kind)


def _blank() -> Frame:
    return Frame.from_image(Image.new("RGB", (8, 8)))


def test_no_episode_knows_what_another_one_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reads its pages anew, so that it comes to the same alone; the networks are loaded once."""
    played = list[Parts]()

    def play(task: str, seed: int, parts: Parts) -> Episode:
        played.append(parts)
        return Episode(task, seed)

    monkeypatch.setattr(miniwob, "try_task", play)
    measure(("click-tab", "click-link"), (0, 1))
    assert len({id(parts.perception) for parts in played}) == len(played) == 4


@pytest.mark.display
def test_the_same_seed_makes_the_same_task_and_pixels_are_all_there_is() -> None:
    """The frame is the area below the instruction, three physical pixels for each of the page's."""
    seen = []
    for _ in range(2):
        with TaskPage("click-button", 7) as task:
            seen.append((task.instruction, task.settled().frame.digest))
            assert task.grab().size == Size(480, 480) == task.size
    assert seen[0] == seen[1]
    assert "button" in seen[0][0]


@pytest.mark.display
def test_the_reward_stays_after_the_episode_is_over() -> None:
    """A click that comes too late starts nothing new."""
    with TaskPage("enter-text", 3) as task:
        assert not task.outcome().over
        task.perform(Click(point=ScreenPoint(200, 220)))
        task.perform(TypeText(text=task.instruction.split('"')[1]))
        task.perform(Key(keys="tab"))
        task.perform(Key(keys="space"))
        assert task.outcome() == Outcome(True, 1.0)
        task.perform(Click(point=ScreenPoint(200, 300), count=2))
        assert task.outcome() == Outcome(True, 1.0)


@pytest.mark.display
def test_real_tasks_are_done_from_pixels_and_written_down(tmp_path: Path) -> None:
    """One that clicks, one that types; each recording opens and has its report."""
    report = measure(("click-option", "login-user"), (200,), record=tmp_path)
    assert [episode.reward for episode in report.episodes] == [1.0, 1.0]
    for episode in report.episodes:
        assert episode.recording is not None
        assert Recording(episode.recording).steps
        assert (episode.recording / "report.html").exists()


@pytest.mark.display
def test_a_model_gets_the_instruction_as_it_stands() -> None:
    """It plans and points in place of the embedded default."""
    backend = Pointing()
    (episode,) = measure(("click-test-2",), (200,), model=Model(backend)).episodes
    assert episode.ok, episode.problem
    said = str(backend.calls[0][0])
    assert episode.instruction == "Click button ONE."
    assert episode.instruction in said


@pytest.mark.display
def test_an_instruction_that_is_not_understood_is_a_failed_episode(tmp_path: Path) -> None:
    """It has no steps, and a recording that opens all the same."""
    episode = try_task("count-shape", 200, Parts(OcrPerception(), record=tmp_path / "count.v2a"))
    assert (episode.ok, episode.kind, episode.steps) == (False, "instruction not understood", 0)
    assert not Recording(tmp_path / "count.v2a").steps


@pytest.mark.display
def test_an_episode_that_crashes_is_one_failed_episode() -> None:
    """Its error is told, whatever it was."""
    episode = try_task("click-tab", 200, Parts(Blind()))
    assert (episode.ok, episode.kind, episode.problem) == (False, "error", "RuntimeError: out of order")


@pytest.mark.display
def test_an_episode_is_bounded_in_time() -> None:
    """A limit that is reached ends it."""
    episode = try_task("click-tab", 200, Parts(OcrPerception(), limits=Limits(timeout_s=1e-6)))
    assert episode.kind == "a limit was reached"
