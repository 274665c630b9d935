"""Secrets are known to nobody but the executor, at the last moment."""

from __future__ import annotations

import pytest

from vl2agent.actions import Action, Key, TypeText
from vl2agent.errors import TextNotTypable
from vl2agent.executor.secrets import KnowsSecrets
from vl2agent.steps import Receipt


class Hands:
    """Remembers what it is to do."""

    def __init__(self) -> None:
        self.done: list[Action] = []
        self.released = 0

    def perform(self, action: Action) -> Receipt:
        """Do it, unless it has a character that no keyboard has."""
        self.done.append(action)
        if isinstance(action, TypeText) and "\a" in action.text:
            raise TextNotTypable(action.text, "control characters have no route")
        return Receipt(delivery="sent", duration_s=0)

    def release_all(self) -> None:
        """Count."""
        self.released += 1


def test_a_name_in_braces_is_typed_as_its_value() -> None:
    """In the middle of a text, too; and the action is marked as secret from there on."""
    hands = Hands()
    KnowsSecrets(hands, {"PW": "hunter2", "P": "x"}).perform(TypeText(text="a{PW}{P}{Q}", submit=True))
    assert hands.done == [TypeText(text="ahunter2x{Q}", submit=True, secret=True)]


def test_a_value_is_not_looked_into() -> None:
    """One that looks like a name is typed as it is; one with a backslash, too."""
    hands = Hands()
    KnowsSecrets(hands, {"A": "{B}\\1", "B": "no"}).perform(TypeText(text="{A}"))
    assert hands.done == [TypeText(text="{B}\\1", secret=True)]


@pytest.mark.parametrize("action", [TypeText(text="plain {text}"), Key(keys="enter")])
def test_everything_else_is_handed_on(action: Action) -> None:
    """As it is."""
    hands = Hands()
    KnowsSecrets(hands, {"PW": "hunter2"}).perform(action)
    assert hands.done == [action]
    KnowsSecrets(hands, {}).release_all()
    assert hands.released == 1


def test_an_error_does_not_tell_the_value() -> None:
    """Not even the character that cannot be typed; nor does what it came from."""
    with pytest.raises(TextNotTypable) as caught:
        KnowsSecrets(Hands(), {"PW": "hun\ater2"}).perform(TypeText(text="{PW}"))
    assert "hun" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.text == "{PW}"
