"""Write a page as HTML that people read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby

from vl2agent.web2code.emit.dress import StyleKind, dress
from vl2agent.web2code.emit.element import Code, Document, Element
from vl2agent.web2code.emit.harmless import clean
from vl2agent.web2code.emit.inherit import is_inline, lays_out_boxes

POLICY = "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'"
"""What the page may load: its own pictures and its own style sheet."""
VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_LITERAL = frozenset({"pre", "textarea"})
_BOOLEAN = frozenset({"checked", "disabled", "readonly", "required", "selected"})
_WIDTH = 110
_GROUPS = frozenset({"div", "li", "a", "button", "td", "th", "figure", "span"})
_FEW = 2
"""Children that may stand on the line of one of those."""
_HELD = "\0"
"""Stands for a blank that must not become a line end; no text has it."""


def write_html(
    document: Document, assets: Mapping[str, bytes], *, style: StyleKind = "css", instrumented: bool = False
) -> Code:
    """Return index.html, style.css and the pictures.

    Args:
        assets: PNG files by the names that the document calls them, as 'assets/a1.png'.
        style: rules with telling names, or Tailwind's utility classes.
        instrumented: say on each element which block it shows, as `data-b`.

    Raises:
        UnsafeMarkup: the document has what a page from a picture must not have.
    """
    dressed = dress(document, style)
    html = page(document, markup(dressed.styled, dressed.body, instrumented=instrumented))
    return Code({"index.html": html.encode(), "style.css": dressed.css.encode(), **assets})


def page(document: Document, body: str) -> str:
    """Return a whole HTML file around a body."""
    direction = ' dir="rtl"' if document.direction == "rtl" else ""
    return f"""<!doctype html>
<html lang="{attribute(document.language or "en")}"{direction}>
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="{POLICY}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{text(document.title or "Page")}</title>
  <link rel="stylesheet" href="style.css">
</head>
{body}
</html>
"""


def markup(styled: Element, classified: Element, *, instrumented: bool = False) -> str:
    """Return the markup of an element, indented where blanks do not show.

    Args:
        styled: the element with its styles, which tell where blanks show.
        classified: the same with classes.
    """
    return "\n".join(_lines(styled, classified, instrumented, ""))


def text(string: str) -> str:
    """Return characters as HTML text."""
    return escape(clean(string), quote=False)


def attribute(string: str) -> str:
    """Return characters as the inside of a quoted attribute."""
    return escape(clean(string), quote=True).replace("&#x27;", "'").replace("\n", " ")


def _lines(styled: Element, element: Element, instrumented: bool, indent: str) -> Iterator[str]:
    """Yield lines with their indentation; what is preformatted comes as one, line ends and all."""
    start, end = start_tag(element, instrumented), end_tag(element)
    if _keeps_blanks(styled) or not any(_is_block(child, styled) for child in styled.children):
        literal = any(map(_keeps_blanks, styled.walk()))
        yield from _run(start, element.children, end, indent, literal=literal, instrumented=instrumented)
        return
    if _is_small(styled) and len(line := indent + start + _inline(element.children, instrumented) + end) <= _WIDTH:
        yield line
        return
    yield indent + start
    pairs = zip(styled.children, element.children, strict=True)
    for block, group in groupby(pairs, lambda pair: _is_block(pair[0], styled)):
        if not block:
            olds, news = zip(*group, strict=True)
            literal = any(_keeps_blanks(each) for old in olds if isinstance(old, Element) for each in old.walk())
            yield from _run("", news, "", f"{indent}  ", literal=literal, instrumented=instrumented)
            continue
        for old, new in group:
            assert isinstance(old, Element)
            assert isinstance(new, Element)
            yield from _lines(old, new, instrumented, f"{indent}  ")
    yield indent + end


def _is_small(styled: Element) -> bool:
    """Tell whether an element holds so little that it may stand on one line: an icon and a link, a word or two."""
    children = styled.children
    return (
        styled.tag in _GROUPS
        and 0 < len(children) <= _FEW
        and all(
            isinstance(child, Element)
            and _is_block(child, styled)
            and not _keeps_blanks(child)
            and not any(isinstance(each, Element) for each in child.children)
            for child in children
        )
    )


def _is_block(child: Element | str, parent: Element) -> bool:
    """Tell whether blanks around a child do not show."""
    return isinstance(child, Element) and (lays_out_boxes(parent) or parent.tag == "select" or not is_inline(child))


def _run(
    start: str, children: Sequence[Element | str], end: str, indent: str, *, literal: bool, instrumented: bool
) -> Iterator[str]:
    """Yield what stands in lines of text: as one line where that fits or blanks count, else wrapped."""
    line = indent + start + _inline(children, instrumented) + end
    if len(line) <= _WIDTH or literal:
        yield line
        return
    inner = f"{indent}  " if start else indent
    held = _inline(children, instrumented, _HELD)
    lines = textwrap.wrap(
        held, _WIDTH, initial_indent=inner, subsequent_indent=inner, break_long_words=False, break_on_hyphens=False
    )
    middle = [line.replace(_HELD, " ") for line in lines]
    yield from [indent + start, *middle, indent + end] if start else middle


def _inline(children: Sequence[Element | str], instrumented: bool, blank: str = " ") -> str:
    """Return children on one line, with another character for the blanks in their tags."""
    parts = []
    for child in children:
        if isinstance(child, str):
            parts.append(text(child))
        else:
            tag = start_tag(child, instrumented).replace(" ", blank)
            parts.append(tag + _inline(child.children, instrumented, blank) + end_tag(child))
    return "".join(parts)


def _keeps_blanks(styled: Element) -> bool:
    return styled.tag in _LITERAL or styled.style.get("white-space", "").startswith(("pre", "break-spaces"))


def start_tag(element: Element, instrumented: bool = False) -> str:
    """Return the start tag, with the block's id where instrumented."""
    attributes = dict(element.attributes)
    if instrumented and element.block:
        attributes["data-b"] = element.block
    written = [
        name if name in _BOOLEAN and not value else f'{name}="{attribute(value)}"' for name, value in attributes.items()
    ]
    # A browser drops the first line end of these.
    doubled = element.tag in _LITERAL and str(next(iter(element.children), "")).startswith("\n")
    return f"<{' '.join([element.tag, *written])}>" + ("\n" if doubled else "")


def end_tag(element: Element) -> str:
    """Return the end tag, or nothing for an element that has none."""
    return "" if element.tag in VOID else f"</{element.tag}>"
