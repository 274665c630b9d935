"""Replies from a script."""

from __future__ import annotations

import pytest
from PIL import Image

from vl2agent.backends.scripted import PICTURE_TOKENS, ScriptedBackend
from vl2agent.completion import Grounding, Located, Prompt, Reply, Usage
from vl2agent.contracts import Backend
from vl2agent.errors import InputError, UnexpectedCall
from vl2agent.geometry import GridBox

PICTURE = Image.new("RGB", (64, 48))


def test_replies_come_in_order() -> None:
    """Each call takes the next one, and the prompts are kept."""
    backend: Backend = (script := ScriptedBackend("first", "second"))
    texts = [backend.complete(Prompt.ask(question), [PICTURE]).text for question in ("a", "b")]
    assert texts == ["first", "second"]
    assert [prompt for prompt, _ in script.calls] == [Prompt.ask("a"), Prompt.ask("b")]


def test_a_whole_reply_is_given_as_it_is() -> None:
    """Boxes and counts are those of the script."""
    usage = Usage(prompt_tokens=7, image_tokens=5, completion_tokens=2)
    found = Located(words="Save", box=GridBox(1, 2, 3, 4), confidence=0.5)
    reply = Reply(text="x", usage=usage, located=(found,))
    assert ScriptedBackend(reply).complete(Prompt.locate("Save"), [PICTURE], Grounding(words="Save")) == reply


def test_a_call_too_many_is_an_error() -> None:
    """It says which call it was and what was asked."""
    with pytest.raises(UnexpectedCall, match=r"call 1 .*why"):
        ScriptedBackend().complete(Prompt.ask("why?", 0), [])


def test_text_is_handed_on_as_it_comes() -> None:
    """Who listens hears the reply."""
    heard: list[str] = []
    ScriptedBackend("hello").complete(Prompt.ask("hi", 0), [], on_text=heard.append)
    assert "".join(heard) == "hello"


def test_words_and_pictures_are_counted() -> None:
    """One token a word."""
    assert ScriptedBackend().count(Prompt.locate("Save as"), [PICTURE]) == 3 + PICTURE_TOKENS


def test_pictures_must_have_places() -> None:
    """A prompt for one picture is refused with two."""
    with pytest.raises(InputError, match="expected 1 pictures"):
        ScriptedBackend("x").complete(Prompt.ask("?"), [PICTURE, PICTURE])
