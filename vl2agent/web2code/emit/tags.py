"""Which element shows a role."""

from __future__ import annotations

from vl2agent.web2code.ir import Block, Role

TAGS: dict[Role, str] = {
    "page": "body", "header": "header", "nav": "nav", "main": "main", "section": "section", "article": "article",
    "aside": "aside", "footer": "footer", "form": "form", "fieldset": "fieldset", "group": "div", "figure": "figure",
    "tabs": "div", "list": "ul", "ordered_list": "ol", "item": "li", "table": "table", "row": "tr", "cell": "td",
    "header_cell": "th", "quote": "blockquote", "paragraph": "p", "text": "p", "code": "pre", "label": "label",
    "legend": "legend", "caption": "figcaption", "link": "a", "button": "button", "tab": "button", "input": "input",
    "textarea": "textarea", "select": "select", "checkbox": "input", "radio": "input", "switch": "input",
    "image": "img", "icon": "img", "rule": "hr", "badge": "span", "progress": "div",
}  # fmt: skip


def tag_of(block: Block) -> str:
    """Return the tag for a block; a text that says nothing of itself is a paragraph."""
    if block.role == "heading":
        return f"h{block.level or 2}"
    if block.role in ("image", "icon") and not block.asset:
        return "div"
    return TAGS[block.role]


def attributes_of(block: Block) -> dict[str, str]:
    """Return what an element of this role says of itself."""
    if block.role == "link":
        return {"href": "#"}
    if block.role in ("button", "tab"):
        return {"type": "button"}
    if block.role == "progress":
        value = block.field.value if block.field and block.field.value is not None else 0.0
        label = block.field.label if block.field else ""
        return {"role": "progressbar", "aria-label": label or "progress", "aria-valuenow": f"{value * 100:.0f}"}
    return {}


def name_of(block: Block) -> str:
    """Return a word for the class of a block."""
    return block.role.replace("_", "-")
