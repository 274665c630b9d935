"""Take words apart: the name to look for, and what kind of thing it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

ROLES: dict[str, tuple[str, ...]] = {
    "button": ("push button", "toggle button", "button", "btn"),
    "link": ("hyperlink", "link"),
    "menu item": ("menu item", "menu entry", "menu option"),
    "menu": ("menu", "menu button"),
    "tab": ("tab", "page tab"),
    "field": (
        "text field",
        "input text field",
        "input textbox",
        "text box",
        "textbox",
        "input field",
        "input box",
        "entry field",
        "text area",
        "text input",
        "input",
        "entry",
        "field",
    ),
    "search field": ("search field", "search box", "search bar", "search input", "search entry"),
    "combo box": (
        *("combo box", "combobox", "drop-down list", "drop-down menu", "dropdown menu", "dropdown list"),
        *("drop-down", "dropdown", "drop down", "selector", "select box", "pop-up button"),
    ),
    "check box": ("check box", "checkbox", "tick box"),
    "radio button": ("radio button", "radio option", "radio", "option"),
    "switch": ("toggle switch", "switch", "toggle"),
    "slider": ("slider", "scale", "range control"),
    "spin box": ("spin box", "spin button", "spinbox", "spinner", "stepper", "number field", "number input"),
    "list item": ("list item", "list entry", "entry in the list", "item"),
    "cell": ("table cell", "cell", "row"),
    "column header": ("column header", "column heading", "header", "heading", "title"),
    "icon": ("icon button", "icon"),
    "label": ("label", "text"),
}
"""How people call each role; the canonical name is ours."""

_ROLE_OF = {phrase: role for role, phrases in ROLES.items() for phrase in phrases}
_PHRASE = "|".join(re.escape(phrase) for phrase in sorted(_ROLE_OF, key=len, reverse=True))
_QUOTES = "\"“”„«»'‘’`"
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]+)[\"”“»]|(?<!\w)['‘`]([^'‘’`]+)['’`](?!\w)")
_ROLE_FIRST = re.compile(
    rf"(?:the )?(?P<role>{_PHRASE})(?: (?:for|of|labelled|labeled|named|called|saying|with the (?:text|label|name))|:)? (?P<name>.+)",
    re.IGNORECASE,
)
_ROLE_LAST = re.compile(rf"(?:the )?(?P<name>.+?) (?P<role>{_PHRASE})", re.IGNORECASE)
_IN_PLACE = re.compile(
    r"(?:the )?(?P<name>.+) (?:in|on|from|of) the (?P<place>menu bar|menubar|toolbar|tool bar|menu|list|sidebar|side bar|tab bar|dialog|window|table|panel)",
    re.IGNORECASE,
)
_ROLE_OF_PLACE = {"menu bar": "menu", "menubar": "menu", "menu": "menu item", "list": "list item", "tab bar": "tab"}


@dataclass(frozen=True, slots=True)
class Name:
    """A thing as words name it.

    Args:
        text: what should be written on it or beside it.
        role: one of ROLES, or "" when the words do not say.
        exact: the name was in quotes.
    """

    text: str
    role: str = ""
    exact: bool = False


def parse_name(words: str) -> tuple[Name, ...]:
    """Return the readings of some words, the likeliest first; the last one is always the words as they stand.

    "the Save button" is a button named Save, or something on which exactly this is written.
    """
    words = " ".join(words.split())
    readings = [*_stripped(words), Name(words.strip(_QUOTES + " ") or words)]
    return tuple(dict.fromkeys(readings))


def _stripped(words: str) -> list[Name]:
    quoted = _QUOTED.search(words)
    if quoted:
        name = quoted.group(1) or quoted.group(2)
        around = (words[: quoted.start()] + " " + words[quoted.end() :]).strip().lower()
        return [Name(name.strip(), _role_in(around), exact=True)]
    alone = words.lower().removeprefix("the ").removeprefix("a ")
    found = [Name("", _ROLE_OF[alone])] if alone in _ROLE_OF else []
    place = _IN_PLACE.fullmatch(words)
    if place:
        found.append(Name(place["name"], _ROLE_OF_PLACE.get(place["place"].lower(), "")))
    readings = [match for pattern in (_ROLE_FIRST, _ROLE_LAST) if (match := pattern.fullmatch(words))]
    found += [Name(match["name"].strip(), _ROLE_OF[match["role"].lower()]) for match in readings]
    return found


def _role_in(words: str) -> str:
    """Find the role that words around a quoted name speak of."""
    if re.search(r"\bmenu ?bar\b", words):
        return "menu"
    if re.search(r"\b(?:in|from|on) the menu\b", words):
        return "menu item"
    match = re.search(rf"\b({_PHRASE})\b", words)
    if match:
        return _ROLE_OF[match[1]]
    return "button" if re.search(r"\b(?:press|push)\b", words) else ""
