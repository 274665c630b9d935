"""One picture of everything that was missed: the true box in red, the prediction in blue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from vl2agent.bench.grounding import Result
from vl2agent.errors import ImageError
from vl2agent.geometry import ScreenBox, Size, View

TILE = (440, 200)
CAPTION_PX = 14
COLUMNS = 3
MAX_TILES = 240
ROOM = 1.2
"""How much more than a large box is shown."""


def contact_sheet(results: Sequence[Result]) -> Image.Image:
    """Draw the misses of a run, at most 240 of them; right results are left out."""
    misses = [result for result in results if not result.hit][:MAX_TILES]
    rows = max(1, -(-len(misses) // COLUMNS))
    sheet = Image.new("RGB", (COLUMNS * (TILE[0] + 4), rows * (TILE[1] + CAPTION_PX + 4)), "gray")
    for index, result in enumerate(misses):
        row, column = divmod(index, COLUMNS)
        sheet.paste(_tile(result), (column * (TILE[0] + 4), row * (TILE[1] + CAPTION_PX + 4)))
    return sheet


def save_sheet(sheet: Image.Image, path: Path) -> None:
    """Write a picture.

    Raises:
        ImageError: it cannot be written there.
    """
    try:
        sheet.save(path)
    except (OSError, ValueError) as error:
        raise ImageError(path, str(error), "a name that a picture can be written to") from error


def _tile(result: Result) -> Image.Image:
    width, height = TILE
    with Image.open(result.truth.image) as picture:
        view = View(_around(result.truth.box, picture.size), Size(width, height))
        crop = picture.convert("RGB").crop(view.region.edges).resize(TILE)
    pen = ImageDraw.Draw(crop)
    for box, color in _boxes(result, view.region):
        left, top, right, bottom = view.box_to_image(box).edges
        pen.rectangle((left, top, right - 1, bottom - 1), outline=color)
    tile = Image.new("RGB", (width, height + CAPTION_PX), "white")
    tile.paste(crop, (0, CAPTION_PX))
    best = result.best
    found = f"{best.text} {best.confidence:.2f} at {best.point}" if best else "nothing"
    caption = f"{result.truth.id}: {result.truth.instruction} -> {found}"
    ImageDraw.Draw(tile).text((2, 1), caption.encode("latin-1", "replace").decode("latin-1"), fill="black")
    return tile


def _around(box: ScreenBox, picture: tuple[int, int]) -> ScreenBox:
    """Choose what a tile shows: the box with its surroundings, as large as it is unless that is more than a tile."""
    times = max(1.0, ROOM * box.width / TILE[0], ROOM * box.height / TILE[1])
    width, height = round(TILE[0] * times), round(TILE[1] * times)
    left = max(0, min(box.center.x - width // 2, picture[0] - width))
    top = max(0, min(box.center.y - height // 2, picture[1] - height))
    return ScreenBox(left, top, left + width, top + height)


def _boxes(result: Result, shown: ScreenBox) -> Iterator[tuple[ScreenBox, str]]:
    yield result.truth.box, "red"
    if result.best and result.best.box.intersection(shown):
        yield result.best.box, "blue"
