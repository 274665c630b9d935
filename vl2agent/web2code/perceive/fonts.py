"""The fonts of this machine's browser, measured: how wide a string is, and where its baseline and ink stand.

Pages are drawn by Chromium, so a font is looked up as Chromium does it (fontconfig for the name a stack leads with),
and lengths are those of the unscaled outlines: Chromium neither hints nor rounds advances, and cuts sizes to 1/64 px.
Where fontconfig is absent (macOS, Windows) Pillow searches the system's folders for files of the same metrics; where
nothing is found, Pillow's own font stands in, and widths are rough.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from vl2agent.web2code.ir import Family, Font

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

BOLD_FROM = 600
"""Fonts come in two weights mostly; CSS takes the bold one from here on."""
_UNITS = 2048
_DRAWN = 192
"""Size at which single characters are drawn to find their edges."""
_LOOKUP_S = 5
_PAST_LATIN = "\u0250"
"""Letters before this one move the pen as they do in pairs."""
_LINE_ENDS = dict.fromkeys(map(ord, "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), " ")
"""What Pillow cannot set on one line, or not at all."""

STACKS: dict[Family, str] = {
    "sans": 'Arial, "Liberation Sans", Helvetica, sans-serif',
    "serif": '"Times New Roman", "Liberation Serif", Times, serif',
    "mono": '"DejaVu Sans Mono", Menlo, Consolas, monospace',
    "courier": '"Courier New", "Liberation Mono", Courier, monospace',
    "system": 'system-ui, "Noto Sans", sans-serif',
    "wide": 'Verdana, "DejaVu Sans", sans-serif',
}
"""CSS font-family values; the first installed name decides."""

_NAMES: dict[Family, str] = {
    "sans": "Arial",
    "serif": "Times New Roman",
    "mono": "DejaVu Sans Mono",
    "courier": "Courier New",
    "system": "system-ui",
    "wide": "DejaVu Sans",
}
_FILES: dict[Family, tuple[tuple[str, str, str, str], ...]] = {
    "sans": (
        ("LiberationSans-Regular", "LiberationSans-Bold", "LiberationSans-Italic", "LiberationSans-BoldItalic"),
        ("arial", "arialbd", "ariali", "arialbi"),
        ("Arial", "Arial Bold", "Arial Italic", "Arial Bold Italic"),
    ),
    "serif": (
        ("LiberationSerif-Regular", "LiberationSerif-Bold", "LiberationSerif-Italic", "LiberationSerif-BoldItalic"),
        ("times", "timesbd", "timesi", "timesbi"),
        ("Times New Roman", "Times New Roman Bold", "Times New Roman Italic", "Times New Roman Bold Italic"),
    ),
    "mono": (
        ("DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSansMono-Oblique", "DejaVuSansMono-BoldOblique"),
        ("consola", "consolab", "consolai", "consolaz"),
    ),
    "courier": (
        ("LiberationMono-Regular", "LiberationMono-Bold", "LiberationMono-Italic", "LiberationMono-BoldItalic"),
        ("cour", "courbd", "couri", "courbi"),
        ("Courier New", "Courier New Bold", "Courier New Italic", "Courier New Bold Italic"),
    ),
    "system": (
        ("NotoSans-Regular", "NotoSans-Bold", "NotoSans-Italic", "NotoSans-BoldItalic"),
        ("segoeui", "segoeuib", "segoeuii", "segoeuiz"),
    ),
    "wide": (
        ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique"),
        ("verdana", "verdanab", "verdanai", "verdanaz"),
        ("Verdana", "Verdana Bold", "Verdana Italic", "Verdana Bold Italic"),
    ),
}
"""Regular, bold, italic, bold italic, without fontconfig: Linux's, then Windows' or macOS' of like metrics."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Heights over and under the baseline, in pixels; ascent and descent whole, as Chromium builds line boxes."""

    ascent: int
    descent: int
    cap_height: float
    x_height: float

    def baseline(self, line_height: float) -> float:
        """Return how far under the top of a line box of that height the baseline stands, before pixels are whole."""
        return (line_height - self.ascent - self.descent) / 2 + self.ascent


@dataclass(frozen=True, slots=True)
class Ink:
    """The edges of drawn characters from the start of the baseline, y downward, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


def stack(family: Family) -> str:
    """Return the CSS font-family value for a family."""
    return STACKS[family]


def metrics(font: Font) -> Metrics:
    """Return the heights of a font at its size."""
    ascent, descent, cap_height, x_height = _heights(font.family, font.weight >= BOLD_FROM, font.italic)
    size = drawn_size(font.size)
    return Metrics(round(ascent * size), round(descent * size), cap_height * size, x_height * size)


def advance(font: Font, string: str) -> float:
    """Return how far a string moves the pen, letter spacing included, as an inline box is wide."""
    unit = _advance(font.family, font.weight >= BOLD_FROM, font.italic, one_line(string))
    return unit * drawn_size(font.size) + font.letter_spacing * len(string)


def ink(font: Font, string: str) -> Ink:
    """Return the edges of a string's outlines, letter spacing between its characters included."""
    if not string:
        return Ink(0, 0, 0, 0)
    left, top, right, bottom = _ink(font.family, font.weight >= BOLD_FROM, font.italic, one_line(string))
    size = drawn_size(font.size)
    spacing = font.letter_spacing * (len(string) - 1)
    return Ink(left * size, top * size, right * size + spacing, bottom * size)


def one_line(string: str) -> str:
    """Return a string with blanks in the place of line ends, as browsers set it."""
    return string.translate(_LINE_ENDS)


def drawn_size(size: float) -> float:
    """Cut a size to the 1/64 px that glyphs are scaled in."""
    return int(size * 64) / 64


@lru_cache(512)
def face(family: Family, bold: bool, italic: bool, size: float = _UNITS) -> FreeTypeFont:
    """Load a font as Pillow has it."""
    from PIL import ImageFont

    path = _by_fontconfig(family, bold, italic)
    if path is not None:
        return ImageFont.truetype(path, size)
    for names in _FILES[family]:
        try:
            return ImageFont.truetype(f"{names[bold + 2 * italic]}.ttf", size)
        except OSError:
            continue
    own = ImageFont.load_default(size)
    assert isinstance(own, ImageFont.FreeTypeFont)
    return own


@cache
def _by_fontconfig(family: Family, bold: bool, italic: bool) -> str | None:
    """Ask fontconfig for the file of a font; None where there is no fontconfig."""
    command = shutil.which("fc-match")
    if command is None:
        return None
    style = (":bold" if bold else "") + (":italic" if italic else "")
    try:
        answer = subprocess.run(
            [command, "-f", "%{file}", _NAMES[family] + style], capture_output=True, timeout=_LOOKUP_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    path = answer.stdout.decode(errors="replace")
    return path if path.endswith((".ttf", ".otf", ".ttc")) else None


@cache
def _heights(family: Family, bold: bool, italic: bool) -> tuple[float, float, float, float]:
    """Return ascent, descent, height of capitals and of small letters, for a size of 1."""
    outlines = face(family, bold, italic)
    ascent, descent = outlines.getmetrics()
    capital, small = (outlines.getbbox(letter, anchor="ls")[1] for letter in "Hx")
    return ascent / _UNITS, descent / _UNITS, -capital / _UNITS, -small / _UNITS


@lru_cache(1 << 15)
def _advance(family: Family, bold: bool, italic: bool, string: str) -> float:
    """Return the advance for a size of 1: the sum over pairs, which are few and kept, where letters kern in pairs."""
    if len(string) <= 2 or max(string) >= _PAST_LATIN:
        return face(family, bold, italic).getlength(string) / _UNITS
    pairs = sum(_advance(family, bold, italic, before + after) for before, after in pairwise(string))
    return pairs - sum(_advance(family, bold, italic, inner) for inner in string[1:-1])


@lru_cache(1 << 15)
def _ink(family: Family, bold: bool, italic: bool, string: str) -> tuple[float, float, float, float]:
    """Return the edges of a string's outlines for a size of 1: its first and last character's, and the outermost."""
    glyphs = [_glyph(family, bold, italic, character) for character in string]
    before_last = _advance(family, bold, italic, string) - _advance(family, bold, italic, string[-1:])
    return (
        glyphs[0][0],
        min(glyph[1] for glyph in glyphs),
        before_last + glyphs[-1][2],
        max(glyph[3] for glyph in glyphs),
    )


@lru_cache(1 << 13)
def _glyph(family: Family, bold: bool, italic: bool, character: str) -> tuple[float, float, float, float]:
    """Draw a character and return the edges of its ink for a size of 1; a blank's are those of its advance."""
    from PIL import Image, ImageDraw

    canvas = Image.new("L", (4 * _DRAWN, 3 * _DRAWN))
    origin = _DRAWN, 2 * _DRAWN
    ImageDraw.Draw(canvas).text(origin, character, font=face(family, bold, italic, _DRAWN), fill=255, anchor="ls")
    box = canvas.point(lambda value: 255 * (value > 127)).getbbox()
    if box is None:
        return 0.0, 0.0, _advance(family, bold, italic, character), 0.0
    left, top, right, bottom = box
    return (
        (left - origin[0]) / _DRAWN,
        (top - origin[1]) / _DRAWN,
        (right - origin[0]) / _DRAWN,
        (bottom - origin[1]) / _DRAWN,
    )
