"""Cut the pictures of a page out of its screenshot."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from vl2agent.geometry import ImageBox
from vl2agent.steps import Pixels
from vl2agent.web2code.ir import Asset

if TYPE_CHECKING:
    from PIL.Image import Image

AROUND_PX = 3
"""How far around a hole its filling is looked for."""


def cut(asset: Asset, image: Image) -> bytes:
    """Return an asset as a PNG file; what is drawn over it is painted out.

    Args:
        asset: what to cut.
        image: the screenshot that it was seen on.
    """
    from PIL import Image as Images

    part = np.asarray(image.convert("RGB").crop(asset.box.edges))
    if asset.covered:
        part = _without(part, asset.box, asset.covered)
    file = BytesIO()
    Images.fromarray(part).save(file, "PNG", optimize=True)
    return file.getvalue()


def _without(part: Pixels, box: ImageBox, holes: tuple[ImageBox, ...]) -> Pixels:
    import cv2

    mask = np.zeros(part.shape[:2], np.uint8)
    for hole in holes:
        rows = slice(max(hole.top - 1 - box.top, 0), max(hole.bottom + 1 - box.top, 0))
        mask[rows, max(hole.left - 1 - box.left, 0) : max(hole.right + 1 - box.left, 0)] = 255
    if mask.all():
        return part
    return np.asarray(cv2.inpaint(part, mask, AROUND_PX, cv2.INPAINT_TELEA), np.uint8)
