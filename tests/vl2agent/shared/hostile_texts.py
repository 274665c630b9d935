"""Texts that would be code if they were not text, and how to tell that a page has let one in."""

from __future__ import annotations

import re

import html5lib

NASTY = (
    "</style><script>alert(1)</script>",
    '" onerror="alert(1)" x="',
    "' onload='alert(1)",
    "javascript:alert(1)",
    "url(http://evil.example/x.png)",
    '@import "http://evil.example/x.css";',
    "{{ constructor.constructor('alert(1)')() }}",
    "{alert(1)} ${alert(1)} `x`",
    "</script><script src=//evil.example></script>",
    "<!-- --><svg onload=alert(1)>",
    "</title></textarea></pre><iframe src=http://evil.example>",
    "]]><![CDATA[ \x00 \x08 \ud800 \ufffe",
    "\u202ealert\u202c \u2066x\u2069 \u2028 \u2029",
    "&lt;script&gt; &#106;avascript:",
    "}}</template><style>*{background:url(//evil.example)}</style>",
    "\\u003cscript\\u003e \\",
)
_OWN = re.compile(r"#[\w-]*|/?assets/[a-z0-9-]+\.png|style\.css|/src/main\.jsx?|data:image/png;base64,[\w+/=]*")
_FOREIGN = frozenset({"script", "iframe", "object", "embed", "base", "svg", "math", "template", "audio", "video"})
_ADDRESSES = ("href", "src", "action", "formaction", "srcset", "poster", "data", "xlink:href", "background", "ping")


def faults(html: str, *, script: str | None = None) -> list[str]:
    """Say what a parsed page has that it must not have, but for one script of its own."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    found = []
    for element in tree.iter():
        if not isinstance(element.tag, str):
            found.append("a comment")
            continue
        own = element.tag == "script" and script is not None and element.get("src") == script and not element.text
        if element.tag in _FOREIGN and not own:
            found.append(element.tag)
        for key, value in element.attrib.items():
            if key.startswith("on") or key in ("style", "srcdoc") or "{" in key:
                found.append(f"{element.tag} {key}")
            if key in _ADDRESSES and not _OWN.fullmatch(value):
                found.append(f"{element.tag} {key}={value}")
        if element.tag == "meta" and element.get("http-equiv", "Content-Security-Policy") != "Content-Security-Policy":
            found.append("meta")
    return found


def css_faults(css: str) -> list[str]:
    """Say which addresses and rules a style sheet has that it must not have, outside strings of font names."""
    addresses = re.findall(r"url\(([^)]*)\)", css)
    found = [each for each in addresses if not re.fullmatch(r'"(/?assets/[a-z0-9-]+\.png|data:image/png;.*)"', each)]
    rest = re.sub(r"@media \((max-width: [0-9]+px|width < 40rem)\)", "", css)
    return found + re.findall(r"@[\w-]+|<|expression\(|src\(", rest)
