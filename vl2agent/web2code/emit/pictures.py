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
        return document, {path: known.get(path) or _png(cut_out(asset, image)) for path, asset in paths.items()}
    colors = {asset_path(asset.id): _color(asset, image) if pictures == "placeholder" else "" for asset in page.assets}
    return replace(document, body=_boxes(document.body, colors)), {}


def cut_out(asset: Asset, image: Image) -> Image:
    """Cut an asset out of its screenshot; what is drawn over it is painted out."""
    part = image.crop(asset.box.edges).convert("RGB")
    return _without(part, asset.box, asset.covered) if asset.covered else part


def _without(part: Image, box: ImageBox, holes: tuple[ImageBox, ...]) -> Image:
    import cv2
    import numpy as np
    from PIL import Image

    mask = np.zeros((part.height, part.width), np.uint8)
    for hole in holes:
        rows = slice(max(hole.top - 1 - box.top, 0), max(hole.bottom + 1 - box.top, 0))
        mask[rows, max(hole.left - 1 - box.left, 0) : max(hole.right + 1 - box.left, 0)] = 255
    if mask.all():
        return part
    return Image.fromarray(cv2.inpaint(np.asarray(part), mask, _RADIUS_PX, cv2.INPAINT_TELEA))


def _png(picture: Image) -> bytes:
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _color(asset: Asset, image: Image) -> str:
    """Return the mean colour of a picture."""
    from PIL import ImageStat

    return "#" + "".join(f"{round(part):02x}" for part in ImageStat.Stat(cut_out(asset, image)).mean)


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
