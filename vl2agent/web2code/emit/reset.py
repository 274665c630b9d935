"""What every browser adds to elements by itself and layout does not want: the rules that take it away."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_FIELDS = ("button", "input", "select", "textarea", "optgroup", "progress")

RESET: tuple[tuple[tuple[str, ...], Mapping[str, str]], ...] = (
    (("*", "::before", "::after"), {"box-sizing": "border-box"}),
    (("body", *_HEADINGS, "p", "ul", "ol", "dl", "dd", "figure", "blockquote", "pre", "hr", "fieldset", "legend"),
     {"margin": "0", "padding": "0"}),
    ((*_HEADINGS, *_FIELDS, "th", "caption", "strong", "em", "b", "i", "code", "pre", "kbd", "address", "cite"),
     {"font": "inherit"}),
    (_FIELDS, {"margin": "0", "padding": "0", "border": "0", "border-radius": "0", "background": "none",
               "color": "inherit", "letter-spacing": "inherit", "text-align": "inherit", "text-transform": "none"}),
    (("input::placeholder", "textarea::placeholder"), {"color": "inherit", "opacity": "1"}),
    (("textarea",), {"resize": "none"}),
    (("a",), {"color": "inherit", "text-decoration": "none"}),
    (("mark",), {"background": "none", "color": "inherit"}),
    (("img",), {"display": "block", "max-width": "100%"}),
    (("hr", "fieldset", "iframe"), {"border": "0"}),
    (("fieldset",), {"min-width": "0"}),
    (("table",), {"border-collapse": "separate", "border-spacing": "0", "text-indent": "0"}),
    (("th", "td", "caption"), {"padding": "0", "text-align": "inherit"}),
)  # fmt: skip
"""Selectors, and what holds for them; weaker than any class."""


def reset(tags: AbstractSet[str]) -> list[tuple[tuple[str, ...], Mapping[str, str]]]:
    """Choose the rules that a page with these tags needs."""
    rules = []
    for selectors, declarations in RESET:
        if used := tuple(each for each in selectors if each.partition("::")[0] in {*tags, "", "*"}):
            rules.append((used, declarations))
    return rules
