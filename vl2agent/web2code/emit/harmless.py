"""Hold a document to what a page made from a picture may have: no script, no handler, nothing from elsewhere.

Layout makes none of it. This is the last gate before code is written, whatever was read, named or edited.
"""

from __future__ import annotations

import re
import unicodedata

from vl2agent.errors import UnsafeMarkup
from vl2agent.web2code.emit.element import Document, Element

TAGS = frozenset({
    "body", "header", "nav", "main", "footer", "aside", "section", "article", "div", "span", "h1", "h2", "h3",
    "h4", "h5", "h6", "p", "a", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "code", "kbd",
    "samp", "strong", "em", "b", "i", "u", "s", "small", "sub", "sup", "mark", "cite", "q", "abbr", "time",
    "br", "wbr", "hr", "table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td",
    "form", "fieldset", "legend", "label", "input", "textarea", "select", "option", "optgroup", "button",
    "progress", "meter", "output", "img", "figure", "figcaption", "details", "summary", "address",
})  # fmt: skip
_PLAIN = frozenset({
    "alt", "title", "lang", "dir", "role", "placeholder", "value", "type", "checked", "disabled", "readonly",
    "required", "selected", "colspan", "rowspan", "scope", "width", "height", "rows", "cols", "size", "min",
    "max", "start", "label", "multiple", "open",
})  # fmt: skip
_ID = re.compile(r"[A-Za-z][\w-]*", re.ASCII)
_FRAGMENT = re.compile(r"#[\w-]*", re.ASCII)
ASSET = re.compile(r"assets/[a-z0-9-]+\.png")
"""The names of pictures."""
_PROPERTY = re.compile(r"-?[a-z]+(-[a-z0-9]+)*")
_VALUE = re.compile(r"(?:[^;{}<>@\\\"'`\x00-\x1f]|\"[^\"\\<>\x00-\x1f]*\"|'[^'\\<>\x00-\x1f]*')*")
_FUNCTION = re.compile(r"([\w-]*)\(")
_URL = re.compile(r"url\(\"assets/[a-z0-9-]+\.png\"\)")
_FUNCTIONS = frozenset({
    "", "calc", "min", "max", "clamp", "minmax", "repeat", "fit-content", "rgb", "rgba", "hsl", "hsla",
    "linear-gradient", "radial-gradient", "inset", "translate", "translatex", "translatey", "rotate", "scale",
})  # fmt: skip
_NOTHING_TO_SEE = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Characters that turn the direction of text: no picture shows them, and code with them reads as it is not."""


def clean(string: str) -> str:
    """Return a text without the characters that nobody can see and HTML forbids."""
    return "".join(
        character
        for character in string
        if character in "\n\t" or (unicodedata.category(character) not in _NOTHING_TO_SEE and character not in _TURNING)
    )


def check(document: Document) -> None:
    """Refuse a document with anything that is not known to be harmless.

    Raises:
        UnsafeMarkup: a tag, an attribute or a style that is not on the list of what layout uses.
    """
    if not re.fullmatch(r"[A-Za-z]{0,8}(-[A-Za-z0-9]{1,8})*", document.language):
        raise UnsafeMarkup("language", document.language, "a tag as 'en' or 'pt-BR'")
    for element in document.body.walk():
        _check_element(element)


def _check_element(element: Element) -> None:
    if element.tag not in TAGS:
        raise UnsafeMarkup("tag", element.tag, "one of those that show text, fields and pictures")
    for name, value in element.attributes.items():
        if not _attribute_is_harmless(name, value):
            raise UnsafeMarkup(
                f"attribute {name} of {element.tag}", value, "a plain attribute, '#' or a file in assets/"
            )
    for style in (element.style, element.narrow):
        for name, value in style.items():
            if not style_is_harmless(name, value):
                raise UnsafeMarkup(f"style {name} of {element.tag}", value, "a CSS value without addresses")


def _attribute_is_harmless(name: str, value: str) -> bool:
    if name in ("id", "for", "name"):
        return _ID.fullmatch(value) is not None
    if name == "href":
        return _FRAGMENT.fullmatch(value) is not None
    if name == "src":
        return ASSET.fullmatch(value) is not None
    return name in _PLAIN or re.fullmatch(r"aria-[a-z]+", name) is not None


def style_is_harmless(name: str, value: str) -> bool:
    """Tell whether a declaration can do nothing but change looks: no address but of a picture in assets/."""
    if not _PROPERTY.fullmatch(name) or not _VALUE.fullmatch(value) or "/*" in value:
        return False
    rest = _URL.sub("", value)
    unquoted = re.sub(r"\"[^\"]*\"|'[^']*'", "", rest)
    functions = {function.lower() for function in _FUNCTION.findall(unquoted)}
    return functions <= _FUNCTIONS and unquoted.count("(") == unquoted.count(")")
