"""Utility classes for a page, and the style sheet that they need, without the compiler.

The names are Tailwind 4's, so that the HTML can go into a project that has it: there it looks the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from vl2agent.web2code.emit.classes import Declarations
from vl2agent.web2code.emit.element import NARROW_PX, Element
from vl2agent.web2code.emit.reset import reset
from vl2agent.web2code.emit.stylesheet import block, in_order
from vl2agent.web2code.emit.utilities import Utility, utilities

_HINT = "placeholder:text-inherit"
"""A hint in a field has the colour that its field has: Tailwind makes it paler."""
_OWN: Mapping[str, Declarations] = {
    **{tag: {"font-weight": "400"} for tag in ("b", "strong")},
    **{tag: {"font-style": "normal"} for tag in ("em", "i", "cite", "address")},
    **{tag: {"font-family": "serif"} for tag in ("code", "kbd", "pre", "samp")},
    "mark": {"color": "#000000"},
    "th": {"font-weight": "400", "text-align": "start"},
    "button": {"text-align": "start"},
    "table": {"border-collapse": "separate", "border-spacing": "0"},
}
"""What is inherited with our reset, and not with Tailwind's; with what holds where nothing is said."""
_BARE: Mapping[str, Declarations] = {
    "hr": {"border-top-width": "0"},
    "mark": {"background-color": "transparent"},
}
"""What our reset takes away, and Tailwind's does not."""


def utility_classes(styled: Element, narrow_px: int = NARROW_PX) -> tuple[Element, str]:
    """Return the page with class attributes in place of styles, and the style sheet that it needs."""
    found: dict[str, tuple[Utility, bool]] = {}
    variant, width = _narrow(narrow_px)
    body = _classified(_explicit(styled, {}), variant, found)
    return body, _sheet({element.tag for element in styled.walk()}, variant, width, found.values())


def _narrow(narrow_px: int) -> tuple[str, str]:
    """Return the variant for narrow windows, and the width that they are narrower than."""
    if narrow_px == NARROW_PX:
        return "max-sm", "40rem"
    return f"max-[{narrow_px + 1}px]", f"{narrow_px + 1}px"


def _explicit(element: Element, inherited: Declarations) -> Element:
    """Say on an element what it inherits, where Tailwind's own reset would not let it; and a line height to each size."""
    usual = dict(_OWN.get(element.tag, {}))
    if "font-size" in element.style:
        usual["line-height"] = "normal"
    style = {name: inherited.get(name, value) for name, value in usual.items()}
    style = {**_BARE.get(element.tag, {}), **style, **element.style}
    passed = {**inherited, **style}
    children = tuple(child if isinstance(child, str) else _explicit(child, passed) for child in element.children)
    return replace(element, style=style, children=children)


def _classified(element: Element, variant: str, found: dict[str, tuple[Utility, bool]]) -> Element:
    names = []
    for style, narrow in ((element.style, False), (element.narrow, True)):
        for utility in sorted(utilities(style, alone=not narrow), key=_place):
            names.append(f"{variant}:{utility.name}" if narrow else utility.name)
            found[names[-1]] = (utility, narrow)
    if "placeholder" in element.attributes:
        names.append(_HINT)
        found[_HINT] = (Utility(_HINT, {"color": "inherit"}), False)
    attributes = {"class": " ".join(names), **element.attributes} if names else element.attributes
    children = tuple(
        child if isinstance(child, str) else _classified(child, variant, found) for child in element.children
    )
    return replace(element, attributes=attributes, style={}, narrow={}, children=children)


def _sheet(tags: AbstractSet[str], variant: str, width: str, found: Iterable[tuple[Utility, bool]]) -> str:
    """Write the reset and a rule for every class; one for all sides stands before one for a side, as in Tailwind."""
    ordered = sorted(found, key=lambda each: _place(each[0]))
    blocks = [block(", ".join(selectors), style) for selectors, style in reset(tags)]
    blocks += [block(_selector(each.name), each.style) for each, narrow in ordered if not narrow]
    small = [block(_selector(f"{variant}:{each.name}"), each.style, "  ") for each, narrow in ordered if narrow]
    if small:
        blocks.append(f"@media (width < {width}) {{\n" + "\n".join(small) + "}\n")
    return "\n".join(blocks)


def _place(utility: Utility) -> tuple[tuple[int, int], str]:
    return in_order(next(iter(utility.style))), utility.name


def _selector(name: str) -> str:
    """Write a class as a selector."""
    escaped = "." + re.sub(r"[^\w-]", lambda found: f"\\{found[0]}", name)
    return f"{escaped}::placeholder" if name == _HINT else escaped
