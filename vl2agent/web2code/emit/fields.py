"""Fields of forms: what can be typed into, chosen and ticked."""

from __future__ import annotations

import re

from vl2agent.geometry import ImageBox
from vl2agent.web2code.emit.boxes import inside
from vl2agent.web2code.emit.element import Element
from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.emit.lettering import lettering
from vl2agent.web2code.emit.lines import line_height, text_place
from vl2agent.web2code.emit.paint import paint
from vl2agent.web2code.emit.place import Span, placed
from vl2agent.web2code.emit.scene import Piece, Scene
from vl2agent.web2code.emit.sit import sit
from vl2agent.web2code.emit.tags import name_of
from vl2agent.web2code.ir import Block, FieldState, Role, Text, rebuild

FIELDS: frozenset[Role] = frozenset({"input", "textarea", "select", "checkbox", "radio", "switch"})
_NUMBER = re.compile(r"-?\d*(\.\d+)?")
_GAP_PX = 4
_GRIP_PX = 16
_TICKED: frozenset[Role] = frozenset({"checkbox", "radio", "switch"})


def opened(scene: Scene, block: Block) -> Block | None:
    """Return a field that holds more than its words, as an icon, as a box with a plain field in it; None for others.

    The longest text is what can be typed over; it reaches to what stands right of it.
    """
    leaves = [each for each in block.walk() if each is not block and not each.children and not _is_grip(block, each)]
    texts = [each for each in leaves if each.text]
    if block.role not in ("input", "textarea") or not texts or len(leaves) < 2 or block.text:
        return None
    holder = max(texts, key=lambda each: len(scene.page.text_by_id[each.text or ""].string))
    place = text_place(scene.page.text_by_id[holder.text or ""], holder)
    limits = [placed(each).left - _GAP_PX for each in leaves if placed(each).left >= place.right - 1]
    right = max(min([*limits, inside(block).right - 1]), place.right + 1)
    box = ImageBox(round(place.left), round(place.top), round(right), round(place.bottom))
    state = block.field or FieldState()
    plain = Block(id=holder.id, role=block.role, box=box, text=holder.text, field=state)

    def change(each: Block) -> Block:
        return plain if each.id == holder.id else each

    return rebuild(block, change).model_copy(update={"role": "group", "field": None})


def field(scene: Scene, block: Block, span: Span) -> Piece:
    """Build a field of the size that it had."""
    place = placed(block)
    state = block.field or FieldState()
    sits = {key: value for key, value in sit(place, span).items() if key not in ("max-width", "width")}
    style = {**paint(block.style), "width": px(place.width), "max-width": "100%", "height": px(place.height), **sits}
    if block.role in _TICKED:
        return Piece(_ticked(block, state, style), place)
    holder = next((each for each in block.walk() if each.text), None)
    text = scene.text(holder) if holder else None
    if holder and text:
        style |= _lettered(block, holder, text)
    if any(_is_grip(block, each) for each in block.walk()):
        style["resize"] = "vertical"
    return Piece(_typed(block, state, style, text), place)


def _is_grip(block: Block, part: Block) -> bool:
    """Tell whether a part is the sign in the lower right corner to pull a field larger: browsers draw it themselves."""
    if block.role != "textarea" or part.asset is None:
        return False
    box, corner = part.box, (part.box.right, part.box.bottom)
    near = all(abs(edge - inner) <= _GRIP_PX for edge, inner in zip(corner, block.box.edges[2:], strict=True))
    return near and max(box.width, box.height) <= _GRIP_PX


def _ticked(block: Block, state: FieldState, style: dict[str, str]) -> Element:
    attributes = {"type": "radio" if block.role == "radio" else "checkbox"}
    if block.role == "switch":
        attributes["role"] = "switch"
    if state.checked:
        attributes["checked"] = ""
    if state.label:
        attributes["aria-label"] = state.label
    if not state.checked:
        style = {**style, "appearance": "none"}
    return Element("input", attributes, style, block=block.id, name=name_of(block))


def _lettered(block: Block, holder: Block, text: Text) -> dict[str, str]:
    """Say where the words in a field stand: browsers put one line in the middle of its height."""
    inner, place = inside(block), text_place(text, holder)
    style = {
        **lettering(text.font),
        "line-height": px(line_height(text)),
        "padding-left": px(max(0, place.left - inner.left)),
    }
    if block.role == "textarea":
        return style | {"padding-top": px(max(0, place.top - inner.top))}
    off = place.top - inner.top - (inner.height - place.height) / 2
    if abs(off) >= 1:
        style["padding-top" if off > 0 else "padding-bottom"] = px(2 * abs(off))
    return style


def _kind(state: FieldState, string: str) -> str:
    """Return the type of a field that shows these words; browsers show no words in a field for numbers or dates."""
    if state.kind == "date" or (state.kind == "number" and not state.placeholder and not _NUMBER.fullmatch(string)):
        return "text"
    return state.kind


def _is_legible_password(state: FieldState, string: str) -> bool:
    """Tell whether words stand in a field for a password: they are its hint, as its value would be dots."""
    return state.kind == "password" and any(letter.isalnum() for letter in string)


def _typed(block: Block, state: FieldState, style: dict[str, str], text: Text | None) -> Element:
    string = text.string if text else ""
    attributes = {"aria-label": state.label or string or "field"}
    if block.role == "select":
        option = Element("option", children=(string,)) if string else Element("option", {"label": state.label or "…"})
        return Element("select", attributes, style, children=(option,), block=block.id, name="select")
    if block.role == "input":
        attributes["type"] = _kind(state, string)
        if string:
            attributes["placeholder" if state.placeholder or _is_legible_password(state, string) else "value"] = string
        return Element("input", attributes, style, block=block.id, name="input")
    if state.placeholder and string:
        attributes["placeholder"] = string
    return Element(
        "textarea", attributes, style, {}, () if state.placeholder or not string else (string,), block.id, "textarea"
    )
