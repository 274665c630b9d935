"""Whatever was done before, the plan prompt fits, and says what matters."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from vl2agent.actions import Done, Key, TypeText
from vl2agent.backends.local import LocalBackend
from vl2agent.calls import Model, ModelCall
from vl2agent.completion import Decoding
from vl2agent.errors import WindowTooSmall
from vl2agent.geometry import ScreenBox
from vl2agent.planner.folding import Folding
from vl2agent.planner.ledger import Fitted, Ledger
from vl2agent.planner.memory import last_line
from vl2agent.planner.reply import RESERVE
from vl2agent.planner.subgoals import split
from vl2agent.steps import ClickIntent, Frame, Intent, Memory, Plan, Step, Verdict, Window

GOAL = "open settings, then open Appearance and choose 'Adwaita'"
SMALL, WIDE = (Frame.from_image(Image.new("RGB", size)) for size in ((300, 200), (1920, 1080)))
OUTCOMES = ("changed", "unchanged", "moving", "not found", "refused", "failed", "ended", "dry")


@pytest.fixture(scope="module")
def backend(nano_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    """Make a small model with a large window."""
    folder = Path(shutil.copytree(nano_checkpoint, tmp_path_factory.mktemp("wide") / "nano"))
    config = json.loads((folder / "config.json").read_text())
    config["language_config"]["max_position_embeddings"] = 8192
    (folder / "config.json").write_text(json.dumps(config))
    return LocalBackend(folder)


def step(number: int, intent: Intent, outcome: str = "changed", note: str = "") -> Step:
    """Make a finished step."""
    verdict = Verdict.model_validate({"outcome": outcome, "note": note})
    return Step(number=number, plan=Plan(intent=intent), verdict=verdict, seconds=0)


def long_memory(steps: int, facts: int = 0, words: str = "Save") -> Memory:
    """Make a history of clicks and facts."""
    done = [step(n, ClickIntent(target=f"{words} {n}")) for n in range(1, steps + 1)]
    return Memory(done, [f"fact {n}: {words}" for n in range(facts)])


def fit(model: Model, memory: Memory, frame: Frame = SMALL, goal: str = GOAL, current: int = 1) -> Fitted:
    """Fit a plan prompt."""
    return Ledger(model, RESERVE).fit(Folding(goal, split(goal), current, memory), frame)


def said(fitted: Fitted) -> dict[str, str]:
    """Return the text of each section."""
    return {section.name: "".join(map(str, section.parts)) for section in fitted.sections}


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
INTENTS = st.builds(ClickIntent, target=WORDS) | st.builds(TypeText, text=WORDS) | st.builds(Done, message=WORDS)
KINDS_OF_STEP = st.lists(st.tuples(INTENTS, st.sampled_from(OUTCOMES), WORDS | st.just("")), min_size=1, max_size=5)


@given(
    kinds=KINDS_OF_STEP,
    count=st.integers(0, 500),
    facts=st.lists(WORDS, max_size=40),
    goal=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300).filter(str.strip) | st.just(GOAL),
    warning=st.just("") | WORDS,
    window=st.sampled_from([2700, 4096, 8192]),
    frame=st.sampled_from([SMALL, WIDE]),
)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_any_history_fits_with_the_goal_in_it(
    backend: LocalBackend,
    kinds: list[tuple[Intent, str, str]],
    count: int,
    facts: list[str],
    goal: str,
    warning: str,
    window: int,
    frame: Frame,
) -> None:
    """Up to 500 steps of any text: goal and last verdict are there, and the exact count is within the window."""
    model = Model(backend, window=window)
    steps = [step(n + 1, *kinds[n % len(kinds)]) for n in range(count)]
    memory = Memory(steps, facts, warning)
    known = Folding(goal, split(goal), 1, memory)
    try:
        fitted = Ledger(model, RESERVE).fit(known, frame)
    except WindowTooSmall:
        assert window < 4096
        return
    assert model.bill(fitted.sections, [fitted.shot], RESERVE).free >= 0
    texts = said(fitted)
    assert goal in texts["goal"]
    assert not steps or last_line(steps[-1]) in texts["last"]
    assert ("memory" in texts) == (count > 1)


def test_what_is_counted_is_what_the_model_reads(backend: LocalBackend) -> None:
    """The bill's sum is the engine's own number, with little and with much to say."""
    model, calls = Model(backend, window=4096), list[ModelCall]()
    with model.told(calls.append):
        for memory in (Memory(), long_memory(3, 2), long_memory(300, 40)):
            fitted = fit(model, memory)
            model.call("plan", fitted.sections, [fitted.shot], decoding=Decoding(max_tokens=1))
    for call in calls:
        assert call.reply is not None
        assert call.reply.usage.prompt_tokens == call.bill.prompt_tokens


def test_nothing_is_folded_without_need(backend: LocalBackend) -> None:
    """Each step has its line, each part its state, and nothing is summed up."""
    fitted = fit(Model(backend, window=4096), long_memory(4, 2), current=2)
    texts = said(fitted)
    assert fitted.note == ""
    assert texts["memory"].splitlines()[1:] == [f"{n}. click “Save {n}”: the screen changed" for n in (1, 2, 3)]
    assert texts["facts"].count("fact") == 3
    assert [line.rpartition("(")[2] for line in texts["parts"].splitlines()[1:3]] == ["done)", "now)"]


def test_the_oldest_steps_are_summed_up_first(backend: LocalBackend) -> None:
    """In one line; facts and parts are still all there."""
    fitted = fit(Model(backend, window=4096), long_memory(500, 5))
    texts = said(fitted)
    _, first, *lines = texts["memory"].splitlines()
    folded = 499 - len(lines)
    assert first == f"1 to {folded}: {folded} changed the screen"
    assert [line.split(".")[0] for line in lines] == [str(n) for n in range(folded + 1, 500)]
    assert texts["facts"].count("fact ") == 5
    assert texts["parts"].count("\n") == 4
    assert fitted.note == f"folded {folded} steps"


def test_it_fills_the_window(backend: LocalBackend) -> None:
    """One step more would not fit."""
    model = Model(backend, window=4096)
    fitted = fit(model, long_memory(500))
    assert model.bill(fitted.sections, [fitted.shot], RESERVE).free < 40


def test_facts_go_when_all_steps_are_folded_and_the_oldest_first(backend: LocalBackend) -> None:
    """The newest stay."""
    texts = said(fit(Model(backend, window=4096), long_memory(50, 300)))
    assert texts["memory"].splitlines()[1:] == ["1 to 49: 49 changed the screen"]
    facts = texts["facts"].splitlines()[1:]
    assert 0 < len(facts) < 300
    assert facts[-1] == "- fact 299: Save"
    assert facts[0] == f"- fact {300 - len(facts)}: Save"


def test_the_picture_stays_whole_as_long_as_folding_helps(backend: LocalBackend) -> None:
    """A large screen is sent as it is beside a long history."""
    fitted = fit(Model(backend, window=4096), long_memory(500, 40), WIDE)
    assert fitted.shot.image is WIDE.image


def test_a_screen_that_does_not_fit_is_sent_smaller(backend: LocalBackend) -> None:
    """On the next smaller canvas that fits."""
    fitted = fit(Model(backend, window=3000), Memory(), WIDE)
    assert fitted.shot.size.width_px < 1920
    assert fitted.shot.region == WIDE.region
    assert fitted.note == "screen at 0.60"


def test_where_the_screen_could_not_be_read_the_window_in_use_is_shown(backend: LocalBackend) -> None:
    """At its own size, and the model is told."""
    window = Window(title="Settings", app="settings", box=ScreenBox(100, 100, 484, 400), active=True)
    frame = Frame(WIDE.pixels, WIDE.region, 0.0, windows=(window,))
    fitted = fit(Model(backend, window=1850), Memory(), frame)
    assert fitted.shot.region == window.box
    assert fitted.shot.size == window.box.size
    assert "only a part" in said(fitted)["rules"]


def test_a_window_too_small_for_anything_is_told(backend: LocalBackend) -> None:
    """With what would be needed."""
    with pytest.raises(WindowTooSmall) as caught:
        fit(Model(backend, window=1000), Memory(), WIDE)
    assert caught.value.needed > 1000


def test_a_goal_too_long_for_the_window_is_told(backend: LocalBackend) -> None:
    """It is never cut."""
    with pytest.raises(WindowTooSmall):
        fit(Model(backend, window=2048), Memory(), goal="ä" * 2000)


def test_last_and_warning_never_go(backend: LocalBackend) -> None:
    """Also where nearly nothing else fits."""
    memory = long_memory(100, 100)
    memory.steps.append(step(101, Key(keys="ctrl+s"), "failed", "the window is gone"))
    memory.warning = "this was tried before"
    texts = said(fit(Model(backend, window=2000), memory))
    assert texts["last"] == "Last step: press ctrl+s: failed; the window is gone\n"
    assert texts["warning"] == "Attention: this was tried before\n"
    assert "facts" not in texts or "fact 99" in texts["facts"]
