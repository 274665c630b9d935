"""Utility classes by the names that Tailwind 4 has for them: one short class for each declaration.

What has a name there gets it, as `p-4` for 16 px; any other value stands in brackets, as `gap-[13px]`; any other
property too, as `[background-size:100%_100%]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vl2agent.web2code.emit.classes import Declarations
from vl2agent.web2code.emit.colors import short_colors
from vl2agent.web2code.emit.shorthand import shorten


@dataclass(frozen=True)
class Utility:
    """A class, and what Tailwind makes of it."""

    name: str
    style: Declarations


_WORDS: Mapping[tuple[str, str], str] = {
    **{("display", word): word for word in ("block", "inline-block", "inline", "flex", "inline-flex", "grid", "table")},
    ("display", "none"): "hidden",
    ("display", "inline-grid"): "inline-grid",
    **{("position", word): word for word in ("static", "relative", "absolute", "fixed", "sticky")},
    ("flex-direction", "row"): "flex-row",
    ("flex-direction", "column"): "flex-col",
    ("flex-wrap", "wrap"): "flex-wrap",
    ("flex-wrap", "nowrap"): "flex-nowrap",
    ("flex", "1"): "flex-1",
    ("flex", "none"): "flex-none",
    ("flex-grow", "1"): "grow",
    ("flex-grow", "0"): "grow-0",
    ("flex-shrink", "1"): "shrink",
    ("flex-shrink", "0"): "shrink-0",
    **{
        (name, value): f"{prefix}-{value.removeprefix('flex-')}"
        for name, prefix in (("align-items", "items"), ("align-self", "self"), ("justify-content", "justify"))
        for value in ("flex-start", "flex-end", "center", "stretch")
    },
    ("align-items", "baseline"): "items-baseline",
    ("align-self", "baseline"): "self-baseline",
    ("justify-content", "space-between"): "justify-between",
    ("justify-content", "space-around"): "justify-around",
    ("justify-content", "space-evenly"): "justify-evenly",
    **{("text-align", word): f"text-{word}" for word in ("left", "center", "right", "justify", "start", "end")},
    **{("white-space", word): f"whitespace-{word}" for word in ("normal", "nowrap", "pre", "pre-line", "pre-wrap")},
    **{("overflow", word): f"overflow-{word}" for word in ("hidden", "auto", "scroll", "visible")},
    **{("overflow-x", word): f"overflow-x-{word}" for word in ("hidden", "auto", "scroll")},
    **{("object-fit", word): f"object-{word}" for word in ("cover", "contain", "fill", "none")},
    **{("vertical-align", word): f"align-{word}" for word in ("baseline", "top", "middle", "bottom")},
    **{
        ("font-weight", str(weight * 100)): f"font-{word}"
        for weight, word in enumerate(
            ("thin", "extralight", "light", "normal", "medium", "semibold", "bold", "extrabold", "black"), 1
        )
    },
    ("font-style", "italic"): "italic",
    ("font-style", "normal"): "not-italic",
    ("text-decoration", "underline"): "underline",
    ("text-decoration", "line-through"): "line-through",
    ("text-decoration", "none"): "no-underline",
    **{("text-transform", word): word for word in ("uppercase", "lowercase", "capitalize")},
    ("letter-spacing", "normal"): "tracking-normal",
    ("list-style", "none"): "list-none",
    ("list-style-type", "none"): "list-none",
    ("list-style-type", "disc"): "list-disc",
    ("list-style-type", "decimal"): "list-decimal",
    ("border-collapse", "collapse"): "border-collapse",
    ("border-collapse", "separate"): "border-separate",
    ("appearance", "none"): "appearance-none",
    ("max-width", "none"): "max-w-none",
    ("table-layout", "fixed"): "table-fixed",
    ("resize", "none"): "resize-none",
    ("resize", "vertical"): "resize-y",
    ("border-top-width", "0"): "border-t-0",
}
"""Declarations that are one word."""

_LENGTHS: Mapping[str, str] = {
    "gap": "gap", "row-gap": "gap-y", "column-gap": "gap-x", "width": "w", "height": "h", "min-width": "min-w",
    "max-width": "max-w", "min-height": "min-h", "max-height": "max-h", "flex-basis": "basis", "inset": "inset",
    "top": "top", "right": "right", "bottom": "bottom", "left": "left", "text-indent": "indent",
    **{f"{name}-{side}": f"{name[0]}{side[0]}" for name in ("margin", "padding")
       for side in ("top", "right", "bottom", "left")},
    "scroll-margin-top": "scroll-mt",
}  # fmt: skip
"""Prefixes of what takes steps of 4 px."""

_BRACKETS: Mapping[str, str] = {
    "color": "text", "background-color": "bg", "background-image": "bg", "letter-spacing": "tracking",
    "line-height": "leading", "grid-template-columns": "grid-cols", "grid-template-rows": "grid-rows",
    "box-shadow": "shadow", "z-index": "z", "opacity": "opacity", "flex": "flex", "aspect-ratio": "aspect",
}  # fmt: skip
"""Prefixes of what takes any value."""

_TEXT = {12: "xs", 14: "sm", 16: "base", 18: "lg", 20: "xl", 24: "2xl", 30: "3xl", 36: "4xl", 48: "5xl", 60: "6xl"}
_RADII = {2: "xs", 4: "sm", 6: "md", 8: "lg", 12: "xl", 16: "2xl", 24: "3xl", 32: "4xl"}
_SIDES = ("top", "right", "bottom", "left")
_CORNERS = ("tl", "tr", "br", "bl")
_LONG_CORNERS = ("top-left", "top-right", "bottom-right", "bottom-left")
_PIXELS = re.compile(r"-?\d+(\.\d+)?px|0")
_LARGEST_STEP_PX = 384
"""Longer ones read better in pixels."""
_HEX = re.compile(r"#[0-9a-f]{3,8}")
_COLOR_WORDS = {"#fff": "white", "#000": "black"}


def utilities(style: Declarations, *, alone: bool = True) -> list[Utility]:
    """Return classes that together say what the declarations say.

    Args:
        alone: no other classes say anything of the same properties, so that a side of 0 need not be said.
    """
    left = {name: short_colors(value) for name, value in shorten(style, alone=alone).items()}
    found = [*_text(left), *_square(left)]
    for name in ("margin", "padding"):
        found += (each for each in _box(left, name) if not alone or set(each.style.values()) - {"0", "0px"})
    found += [*_borders(left), *_corners(left)]
    return [*found, *(_single(name, value) for name, value in left.items())]


def _single(name: str, value: str) -> Utility:
    if (name, value) in _WORDS:
        return Utility(_WORDS[name, value], {name: value})
    if name in _LENGTHS:
        return _length(_LENGTHS[name], value, {name: value})
    if name in ("color", "background-color") and value in ("#fff", "#000", "transparent"):
        word = _COLOR_WORDS.get(value, value)
        return Utility(f"{_BRACKETS[name]}-{word}", {name: value})
    if name == "line-height" and (step := _step(value)):
        return Utility(f"leading-{step}", {name: value})
    if columns := re.fullmatch(r"repeat\((\d+), minmax\(0, 1fr\)\)", value):
        return Utility(f"{_BRACKETS[name]}-{columns[1]}", {name: value})
    if name == "z-index" and value.isdigit():
        return Utility(f"z-{value}", {name: value})
    if name in _BRACKETS and not value.startswith("var("):
        return Utility(f"{_BRACKETS[name]}-[{_packed(value)}]", {name: value})
    return Utility(f"[{name}:{_packed(value)}]", {name: value})


def _packed(value: str) -> str:
    """Write a value so that it holds no blank, which would end the class."""
    return value.replace('"', "'").replace(", ", ",").replace(" ", "_")


def _length(prefix: str, value: str, style: Declarations) -> Utility:
    if value == "100%" and not re.fullmatch(r"[mp].|gap.*", prefix):
        return Utility(f"{prefix}-full", style)
    if value == "auto":
        return Utility(f"{prefix}-auto", style)
    if step := _step(value):
        minus = "-" if value.startswith("-") else ""
        return Utility(f"{minus}{prefix}-{step}", style)
    return Utility(f"{prefix}-[{_packed(value)}]", style)


def _step(value: str) -> str:
    """Return a length in steps of 4 px, without its sign, or nothing where that would not read well."""
    if not _PIXELS.fullmatch(value):
        return ""
    pixels = abs(float(value.removesuffix("px")))
    if pixels == 1:
        return "px"
    return f"{pixels / 4:g}" if pixels % 2 == 0 and pixels <= _LARGEST_STEP_PX else ""


def _text(style: dict[str, str]) -> Iterator[Utility]:
    """Size and line height: `text-sm/6`. A size's own name changes the line height too, so it never stands alone."""
    if "font-size" not in style:
        return
    size, height = style.pop("font-size"), style.get("line-height", "")
    name = _TEXT.get(round(float(size[:-2]))) if _PIXELS.fullmatch(size) and float(size[:-2]).is_integer() else None
    step = _step(height)
    if step and step != "px":
        del style["line-height"]
        word = name or f"[{_packed(size)}]"
        yield Utility(f"text-{word}/{step}", {"font-size": size, "line-height": height})
    else:
        yield Utility(f"text-[{_packed(size)}]", {"font-size": size})


def _square(style: dict[str, str]) -> Iterator[Utility]:
    if style.get("width") and style.get("width") == style.get("height"):
        both = {name: style.pop(name) for name in ("width", "height")}
        yield _length("size", both["width"], both)


def _box(style: dict[str, str], name: str) -> Iterator[Utility]:
    """Margin or padding, all sides at once or in pairs where they are equal."""
    value = style.get(name, "")
    if not value or "(" in value:
        return
    del style[name]
    parts = value.split()
    top, right, bottom, left = _four(parts)
    if top == right == bottom == left:
        yield _length(name[0], top, {name: top})
        return
    for axis, ends in (("x", ("left", "right")), ("y", ("top", "bottom"))):
        first, second = (left, right) if axis == "x" else (top, bottom)
        if first == second:
            yield _length(f"{name[0]}{axis}", first, {f"{name}-{end}": first for end in ends})
            continue
        for end, each in zip(ends, (first, second), strict=True):
            yield _length(f"{name[0]}{end[0]}", each, {f"{name}-{end}": each})


def _four(parts: list[str]) -> list[str]:
    """Write out what a shorthand for four sides leaves out."""
    full = list(parts)
    while len(full) < 4:
        full.append(full[max(0, len(full) - 2)])
    return full


def _borders(style: dict[str, str]) -> Iterator[Utility]:
    """Borders as width and colour; one that is not solid is written out."""
    for name in ("border", *(f"border-{side}" for side in _SIDES)):
        parts = style.get(name, "").split()
        if len(parts) != 3 or parts[1] != "solid" or not _PIXELS.fullmatch(parts[0]) or not _HEX.fullmatch(parts[2]):
            continue
        del style[name]
        width, _, color = parts
        prefix = "border" + (f"-{name[7]}" if name != "border" else "")
        number = width.removesuffix("px")
        size = "" if number == "1" else f"-{number}" if number.isdigit() else f"-[{width}]"
        yield Utility(prefix + size, {f"{name}-style": "solid", f"{name}-width": width})
        word = _COLOR_WORDS.get(color, f"[{color}]")
        yield Utility(f"{prefix}-{word}", {f"{name}-color": color})


def _corners(style: dict[str, str]) -> Iterator[Utility]:
    value = style.get("border-radius", "")
    if not value or "(" in value or "/" in value:
        return
    del style["border-radius"]
    corners = _four(value.split()) if " " in value else [value]
    if len(corners) == 1:
        yield _rounded("rounded", value, {"border-radius": value})
        return
    for short, long, each in zip(_CORNERS, _LONG_CORNERS, corners, strict=True):
        if each not in ("0", "0px"):
            yield _rounded(f"rounded-{short}", each, {f"border-{long}-radius": each})


def _rounded(prefix: str, value: str, style: Declarations) -> Utility:
    pixels = float(value.removesuffix("px")) if _PIXELS.fullmatch(value) else -1.0
    if pixels > 999:
        return Utility(f"{prefix}-full", style)
    name = _RADII.get(round(pixels)) if pixels == round(pixels) else None
    return Utility(f"{prefix}-{name}" if name else f"{prefix}-[{_packed(value)}]", style)
