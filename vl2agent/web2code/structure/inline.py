"""What is drawn behind or under some words belongs to the words: the ground of inline code, the lines under links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vl2agent.geometry import ImageBox
from vl2agent.web2code.ir import Block, Font, Page, Run, Text
from vl2agent.web2code.perceive.fonts import advance
from vl2agent.web2code.structure.merging import fused

MAX_GROUND_EM = 1.75
"""How high the ground of inline code may be."""
MAX_GROUND = 0.95
"""The share of a line that it covers at most; a box around a whole line is a box."""
OUT_PX = 10
MAX_LINE_PX = 3
UNDER_EM = (-0.02, 0.34)
"""Where a line under words begins, below their baseline."""
MIN_LINE_EM = 0.4
MAX_GAP = 3
"""Letters for which an underline stops at most, so as not to cross what hangs below the line."""


@dataclass(frozen=True)
class Mark:
    """What is drawn at some words of a line."""

    block: Block
    text: Text
    change: Callable[[Font], Font]


def with_marks(page: Page) -> Page:
    """Let the runs of texts say what was drawn at them, and take those boxes off the page."""
    page = page.model_copy(update={"texts": tuple(map(_closed, page.texts))})
    texts = [text for text in page.texts if len(text.lines) == 1]
    marks = [mark for block in page.root.children if (mark := _mark(block, texts))]
    if not marks:
        return page
    changed: dict[str, Text] = {}
    for mark in marks:
        text = changed.get(mark.text.id, mark.text)
        changed[text.id] = _changed(text, mark.block.box, mark.change)
    gone = {mark.block.id for mark in marks}
    children = tuple(block for block in page.root.children if block.id not in gone)
    assets = {mark.block.asset for mark in marks}
    return page.model_copy(
        update={
            "root": page.root.model_copy(update={"children": children}),
            "texts": tuple(changed.get(text.id, text) for text in page.texts),
            "assets": tuple(asset for asset in page.assets if asset.id not in assets),
        }
    )


def _closed(text: Text) -> Text:
    """Close the gaps that underlines have at letters that reach below them."""
    runs = list(text.runs)
    for place, run in enumerate(runs):
        font = run.font or text.font
        if font.underline or len(run.text) > MAX_GAP or not run.text.replace(" ", "").isalnum():
            continue
        for beside in (place - 1, place + 1):
            if 0 <= beside < len(runs) and _underlined(font) == (runs[beside].font or text.font):
                runs[place] = runs[beside].model_copy(update={"text": run.text})
                break
    return text if tuple(runs) == text.runs else text.model_copy(update={"runs": tuple(fused(runs))})


def _mark(block: Block, texts: Sequence[Text]) -> Mark | None:
    """Return the line that a block belongs to, and what it does to the words there."""
    if block.text or block.children:
        return None
    if block.box.height <= MAX_LINE_PX:
        text = next((text for text in texts if _is_under(block.box, text)), None)
        return Mark(block, text, _underlined) if text else None
    color = block.style.background
    if block.asset or not isinstance(color, str):
        return None
    text = next((text for text in texts if _is_behind(block.box, text)), None)
    changes = {"background": color, "radius": max(block.style.radius)}
    return Mark(block, text, lambda font: font.model_copy(update=changes)) if text else None


def _underlined(font: Font) -> Font:
    return font.model_copy(update={"underline": True})


def _is_under(line: ImageBox, text: Text) -> bool:
    em, box = text.font.size, text.lines[0].box
    below = (line.top - text.lines[0].baseline) / em
    return (
        UNDER_EM[0] <= below <= UNDER_EM[1]
        and line.width >= MIN_LINE_EM * em
        and box.left - 3 <= line.left
        and line.right <= box.right + 3
    )


def _is_behind(ground: ImageBox, text: Text) -> bool:
    em, line = text.font.size, text.lines[0]
    return (
        ground.height <= MAX_GROUND_EM * em
        and ground.top <= line.baseline - 0.6 * em
        and ground.bottom >= line.baseline
        and line.box.left - OUT_PX <= ground.left
        and ground.right <= line.box.right + OUT_PX
        and min(ground.right, line.box.right) - max(ground.left, line.box.left) < MAX_GROUND * line.box.width
    )


def _changed(text: Text, area: ImageBox, change: Callable[[Font], Font]) -> Text:
    """Change the font of the characters that stand in an area."""
    first, last = _whole_words(text.string, *_characters(text, area))
    runs: list[Run] = []
    start = 0
    for run in text.runs:
        end = start + len(run.text)
        cuts = sorted({start, end, *(cut for cut in (first, last) if start < cut < end)})
        for a, b in pairwise(cuts):
            part = run.model_copy(update={"text": run.text[a - start : b - start]})
            inside = first <= a and b <= last
            runs.append(part.model_copy(update={"font": change(run.font or text.font)}) if inside else part)
        start = end
    return text.model_copy(update={"runs": tuple(runs)})


def _characters(text: Text, area: ImageBox) -> tuple[int, int]:
    """Return which characters have their middle in an area, as a range; their places follow from their fonts."""
    edges = [0.0]
    for run in text.runs:
        edges += [edges[-1] + advance(run.font or text.font, run.text[:n]) for n in range(1, len(run.text) + 1)]
    box = text.lines[0].box
    scale = box.width / max(edges[-1], 1.0)
    middles = [box.left + scale * (a + b) / 2 for a, b in pairwise(edges)]
    inside = [place for place, middle in enumerate(middles) if area.left <= middle <= area.right]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


def _whole_words(string: str, first: int, last: int) -> tuple[int, int]:
    """Move the ends of a range to the ends of words that are a character away; blanks at the ends stay out."""
    while first < last and string[first] == " ":
        first += 1
    while last > first and string[last - 1] == " ":
        last -= 1
    if first == last:
        return first, last
    if first == 1 or (first > 1 and string[first - 2] == " "):
        first -= 1
    if last == len(string) - 1 or (last < len(string) - 1 and string[last + 1] == " " and string[last].isalnum()):
        last += 1
    return first, last
