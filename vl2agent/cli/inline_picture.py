"""Pictures in the terminal: as such where it can show them, else as half blocks of colour."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator, Mapping

import numpy as np
from PIL import Image
from rich.console import Console
from rich.text import Text

COLUMNS = 72
ROWS = 24
"""The most that a picture takes, in half blocks."""
_CHUNK = 4096


def show(picture: Image.Image, console: Console, environ: Mapping[str, str] = os.environ) -> None:
    """Print a picture.

    Source: kitty graphics protocol (transmission in chunks of base64); iTerm2 inline images (OSC 1337).
    """
    if not console.is_terminal:
        return
    if environ.get("KITTY_WINDOW_ID") or environ.get("TERM_PROGRAM") == "ghostty":
        _write(console, "".join(_kitty(_png(picture))))
    elif environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm"):
        _write(console, f"\x1b]1337;File=inline=1;size={len(_png(picture))}:{_base64(_png(picture))}\x07")
    else:
        console.print(half_blocks(picture, min(COLUMNS, console.width), ROWS), no_wrap=True, crop=True)


def half_blocks(picture: Image.Image, columns: int, rows: int) -> Text:
    """Draw with half blocks, two pixels above each other in each character, no larger than columns and rows."""
    scale = min(columns / picture.width, 2 * rows / picture.height, 1.0)
    width, height = max(1, round(picture.width * scale)), max(2, round(picture.height * scale) // 2 * 2)
    small = picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    pixels: list[list[list[int]]] = np.asarray(small).tolist()
    text = Text()
    for upper_row, lower_row in zip(pixels[::2], pixels[1::2], strict=True):
        for upper, lower in zip(upper_row, lower_row, strict=True):
            text.append("▀", f"{_color(upper)} on {_color(lower)}")
        text.append("\n")
    return text


def _color(pixel: list[int]) -> str:
    return f"rgb({','.join(map(str, pixel))})"


def _kitty(png: bytes) -> Iterator[str]:
    data = _base64(png)
    chunks = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)]
    for number, chunk in enumerate(chunks, 1):
        first = "a=T,f=100," if number == 1 else ""
        yield f"\x1b_G{first}m={int(number < len(chunks))};{chunk}\x1b\\"


def _write(console: Console, sequence: str) -> None:
    console.file.write(sequence + "\n")
    console.file.flush()


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
