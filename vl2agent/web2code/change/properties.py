"""CSS that a model may set: properties, and the values that each takes. Nothing else of CSS gets onto a page by a model.

No value holds an address, a function, a quote or a semicolon; sizes are bounded, so that nothing is hidden by them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from PIL import ImageColor

COLOR = "#[0-9a-f]{6}"
LENGTH = r"(0|[1-9][0-9]{0,2}(\.[0-9])?px)"
_SIDES = rf"{LENGTH}( {LENGTH}){{0,3}}"

PROPERTIES: Mapping[str, str] = {
    "position": "(static|relative|sticky)",
    "top": LENGTH,
    "bottom": LENGTH,
    "color": COLOR,
    "background-color": COLOR,
    "border": rf"(none|[1-9]px (solid|dashed|dotted) {COLOR})",
    "border-radius": LENGTH,
    "box-shadow": rf"(none|0 [0-9]{{1,2}}px [0-9]{{1,2}}px {COLOR}([0-9a-f]{{2}})?)",
    "padding": _SIDES,
    "margin": _SIDES,
    "gap": LENGTH,
    "width": rf"(auto|100%|{LENGTH})",
    "max-width": rf"(none|100%|{LENGTH})",
    "height": rf"(auto|{LENGTH})",
    "min-height": LENGTH,
    "font-size": r"([6-9]|[1-9][0-9])(\.[0-9])?px",
    "font-weight": "[1-9]00",
    "font-style": "(normal|italic)",
    "text-decoration": "(none|underline|line-through)",
    "text-transform": "(none|uppercase|lowercase|capitalize)",
    "text-align": "(left|center|right)",
    "line-height": r"([1-2](\.[0-9]{1,2})?|[1-9][0-9](\.[0-9])?px)",
    "letter-spacing": r"(normal|[0-5](\.[0-9]{1,2})?px)",
    "justify-content": "(start|center|end|space-between)",
    "align-items": "(start|center|end|stretch|baseline)",
    "opacity": r"(1|0\.[3-9])",
}
"""Each with the pattern that the whole of a value fits."""
LOOKS = (
    "color", "background-color", "border", "border-radius", "box-shadow", "font-size", "font-weight", "font-style",
    "text-decoration", "text-align", "line-height", "letter-spacing", "padding",
)  # fmt: skip
"""Those that a picture can tell."""
_ALIASES = {"background": "background-color", "radius": "border-radius", "shadow": "box-shadow", "size": "font-size"}
_WORDS = {"normal": "400", "bold": "700", "bolder": "800", "lighter": "300"}
_COLOR_WORD = re.compile(r"(#[0-9a-f]{3}|#[0-9a-f]{6}|[a-z]{3,24})")


def property_of(word: str) -> str | None:
    """Return the property that is meant, if there is one."""
    word = _ALIASES.get(word, word)
    return word if word in PROPERTIES else None


def value_of(name: str, words: str) -> str | None:
    """Return a value as it is written down, None where the property takes none such: 'Red' becomes #ff0000."""
    value = " ".join(words.lower().rstrip(";").split())
    if name in ("color", "background-color"):
        value = _hex(value) or value
    elif name == "font-weight":
        value = _WORDS.get(value, value)
    elif value == "0px":
        value = "0"
    return value if re.fullmatch(PROPERTIES[name], value) else None


def _hex(word: str) -> str | None:
    """Read a color by its name, or a short one."""
    if not _COLOR_WORD.fullmatch(word):
        return None
    try:
        red, green, blue = ImageColor.getrgb(word)[:3]
    except ValueError:
        return None
    return f"#{red:02x}{green:02x}{blue:02x}"
