"""The flat page becomes a tree that flow layout can be made of: boxes in boxes, paragraphs, rows, columns, tables."""

from __future__ import annotations

from vl2agent.web2code.ir import Block, Layout, Page, is_painted
from vl2agent.web2code.structure.arranging import alignment, arranged
from vl2agent.web2code.structure.doubles import without_doubles
from vl2agent.web2code.structure.draft import Draft
from vl2agent.web2code.structure.gauges import with_gauges
from vl2agent.web2code.structure.gridlines import with_lines
from vl2agent.web2code.structure.inline import with_marks
from vl2agent.web2code.structure.lists import in_lists
from vl2agent.web2code.structure.markers import with_items, without_signs
from vl2agent.web2code.structure.nesting import nested
from vl2agent.web2code.structure.paragraphs import with_paragraphs
from vl2agent.web2code.structure.preformatted import with_bare_code, with_framed_code
from vl2agent.web2code.structure.templates import with_templates


def structure(page: Page) -> Page:
    """Return a flat page with its blocks in a tree.

    No text and no picture is lost: lines are merged into the first one's text, signs before items become markers,
    and words that were read twice at one place are said once.
    """
    page = with_marks(without_doubles(page))
    draft = Draft(page)
    root = with_templates(_built(draft, nested(page.root)))
    texts = [draft.texts[block.text] for block in root.walk() if block.text]
    assert {text.id for text in texts} == draft.texts.keys(), "every text is in the tree"
    assert draft.texts.keys() | draft.gone == page.text_by_id.keys(), "or in another text, or said by a marker"
    used = {part for block in root.walk() for part in (block.asset, block.style.picture)}
    assets = tuple(asset for asset in page.assets if asset.id in used)
    return page.model_copy(update={"root": root, "texts": tuple(texts), "assets": assets})


def _built(draft: Draft, block: Block) -> Block:
    """Arrange what stands in a block, and in all boxes in it."""
    if not block.children:
        return block
    children = with_gauges([_built(draft, child) for child in block.children])
    if is_painted(block) and block.role != "page":
        children = with_framed_code(draft, children)
    children, markers = without_signs(draft, children)
    children = with_bare_code(draft, children, marked=markers.keys())
    children = with_items(draft, with_paragraphs(draft, children, starts=markers.keys()), markers)
    flow, children = arranged(draft, children)
    children = in_lists(draft, children)
    layout = Layout(flow=flow, align=alignment(flow, children))
    return with_lines(_plain(block.model_copy(update={"children": tuple(children), "layout": layout})))


def _plain(block: Block) -> Block:
    """Let a box whose only content is a text carry the text itself."""
    if block.role == "page" or len(block.children) != 1:
        return block
    child = block.children[0]
    if child.text is None or child.children or block.text or block.asset or is_painted(child):
        return block
    return block.model_copy(update={"children": (), "text": child.text, "role": child.role, "layout": Layout()})
