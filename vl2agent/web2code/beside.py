"""The picture, what a browser draws, and where they differ, side by side in one picture."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageDraw

GAP_PX = 12
PAPER, MISSING, INK = "#3a3f4b", "#808080", "#ffffff"
TITLES = ("picture", "render", "difference")
TITLE_PX = 22


def side_by_side(original: Image.Image, rendered: Image.Image) -> Image.Image:
    """Draw picture | render | difference; black is where both agree, and what one of them lacks is grey."""
    width, height = max(original.width, rendered.width), max(original.height, rendered.height)
    left, middle = (_on_grey(image, width, height) for image in (original, rendered))
    right = ImageChops.difference(left, middle)
    whole = Image.new("RGB", (3 * width + 2 * GAP_PX, height + TITLE_PX), PAPER)
    pen = ImageDraw.Draw(whole)
    for number, (title, part) in enumerate(zip(TITLES, (left, middle, right), strict=True)):
        x = number * (width + GAP_PX)
        pen.text((x + 4, 5), title, fill=INK)
        whole.paste(part, (x, TITLE_PX))
    return whole


def _on_grey(image: Image.Image, width: int, height: int) -> Image.Image:
    canvas = Image.new("RGB", (width, height), MISSING)
    canvas.paste(image, (0, 0))
    return canvas
