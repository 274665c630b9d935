"""What each block is, by a model: part by part it sees a crop and the list of blocks, and says their names.

    for naming in namings(page, image, model):
        page = naming.applied(page)

Words are safe: an answer changes roles, levels, field kinds, labels that are words of the page, and what pictures show;
the texts themselves are the same before and after. What it does not say stays as the rules have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from vl2agent.calls import Model, Section, Shot
from vl2agent.completion import Decoding, Reply
from vl2agent.errors import ParseError
from vl2agent.web2code import prompts
from vl2agent.web2code.crops import shots
from vl2agent.web2code.ir import Block, FieldState, Page
from vl2agent.web2code.name import grammar
from vl2agent.web2code.name.fields import state_of
from vl2agent.web2code.name.grammar import Answer, Name
from vl2agent.web2code.name.grouping import grouped
from vl2agent.web2code.name.lists import free_ids, listed
from vl2agent.web2code.name.parts import Part, listing, parts
from vl2agent.web2code.name.possible import FIELDS, MARKS, possible
from vl2agent.web2code.name.surroundings import Surroundings, changed

MOST_ALT = 80
"""Characters that say what a picture shows."""
_NOT_PLAIN = re.compile(r"[^\w .,;:'()&%+/!?-]|https?:|javascript:|data:|//", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Naming:
    """What a model said of one part of a page.

    Args:
        part: the block that was shown.
        answer: what was read of its reply.
        notes: what was wrong with it, for the report.
    """

    part: Block
    answer: Answer
    notes: tuple[str, ...] = ()

    def applied(self, page: Page) -> Page:
        """Name the blocks as far as the names are possible; the same texts are in it as before."""
        named = _named(page, self.answer)
        for together in self.answer.groups:
            named = grouped(named, together)
        assert [text.string for text in named.texts] == [text.string for text in page.texts]
        return Page.model_validate(named.model_dump()) if named != page else page


def namings(page: Page, image: Image.Image, model: Model) -> Iterator[Naming]:
    """Ask about one part of a page after the other.

    Args:
        page: as the rules have named it.
        image: the picture of the whole page.
        model: what is asked; a part that does not fit its window is noted, and stays as it is.

    Raises:
        BackendError: the model did not answer.
        Interrupted: a person stopped it.
    """
    seen = Surroundings(page)
    for part in parts(page):
        yield asked(part, seen, image, model)


def asked(part: Part, seen: Surroundings, image: Image.Image, model: Model) -> Naming:
    """Ask about one part of a page; see `namings`."""
    wanted = {block.id: possible(block, seen) for block in part.asked}
    sections, decoding = prompts.name(listing(part, seen)), Decoding(max_tokens=grammar.reserve(wanted))
    shot = _fitting(image, part, model, sections, decoding.max_tokens)
    if shot is None:
        return Naming(part.block, Answer((), ()), (f"{part.block.id}: does not fit the window of the model",))
    try:
        reply: Reply | str = model.call("name", sections, [shot], grammar.grammar(wanted), decoding=decoding)
    except ParseError as error:  # of a backend that has no grammars
        reply = error.reply
    answer = grammar.read(reply, wanted)
    return Naming(part.block, answer, tuple(f"{part.block.id}: {note}" for note in answer.notes))


def _fitting(image: Image.Image, part: Part, model: Model, sections: Sequence[Section], reserve: int) -> Shot | None:
    """Take the largest picture that leaves room for the question and the reply."""
    for shot in shots(image, part.box):
        if model.count(sections, [shot]) + reserve <= model.window:
            return shot
    return None


def _named(page: Page, answer: Answer) -> Page:
    """Give the names, from the outside in, so that each is possible where the ones around it are given."""
    names = {name.id: name for name in answer.names}
    order = [block.id for block in page.root.walk() if block.id in names]
    for id_ in order:
        seen = Surroundings(page)
        block, name = page.block_by_id[id_], names[id_]
        if name.role in possible(block, seen):
            page = _with_name(page, block, name, seen)
    return page


def _with_name(page: Page, block: Block, name: Name, seen: Surroundings) -> Page:
    if name.role == "image" and block.asset and (alt := plain(name.words)):
        page = _described(page, block.asset, alt)
    update: dict[str, object] = {"role": name.role, "level": name.level if name.role == "heading" else None}
    if name.role in (*FIELDS, *MARKS):
        update["field"] = _state(block, name, seen)
    made = block.model_copy(update=update)
    if made == block:
        return page
    made = made.model_copy(update={"named_by": "model"})
    if name.role in ("list", "ordered_list"):
        made = listed(made.model_copy(update={"role": "group"}), free_ids(page), name.role)
    return changed(page, lambda each: made if each.id == block.id else each)


def _described(page: Page, asset: str, alt: str) -> Page:
    assets = tuple(each.model_copy(update={"alt": alt}) if each.id == asset else each for each in page.assets)
    return page.model_copy(update={"assets": assets})


def plain(words: str) -> str:
    """Return words that describe a picture, if they are plain ones; nothing of what is not."""
    words = " ".join(words.split())
    return "" if _NOT_PLAIN.search(words) else words[:MOST_ALT].strip()


def _state(block: Block, name: Name, seen: Surroundings) -> FieldState:
    """Take the kind that a model says, and a label only where the page has these words."""
    known = state_of(block, seen)
    kind = name.kind if name.role == "input" and name.kind else known.kind
    wanted = name.words.casefold().strip()
    label = next((text.string for text in seen.page.texts if text.string.casefold().strip() == wanted), known.label)
    return FieldState.model_validate(known.model_dump() | {"kind": kind, "label": label})
