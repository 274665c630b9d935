"""The pictures of a page: cut out of the screenshot, as plain boxes of their colour, or left out.

A picture that is left out keeps its place and its words, for layout and for those who cannot see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from vl2agent.geometry import ImageBox
from vl2agent.web2code.emit.element import Document, Element
from vl2agent.web2code.emit.paint import asset_path
from vl2agent.web2code.ir import Asset, Page

if TYPE_CHECKING:
    from PIL.Image import Image

Pictures = Literal["crop", "placeholder", "none"]
_RADIUS_PX = 3
"""How far around a hole inpainting looks."""


def with_pictures(
    document: Document, page: Page, image: Image, pictures: Pictures, cut: Mapping[str, bytes] | None = None
) -> tuple[Document, dict[str, bytes]]:
    """Return the document with its pictures as asked for, and the files that it then names.

    Args:
        cut: files of this page that were made before; they are not made anew.
    """
    if pictures == "crop":
        known, paths = cut or {}, {asset_path(asset.id): asset for asset in page.assets}
        return document, {path: known.get(path) or _png(_cut(asset, image)) for path, asset in paths.items()}
    colors = {asset_path(asset.id): _color(asset, image) if pictures == "placeholder" else "" for asset in page.assets}
    return replace(document, body=_boxes(document.body, colors)), {}


def _cut(asset: Asset, image: Image) -> Image:
    box = asset.box
    cut = image.crop((box.left, box.top, box.right, box.bottom)).convert("RGB")
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


def _png(picture: Image) -> bytes:
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _color(asset: Asset, image: Image) -> str:
    """Return the mean colour of a picture."""
    from PIL import ImageStat

    return "#" + "".join(f"{round(part):02x}" for part in ImageStat.Stat(_cut(asset, image)).mean)


def _boxes(element: Element, colors: Mapping[str, str]) -> Element:
    """Put boxes in the place of pictures; "" is no colour."""
    children = tuple(child if isinstance(child, str) else _boxes(child, colors) for child in element.children)
    element = replace(element, children=children, style=_without_files(element.style, colors))
    if element.tag != "img":
        return element
    sizes = {name: f"{element.attributes[name]}px" for name in ("width", "height") if name in element.attributes}
    color = colors.get(element.attributes.get("src", ""))
    painted = {"background-color": color} if color else {}
    alt = element.attributes.get("alt", "")
    spoken = {"role": "img", "aria-label": alt} if alt else {}
    return replace(
        element, tag="span", attributes=spoken, style={"display": "block", **painted, **sizes, **element.style}
    )


def _without_files(style: Mapping[str, str], colors: Mapping[str, str]) -> dict[str, str]:
    """Replace a picture behind an element by its colour; what is drawn under it stays."""
    kept = dict(style)
    for name in ("background", "background-image"):
        for path, color in colors.items():
            if (address := f'url("{path}")') in kept.get(name, ""):
                flat = f"linear-gradient({color}, {color})" if color else "none"
                kept[name] = kept[name].replace(address, flat)
    return kept
