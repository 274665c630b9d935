"""One picture of everything that was missed: the true box in red, the prediction in blue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from vl2agent.bench.grounding import Result
from vl2agent.errors import ImageError

TILE = (440, 200)
CAPTION_PX = 14
COLUMNS = 3
MAX_TILES = 240


def contact_sheet(results: Sequence[Result], folder: Path) -> Image.Image:
    """Draw the misses of a run, at most 240 of them.

    Args:
        results: of a run, right ones are left out.
        folder: where the pictures are.
    """
    misses = [result for result in results if not result.hit][:MAX_TILES]
    rows = max(1, -(-len(misses) // COLUMNS))
    sheet = Image.new("RGB", (COLUMNS * (TILE[0] + 4), rows * (TILE[1] + CAPTION_PX + 4)), "gray")
    for index, result in enumerate(misses):
        row, column = divmod(index, COLUMNS)
        sheet.paste(_tile(result, folder), (column * (TILE[0] + 4), row * (TILE[1] + CAPTION_PX + 4)))
    return sheet


def save_sheet(sheet: Image.Image, path: Path) -> None:
    """Write a picture.

    Raises:
        ImageError: it cannot be written there.
    """
    try:
        sheet.save(path)
    except (OSError, ValueError) as error:
        raise ImageError(path, f"cannot be written: {error}") from error


def _tile(result: Result, folder: Path) -> Image.Image:
    center, (width, height) = result.truth.box.center, TILE
    with Image.open(folder / result.truth.image) as picture:
        left = max(0, min(center.x - width // 2, picture.width - width))
        top = max(0, min(center.y - height // 2, picture.height - height))
        crop = picture.convert("RGB").crop((left, top, left + width, top + height))
    draw = ImageDraw.Draw(crop)
    boxes = [(result.truth.box, "red")] + ([(result.best.box, "blue")] if result.best else [])
    for box, color in boxes:
        draw.rectangle((box.left - left, box.top - top, box.right - left - 1, box.bottom - top - 1), outline=color)
    tile = Image.new("RGB", (width, height + CAPTION_PX), "white")
    tile.paste(crop, (0, CAPTION_PX))
    found = f"{result.best.text} {result.best.confidence:.2f}" if result.best else "nothing"
    caption = f"{result.truth.id}: {result.truth.instruction} -> {found}"
    ImageDraw.Draw(tile).text((2, 1), caption.encode("latin-1", "replace").decode("latin-1"), fill="black")
    return tile
