"""A page in one file: its style and its pictures stand in the HTML itself."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re

from vl2agent.web2code.emit.element import Code

_LINK = re.compile(r'<link rel="stylesheet" href="(style\.css)">')
_POLICY = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")[^"]*(">)')
_SOURCE = re.compile(r'(<img\b[^<>]*?\ssrc=")(assets/[\w.-]+)(")')
_URL = re.compile(r'(url\(")(assets/[\w.-]+)("\))')


def single_file(code: Code) -> str:
    """Return index.html with everything it names put into it; it loads nothing, and its policy says so."""

    def with_data(found: re.Match[str]) -> str:
        name = found[2]
        return f"{found[1]}{data_url(code.shown[name], name)}{found[3]}" if name in code.shown else found[0]

    html = code.shown["index.html"].decode()
    style = _URL.sub(with_data, code.shown.get("style.css", b"").decode())
    html = _SOURCE.sub(with_data, html)
    policy = f"default-src 'none'; img-src data:; style-src {hash_source(style)}; base-uri 'none'; form-action 'none'"
    html = _POLICY.sub(lambda found: f"{found[1]}{policy}{found[2]}", html, count=1)
    return _LINK.sub(lambda found: f"<style>{style}</style>", html, count=1)


def data_url(data: bytes, name: str) -> str:
    """Write the content of a file as an address that holds it."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def hash_source(text: str) -> str:
    """Name a style or a script by its hash, as a content policy does."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
