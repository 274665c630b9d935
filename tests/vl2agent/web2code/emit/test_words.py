"""The words of a text as inline elements."""

from __future__ import annotations

from vl2agent.geometry import ImageBox
from vl2agent.web2code.emit.words import words
from vl2agent.web2code.ir import Font, Run, Text, TextLine


def text_of(string: str, *firsts: int) -> Text:
    """Return a text whose lines start at these characters."""
    ends = [*firsts[1:], len(string)]
    box = ImageBox(0, 0, 100, 10)
    lines = tuple(TextLine(box=box, first=a, last=b, baseline=10) for a, b in zip(firsts, ends, strict=True))
    return Text(id="t1", font=Font(), runs=(Run(text=string),), lines=lines)


def test_a_line_break_takes_the_place_of_the_blank() -> None:
    """So that no line starts with one."""
    assert words(text_of("one two", 0, 4), breaks="\n") == ("one\ntwo",)


def test_a_line_that_ends_in_a_hyphen_is_broken_after_it() -> None:
    """There is no blank to exchange, and the word stays as it is."""
    assert words(text_of("card-header", 0, 5), breaks="\n") == ("card-\nheader",)
