"""The words of a text as inline elements: links, code, bold words; all else is plain."""

from __future__ import annotations

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.lettering import lettering
from vl2agent.web2code.emit.lines import pieces
from vl2agent.web2code.ir import Font, Run, Text

SAME_SIZE = 0.05
"""Share of a size by which another one may differ and be read as the same."""

TAGS = {"link": "a", "code": "code", "strong": "strong", "em": "em", "kbd": "kbd", "mark": "mark"}


def words(
    text: Text, *, first: int = 0, last: int | None = None, linked: bool = False, breaks: str = ""
) -> tuple[Element | str, ...]:
    """Write the characters first..last (exclusive) of a text.

    Args:
        linked: they stand in a link already, and no link may stand in another.
        breaks: what stands between lines instead of blanks.
    """
    if breaks:
        text = _broken(text, breaks)
    cut = pieces(text, first, len(text.string) if last is None else last)
    return tuple(_word(run, string, text.font, linked) for run, string in cut)


def _broken(text: Text, breaks: str) -> Text:
    """Exchange the blanks between lines; a line that ended in a hyphen has none, and gets a break after it."""
    starts = {line.first for line in text.lines[1:]}
    runs, start = [], 0
    for run in text.runs:
        string = "".join(_parted(text.string, start + i, starts, breaks) for i in range(len(run.text)))
        runs.append(run.model_copy(update={"text": string}))
        start += len(run.text)
    return text.model_copy(update={"runs": tuple(runs)})


def _parted(string: str, at: int, starts: set[int], breaks: str) -> str:
    """Return a character as it is written where lines start at `starts`."""
    if string[at] == " " and at + 1 in starts:
        return breaks
    return breaks + string[at] if at in starts and not string[at - 1].isspace() else string[at]


def _word(run: Run, string: str, around: Font, linked: bool) -> Element | str:
    looks_other = run.font is not None and not _alike(run.font, around)
    tag = TAGS.get(run.kind)
    if tag == "a" and linked:
        tag = None
    if tag is None and not looks_other:
        return string
    # their own box must be no higher than their font, or it would make its line higher
    style = lettering(run.font) | {"line-height": "1"} if run.font and looks_other else {}
    return Element(tag or "span", {"href": "#"} if tag == "a" else {}, style, children=(string,), name=run.kind)


def _alike(font: Font, around: Font) -> bool:
    """Tell whether nobody would see a difference; sizes that were read differ a little anyway."""
    rest = around.model_copy(update={"size": font.size, "letter_spacing": font.letter_spacing})
    return font == rest and abs(font.size - around.size) <= SAME_SIZE * around.size
