"""The model is asked whether an action arrived only where neither the executor nor the picture tells."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from vl2agent.actions import TypeText
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model
from vl2agent.completion import Reply
from vl2agent.errors import ParseError, ServerUnreachable
from vl2agent.loop.confirm import YES_OR_NO, confirmed
from vl2agent.loop.draft import Draft
from vl2agent.steps import Frame, Plan, Receipt, Verdict

FRAME = Frame.from_image(Image.new("RGB", (100, 80)))


def typed(delivery: str) -> Draft:
    """Make a step that typed something."""
    draft = Draft(1, FRAME, Plan(intent=TypeText(text="secret")), 0.0)
    draft.receipt = Receipt.model_validate({"delivery": delivery, "duration_s": 0})
    return draft


@pytest.mark.parametrize(
    ("delivery", "verdict", "asked"),
    [
        ("uncertain", Verdict(outcome="unchanged"), True),
        ("uncertain", Verdict(outcome="changed", effects=("elsewhere",)), True),
        ("uncertain", Verdict(outcome="changed", effects=("where expected",)), False),
        ("uncertain", Verdict(outcome="moving"), False),
        ("sent", Verdict(outcome="unchanged"), False),
        ("dry", Verdict(outcome="dry"), False),
    ],
)
def test_the_model_is_asked_only_when_needed(delivery: str, verdict: Verdict, asked: bool) -> None:
    """An uncertain delivery, and no change where one was expected."""
    backend = ScriptedBackend("yes")
    answer = confirmed(verdict, typed(delivery), FRAME, Model(backend))
    assert [grammar for _, grammar in backend.calls] == ([YES_OR_NO] if asked else [])
    assert (answer == verdict) != asked


@pytest.mark.parametrize(
    ("reply", "note"),
    [("yes", "sees that it was done"), ("no", "does not see"), ("Je ne sais pas", "did not say yes or no: 'Je ne")],
)
def test_the_answer_is_noted_and_changes_no_outcome(reply: str, note: str) -> None:
    """What the picture shows stays what it is, also when a server without grammars answers anything."""
    answer = confirmed(Verdict(outcome="unchanged"), typed("uncertain"), FRAME, Model(ScriptedBackend(reply)))
    assert answer.outcome == "unchanged"
    assert note in answer.note


class Failing(ScriptedBackend):
    """Raises instead of answering."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def complete(self, *args: Any, **options: Any) -> Reply:
        """Raise."""
        raise self.error


@pytest.mark.parametrize(
    ("error", "note"),
    [
        (ParseError("Yes.", 0, "text like '(yes|no)'"), "the model sees that it was done"),
        (ParseError("Vielleicht", 0, "text like '(yes|no)'"), "did not say yes or no: 'Vielleicht'"),
        (ServerUnreachable("http://h/v1", "the connection broke"), "could not be asked: http://h/v1: the connection"),
    ],
)
def test_a_model_that_cannot_answer_undoes_no_step(error: Exception, note: str) -> None:
    """What was sent was sent: the step gets its verdict, and the next call tells that the model is gone."""
    answer = confirmed(Verdict(outcome="unchanged"), typed("uncertain"), FRAME, Model(Failing(error)))
    assert answer.outcome == "unchanged"
    assert note in answer.note


def test_the_question_names_what_was_done() -> None:
    """In the words that a person would use."""
    backend = ScriptedBackend("no")
    confirmed(Verdict(outcome="unchanged"), typed("uncertain"), FRAME, Model(backend))
    assert "type “secret”" in str(backend.calls[0][0].messages[0].parts)


def test_without_a_model_the_picture_has_to_do() -> None:
    """Nothing is asked."""
    verdict = Verdict(outcome="unchanged")
    assert confirmed(verdict, typed("uncertain"), FRAME, None) is verdict
