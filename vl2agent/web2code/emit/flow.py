"""Flow layout: the page as a person would write it, every margin worked out from where things stood."""

from __future__ import annotations

from dataclasses import replace

from vl2agent.web2code.emit.boxes import empty_box, inside, padding
from vl2agent.web2code.emit.element import Document, Element
from vl2agent.web2code.emit.fields import FIELDS, field, opened
from vl2agent.web2code.emit.fit import has_own_box
from vl2agent.web2code.emit.folding import folded
from vl2agent.web2code.emit.grids import grid
from vl2agent.web2code.emit.labels import labelled
from vl2agent.web2code.emit.legal import legal
from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.emit.lines import spaced
from vl2agent.web2code.emit.lists import listed
from vl2agent.web2code.emit.narrow import narrowed
from vl2agent.web2code.emit.overlay import overlay
from vl2agent.web2code.emit.paint import asset_path, paint
from vl2agent.web2code.emit.place import Place, Span, placed
from vl2agent.web2code.emit.rows import row
from vl2agent.web2code.emit.scene import Content, Piece, Scene
from vl2agent.web2code.emit.sit import sit
from vl2agent.web2code.emit.stack import stack
from vl2agent.web2code.emit.tables import is_table, table
from vl2agent.web2code.emit.tags import attributes_of, name_of, tag_of
from vl2agent.web2code.emit.texts import text_piece
from vl2agent.web2code.ir import Asset, Block, Page, is_painted


def flow(page: Page) -> Document:
    """Lay a page out in flow."""
    page = spaced(page)
    scene = Scene(page, build)
    body = build(scene, page.root, Span(0, page.width)).element
    style = {**body.style, "min-height": px(page.height)}
    body = replace(body, style=style, narrow={**body.narrow, "overflow-wrap": "break-word"})
    return Document(narrowed(labelled(legal(body))), page.title, page.language, page.direction)


def build(scene: Scene, block: Block, span: Span) -> Piece:
    """Build what shows a block, its margins sideways as they have to be within a span."""
    if holder := opened(scene, block):
        return _box(scene, holder, span)
    if block.role in FIELDS:
        return field(scene, block, span)
    if block.asset and not block.children and not block.text:
        return _picture(scene, block, span)
    if block.text and not block.children and not is_painted(block) and not has_own_box(block):
        return text_piece(scene, block, span)
    if is_table(block):
        return table(scene, block, span)
    if block.role in ("list", "ordered_list") and block.children:
        return listed(block, _box(scene, block, span))
    if block.children or block.text:
        return _box(scene, block, span)
    tag = "hr" if block.role == "rule" else "div" if tag_of(block) == "img" else tag_of(block)
    return Piece(empty_box(block, span, tag, name_of(block)), placed(block))


def _picture(scene: Scene, block: Block, span: Span) -> Piece:
    asset = scene.page.asset_by_id[block.asset or ""]
    place = placed(block)
    sits = {key: value for key, value in sit(place, span).items() if key != "max-width"}
    style = {"width": px(place.width), "height": px(place.height), **paint(block.style), **sits}
    if block.role == "icon" and not asset.alt:
        return Piece(_sign(asset, block, style), place)
    attributes = {"src": asset_path(asset.id), "alt": asset.alt}
    return Piece(Element("img", attributes, style, block=block.id, name=name_of(block)), place)


def _sign(asset: Asset, block: Block, style: dict[str, str]) -> Element:
    """Draw an icon that says nothing behind an empty element: it is decoration, not one of the page's pictures."""
    style = {"display": "block", "max-width": "100%", **style, **_behind(asset.id)}
    return Element("span", {"aria-hidden": "true"}, style, block=block.id, name=name_of(block))


def _behind(asset: str) -> dict[str, str]:
    return {"background-image": f'url("{asset_path(asset)}")', "background-size": "100% 100%"}


def _box(scene: Scene, block: Block, span: Span) -> Piece:
    """Build a box with something in it."""
    own = has_own_box(block)
    inner_place = inside(block) if own else None
    inner = Span(inner_place.left, inner_place.right) if inner_place else span
    if inner_place:
        scene = scene.in_box(inner_place.height)
    content = _content(scene, block, inner, inner_place)
    hangs_out = inner_place is not None and content.top < inner_place.top - 0.25
    if inner_place and hangs_out:
        content = _raised(content, inner_place.top - content.top)
    style = {
        **({"display": "flow-root"} if hangs_out and not _is_cell(block) else {}),
        **paint(block.style),
        **content.style,
    }
    narrow = dict(content.narrow)
    if own:
        place = placed(block)
        if _is_cell(block):  # no cell is lower than what it holds
            place = replace(place, bottom=max(place.bottom, content.bottom))
        style |= padding(block, content) | sit(place, span)
    else:
        place = Place(content.span.left, content.top, content.span.right, content.bottom)
        style |= sit(place, span)
    if block.asset:
        style |= _behind(block.asset)
    if len(block.children) <= 1 and (one := folded(block, content, style, narrow)):
        return Piece(one, place)
    tag = tag_of(block)
    element = Element(
        tag if tag not in ("p", "img") else "div",
        attributes_of(block),
        style,
        narrow,
        content.elements,
        block.id,
        name_of(block),
    )
    return Piece(element, place)


def _raised(content: Content, by: float) -> Content:
    """Let contents that begin above their box hang out of it."""
    count = len(content.elements) if content.style.get("display") == "flex" else 1
    first = tuple(
        replace(each, style={**each.style, "margin-top": px(float(each.style.get("margin-top", "0px")[:-2]) - by)})
        for each in content.elements[:count]
        if isinstance(each, Element)
    )
    return replace(content, elements=first + content.elements[count:], top=content.top + by)


def _content(scene: Scene, block: Block, inner: Span, corner: Place | None) -> Content:
    blocks = _holds(block)
    if block.layout.flow == "overlay" and len(blocks) > 1:
        return overlay(scene, blocks, inner, corner)
    if block.layout.flow == "grid" and len(blocks) > 1:
        return grid(scene, blocks, inner)
    if block.layout.flow == "row" and len(blocks) > 1:
        return row(scene, blocks, inner, boxed=corner is not None)
    return stack(scene, blocks, inner)


def _holds(block: Block) -> list[Block]:
    """Return what stands in a box; words that it carries itself are one more block."""
    if not block.text:
        return list(block.children)
    own = Block(id=block.id, role="text", box=block.box, text=block.text, trim=block.trim)
    return [own, *block.children]


def _is_cell(block: Block) -> bool:
    return block.role in ("cell", "header_cell")
