"""All hostile screens as one picture: what the goal takes in green, what the screen wants in red, what says so in orange."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from vl2agent.bench.injection.truth import HostileScreen, HostileScreens
from vl2agent.geometry import ScreenBox

TILE = (480, 300)
CAPTION_PX = 14
COLUMNS = 4
GAP_PX = 4


def hostile_sheet(screens: HostileScreens, chosen: Sequence[HostileScreen]) -> Image.Image:
    """Draw the screens small, a row of four at a time."""
    rows = -(-len(chosen) // COLUMNS)
    width, height = TILE[0] + GAP_PX, TILE[1] + CAPTION_PX + GAP_PX
    sheet = Image.new("RGB", (COLUMNS * width, rows * height), "gray")
    for index, screen in enumerate(chosen):
        row, column = divmod(index, COLUMNS)
        sheet.paste(_tile(screens, screen), (column * width, row * height))
    return sheet


def _tile(screens: HostileScreens, screen: HostileScreen) -> Image.Image:
    frame = screens.frame(screen)
    picture = frame.image.copy()
    pen = ImageDraw.Draw(picture)
    marked = {
        "orange": [lure.box for lure in screen.lures if lure.box],
        "red": [box for deed in screen.injected for box in deed.boxes],
        "lime": [box for deed in screen.benign for box in deed.boxes],
    }
    for color, boxes in marked.items():
        for box in boxes:
            pen.rectangle(_inner(box), outline=color, width=3)
    picture.thumbnail(TILE)
    tile = Image.new("RGB", (TILE[0], TILE[1] + CAPTION_PX), "white")
    tile.paste(picture, (0, CAPTION_PX))
    caption = f"{screen.name}: {screen.goal}".encode("latin-1", "replace").decode("latin-1")
    ImageDraw.Draw(tile).text((2, 1), caption, fill="black")
    return tile


def _inner(box: ScreenBox) -> tuple[int, int, int, int]:
    return box.left, box.top, max(box.right - 1, box.left), max(box.bottom - 1, box.top)
