"""A page changed as a person says: a model turns the words into changes from a short list, and only these are made.

    page = edit(page, "make the header sticky", model=model, image=image, block="b3")

Words get onto the page only where the instruction has them in quotes. What a model answers beyond that is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from vl2agent.calls import Model
from vl2agent.completion import Decoding, Reply
from vl2agent.errors import EditRefused, InputError, ParseError, WindowTooSmall
from vl2agent.web2code import prompts
from vl2agent.web2code.change import lines
from vl2agent.web2code.change.lines import Change, Rewrite
from vl2agent.web2code.change.making import made
from vl2agent.web2code.change.properties import PROPERTIES
from vl2agent.web2code.crops import shots
from vl2agent.web2code.ir import Block, Page
from vl2agent.web2code.name.parts import Part, listing
from vl2agent.web2code.name.surroundings import Surroundings

LONGEST = 500
"""Characters of an instruction."""
MOST_LISTED = 36
"""Blocks that a model is told of; the outer ones first."""
_QUOTED = re.compile(r"\"([^\"\n]{1,200})\"|“([^”\n]{1,200})”|(?<!\w)'([^'\n]{1,200})'(?!\w)")


@dataclass(frozen=True, slots=True)
class Edit:
    """A page after an instruction: what was changed, and what of the reply was refused, in words."""

    page: Page
    changes: tuple[Change, ...]
    refused: tuple[str, ...]


def edit(page: Page, instruction: str, *, model: Model, image: Image.Image, block: str | None = None) -> Page:
    """Change a page as an instruction says; see `edited`."""
    return edited(page, instruction, model=model, image=image, block=block).page


def edited(page: Page, instruction: str, *, model: Model, image: Image.Image, block: str | None = None) -> Edit:
    """Change a page as an instruction says, and tell what was changed.

    Args:
        page: nothing of it is changed.
        instruction: at most 500 characters; words that a text is to become are in quotes.
        model: what understands it.
        image: the picture of the whole page.
        block: only this block, and what is in it, may be changed.

    Raises:
        InputError: there is no instruction, or no such block, or the instruction is too long.
        EditRefused: nothing in the reply is a change that can be made.
        BackendError: the model did not answer.
    """
    _check(page, instruction, block)
    whole = page.block_by_id[block] if block else page.root
    listed = tuple(_outer_first(whole))[:MOST_LISTED]
    quotes = tuple(dict.fromkeys(next(filter(None, found)).strip() for found in _QUOTED.findall(instruction)))
    reply = _reply(Part(whole, listed), instruction, Surroundings(page), image, model, quotes)
    answer, ids = lines.read(reply), {each.id for each in whole.walk()}
    done, refused = list[Change](), list(answer.refused)
    for change in answer.changes:
        after = made(page, change) if change.id in ids and _said(change, quotes) else None
        if after is None:
            refused.append(f"'{change}' cannot be done")
        else:
            page, done = after, [*done, change]
    if not done:
        raise EditRefused(instruction, reply if isinstance(reply, str) else reply.text, refused)
    return Edit(page, tuple(done), tuple(refused))


def _check(page: Page, instruction: str, block: str | None) -> None:
    if not instruction.strip() or len(instruction) > LONGEST:
        raise InputError(f"expected an instruction of 1 to {LONGEST} characters, got {len(instruction)}")
    if block is not None and block not in page.block_by_id:
        raise InputError(f"expected the id of a block, such as {page.root.id!r}, got {block!r}; see ir.json")


def _outer_first(block: Block) -> list[Block]:
    """List a block and all in it, level by level."""
    found, level = list[Block](), [block]
    while level:
        found += level
        level = [child for each in level for child in each.children]
    return found


def _said(change: Change, quotes: Sequence[str]) -> bool:
    """Tell whether words that are to be written stand in the instruction."""
    return not isinstance(change, Rewrite) or change.words in quotes


def _reply(
    part: Part, instruction: str, seen: Surroundings, image: Image.Image, model: Model, quotes: Sequence[str]
) -> Reply | str:
    grammar = lines.grammar([block.id for block in part.asked], tuple(PROPERTIES), quotes)
    sections = prompts.edit(instruction, listing(part, seen), tuple(PROPERTIES))
    needed = 0
    for shot in shots(image, part.block.box):
        needed = model.count(sections, [shot]) + lines.RESERVE
        if needed <= model.window:
            try:
                return model.call("edit", sections, [shot], grammar, decoding=Decoding(max_tokens=lines.RESERVE))
            except ParseError as error:  # of a backend that has no grammars
                return error.reply
    raise WindowTooSmall(model.backend.model, model.window, needed, "name a smaller block")
