"""What only a model can tell: answers in words, answers as values, whether a description fits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from vl2agent.backends.families import open_backend
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model
from vl2agent.completion import Reply
from vl2agent.errors import ExpectationFailed, InputError, NotOffered, ParseError
from vl2agent.perception.vl2 import VL2Perception
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Called
from vl2agent.recording.writer import Recorder
from vl2agent.scripting.sync_expecting import expect
from vl2agent.scripting.sync_screen import Screen
from vl2agent.steps import Frame

if TYPE_CHECKING:
    from tests.vl2agent.scripting.conftest import Knowing, Stage, Thing

Make = Callable[..., tuple["Stage", "Knowing"]]


class Tab(BaseModel):
    """The tab that is selected."""

    name: str
    number: int


def test_reading_alone_answers_no_questions(stage: Make) -> None:
    """The error says what would."""
    surface, perception = stage([])
    with pytest.raises(NotOffered, match="model="):
        Screen(surface, perception=perception).ask("Which tab is selected?")


def test_a_model_answers_in_words_and_in_values(stage: Make) -> None:
    """With a schema the answer is a value of it."""
    surface, perception = stage([])
    model = ScriptedBackend("General", '{"name": "General", "number": 1}')
    screen = Screen(surface, perception=perception, model=model)
    assert screen.ask("Which tab is selected?") == "General"
    assert screen.ask("Which tab is selected?", Tab) == Tab(name="General", number=1)


def test_an_answer_that_does_not_fit_is_a_typed_error(stage: Make) -> None:
    """Nothing is made of it."""
    surface, perception = stage([])
    screen = Screen(surface, perception=perception, model=ScriptedBackend("the first one"))
    with pytest.raises(ParseError):
        screen.ask("Which tab is selected?", Tab)


@pytest.mark.parametrize("schema", [{"type": "object"}, str, Tab(name="General", number=1)])
def test_a_schema_is_a_pydantic_model(stage: Make, schema: Any) -> None:
    """Anything else is refused before a model is asked."""
    surface, perception = stage([])
    with pytest.raises(InputError, match="BaseModel"):
        Screen(surface, perception=perception, model=ScriptedBackend()).ask("Which tab is selected?", schema)


def test_what_was_asked_is_in_the_recording(stage: Make, tmp_path: Path) -> None:
    """With the bill."""
    surface, perception = stage([])
    with Screen(
        surface, perception=perception, model=ScriptedBackend("General"), recorder=Recorder(tmp_path / "r.v2a")
    ) as screen:
        screen.ask("Which tab is selected?")
    calls = [event.call for event in Recording(tmp_path / "r.v2a").of(Called)]
    assert [(call.purpose, call.reply and call.reply.text) for call in calls] == [("ask", "General")]


def test_a_model_judges_a_description(stage: Make, thing: type[Thing]) -> None:
    """It is asked of each new picture until it says yes."""
    surface, perception = stage([], [thing("x", 10, 10)])
    model = ScriptedBackend("no", "yes")
    screen = Screen(surface, perception=perception, model=model)
    expect(screen).to_show("a red warning")
    assert "a red warning" in str(model.calls[0][0])


class Ungrammatical(ScriptedBackend):
    """A server that has no grammars, and refuses what does not fit."""

    def complete(self, *prompt: Any, **options: Any) -> Reply:
        """Answer as it likes."""
        raise ParseError(super().complete(*prompt, **options).text, 0, "text like (yes|no)")


@pytest.mark.parametrize("reply", ["Yes.", " yes", "**Yes**, it does.", "YES!"])
def test_a_yes_is_a_yes_also_of_a_model_without_grammars(stage: Make, reply: str) -> None:
    """However it says it."""
    surface, perception = stage([])
    expect(Screen(surface, perception=perception, model=Ungrammatical(reply), timeout_s=0)).to_show("a red warning")


@pytest.mark.parametrize(
    ("reply", "seen"), [("no", "says no"), ("perhaps", "unsure"), ("No idea", "unsure"), ("Yesterday.", "unsure")]
)
def test_a_description_that_does_not_fit_fails(stage: Make, reply: str, seen: str) -> None:
    """Neither does a model that does not say yes or no help."""
    surface, perception = stage([])
    screen = Screen(surface, perception=perception, model=ScriptedBackend(reply), timeout_s=0)
    with pytest.raises(ExpectationFailed, match=seen):
        expect(screen).to_show("a red warning")


def test_a_model_finds_what_a_script_names(stage: Make) -> None:
    """Words go to it as they are, and its box is clicked."""
    surface, _ = stage([])
    reply = "<|ref|>the bell<|/ref|><|det|>[[500, 500, 750, 750]]<|/det|>"
    seeing = VL2Perception(Model(ScriptedBackend(reply, reply, reply)))
    Screen(surface, perception=seeing, confidence=0).locate("the bell").click()
    assert [action.kind for action in surface.done] == ["click"]


def test_what_reads_beside_a_model_looks_closer_before_something_is_missed(stage: Make, thing: type[Thing]) -> None:
    """It may have glanced at the picture, as it may alone."""
    surface, reader = stage([thing("Save", 10, 10, text="Saved")])
    read, closer = reader.text_in, list[Frame]()
    reader.text_in = lambda box, frame: read(box, frame) if closer else ""  # type: ignore[method-assign]
    reader.look_closer = lambda frame: not closer.append(frame)  # type: ignore[attr-defined,func-returns-value]
    reply = "<|ref|>Save<|/ref|><|det|>[[25, 33, 174, 99]]<|/det|>"
    screen = Screen(surface, perception=VL2Perception(Model(ScriptedBackend(*[reply] * 20)), reader), timeout_s=0)
    expect(screen.locate("Save")).to_have_text("Saved", confidence=0)


def test_random_weights_are_clicked_where_they_point(stage: Make, nano_checkpoint: Path, thing: type[Thing]) -> None:
    """The mechanics hold for a model that knows nothing."""
    surface, _ = stage([thing("Save", 10, 10)])
    seeing = VL2Perception(Model(open_backend(nano_checkpoint)))
    step = Screen(surface, perception=seeing, confidence=0, timeout_s=30).locate("Save").click()
    assert step.target is not None
    assert step.target.source == "model"
