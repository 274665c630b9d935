"""The words of a text as inline elements: links, code, bold words; all else is plain."""

from __future__ import annotations

from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.lettering import lettering
from vl2agent.web2code.emit.lines import pieces
from vl2agent.web2code.ir import Font, Run, Text

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
    """Exchange the blanks between lines."""
    ends = {line.first - 1 for line in text.lines[1:]}
    runs, start = [], 0
    for run in text.runs:
        string = "".join(breaks if start + i in ends and c == " " else c for i, c in enumerate(run.text))
        runs.append(run.model_copy(update={"text": string}))
        start += len(run.text)
    return text.model_copy(update={"runs": tuple(runs)})


def _word(run: Run, string: str, around: Font, linked: bool) -> Element | str:
    looks_other = run.font is not None and run.font != around
    tag = TAGS.get(run.kind)
    if tag == "a" and linked:
        tag = None
    if tag is None and not looks_other:
        return string
    style = lettering(run.font) if run.font and looks_other else {}
    return Element(tag or "span", {"href": "#"} if tag == "a" else {}, style, children=(string,), name=run.kind)
