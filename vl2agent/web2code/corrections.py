"""What to change about blocks, from where a browser put them and what it drew: measured, not guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vl2agent.web2code.drawn import Drawn, Rgb, text_ink
from vl2agent.web2code.ir import Block, BlockId, Page, Text, Trim, is_painted, rebuild
from vl2agent.web2code.judge import Judgement

Kind: TypeAlias = Literal["place", "size", "color"]

SLACK_PX = 0.75
"""What is off by less is left alone: ink has no half pixels."""
LOOSE_PX = 1.5
LOOSE = 0.02
"""Texts that are as wide as they were but for this are spaced well enough."""
FAINT = 8
"""Levels by which a color may differ: the edges of letters blend it."""


@dataclass(frozen=True)
class Change:
    """A block, and its text where it has one, as they might be better.

    Args:
        kind: what is changed about it.
        what: the same in words.
    """

    kind: Kind
    what: str
    block: Block
    text: Text | None = None


def applied(page: Page, changes: Iterable[Change]) -> Page:
    """Return a page with blocks and texts exchanged; the tree stays as it is."""
    by_id = {change.block.id: change for change in changes}
    texts = {change.text.id: change.text for change in by_id.values() if change.text}

    def changed(block: Block) -> Block:
        if block.id not in by_id:
            return block
        return by_id[block.id].block.model_copy(update={"children": block.children})

    return page.model_copy(
        update={
            "root": rebuild(page.root, changed),
            "texts": tuple(texts.get(text.id, text) for text in page.texts),
        }
    )


def corrections(
    page: Page, judgement: Judgement, *, refused: AbstractSet[tuple[BlockId, str]] = frozenset(), sizes: bool = True
) -> dict[BlockId, Change]:
    """Say for each block that came out elsewhere, or otherwise, what would put it right: one thing at a time.

    Args:
        refused: what was tried before and did no good.
        sizes: whether to change sizes too. They push other blocks about, so places come first.
    """
    found: dict[BlockId, Change] = {}
    for block in page.root.walk():
        drawn = judgement.drawn.get(block.id)
        if drawn is None or block.role == "page":
            continue
        for change in _changes(page, block, drawn, judgement):
            if (block.id, change.kind) not in refused and (sizes or change.kind != "size"):
                found[block.id] = change
                break
    return found


def _changes(page: Page, block: Block, drawn: Drawn, judgement: Judgement) -> Iterator[Change]:
    """Yield what may be wrong with a block, the most harmful first."""
    off = _of_box(block, drawn) if is_painted(block) or block.asset else _of_text(page, block, drawn)
    if off is not None:
        yield from _trimmed(block, "place", x=off.x, y=off.y)
        yield from _trimmed(block, "size", width=off.width, height=off.height)
    if block.text and block.id in judgement.inks:
        yield from _colored(page.text_by_id[block.text], block, *judgement.inks[block.id])


def _of_box(block: Block, drawn: Drawn) -> Trim | None:
    """Say what the edges of a box are off."""
    if drawn.box is None:
        return None
    left, top, right, bottom = drawn.box
    box = block.box
    return Trim(
        x=box.left - left, y=box.top - top, width=box.width - (right - left), height=box.height - (bottom - top)
    )


def _of_text(page: Page, block: Block, drawn: Drawn) -> Trim | None:
    """Say what the ink of a text is off.

    What was read may hold more or less than its letters: an icon before them, a line below. So a text is moved by what
    both of its edges ask for.
    """
    if block.text is None or drawn.ink is None:
        return None
    text, wanted, got = page.text_by_id[block.text], text_ink(page, block), drawn.ink
    if len(drawn.lines) != len(text.lines):
        return None
    x = _agreed(wanted.left - got.left, wanted.right - got.right)
    y = _agreed(wanted.top - got.top, wanted.bottom - got.bottom)
    width = float(wanted.width - got.width)
    return Trim(x=x, y=y, width=0.0 if abs(width) <= max(LOOSE_PX, LOOSE * wanted.width) else width)


def _agreed(first: float, second: float) -> float:
    """Return the smaller of two moves in one direction, 0 if they go opposite ways."""
    return 0.0 if first * second <= 0 else min(first, second, key=abs)


def _trimmed(block: Block, kind: Kind, **off: float) -> Iterator[Change]:
    """Add what is off to the trim of a block."""
    wrong = {name: each for name, each in off.items() if abs(each) > SLACK_PX}
    if wrong:
        trim = block.trim.model_copy(update={name: getattr(block.trim, name) + each for name, each in wrong.items()})
        said = ", ".join(f"{name} {each:+.3g}" for name, each in wrong.items())
        yield Change(kind, said, block.model_copy(update={"trim": trim}))


def _colored(text: Text, block: Block, wanted: Rgb, got: Rgb) -> Iterator[Change]:
    """Shift the color of a text by what its ink is off."""
    off = [a - b for a, b in zip(wanted, got, strict=True)]
    if max(map(abs, off)) <= FAINT:
        return
    was = [int(text.font.color[i : i + 2], 16) for i in (1, 3, 5)]
    now = "#" + "".join(f"{min(max(a + b, 0), 255):02x}" for a, b in zip(was, off, strict=True))
    font = text.font.model_copy(update={"color": now})
    yield Change("color", f"{text.font.color} to {now}", block, text.model_copy(update={"font": font}))
