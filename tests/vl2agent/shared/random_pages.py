"""Pages as perception might find them, and as it never would: everything wherever it falls."""

from __future__ import annotations

from drawn_page import BLUE, FRAME, Drawing
from hypothesis import strategies as st

from vl2agent.web2code.ir import Block, Font, Page, Run, Style

WORDS = (
    "Overview",
    "a longer line of words",
    "12.5",
    "Sign in",
    "1. First",
    "2. Second",
    "• Point",
    "x = call(y)",
    "0",
    "שלום עולם",
    "<script>alert(1)</script>",
    "Email address",
    "  ",
)
FAMILIES = ("sans", "serif", "mono")


@st.composite
def random_pages(draw: st.DrawFn) -> Page:
    """Draw boxes, pictures, rules and lines wherever they fall."""
    drawing, blocks = Drawing(), []
    for kind in draw(st.lists(st.sampled_from(("text", "box", "picture", "rule")), min_size=0, max_size=30)):
        left, top = draw(st.integers(0, 60)) * 20, draw(st.integers(0, 40)) * 12
        width, height = draw(st.integers(1, 40)) * 9, draw(st.integers(1, 40)) * 9
        if kind == "text":
            blocks.append(_line(draw, drawing, left, top))
        elif kind == "box":
            style = draw(st.sampled_from((FRAME, BLUE)))
            blocks.append(drawing.box(left, top, left + width, top + height, style=style))
        elif kind == "picture":
            blocks.append(
                drawing.picture(left, top, left + width, top + height, draw(st.sampled_from(("photo", "icon"))))
            )
        else:
            style = Style(background="#cccccc")
            blocks.append(drawing.box(left, top, left + width, top + 1, role="rule", style=style))
    return drawing.page(*blocks, width=1600, height=900)


def _line(draw: st.DrawFn, drawing: Drawing, left: int, top: int) -> Block:
    """Write a line, perhaps with a link or code at its end."""
    words, family = draw(st.sampled_from(WORDS)), draw(st.sampled_from(FAMILIES))
    size = draw(st.sampled_from((6.0, 13.0, 16.0, 40.0)))
    more = draw(st.sampled_from(("", " here", " run()")))
    look = Font(family="mono" if "(" in more else "sans", size=size, color="#0d6efd")
    runs = (Run(text=words), Run(text=more, font=look)) if more else (Run(text=words),)
    return drawing.text(words + more, left, top, runs=runs, family=family, size=size)
