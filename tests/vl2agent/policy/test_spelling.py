"""Actions as a person writes them in a terminal."""

from __future__ import annotations

import pytest

from vl2agent.actions import Action, Click, Drag, Key, Move, Scroll, TypeText
from vl2agent.errors import InputError
from vl2agent.geometry import ScreenPoint
from vl2agent.policy.spelling import read_spelling

AT = ScreenPoint(10, 20)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("click 10,20", Click(point=AT)),
        ("click (10, 20)", Click(point=AT)),
        ("double-click 10,20", Click(point=AT, count=2)),
        ("ctrl+right-click 10,20", Click(point=AT, button="right", modifiers=("ctrl",))),
        ("key ctrl+alt+del", Key(keys="ctrl+alt+del")),
        ("press enter", Key(keys="enter")),
        ("type 'rm -rf'", TypeText(text="rm -rf")),
        ('type "a b" enter', TypeText(text="a b", submit=True)),
        ("type it's here", TypeText(text="it's here")),
        ("move 10,20", Move(point=AT)),
        ("scroll down 5 10,20", Scroll(point=AT, amount=5)),
        ("scroll up 10,20", Scroll(point=AT, direction="up")),
        ("scroll 10,20", Scroll(point=AT)),
        ("drag 10,20 30,40", Drag(start=AT, end=ScreenPoint(30, 40))),
        ('{"kind": "left_click", "point": {"x": 10, "y": 20}}', Click(point=AT)),
    ],
)
def test_each_form_is_read(text: str, action: Action) -> None:
    """Short forms and JSON."""
    assert read_spelling(text) == action


def test_a_place_may_be_given_beside_it() -> None:
    """As with --at."""
    assert read_spelling("click", AT) == Click(point=AT)
    assert read_spelling("scroll up", AT) == Scroll(point=AT, direction="up")


@pytest.mark.parametrize("text", ["", "clik 1,2", "click", "click here", "drag 1,2", "key", "{", '{"kind": "x"}', "[]"])
def test_anything_else_is_refused(text: str) -> None:
    """With the forms there are."""
    with pytest.raises(InputError, match="expected"):
        read_spelling(text)
