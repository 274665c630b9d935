"""Chunks of a reply as they come from a server."""

from __future__ import annotations

import json

import pytest

from vl2agent.backends.openai.chat import Reading
from vl2agent.errors import BadAnswer


def chunk(text: str) -> str:
    """A chunk that adds a text."""
    return json.dumps({"choices": [{"delta": {"content": text}}]})


def test_characters_beyond_the_first_plane_are_text() -> None:
    """JSON writes them as two halves."""
    assert Reading("http://here").take(chunk("😀")) == "😀"


@pytest.mark.parametrize("half", ["\ud83d", "a\ude00b"])
def test_half_characters_are_a_bad_answer(half: str) -> None:
    """A reply can always be written down."""
    with pytest.raises(BadAnswer, match="expected JSON"):
        Reading("http://here").take(chunk(half))
