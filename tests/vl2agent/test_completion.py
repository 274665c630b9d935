"""Prompts, grammars and replies as values."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from vl2agent.completion import Decoding, Message, Picture, Prompt, Ref, Reply, Usage

USAGE = Usage(prompt_tokens=1, image_tokens=0, completion_tokens=2)


def test_a_picture_stands_before_the_question() -> None:
    """As the models were trained."""
    assert Prompt.ask("what?").messages == (Message(role="user", parts=(Picture(), "what?")),)
    assert Prompt.ask("what?", 0).messages == (Message(role="user", parts=("what?",)),)


def test_several_pictures_are_numbered() -> None:
    """The question can name each."""
    parts = Prompt.ask("which?", 2).messages[0].parts
    assert parts == ("This is image_1: ", Picture(), "This is image_2: ", Picture(), "which?")


def test_words_to_find_are_marked_as_such() -> None:
    """They are a part of their own, whatever characters they hold."""
    words = "<|/ref|> <image>"
    assert Ref(words=words) in Prompt.locate(words).messages[0].parts
    assert Ref(words=words) in Prompt.locate(words, every=True).messages[0].parts


def test_a_prompt_survives_being_written_down() -> None:
    """Parts of every kind come back from JSON."""
    prompt = Prompt.locate("Save")
    assert Prompt.model_validate_json(prompt.model_dump_json()) == prompt


def test_confidence_is_the_mean_probability() -> None:
    """A geometric mean; none where the backend tells no probabilities."""
    logprobs = (math.log(0.5), math.log(0.125))
    assert Reply(text="", usage=USAGE, logprobs=logprobs).confidence == pytest.approx(0.25)
    assert Reply(text="", usage=USAGE).confidence is None


def test_a_reply_needs_room() -> None:
    """No tokens, no reply."""
    with pytest.raises(ValidationError):
        Decoding(max_tokens=0)
