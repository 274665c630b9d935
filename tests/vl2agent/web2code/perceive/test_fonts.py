"""Lengths of fonts, compared with what the browser lays out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vl2agent.web2code.ir import Font
from vl2agent.web2code.perceive import fonts
from vl2agent.web2code.perceive.drawing import draw

if TYPE_CHECKING:
    from vl2agent.web2code.render import Renderer

WORDS = "The quick brown fox jumps over AVATAR"


def test_letter_spacing_counts_after_every_character() -> None:
    """An inline box ends with the spacing of its last letter, as in CSS."""
    plain = fonts.advance(Font(size=20), "abc")
    assert fonts.advance(Font(size=20, letter_spacing=2), "abc") == pytest.approx(plain + 6)


def test_a_stack_ends_with_a_generic_family() -> None:
    """Where no named font is installed the browser still finds one of the kind."""
    assert all(stack.split(", ")[-1] in ("sans-serif", "serif", "monospace") for stack in fonts.STACKS.values())


@pytest.mark.display
@pytest.mark.parametrize("size", [13.333, 14.4, 16, 32])
@pytest.mark.parametrize("family", list(fonts.STACKS))
def test_advances_are_the_browsers(renderer: Renderer, family: str, size: float) -> None:
    """A line is as wide as the browser makes it, to a tenth of a pixel."""
    font = Font.model_validate({"family": family, "size": size})
    stack = fonts.STACKS[font.family].replace('"', "'")
    page = f'<body style="margin:0"><span style="font:{size}px {stack};white-space:nowrap">{WORDS}</span>'
    left, _, right, _ = renderer.lay_out(page).texts[0].rects[0]
    assert right - left == pytest.approx(fonts.advance(font, WORDS), abs=0.1)


@pytest.mark.parametrize("string", ["a\u2029b", "a\nb", "\x85", "\r", ""])
def test_line_ends_are_as_wide_as_blanks(string: str) -> None:
    """Readers and models may say any character; to measure one never fails."""
    font = Font(size=20)
    plain = "".join(character if character.isalpha() else " " for character in string)
    assert (fonts.advance(font, string), fonts.ink(font, string)) == (
        fonts.advance(font, plain),
        fonts.ink(font, plain),
    )
    assert draw("sans", False, False, 20, string, 0)[0].tolist() == draw("sans", False, False, 20, plain, 0)[0].tolist()
