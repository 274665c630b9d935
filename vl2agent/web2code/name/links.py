"""Links: words in a color of their own, underlined, or standing in navigation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from vl2agent.web2code.ir import Block, Font, Page, Role, Run, Text
from vl2agent.web2code.name.colors import chroma, distance, rgb
from vl2agent.web2code.name.surroundings import Surroundings, changed

COLORFUL = 48
"""Chroma from which a color is one of its own, not a tinted grey."""
APART = 60.0
"""How far a link's color is from that of the text around it."""
SAME = 30.0
MOST_LETTERS = 80
NO_LINK: tuple[Role, ...] = (
    "button",
    "badge",
    "input",
    "select",
    "textarea",
    "heading",
    "code",
    "label",
    "tab",
    "table",
)


def name_links(page: Page) -> Page:
    """Name links, whole texts and words in texts."""
    page = page.model_copy(update={"texts": tuple(_inline(text) for text in page.texts)})
    seen = Surroundings(page)
    colors = _link_colors(seen)

    def name(block: Block) -> Block:
        return block.model_copy(update={"role": "link"}) if _link(block, seen, colors) else block

    return changed(page, name)


def _inline(text: Text) -> Text:
    """Say of each run that differs from its text what it is."""
    if text.preformatted or text.font.family in ("mono", "courier"):
        return text
    runs = tuple(run.model_copy(update={"kind": _kind(run, text.font)}) for run in text.runs)
    return text if runs == text.runs else text.model_copy(update={"runs": runs})


def _kind(run: Run, around: Font) -> str:
    font = run.font
    if run.kind != "plain" or font is None:
        return run.kind
    own_color = chroma(font.color) >= COLORFUL and distance(font.color, around.color) >= APART
    if font.underline and not around.underline:
        return "link"
    if font.family != around.family and font.family in ("mono", "courier"):
        return "code"
    if font.background and font.background != around.background:
        return "mark"
    if own_color and re.search(r"\w", run.text):
        return "link"
    if font.weight >= 600 > around.weight:
        return "strong"
    return "em" if font.italic and not around.italic else "plain"


def _link_colors(seen: Surroundings) -> list[str]:
    """List the colors that links have on this page: those of words in sentences and of underlined texts.

    Where there are none, the color that short texts have most often, if it is colorful, or blue.
    """
    known = Counter(_surely(seen))
    if known:
        return list(known)
    fonts = [text.font for text in seen.page.texts if len(text.string) <= MOST_LETTERS and text.font.weight < 600]
    often = Counter(font.color for font in fonts if _own_color(font.color, seen))
    return [color for color, times in often.items() if times > 1 or _blue(color)]


def _surely(seen: Surroundings) -> Iterator[str]:
    for text in seen.page.texts:
        if text.font.underline:
            yield text.font.color
        for run in text.runs:
            if run.kind == "link":
                yield (run.font or text.font).color


def _own_color(color: str, seen: Surroundings) -> bool:
    return chroma(color) >= COLORFUL and distance(color, seen.body.color) >= APART


def _blue(color: str) -> bool:
    red, green, blue = rgb(color)
    return blue > green >= red or blue > red + 40


def _link(block: Block, seen: Surroundings, colors: list[str]) -> bool:
    text = seen.text(block)
    if text is None or block.role not in ("text", "paragraph") or seen.inside(block, *NO_LINK):
        return False
    if not re.search(r"[^\W\d_]", text.string) or len(text.string) > MOST_LETTERS or text.preformatted:
        return False
    if text.font.underline:
        return True
    if any(run.kind == "link" for run in text.runs) and all(
        run.kind == "link" or not run.text.strip() for run in text.runs
    ):
        return True
    colored = any(distance(text.font.color, color) <= SAME for color in colors)
    return colored and _own_color(text.font.color, seen) and len(text.runs) == 1
