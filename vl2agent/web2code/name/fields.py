"""Fields: framed boxes that hold nothing, a value or a hint; what kind they are follows from the words at them."""

from __future__ import annotations

import re
from typing import Literal

from vl2agent.web2code.ir import Block, FieldState, Page, Role, Text
from vl2agent.web2code.name.colors import chroma, distance, luminance
from vl2agent.web2code.name.surroundings import BOXES, Surroundings, changed, framed, painted

LINE_PX, AREA_PX = (18, 72), (48, 400)
"""How high a field of one line and one of several may be."""
LEAST_WIDTH_PX = 40
MOST_LETTERS = 60
PALE, DARK = 150.0, 90.0
"""Fields are light boxes, brighter than the one, but on a ground darker than the other."""
GREY = 24
"""The chroma up to which a fill is called grey."""
BAR_PX = (3, 32)
"""How high a progress bar may be."""
COLORED = 40
"""The chroma from which it is called a color."""
MARK_PX = (9, 28)
"""How large the box of a check box or a radio button may be."""

Kind = Literal["text", "email", "password", "search", "number", "date", "url", "tel"]
KINDS: tuple[tuple[Kind, str], ...] = (
    ("password", r"pass(word|code|phrase)\b|\bpin\b|passwort|mot de passe|contraseña"),
    ("email", r"e-?mail|[\w.]+@[\w-]+\.\w+"),
    ("search", r"search|\bfind\b|\bsuche|recherche|buscar"),
    ("tel", r"phone|\btel\b|mobile|telefon|téléphone"),
    ("url", r"\burl\b|website|https?://"),
)  # a date or a number would show their text otherwise than it was read
HINT = re.compile(
    r"(\.\.\.|…)$|^(search|enter|type|your|select|choose|first name|last name|full name|user ?name|e-?mail( address)?$"
    r"|(confirm |repeat )?password)",
    re.IGNORECASE,
)
"""Words that say what to put into a field, and are no value."""


def name_fields(page: Page) -> Page:
    """Name inputs, text areas, selects, check boxes, radio buttons and switches."""
    seen = Surroundings(page)

    def name(block: Block) -> Block:
        if block.role not in BOXES:
            return block
        if filled := _filled_part(block, seen):
            state = (block.field or FieldState()).model_copy(update={"value": filled})
            return block.model_copy(update={"role": "progress", "field": state})
        if mark := _mark(block, seen):
            return block.model_copy(update={"role": mark, "field": FieldState(checked=_ticked(block))})
        role = _field(block, seen)
        return block.model_copy(update={"role": role, "field": state_of(block, seen)}) if role else block

    return changed(page, name)


def _filled_part(block: Block, seen: Surroundings) -> float:
    """Return how much of a bar is painted over from the left; 0 where it is no progress bar."""
    if len(block.children) != 1 or not BAR_PX[0] <= block.box.height <= BAR_PX[1] or not seen.filled(block):
        return 0.0
    (bar,), box = block.children, block.box
    flush = bar.box.left - box.left <= 1 and abs(bar.box.top - box.top) <= 1 and abs(bar.box.bottom - box.bottom) <= 1
    empty = not (bar.children or bar.text or bar.asset)
    long = box.width >= 4 * box.height
    return min(1.0, bar.box.width / box.width) if flush and empty and long and seen.filled(bar) else 0.0


def kind_of(words: str) -> Kind:
    """Say what a field is for, by the words at it."""
    return next((kind for kind, pattern in KINDS if re.search(pattern, words, re.IGNORECASE)), "text")


def _mark(block: Block, seen: Surroundings) -> Role | None:
    """A small square is a check box, a small circle a radio button, where a label stands beside it."""
    width, height = block.box.width, block.box.height
    if not (framed(block) or seen.filled(block)) or seen.texts(block) or not MARK_PX[0] <= height <= MARK_PX[1]:
        return None
    if not _labelled(block, seen):
        return None
    if 1.5 * height <= width <= 2.5 * height and min(block.style.radius) >= 0.4 * height:
        return "switch"
    if not 0.85 <= width / height <= 1.15 or not framed(block):
        return None
    return "radio" if min(block.style.radius) >= 0.4 * height else "checkbox"


def _ticked(block: Block) -> bool:
    """Tell whether a mark is set: there is a sign in it, or it is painted in a color."""
    return any(each.asset for each in block.walk()) or chroma(painted(block) or "#ffffff") > COLORED


def _labelled(block: Block, seen: Surroundings) -> bool:
    """Tell whether a text stands right beside a mark, on its line."""
    return any(
        0 <= other.box.left - block.box.right <= 1.5 * block.box.height
        and other.box.top < block.box.bottom
        and other.box.bottom > block.box.top
        and seen.texts(other)
        for other in seen.siblings(block)
    )


def _field(block: Block, seen: Surroundings) -> Role | None:
    box, texts = block.box, seen.texts(block)
    if box.width < LEAST_WIDTH_PX or len(texts) > 2 or not _looks_like_a_field(block, seen):
        return None
    if not all(_written(text, seen) for text in texts) or any(_stacked(block, other) for other in seen.siblings(block)):
        return None
    if LINE_PX[0] <= box.height <= LINE_PX[1]:
        return _line(block, seen, texts)
    return "textarea" if AREA_PX[0] <= box.height <= AREA_PX[1] and _area(block, texts) else None


def _looks_like_a_field(block: Block, seen: Surroundings) -> bool:
    """A field is a light box: framed; or holding something, painted in a grey of its own and rounded, nowhere flush."""
    color = painted(block) or seen.ground(block)
    parent = seen.parents.get(block.id)
    light = luminance(color) >= PALE or luminance(seen.ground(block)) < DARK
    if not light or parent is None or (block.style.shadows and not framed(block)):
        return False
    line = bool(seen.texts(block)) or (block.box.height <= 48 and block.box.width >= 3 * block.box.height)
    grey = seen.filled(block) and chroma(color) < GREY and line
    return framed(block) or (grey and max(block.style.radius) > 0 and block.box.width < parent.box.width)


def _stacked(block: Block, other: Block) -> bool:
    """Tell whether a box of the same width touches this one from above or from below: cells do, fields stand apart."""
    same = abs(block.box.left - other.box.left) <= 2 and abs(block.box.right - other.box.right) <= 2
    return same and (abs(block.box.top - other.box.bottom) <= 2 or abs(block.box.bottom - other.box.top) <= 2)


def _written(text: Text, seen: Surroundings) -> bool:
    """A value is one line in plain letters."""
    return (
        len(text.lines) == 1
        and len(text.string) <= MOST_LETTERS
        and text.font.weight < 600
        and not text.font.underline
        and text.font.size <= 1.35 * max(seen.body_size, 14)
    )


def _line(block: Block, seen: Surroundings, texts: list[Text]) -> Role | None:
    """Tell an input from a select, which has a sign at its right end, and from a button, whose text is in the middle."""
    pictures = [each for each in block.walk() if each.asset]
    if not texts:
        return "input" if block.box.width >= 2.2 * block.box.height and not pictures else None
    left = min(text.lines[0].box.left for text in texts) - block.box.left
    right = block.box.right - max(text.lines[0].box.right for text in texts)
    signs = [each for each in pictures if each.box.left > texts[-1].lines[0].box.right]
    if signs and block.box.right - signs[-1].box.right <= block.box.height:
        return "select"
    centered = abs(left - right) <= max(6, 0.2 * (left + right))
    return "input" if not centered and right > left and block.box.width >= 2 * block.box.height else None


def _area(block: Block, texts: list[Text]) -> bool:
    """A text area has room for more lines below the first, or holds nothing at all."""
    if not texts:
        return block.box.width >= 1.5 * block.box.height and not block.children
    first = texts[0].lines[0].box
    return len(texts) == 1 and first.top - block.box.top < 0.8 * (block.box.bottom - first.bottom)


def state_of(block: Block, seen: Surroundings) -> FieldState:
    """Read a field's kind from what stands in it, and whether that is a hint: paler than what the page is written in."""
    texts = seen.texts(block)
    words = " ".join(text.string for text in texts)
    ground = painted(block) or seen.ground(block)
    pale = any(distance(text.font.color, ground) < 0.72 * distance(seen.body.color, ground) for text in texts)
    hint = pale or bool(HINT.search(words))
    known = block.field or FieldState()
    return known.model_copy(update={"kind": kind_of(words), "placeholder": hint})
