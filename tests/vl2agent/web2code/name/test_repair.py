"""What differs, by a model: small changes of what can be seen, and nothing else."""

from __future__ import annotations

import re

import pytest
from drawn_page import FRAME, SENTENCE, Drawing
from PIL import Image

from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model, ModelCall
from vl2agent.completion import Regex
from vl2agent.geometry import ImageBox
from vl2agent.web2code.change.making import made
from vl2agent.web2code.ir import Page
from vl2agent.web2code.name.repair import repairs

REFERENCE, RENDERED = (Image.new("RGB", (1280, 900), color) for color in ("white", "grey"))


def sample() -> Page:
    """A box b2 with a word b1, and a sentence b3."""
    draw = Drawing()
    box = draw.box(20, 150, 300, 190, draw.text("Word", 30, 164), style=FRAME)
    return draw.page(box, draw.text(SENTENCE, 20, 250))


def found(reply: str) -> list[str]:
    """Return the repairs of the box that a model with this reply asks for."""
    return [str(each) for each in repairs(sample(), "b2", REFERENCE, RENDERED, Model(ScriptedBackend(reply)))]


def test_what_the_model_sees_becomes_changes() -> None:
    """That can be made one by one."""
    assert found("set b1 color #ff0000\nset b2 border-radius 8px\nend") == [
        "set b1 color #ff0000",
        "set b2 border-radius 8px",
    ]
    (change, *_) = repairs(sample(), "b2", REFERENCE, RENDERED, Model(ScriptedBackend("set b1 color red\nend")))
    page = made(sample(), change)
    assert page is not None
    assert page.texts[0].font.color == "#ff0000"


@pytest.mark.parametrize(
    "line", ["remove b1", 'text b1 "x"', "set b3 color red", "set b1 position sticky", "set b1 color url(x)", "<b>", ""]
)
def test_nothing_else_is_taken(line: str) -> None:
    """No other block, no other property, no words."""
    assert found(f"{line}\nend") == []


def test_both_pictures_are_shown_alike() -> None:
    """The same part, at the same size, of the one and of the other."""
    calls: list[ModelCall] = []
    model = Model(ScriptedBackend("end"))
    with model.told(calls.append):
        repairs(sample(), "b2", REFERENCE, RENDERED, model, drawn=ImageBox(20, 160, 300, 200))
    assert calls[0].sizes[0] == calls[0].sizes[1]
    assert [region.top for region in calls[0].regions] == [142, 152]
    assert isinstance(calls[0].grammar, Regex)
    assert re.fullmatch(calls[0].grammar.pattern, "set b1 color #ff0000\nend")
    assert not re.fullmatch(calls[0].grammar.pattern, "remove b1\nend")


def test_a_block_off_the_picture_asks_about_all_of_it() -> None:
    """A page may be drawn shorter than it should be."""
    model = Model(ScriptedBackend("end"))
    assert repairs(sample(), "b2", REFERENCE, RENDERED, model, drawn=ImageBox(20, 5000, 300, 5040)) == ()


def test_a_window_that_is_too_small_asks_nothing() -> None:
    """Refinement goes on without."""
    assert repairs(sample(), "b2", REFERENCE, RENDERED, Model(ScriptedBackend(window=600))) == ()
