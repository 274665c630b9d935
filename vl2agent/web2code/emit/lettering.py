"""Fonts as CSS declarations, and where in its line box a browser puts the baseline."""

from __future__ import annotations

import math

from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.ir import Font
from vl2agent.web2code.perceive.fonts import metrics, stack


def baseline_in(line_height: float, font: Font) -> int:
    """Return how far below the top of a line box its baseline lies; Chromium cuts half the leading to whole pixels."""
    measures = metrics(font)
    return measures.ascent + math.floor((line_height - measures.ascent - measures.descent) / 2)


def lettering(font: Font) -> dict[str, str]:
    """Write all that a font says; writers drop what is inherited."""
    return {
        "font-family": stack(font.family),
        "font-size": px(font.size),
        "font-weight": str(font.weight),
        "font-style": "italic" if font.italic else "normal",
        "letter-spacing": px(font.letter_spacing) if font.letter_spacing else "normal",
        "color": font.color,
        **_drawn(font),
    }


def _drawn(font: Font) -> dict[str, str]:
    """Write what is drawn over and under the characters."""
    lines = [word for word, is_there in (("underline", font.underline), ("line-through", font.strike)) if is_there]
    declarations = {"text-decoration": " ".join(lines)} if lines else {}
    if font.background:
        declarations["background-color"] = font.background
        if font.radius:
            declarations["border-radius"] = px(font.radius)
    return declarations
