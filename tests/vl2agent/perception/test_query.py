"""Words taken apart into a name and a role."""

from __future__ import annotations

import pytest

from vl2agent.perception.query import Name, parse_name


@pytest.mark.parametrize(
    ("words", "name", "role"),
    [
        ("the Save button", "Save", "button"),
        ('press "Save as"', "Save as", "button"),
        ('the "Search" field', "Search", "field"),
        ("text box for Email", "Email", "field"),
        ("search box: Find a pet", "Find a pet", "search field"),
        ("Country drop-down", "Country", "combo box"),
        ("the Dark mode switch", "Dark mode", "switch"),
        ("check box Remember me", "Remember me", "check box"),
        ("File in the menu bar", "File", "menu"),
        ('menu item "Paste special"', "Paste special", "menu item"),
        ("Copy in the menu", "Copy", "menu item"),
        ("column heading Size", "Size", "column header"),
        ("the icon for Trash", "Trash", "icon"),
        ("the field", "", "field"),
        ("Budget.ods", "Budget.ods", ""),
    ],
)
def test_phrases_give_a_name_and_a_role(words: str, name: str, role: str) -> None:
    """The likeliest reading comes first."""
    first = parse_name(words)[0]
    assert (first.text, first.role) == (name, role)


def test_the_words_themselves_are_always_a_reading() -> None:
    """Something may be called 'Log in button' on the screen."""
    assert parse_name("Log in button")[-1] == Name("Log in button")


def test_a_role_in_the_name_stays_in_the_name() -> None:
    """Only the last word says what it is."""
    assert parse_name("the Show home button switch")[0] == Name("Show home button", "switch")
