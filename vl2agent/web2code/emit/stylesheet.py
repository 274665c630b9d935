"""Write rules as a style sheet that people read: grouped properties, shorthands, named colours, one narrow block."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from vl2agent.web2code.emit.classes import Declarations, Rule
from vl2agent.web2code.emit.colors import name_colors, short_colors
from vl2agent.web2code.emit.element import NARROW_PX
from vl2agent.web2code.emit.reset import reset
from vl2agent.web2code.emit.shorthand import shorten

_ORDER = (
    "position", "inset", "top", "right", "bottom", "left", "z-index", "float", "clear", "display",
    "visibility", "flex", "flex-direction", "flex-wrap", "order", "grid", "grid-template-columns",
    "grid-template-rows", "grid-auto-rows", "grid-auto-flow", "grid-column", "grid-row", "place-items",
    "place-content", "align-items", "align-content", "align-self", "justify-content", "justify-items",
    "justify-self", "gap", "row-gap", "column-gap", "box-sizing", "width", "min-width", "max-width", "height",
    "min-height", "max-height", "aspect-ratio", "margin", "padding", "overflow", "object-fit", "list-style",
    "border", "outline", "background", "box-shadow", "opacity", "color", "font", "line-height",
    "letter-spacing", "text", "white-space",
)  # fmt: skip
_HEX = re.compile(r"#[0-9a-f]{6}(?:[0-9a-f]{2})?\b")
_PLAIN = ("#000000", "#ffffff")
_TIMES = 3
"""A colour used so often gets a name."""


def stylesheet(tags: Iterable[str], rules: Sequence[Rule], narrow_px: int = NARROW_PX) -> str:
    """Return a whole style sheet: the reset for the tags of the page, the rules, and those for narrow windows."""
    rules = [replace(rule, style=shorten(rule.style, alone=True), narrow=shorten(rule.narrow)) for rule in rules]
    names = _names(rules)
    blocks = [block(", ".join(selectors), style) for selectors, style in reset(set(tags))]
    if names:
        blocks.insert(0, block(":root", {f"--{name}": short_colors(color) for color, name in names.items()}))
    blocks += [block(rule.selector, _with(rule.style, names)) for rule in rules if rule.style]
    narrow = [block(rule.selector, _with(rule.narrow, names), "  ") for rule in rules if rule.narrow]
    if narrow:
        blocks.append(f"@media (max-width: {narrow_px}px) {{\n" + "\n".join(narrow) + "}\n")
    return "\n".join(blocks)


def block(selector: str, style: Declarations, indent: str = "") -> str:
    """Write one rule."""
    lines = [f"{indent}  {name}: {style[name]};" for name in sorted(style, key=in_order)]
    return "\n".join([f"{indent}{selector} {{", *lines, f"{indent}}}\n"])


def in_order(name: str) -> tuple[int, int]:
    """Place a property where readers look for it; a shorthand before its parts."""
    known = [place for place, start in enumerate(_ORDER) if name == start or name.startswith(f"{start}-")]
    exact = [_ORDER.index(name)] if name in _ORDER else known[-1:]
    return (exact[0] if exact else len(_ORDER), name.count("-"))


def _names(rules: Sequence[Rule]) -> dict[str, str]:
    """Name the colours that occur again and again."""
    values = [value for rule in rules for style in (rule.style, rule.narrow) for value in style.values()]
    counts = Counter(color for value in values for color in _HEX.findall(value))
    return name_colors([color for color, count in counts.items() if count >= _TIMES and color not in _PLAIN])


def _with(style: Declarations, names: Mapping[str, str]) -> dict[str, str]:
    def named(match: re.Match[str]) -> str:
        return f"var(--{names[match[0]]})" if match[0] in names else short_colors(match[0])

    return {name: _HEX.sub(named, value) for name, value in style.items()}
