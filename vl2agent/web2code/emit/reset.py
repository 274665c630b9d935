"""What styles start from: a browser's own style sheet made even, so that an element only says what it is meant to look like.

After it every element has no margin, no padding, no border, no bullets, sizes that include borders, and its parent's
font and colour. What a browser still adds of its own is in `OWN`. It agrees with Tailwind's "preflight".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_FIELDS = ("button", "input", "select", "textarea")

RULES: tuple[tuple[tuple[str, ...], Mapping[str, str]], ...] = (
    (_HEADINGS, {"font": "inherit"}),
    (("a",), {"color": "inherit", "text-decoration": "none"}),
    (("ul", "ol"), {"list-style": "none"}),
    (("img",), {"display": "block", "max-width": "100%"}),
    (("table",), {"border-collapse": "collapse"}),
    (
        _FIELDS,
        {
            "font": "inherit",
            "letter-spacing": "inherit",
            "color": "inherit",
            "background": "none",
            "border-radius": "0",
        },
    ),
    (("input", "textarea"), {"::placeholder": "color: inherit; opacity: 1"}),
    (("textarea",), {"resize": "vertical"}),
)
"""Tags, and what they are reset to."""

EVERYTHING: Mapping[str, str] = {
    "box-sizing": "border-box",
    "margin": "0",
    "padding": "0",
    "border": "0 solid",
}

OWN: Mapping[str, Mapping[str, str]] = {
    "b": {"font-weight": "700"},
    "strong": {"font-weight": "700"},
    "th": {"font-weight": "700", "text-align": "center"},
    "em": {"font-style": "italic"},
    "i": {"font-style": "italic"},
    "cite": {"font-style": "italic"},
    "button": {"text-align": "center"},
    "input": {"text-align": "start"},
    "select": {"text-align": "start"},
    "textarea": {"text-align": "start", "white-space": "pre-wrap"},
    "code": {"font-family": "monospace"},
    "kbd": {"font-family": "monospace"},
    "samp": {"font-family": "monospace"},
    "pre": {"font-family": "monospace", "white-space": "pre"},
    "mark": {"color": "#000000", "background": "#ffff00"},
    "small": {"font-size": "smaller"},
}
"""Inherited properties that these tags do not inherit: what they have where nothing is declared."""


def reset(tags: Iterable[str]) -> list[tuple[str, Mapping[str, str]]]:
    """Return the rules, as selector and declarations, that a page with these tags starts from."""
    used = set(tags)
    rules: list[tuple[str, Mapping[str, str]]] = [("*, ::before, ::after", EVERYTHING)]
    for group, declarations in RULES:
        present = [tag for tag in group if tag in used]
        if present and "::placeholder" in declarations:
            rules.append(("::placeholder", {"color": "inherit", "opacity": "1"}))
        elif present:
            rules.append((", ".join(present), declarations))
    return rules
