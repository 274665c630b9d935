"""What a model sees to be different between a block as it should look and as it is drawn, as small changes of its style.

for change in repairs(page, "b7", reference, rendered, model):
    candidate = made(page, change)      # of change.making; None where it cannot be; kept only if the score rises
"""

from __future__ import annotations

from PIL import Image

from vl2agent.calls import Model, Shot
from vl2agent.completion import Decoding, Reply
from vl2agent.errors import ParseError
from vl2agent.geometry import ImageBox
from vl2agent.web2code import prompts
from vl2agent.web2code.change import lines
from vl2agent.web2code.change.lines import Set
from vl2agent.web2code.change.properties import LOOKS
from vl2agent.web2code.crops import shots
from vl2agent.web2code.ir import Page
from vl2agent.web2code.name.parts import Part, listing
from vl2agent.web2code.name.surroundings import Surroundings

MOST_LISTED = 16
"""Blocks that a question is about."""


def repairs(
    page: Page,
    block: str,
    reference: Image.Image,
    rendered: Image.Image,
    model: Model,
    *,
    drawn: ImageBox | None = None,
) -> tuple[Set, ...]:
    """Ask what to change for a block to look as it should; nothing where the question does not fit the model's window.

    Args:
        page: the page that was drawn.
        block: which block of it.
        reference: the picture of the whole page as it should be.
        rendered: the picture of the whole page as it is.
        model: what is asked.
        drawn: where the block is in `rendered`, if elsewhere than in `reference`.

    Raises:
        BackendError: the model did not answer.
        Interrupted: a person stopped it.
    """
    whole = page.block_by_id[block]
    asked = tuple(each for each in whole.walk() if each.text or not each.children)[:MOST_LISTED]
    asked = asked if whole in asked else (whole, *asked)
    reply = _reply(Part(whole, asked), page, (reference, rendered), (whole.box, drawn or whole.box), model)
    ids = {each.id for each in asked}
    changes = lines.read(reply).changes
    return tuple(change for change in changes if isinstance(change, Set) and change.id in ids and _visible(change))


def _visible(change: Set) -> bool:
    return change.property in LOOKS


def _reply(
    part: Part, page: Page, images: tuple[Image.Image, Image.Image], boxes: tuple[ImageBox, ImageBox], model: Model
) -> Reply | str:
    grammar = lines.grammar([each.id for each in part.asked], LOOKS, looks=True)
    sections = prompts.differences(listing(part, Surroundings(page)), LOOKS)
    pairs = zip(*(_shots(image, box) for image, box in zip(images, boxes, strict=True)), strict=True)
    for pair in pairs:
        if model.count(sections, pair) + lines.RESERVE <= model.window:
            try:
                return model.call("refine", sections, pair, grammar, decoding=Decoding(max_tokens=lines.RESERVE))
            except ParseError as error:  # of a backend that has no grammars
                return error.reply
    return ""


def _shots(image: Image.Image, box: ImageBox) -> list[Shot]:
    """Cut out what of a box is on a picture; where that is nothing, all of the picture is shown."""
    whole = ImageBox(0, 0, *image.size)
    return list(shots(image, box.intersection(whole) or whole))
