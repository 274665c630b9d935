"""The files of a conversion, by name."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from vl2agent.web2code.beside import side_by_side
from vl2agent.web2code.preview import preview_html
from vl2agent.web2code.single import single_file

if TYPE_CHECKING:
    from PIL.Image import Image

    from vl2agent.web2code.convert import Conversion


def products(conversion: Conversion, *, single: bool = False) -> dict[str, bytes]:
    """Return the code, in one file where `single`, and what to judge it by."""
    whole = single_file(conversion.code)
    code = {"index.html": whole.encode()} if single else dict(conversion.code.files)
    page, report = conversion.page, conversion.report
    return code | {
        "ir.json": page.model_dump_json(indent=1, exclude_defaults=True).encode(),
        "report.json": report.model_dump_json(indent=1).encode(),
        "side-by-side.png": _png(side_by_side(conversion.original, conversion.rendered)),
        "preview.html": preview_html(page, report, conversion.original, conversion.rendered, whole).encode(),
    }


def _png(image: Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG", compress_level=4)
    return data.getvalue()
