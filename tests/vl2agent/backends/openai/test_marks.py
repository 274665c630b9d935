"""Texts that spell the model's marks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vl2.tokenizer import Tokenizer
from vl2agent.backends.openai.marks import plain, unmarked
from vl2agent.completion import Picture, Prompt, Ref

FOLDER = Path(__file__).parents[3] / "fixtures" / "vl2" / "tokenizer"
TOKENIZER = Tokenizer.from_folder(FOLDER)
FRAGMENTS = [*TOKENIZER.marks, "<", "|", "｜", ">", "/", "image", "<|", "|>", "ref", "det", " ", "\n", "é", "a"]

texts = st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join)


@given(texts)
def test_no_text_becomes_a_mark(text: str) -> None:
    """Read by a tokenizer that looks for marks, it has none of them."""
    ids = TOKENIZER.encode(unmarked(text), special=True)
    assert not set(ids) & set(TOKENIZER.marks.values())


@given(st.lists(texts, min_size=1, max_size=4))
def test_no_neighbours_become_a_mark(parts: list[str]) -> None:
    """However a mark is divided over them."""
    [message] = plain(Prompt.user(*parts)).messages
    ids = TOKENIZER.encode("".join(str(part) for part in message.parts), special=True)
    assert not set(ids) & set(TOKENIZER.marks.values())


@pytest.mark.parametrize("text", ["a < b", "<div>", "x <| y |> z", "<>", "if a<b|c>d", "<image.png>", "1 << 2"])
def test_other_text_stays_as_it_is(text: str) -> None:
    """HTML, code and arrows."""
    assert unmarked(text) == text


def test_what_is_meant_as_a_mark_stays() -> None:
    """A picture's place and words to be found; outer whitespace goes."""
    prompt = Prompt.user(" ", Picture(), "Where is ", "the ", Ref(words="Save"), "? \n")
    assert plain(prompt).messages[0].parts == (Picture(), "Where is the ", Ref(words="Save"), "?")
