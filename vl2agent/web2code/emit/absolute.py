"""Absolute layout: every block at its place, every line of text with its ink where it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vl2agent.web2code.emit.element import Document, Element
from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.emit.lettering import baseline_in, lettering
from vl2agent.web2code.emit.lines import spacing, start, start_of, text_place
from vl2agent.web2code.emit.paint import asset_path, paint
from vl2agent.web2code.emit.words import words
from vl2agent.web2code.ir import Block, Page, Text, TextLine
from vl2agent.web2code.perceive.fonts import ink


def absolute(page: Page) -> Document:
    """Lay a page out without flow; what was painted later stands later."""
    style = {"position": "relative", "min-height": px(page.height), **paint(page.root.style)}
    signs = dict(_signs(page.root))
    children = tuple(part for block in page.root.walk() for part in _parts(block, page, signs.get(block.id, {})))
    body = Element("body", style=style, children=children, block=page.root.id)
    return Document(body, page.title, page.language, page.direction)


def _signs(block: Block) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the first text of every item of a list, with the style that draws its sign before it."""
    items = [child for child in block.children if child.role == "item"]
    for number, item in enumerate(items, 1):
        first = next((each for each in item.walk() if each.text), None)
        if item.marker and first:
            counted = {"counter-set": f"list-item {number}"} if item.marker == "decimal" else {}
            yield first.id, {"display": "list-item", "list-style": item.marker, **counted}
    for child in block.children:
        yield from _signs(child)


def _parts(block: Block, page: Page, sign: dict[str, str]) -> Iterator[Element]:
    """Yield what shows a block: its box or picture, its words, the first of them with a sign before it."""
    if block.id != page.root.id and (element := _box(block, page)):
        yield element
    if block.text:
        text = page.text_by_id[block.text]
        for number, line in enumerate(_lines(block, text)):
            yield replace(line, style={**line.style, **sign}) if number == 0 else line


def _box(block: Block, page: Page) -> Element | None:
    painted = paint(block.style)
    if not painted and not block.asset:
        return None
    style = _place(block) | painted
    if block.asset:
        asset = page.asset_by_id[block.asset]
        return Element("img", {"src": asset_path(asset.id), "alt": asset.alt}, style, block=block.id, name="picture")
    return Element("div", style=style, block=block.id, name=block.role.replace("_", "-"))


def _place(block: Block) -> dict[str, str]:
    box, trim = block.box, block.trim
    return {
        "position": "absolute",
        "left": px(box.left + trim.x),
        "top": px(box.top + trim.y),
        "width": px(box.width + trim.width),
        "height": px(box.height + trim.height),
    }


def _lines(block: Block, text: Text) -> Iterator[Element]:
    """Set lines together where they keep one distance and one edge, else each by itself."""
    if len(text.lines) > 1 and (even := _even(block, text)):
        yield even
    else:
        yield from (_line(block, text, line) for line in text.lines if text.string[line.first : line.last].strip())


def _even(block: Block, text: Text) -> Element | None:
    """Set all lines of a text at once; None if their ink would not stand where it was."""
    first, last = text.lines[0], text.lines[-1]
    height = text.line_height or (last.baseline - first.baseline) / (len(text.lines) - 1)
    place = text_place(text.model_copy(update={"line_height": height}), block)
    for number, line in enumerate(text.lines):
        starts = text.align == "left" and abs(start_of(text, line) - start(text)) > 1.25
        if starts or abs(first.baseline + number * height - line.baseline) > 1.25:
            return None
    font = text.font.model_copy(update={"letter_spacing": spacing(text, block)})
    style = {
        "position": "absolute",
        "left": px(place.left),
        "top": px(place.top),
        "width": px(place.width + 1),
        "line-height": px(height),
        "white-space": "pre",
        **({"text-align": text.align} if text.align != "left" else {}),
        **lettering(font),
    }
    spoken = words(text, breaks="" if text.preformatted else "\n")
    return Element("p", style=style, children=spoken, block=block.id, name="lines")


def _line(block: Block, text: Text, line: TextLine) -> Element:
    """Set one line, its letters spaced so that its ink is as wide as it was."""
    string = text.string[line.first : line.last].lstrip()
    drawn = ink(text.font, string)
    missing = (line.box.width + block.trim.width - (drawn.right - drawn.left)) / max(1, len(string) - 1)
    font = text.font.model_copy(update={"letter_spacing": round(text.font.letter_spacing + missing, 2)})
    height = round(font.size * 1.25)
    style = {
        "position": "absolute",
        "left": px(line.box.left - drawn.left + block.trim.x),
        "top": px(round(line.baseline) - baseline_in(height, font) + block.trim.y),
        "line-height": px(height),
        "white-space": "pre",
        **lettering(font),
    }
    spoken = words(text, first=line.last - len(string), last=line.last)
    return Element("p", style=style, children=spoken, block=block.id, name="line")
