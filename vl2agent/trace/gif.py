"""A recording as an animated GIF, which any page and chat shows."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from PIL import Image, ImageColor

from vl2agent.errors import RecordingError
from vl2agent.recording.reader import Recording
from vl2agent.trace.film import COLOURS, Still, stills

SAMPLED = 24
"""Stills that the palette is made of."""


def write_gif(recording: Recording, path: str | Path) -> Path:
    """Write the film; return where it is.

    All stills share one palette and none is dithered: what did not change then costs nothing.

    Raises:
        RecordingError: nothing was seen, a picture is damaged, or the file cannot be written.
    """
    target = Path(path)
    palette = _palette(recording)
    images, durations = list[Image.Image](), list[int]()
    for still in stills(recording):
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


def _palette(recording: Recording) -> Image.Image:
    """Choose colours for all stills, from some of them laid side by side.

    Raises:
        RecordingError: there are none.
    """
    every = max(1, 2 * len(recording.steps) // SAMPLED)
    sample = [still.image.reduce(3) for still in islice(stills(recording), 0, None, every)]
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
