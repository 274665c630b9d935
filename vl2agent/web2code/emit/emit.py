"""From the page IR to code: lay the page out, cut its pictures, write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from vl2agent.web2code.emit.absolute import absolute
from vl2agent.web2code.emit.dress import StyleKind
from vl2agent.web2code.emit.element import NARROW_PX, Code
from vl2agent.web2code.emit.flow import flow
from vl2agent.web2code.emit.html import write_html
from vl2agent.web2code.emit.landmarks import with_landmarks
from vl2agent.web2code.emit.pictures import Pictures, with_pictures
from vl2agent.web2code.emit.project import write_project
from vl2agent.web2code.emit.spoken import with_names
from vl2agent.web2code.ir import Page

if TYPE_CHECKING:
    from PIL.Image import Image

LayoutKind = Literal["flow", "absolute"]
Framework = Literal["html", "react", "vue"]


def emit(
    page: Page,
    image: Image,
    *,
    layout: LayoutKind = "flow",
    style: StyleKind = "css",
    pictures: Pictures = "crop",
    framework: Framework = "html",
    instrumented: bool = False,
    cut: Mapping[str, bytes] | None = None,
) -> Code:
    """Write a page as code.

    Args:
        image: the screenshot that the page was read from; pictures are cut from it.
        instrumented: say on each element which block it shows, as `data-b`; in HTML only.
        cut: pictures of this page that were cut before, by their names.
    """
    laid_out = flow(page) if layout == "flow" else absolute(page)
    laid_out = replace(laid_out, narrow_px=min(NARROW_PX, page.width - 1))  # in its own width it is as it was seen
    document, files = with_pictures(with_names(with_landmarks(laid_out)), page, image, pictures, cut)
    if framework != "html":
        return write_project(document, files, framework, style=style)
    return write_html(document, files, style=style, instrumented=instrumented)
