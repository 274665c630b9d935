"""Links: words in a color of their own or underlined; and the other ways in which words in a text stand out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from vl2agent.web2code.ir import Block, Font, Page, Role, Run, Text
from vl2agent.web2code.name.colors import chroma, distance, rgb
from vl2agent.web2code.name.surroundings import CODE, Surroundings, changed

COLORFUL = 48
"""Chroma from which a color is one of its own, not a tinted grey."""
APART = 60.0
"""How far a link's color is from that of the text around it."""
SAME = 30.0
MOST_LETTERS = 80
NO_LINK: tuple[Role, ...] = (
    "button", "badge", "input", "select", "textarea", "heading", "code", "label", "tab", "header_cell",
)  # fmt: skip


class LinkLook:
    """How links look on a page: in which colors, and whether underlined without one.

    Known from words in sentences that look otherwise than these, and from underlined texts. Where there are none, from
    the color that short texts have most often, if it is colorful, or blue.
    """

    def __init__(self, seen: Surroundings) -> None:
        self._body = seen.body.color
        sure = Counter(self._sure(seen))
        self.underlined = bool(sure) and all(_underlined(text) for text in seen.page.texts for _ in self._sure_in(text))
        sure = sure or self._often(seen)
        self.colors = [color for color in sure if self._own(color)]

    def __call__(self, font: Font) -> bool:
        """Tell whether characters look like a link."""
        if font.underline:
            return self._own(font.color) or not self.colors
        return not self.underlined and any(distance(font.color, color) <= SAME for color in self.colors)

    def _often(self, seen: Surroundings) -> Counter[str]:
        """Count the colors of short texts: of those that are no blue, only the most frequent may be that of links."""
        fonts = [text.font for text in seen.page.texts if _short(text) and text.font.weight < 600]
        often = Counter(font.color for font in fonts if self._own(font.color))
        first = [color for color, times in often.most_common(1) if times > 1]
        return Counter({color: often[color] for color in often if color in first or _blue(color)})

    def _sure(self, seen: Surroundings) -> Iterator[str]:
        for text in seen.page.texts:
            yield from self._sure_in(text)

    def _sure_in(self, text: Text) -> Iterator[str]:
        """Yield the colors of words that stand out of their sentence as links do, and of what is underlined."""
        if text.preformatted or text.font.family in CODE:
            return
        for run in text.runs:
            font = run.font or text.font
            apart = distance(font.color, text.font.color) >= APART
            out = _plain(run) and font.italic == text.font.italic and self._own(font.color) and apart
            if font.underline or out:
                yield font.color

    def _own(self, color: str) -> bool:
        return chroma(color) >= COLORFUL and distance(color, self._body) >= APART


def name_links(page: Page) -> Page:
    """Name links, whole texts and words in texts."""
    seen = Surroundings(page)
    look = LinkLook(seen)
    free = {block.text for block in page.root.walk() if _may_link(block, seen)}
    whole = {text.id for text in page.texts if text.id in free and _whole(text, look)}
    texts = tuple(text if text.id in whole else _inline(text, look) for text in page.texts)
    page = page.model_copy(update={"texts": texts})
    return changed(page, lambda block: block.model_copy(update={"role": "link"}) if block.text in whole else block)


def _may_link(block: Block, seen: Surroundings) -> bool:
    return block.role in ("text", "paragraph", "code") and not seen.inside(block, *NO_LINK)


def _whole(text: Text, look: LinkLook) -> bool:
    """Tell whether all of a text is one link."""
    if not _short(text) or text.preformatted or not re.search(r"[^\W\d_]", text.string):
        return False
    return all(look(run.font or text.font) for run in text.runs if run.text.strip())


def _inline(text: Text, look: LinkLook) -> Text:
    """Say of each run that looks otherwise than its text what it is."""
    if text.preformatted or text.font.family in CODE:
        return text
    runs = _by_words([run.model_copy(update={"kind": _kind(run, text.font, look)}) for run in text.runs])
    if len(runs) == 1 and runs[0].kind == "link":  # too long for a link
        return text
    return text if runs == text.runs else text.model_copy(update={"runs": runs})


def _by_words(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Let no link begin or end within a word: a piece of a word is what the longer piece beside it is."""
    made = list(runs)
    for place, (run, other) in enumerate(pairwise(runs)):
        before, after = len(_letters(run.text[::-1])), len(_letters(other.text))
        if not before or not after or "link" not in (run.kind, other.kind):
            continue
        if before < after and before == len(run.text.strip()):
            made[place] = run.model_copy(update={"kind": other.kind})
        elif after < before and after == len(other.text.strip()):
            made[place + 1] = other.model_copy(update={"kind": run.kind})
    return tuple(made)


def _letters(text: str) -> str:
    """Return the letters that a text begins with."""
    return "".join(takewhile(str.isalnum, text))


def _kind(run: Run, around: Font, look: LinkLook) -> str:
    font = run.font or around
    if run.kind != "plain" or not re.search(r"\w", run.text):
        return run.kind
    if look(font) and (font.underline or not font.background):
        return "link"
    if font.family != around.family and font.family in CODE:
        return "code"
    if font.background and font.background != around.background:
        return "mark"
    if font.weight >= 600 > around.weight:
        return "strong"
    return "em" if font.italic and not around.italic else "plain"


def _short(text: Text) -> bool:
    return len(text.string) <= MOST_LETTERS


def _plain(run: Run) -> bool:
    return run.font is not None and not run.font.background and run.font.family not in CODE


def _underlined(text: Text) -> bool:
    return text.font.underline or any(run.font and run.font.underline for run in text.runs)


def _blue(color: str) -> bool:
    red, green, blue = rgb(color)
    return blue > green >= red or blue > red + 40
