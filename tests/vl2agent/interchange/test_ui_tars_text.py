"""UI-TARS's replies are read by a parser; whatever the text is, the answer is a reply or a typed error."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vl2agent.interchange.trajectory import Unreadable
from vl2agent.interchange.ui_tars_text import Call, read_reply


def one(action: str) -> Call:
    """Read a reply with one action."""
    (call,) = read_reply(f"Thought: so.\nAction: {action}").calls
    return call


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("type(content='it's')", "it's"),
        ("type(content='say \\'hi\\'')", "say 'hi'"),
        ('type(content="two\\nlines")', "two\nlines"),
        ("type(content='f(x), g(y)')", "f(x), g(y)"),
        ('type(content=\'__import__("os").system("true")\')', '__import__("os").system("true")'),
        ("type(content='')", ""),
    ],
)
def test_a_text_in_quotes_ends_where_an_argument_or_the_bracket_follows(action: str, text: str) -> None:
    """So that quotes which nobody escaped stay in it; code stays text."""
    assert one(action).fields["content"] == text


@pytest.mark.parametrize(
    "box",
    [
        "(10,20)",
        "<|box_start|>(10,20)<|box_end|>",
        "<point>10 20</point>",
        "[0, 10, 20, 30]",
        "<bbox>0 10 20 30</bbox>",
    ],
)
def test_every_form_of_a_place_is_a_point(box: str) -> None:
    """The middle of a box."""
    assert one(f"click(start_box='{box}')").fields == {"coordinate": [10, 20]}


@pytest.mark.parametrize(
    "action",
    ["", "click", "click(", "click(start_box='(1,2)'", "click(start_box=(1,2))", "click(start_box='(1,2,3)')",
     "click(start_box='1+1,2')", "os.system('true')", "click(start_box='(1,2)') and more"],
)  # fmt: skip
def test_what_is_no_action_is_refused(action: str) -> None:
    """Never guessed at, never evaluated."""
    with pytest.raises(Unreadable):
        one(action or "click(x")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="clik_bx(),'\"\\=<>|[]0123456789 \nAction:", max_size=120))
def test_any_text_is_a_reply_or_unreadable(text: str) -> None:
    """No other error."""
    with contextlib.suppress(Unreadable):
        read_reply(f"Action: {text}")


def test_a_reply_that_is_too_long_is_refused() -> None:
    """Nothing a model writes is."""
    with pytest.raises(Unreadable, match="at most"):
        read_reply("Action: type(content='" + "' " * 60_000)
