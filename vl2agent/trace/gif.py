"""A recording as an animated GIF, which any page and chat shows."""

from __future__ import annotations

from itertools import islice
from math import isqrt
from pathlib import Path

from PIL import Image, ImageColor

from vl2agent.errors import RecordingError
from vl2agent.recording.reader import Recording
from vl2agent.trace.film import COLOURS, WIDTH_PX, Still, stills

LEAST_WIDTH_PX = 320

SAMPLED = 24
"""Stills that the palette is made of."""

MOST_PIXELS = 120_000_000
"""Of all stills together: a long film is a small one, since its file and the memory to write it grow with them."""


def write_gif(recording: Recording, path: str | Path) -> Path:
    """Write the film; return where it is.

    All stills share one palette and none is dithered: what did not change then costs nothing.

    Raises:
        RecordingError: nothing was seen, a picture is damaged, or the file cannot be written.
    """
    target = Path(path)
    width_px = _width(recording)
    palette = _palette(recording, width_px)
    images, durations = list[Image.Image](), list[int]()
    for still in stills(recording, width_px):
        images.append(still.image.quantize(palette=palette, dither=Image.Dither.NONE))
        durations.append(_milliseconds(still))
    try:
        images[0].save(
            target,
            "GIF",
            save_all=True,
            append_images=images[1:],
            duration=durations,
            loop=0,
            optimize=False,
        )
    except OSError as error:
        raise RecordingError(target, f"the GIF cannot be written: {error.strerror or error}") from error
    return target


def _milliseconds(still: Still) -> int:
    return round(still.seconds * 100) * 10  # GIF counts in hundredths


def _width(recording: Recording) -> int:
    """Choose how wide the film is, by how long it is."""
    count = 2 * len(recording.steps) + 1
    return max(LEAST_WIDTH_PX, min(WIDTH_PX, isqrt(MOST_PIXELS * 16 // 10 // count)))


def _palette(recording: Recording, width_px: int) -> Image.Image:
    """Choose colours for all stills, from some of them laid side by side.

    Raises:
        RecordingError: there are none.
    """
    every = max(1, 2 * len(recording.steps) // SAMPLED)
    sample = [still.image.reduce(3) for still in islice(stills(recording, width_px), 0, None, every)]
    if not sample:
        raise RecordingError(recording.path, "expected frames to show, it has none")
    sheet = Image.new("RGB", (sample[0].width, sample[0].height * len(sample)))
    for number, image in enumerate(sample):
        sheet.paste(image, (0, number * image.height))
    own = [value for colour in COLOURS for value in ImageColor.getrgb(colour)]
    chosen = sheet.quantize(256 - len(COLOURS), Image.Quantize.MEDIANCUT).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette(own + chosen)
    return palette
