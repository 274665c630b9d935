"""What a change does to the page: typed fields where the page has them, CSS from the allow-list where it has none."""

from __future__ import annotations

import re
from collections.abc import Callable

from vl2agent.web2code.change.lines import Change, Move, Remove, Rename, Rewrite, Set
from vl2agent.web2code.change.placing import moved, removed
from vl2agent.web2code.ir import Block, Edge, Font, Page, Run, Shadow, Style, Text
from vl2agent.web2code.name.possible import ONCE, possible
from vl2agent.web2code.name.surroundings import Surroundings, changed, painted

_FONT: dict[str, Callable[[str], dict[str, object]]] = {
    "color": lambda value: {"color": value},
    "font-size": lambda value: {"size": float(value.removesuffix("px"))},
    "font-weight": lambda value: {"weight": int(value)},
    "font-style": lambda value: {"italic": value == "italic"},
    "text-decoration": lambda value: {"underline": value == "underline", "strike": value == "line-through"},
    "letter-spacing": lambda value: {"letter_spacing": 0.0 if value == "normal" else float(value.removesuffix("px"))},
}
"""Properties of letters, and what they are in a font."""


def made(page: Page, change: Change) -> Page | None:
    """Return the page with a change made; None where it cannot be, or changes nothing."""
    block = page.block_by_id.get(change.id)
    if block is None or (block.role == "page" and not isinstance(change, Set)):
        return None
    found = _made(page, block, change)
    return Page.model_validate(found.model_dump()) if found is not None and found != page else None


def _made(page: Page, block: Block, change: Change) -> Page | None:
    if isinstance(change, Set):
        return _set(page, block, change)
    if isinstance(change, Rename):
        return _renamed(page, block, change)
    if isinstance(change, Move):
        return moved(page, change)
    return removed(page, block) if isinstance(change, Remove) else _rewritten(page, block, change)


def _set(page: Page, block: Block, change: Set) -> Page:
    if change.property in _FONT:
        return _lettered(page, block, _FONT[change.property](change.value))
    if change.property in ("text-align", "line-height"):
        return _laid(page, block, change)
    style = _painted(block.style, change)
    if change.property == "position" and change.value == "sticky":
        style = _sticking(block, style, Surroundings(page).ground(block))
    return _with(page, block, style=style)


def _painted(style: Style, change: Set) -> Style:
    """Paint a box; what the page has no field for becomes CSS."""
    name, value = change.property, change.value
    if name == "background-color":
        return style.model_copy(update={"background": value})
    if name == "border-radius":
        return style.model_copy(update={"radius": (float(value.removesuffix("px")),) * 4})
    if name == "border":
        return style.model_copy(update=dict.fromkeys(("top", "right", "bottom", "left"), _edge(value)))
    if name == "box-shadow":
        return style.model_copy(update={"shadows": _shadows(value)})
    return style.model_copy(update={"extra": {**style.extra, name: value}})


def _edge(value: str) -> Edge | None:
    if value == "none":
        return None
    width, style, color = value.split()
    return Edge.model_validate({"width": float(width.removesuffix("px")), "style": style, "color": color})


def _shadows(value: str) -> tuple[Shadow, ...]:
    if value == "none":
        return ()
    _, down, blur, color = value.split()
    return (Shadow(x=0, y=float(down.removesuffix("px")), blur=float(blur.removesuffix("px")), color=color),)


def _sticking(block: Block, style: Style, ground: str) -> Style:
    """What sticks covers what scrolls under it."""
    extra = {"top": "0", "z-index": "10", **style.extra}
    return style.model_copy(update={"extra": extra, "background": painted(block) or ground})


def _lettered(page: Page, block: Block, update: dict[str, object]) -> Page:
    """Change the letters of all texts in a block; links keep their color in other texts' changes."""

    def font(font: Font) -> Font:
        return font.model_copy(update=update)

    def written(text: Text) -> Text:
        runs = tuple(_run(run, font, keep="color" in update and run.kind == "link") for run in text.runs)
        return text.model_copy(update={"font": font(text.font), "runs": runs})

    return _with(_with_texts(page, block, written), block)


def _run(run: Run, font: Callable[[Font], Font], *, keep: bool) -> Run:
    return run if run.font is None or keep else run.model_copy(update={"font": font(run.font)})


def _laid(page: Page, block: Block, change: Set) -> Page:
    """Change how the lines of texts stand."""

    def laid(text: Text) -> Text:
        if change.property == "text-align":
            return text.model_copy(update={"align": change.value})
        number = float(change.value.removesuffix("px"))
        height = number if change.value.endswith("px") else number * text.font.size
        return text.model_copy(update={"line_height": height})

    return _with(_with_texts(page, block, laid), block)


def _with_texts(page: Page, block: Block, change: Callable[[Text], Text]) -> Page:
    inside = {each.text for each in block.walk() if each.text}
    texts = tuple(change(text) if text.id in inside else text for text in page.texts)
    return page.model_copy(update={"texts": texts})


def _with(page: Page, block: Block, **update: object) -> Page:
    update["named_by"] = "edit"
    return changed(page, lambda each: each.model_copy(update=update) if each.id == block.id else each)


def _renamed(page: Page, block: Block, change: Rename) -> Page | None:
    if change.role not in possible(block, Surroundings(page)) or change.role in ("list", "ordered_list"):
        return None
    if change.role in ONCE and any(each.role == change.role for each in page.root.walk()):
        return None
    level = (change.level or block.level or 2) if change.role == "heading" else None
    return (
        _with(page, block, role=change.role, level=level) if (change.role, level) != (block.role, block.level) else None
    )


def _rewritten(page: Page, block: Block, change: Rewrite) -> Page | None:
    """Give a text other words; how they break into lines is for the browser to find."""
    if block.text is None or not re.search(r"\S", change.words):
        return None

    def rewritten(text: Text) -> Text:
        line = text.lines[0].model_copy(update={"first": 0, "last": len(change.words)})
        return text.model_copy(update={"runs": (Run(text=change.words),), "lines": (line,)})

    return _with(_with_texts(page, block, rewritten), block)
