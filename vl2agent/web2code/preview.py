"""One HTML file to judge a conversion by: the picture, what a browser draws, and what each block scored.

It holds everything. Nothing is fetched, and its content policy obeys one script and two styles, named by their hashes:
its own, and the style of the generated page, which stands in a frame without scripts that inherits the policy.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files

from PIL import Image
from pydantic_core import to_json

from vl2agent.web2code.ir import Block, Page
from vl2agent.web2code.report import Report
from vl2agent.web2code.single import data_url, hash_source

QUALITY = 88
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_MODES = ("slider", "original", "render", "difference", "live")
_WIDTHS = ("full", "1280", "768", "375")


def preview_html(page: Page, report: Report, original: Image.Image, rendered: Image.Image, html: str) -> str:
    """Give the preview as text.

    Args:
        page: what was found.
        report: what it scored.
        original: the picture.
        rendered: the page as a browser draws it.
        html: the generated page in one file.
    """
    style, script, title = _viewer("preview.css"), _viewer("preview.js"), page.title or "Untitled page"
    policy = _content_policy([style, *_STYLE.findall(html)], script)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<title>{escape(title)} · preview</title>
<style>{style}</style></head>
<body>
<header class="top">
<div class="grow"><h1>{escape(title)}</h1><p class="soft small">{escape(_told(report))}</p></div>
<nav class="modes" aria-label="View">{"".join(f'<button type="button" data-mode="{m}">{m}</button>' for m in _MODES)}</nav>
<button class="plain" type="button" id="outline" aria-pressed="false">outline blocks</button>
<button class="plain" type="button" id="theme">light or dark</button>
</header>
<main>
<div>
<section id="pictures" aria-label="Picture and render">
<input class="slide" id="slide" type="range" min="0" max="100" value="50" step="0.1" aria-label="Original on the left, render on the right">
<div class="stage" id="stage" data-mode="slider">
<img src="{_picture(original)}" alt="The picture that was converted">
<img class="over" src="{_picture(_fitted(rendered, original))}" alt="What a browser draws">
<div class="handle"></div><span class="tag left">original</span><span class="tag right">render</span>
</div>
</section>
<section id="live" class="live" aria-label="The page itself" hidden>
<label>Width <select id="width">{"".join(f"<option>{width}</option>" for width in _WIDTHS)}</select></label>
<div class="frame"><iframe sandbox title="The generated page" srcdoc="{escape(html)}"></iframe></div>
</section>
</div>
<aside class="side">
<section class="card" aria-label="Score">{_score(report)}</section>
<section class="card" aria-label="Blocks"><h2>Blocks, worst first</h2><div class="list" id="blocks"></div></section>
<section class="card" aria-label="Rounds"><h2>Rounds of refinement</h2>
<p class="soft small" id="no-rounds">None.</p>
<table><thead><tr><th>#</th><th>by</th><th class="number">kept</th><th class="number">before</th><th class="number">after</th><th class="number">time</th></tr></thead><tbody id="rounds"></tbody></table>
</section>
</aside>
</main>
{_data(page, report)}
<script type="module">{script}</script></body></html>
"""


def _told(report: Report) -> str:
    asked = report.settings
    named = report.naming.slot
    return (
        f"{report.width}×{report.height}, {asked.layout} layout, {asked.style}, named by {named}, "
        f"{sum(report.seconds.values()):.1f} s"
    )


def _score(report: Report) -> str:
    if report.score is None:
        return '<p class="soft">Not rendered.</p>'
    rows = [
        ("texts", f"{report.score.texts:.3f}"),
        ("visual", f"{report.score.visual:.3f}"),
        ("scrolls sideways at 375", {True: "yes", False: "no", None: "not looked at"}[report.sideways_at_375]),
        ("blocked requests", str(report.refused_requests)),
        *((stage, f"{seconds:.2f} s") for stage, seconds in report.seconds.items()),
    ]
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    said = '<p class="soft small">against the picture, 0 to 1</p>'
    return f'<p class="score">{report.score.total:.3f}</p>{said}<dl class="facts">{facts}</dl>'


def _data(page: Page, report: Report) -> str:
    """Write what the script reads; no character in it can end the block or begin markup."""
    worst = sorted(report.blocks, key=lambda block: block.total)
    data = {
        "width": page.width,
        "height": page.height,
        "blocks": [
            {**block.model_dump(exclude={"box"}), "box": block.box.edges, "text": _text(page, block.id)}
            for block in worst
        ],
        "rounds": [round_.model_dump() for round_ in report.rounds],
    }
    text = to_json(data, inf_nan_mode="null").decode().translate(_ESCAPES)
    return f'<script type="application/json" id="data">{text}</script>'


def _text(page: Page, block_id: str) -> str:
    block: Block | None = page.block_by_id.get(block_id)
    return page.text_by_id[block.text].string[:80] if block and block.text else ""


def _fitted(rendered: Image.Image, original: Image.Image) -> Image.Image:
    """Cut or fill up a render to the picture's size, so that both lie on one another."""
    canvas = Image.new("RGB", original.size, "#808080")
    canvas.paste(rendered, (0, 0))
    return canvas


def _picture(image: Image.Image) -> str:
    data = io.BytesIO()
    image.save(data, "WEBP", quality=QUALITY, method=2)
    return data_url(data.getvalue(), "picture.webp")


def _content_policy(styles: Sequence[str], script: str) -> str:
    allowed = {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": " ".join(hash_source(style) for style in styles),
        "script-src": hash_source(script),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in allowed.items())


@cache
def _viewer(name: str) -> str:
    return files("vl2agent.web2code").joinpath("viewer", name).read_text("utf-8")
