"""The page IR: whole or refused, and copies that tell of themselves."""

import pytest
from pydantic import ValidationError

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, Font, Page, Run, Text, TextLine

BOX = ImageBox(0, 0, 10, 10)
LINE = TextLine(box=BOX, first=0, last=2, baseline=8)
TEXT = Text(id="t0", font=Font(), runs=(Run(text="Hi"),), lines=(LINE,))
PAGE = Page(width=10, height=10, root=Block(id="b0", role="text", box=BOX, text="t0"), texts=(TEXT,))


def test_a_copy_tells_of_its_own_blocks() -> None:
    """Blocks by id are looked up anew after a change."""
    assert PAGE.block_by_id["b0"].role == "text"
    copied = PAGE.model_copy(update={"root": PAGE.root.model_copy(update={"role": "heading"})})
    assert copied.block_by_id["b0"].role == "heading"


def test_a_copy_of_a_text_has_its_own_string() -> None:
    """The string follows the runs."""
    assert TEXT.string == "Hi"
    assert TEXT.model_copy(update={"runs": (Run(text="Ho"),)}).string == "Ho"


def test_a_text_in_no_block_is_refused() -> None:
    """Every text has its place on the page."""
    with pytest.raises(ValidationError, match="every text in one block"):
        Page(width=10, height=10, root=Block(id="b0", box=BOX), texts=(TEXT,))


def test_an_id_that_is_there_twice_is_refused() -> None:
    """Blocks are told apart by their ids."""
    twice = Block(id="b0", box=BOX, children=(Block(id="b0", box=BOX),))
    with pytest.raises(ValidationError, match="every block id once"):
        Page(width=10, height=10, root=twice)
