"""The pictures of a page as files: cut out of the screenshot, what covered them painted out, or grey in their place."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Literal

from vl2agent.geometry import ImageBox
from vl2agent.web2code.emit.paint import asset_path
from vl2agent.web2code.ir import Asset, Block, Page, rebuild

if TYPE_CHECKING:
    from PIL.Image import Image

Pictures = Literal["crop", "placeholder", "none"]
_RADIUS_PX = 3
"""How far around a hole inpainting looks."""


def picture_files(page: Page, image: Image, pictures: Pictures) -> dict[str, bytes]:
    """Make the file of every asset."""
    make = _crop if pictures == "crop" else _grey
    return {asset_path(asset.id): _png(make(asset, image)) for asset in page.assets}


def without_pictures(page: Page) -> Page:
    """Leave the places of pictures empty."""

    def emptied(block: Block) -> Block:
        style = block.style.model_copy(update={"picture": None})
        return block.model_copy(update={"asset": None, "style": style})

    return page.model_copy(update={"root": rebuild(page.root, emptied), "assets": ()})


def _crop(asset: Asset, image: Image) -> Image:
    box = asset.box
    cut = image.convert("RGB").crop((box.left, box.top, box.right, box.bottom))
    return _without(cut, [_inside(hole, box) for hole in asset.covered]) if asset.covered else cut


def _inside(hole: ImageBox, box: ImageBox) -> tuple[int, int, int, int]:
    return hole.left - box.left, hole.top - box.top, hole.right - box.left, hole.bottom - box.top


def _without(picture: Image, holes: list[tuple[int, int, int, int]]) -> Image:
    import cv2
    import numpy as np
    from PIL import Image, ImageDraw

    mask = Image.new("L", picture.size)
    for left, top, right, bottom in holes:
        ImageDraw.Draw(mask).rectangle((left - 1, top - 1, right, bottom), fill=255)
    filled = cv2.inpaint(np.asarray(picture), np.asarray(mask), _RADIUS_PX, cv2.INPAINT_TELEA)
    return Image.fromarray(filled)


def _grey(asset: Asset, image: Image) -> Image:
    from PIL import Image

    return Image.new("RGB", (asset.box.width, asset.box.height), "#d0d4d9")


def _png(picture: Image) -> bytes:
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
