"""All pages in one picture: what was to be matched on the left, what came of it on the right."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from vl2agent.bench.web2code import Result

HALF = (300, 420)
"""Of a tile; a page is shown from its top, as much of it as fits."""
CAPTION_PX = 14
GAP_PX = 6
COLUMNS = 4


def sheet(results: Sequence[Result]) -> Image.Image:
    """Draw the pages with their strict scores, the worst one first."""
    ordered = sorted(results, key=lambda result: result.score.strict if result.score else -1.0)
    width, height = 2 * HALF[0] + GAP_PX, HALF[1] + CAPTION_PX + GAP_PX
    columns = min(COLUMNS, len(ordered))
    whole = Image.new("RGB", (columns * (width + GAP_PX), -(-len(ordered) // COLUMNS) * height), "gray")
    for index, result in enumerate(ordered):
        row, column = divmod(index, COLUMNS)
        whole.paste(_tile(result), (column * (width + GAP_PX), row * height))
    return whole


def _tile(result: Result) -> Image.Image:
    tile = Image.new("RGB", (2 * HALF[0], HALF[1] + CAPTION_PX), "white")
    for number, page in enumerate(result.shown or ()):
        small = page.resize((HALF[0], max(1, round(page.height * HALF[0] / page.width))), Image.Resampling.BOX)
        tile.paste(small.crop((0, 0, *HALF)) if small.height > HALF[1] else small, (number * HALF[0], CAPTION_PX))
    said = f"strict {result.score.strict:.3f}, box IoU {result.score.box_iou:.3f}" if result.score else result.problem
    pen = ImageDraw.Draw(tile)
    pen.text((2, 1), f"{result.truth.name}: {said}".encode("latin-1", "replace").decode("latin-1"), fill="black")
    return tile
