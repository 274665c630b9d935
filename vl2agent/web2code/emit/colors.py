"""Names for colours, as people who write style sheets give them."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence

_HUES = (
    (15, "red"),
    (42, "orange"),
    (65, "yellow"),
    (165, "green"),
    (195, "teal"),
    (250, "blue"),
    (290, "purple"),
    (335, "pink"),
    (361, "red"),
)
_DOUBLED = re.compile(r"#([0-9a-f])\1([0-9a-f])\2([0-9a-f])\3(?:([0-9a-f])\4)?(?![0-9a-f])")
_GRAY = 0.08
"""Less colourful than this is gray."""


def name_colors(colors: Sequence[str]) -> dict[str, str]:
    """Return a name for each colour, `#rrggbb` or `#rrggbbaa`; no two are the same."""
    names: dict[str, str] = {}
    for color in colors:
        name = color_name(color)
        same = sum(1 for other in names.values() if other == name or other.startswith(f"{name}-n"))
        names[color] = name if not same else f"{name}-n{same + 1}"
    return {color: name.replace("-n", "-") for color, name in names.items()}


def color_name(color: str) -> str:
    """Return a word for a colour: its hue, and how light it is where it is not in the middle."""
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, light, _ = colorsys.rgb_to_hls(red, green, blue)
    chroma = max(red, green, blue) - min(red, green, blue)
    if chroma < _GRAY:
        word = f"gray-{round((1 - light) * 9) * 100 or 50}"
    else:
        word = next(name for end, name in _HUES if hue * 360 < end)
        word += "-light" if light > 0.8 else "-dark" if light < 0.3 else ""
    return word + ("-clear" if len(color) == 9 and color[7:] != "ff" else "")


def short_colors(value: str) -> str:
    """Write #aabbcc as #abc, wherever it stands in a value."""
    return _DOUBLED.sub(lambda found: "#" + "".join(part or "" for part in found.groups()), value)
