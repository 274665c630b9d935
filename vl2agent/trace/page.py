"""One HTML file that shows a recording: what was seen, meant, decided, done, and what came of it.

It holds everything: pictures, styles, script. Nothing is fetched, and a content policy in the page forbids it: only
the one style and the one script that are named by their hashes are obeyed. So it works from a folder, a mail or an
artefact store. What was recorded is in blocks of data that no browser runs; the script (viewer/*.js) reads them when
they are needed, and makes text of them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path

from pydantic_core import to_json

from vl2agent.errors import RecordingError
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import FrameSeen
from vl2agent.trace.data import index_of
from vl2agent.trace.details import details_of
from vl2agent.trace.entries import Entry, entries
from vl2agent.trace.pictures import pictures_of

SCRIPTS = (
    *("elements", "state", "pictures", "marks", "playing", "stage", "crops", "calls", "details"),
    *("run", "steps", "timeline", "search", "keys", "main"),
)
"""The page's script, in this order."""

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def write_page(recording: Recording, path: str | Path) -> Path:
    """Write the page; return where it is.

    Raises:
        RecordingError: a picture is missing or damaged, or the file cannot be written.
    """
    target = Path(path)
    try:
        target.write_text(page_html(recording), "utf-8", newline="\n")
    except OSError as error:
        raise RecordingError(
            target, f"the page cannot be written: {error.strerror or error}; try another place"
        ) from error
    return target


def page_html(recording: Recording) -> str:
    """Give the whole page as text."""
    steps = entries(recording)
    pictures = pictures_of(recording, _shown(recording, steps))
    index = index_of(recording, steps, pictures)
    style, script = _style(), _script()
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_content_policy(style, script)}">
<meta name="referrer" content="no-referrer">
<title>{escape(index["goal"])} · vl2agent</title>
<style>{style}</style></head>
<body><div id="app"></div>
<noscript>This page needs JavaScript, which it brings along. In a terminal, “vl2agent trace --text” tells the same.</noscript>
{_block("index", index)}
{"".join(_block(f"data-{entry.name}", details_of(entry)) for entry in steps)}
{"".join(_blob(number, data) for number, data in enumerate(pictures.blobs))}
<script type="module">{script}</script></body></html>
"""


def _shown(recording: Recording, steps: tuple[Entry, ...]) -> Iterable[int]:
    """List the frames that the page shows: before and after each step, and the first and the last of the run."""
    for entry in steps:
        yield from (number for number in (entry.before, entry.after) if number is not None)
    seen = [event.frame for event in recording.of(FrameSeen)]
    yield from (*seen[:1], *seen[-1:])


def _content_policy(style: str, script: str) -> str:
    allowed = {
        "default-src": "'none'",
        "img-src": "blob:",
        "style-src": _hash(style),
        "script-src": _hash(script),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in allowed.items())


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _block(name: str, data: object) -> str:
    """Write data that the script reads; no character in it can end the block or begin markup."""
    text = to_json(data, inf_nan_mode="null").decode().translate(_ESCAPES)
    return f'<script type="application/json" id="{name}">{text}</script>\n'


def _blob(number: int, data: bytes) -> str:
    return f'<script type="image/webp" id="blob-{number}">{base64.b64encode(data).decode()}</script>\n'


@cache
def _style() -> str:
    return files("vl2agent.trace").joinpath("viewer/viewer.css").read_text("utf-8")


@cache
def _script() -> str:
    folder = files("vl2agent.trace").joinpath("viewer")
    return "\n".join(folder.joinpath(f"{name}.js").read_text("utf-8") for name in SCRIPTS)
