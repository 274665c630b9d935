"""Playwright's names that are called otherwise here: whoever tries one is told what it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

_LOCATE = "screen.locate('Save button')"
_TEXT, _CLICK = "locator.text()", "locator.click()"
_PAGE = "the surface's own: browser.on_page(lambda page: ...)"
HERE = {
    **dict.fromkeys(("locator", "get_by_label", "get_by_placeholder", "get_by_role", "get_by_text"), _LOCATE),
    **dict.fromkeys(("inner_text", "input_value", "text_content"), _TEXT),
    **dict.fromkeys(("check", "set_checked", "tap", "uncheck"), _CLICK),
    **dict.fromkeys(("evaluate", "goto", "reload", "title", "url"), _PAGE),
    "bounding_box": "locator.box()",
    "clear": "locator.type('', clear=True)",
    "click": "screen.locate('Save button').click()",
    "dblclick": "locator.double_click()",
    "fill": "locator.type(text, clear=True)",
    "is_hidden": "not locator.is_visible()",
    "keyboard": "screen.press('ctrl+s') and screen.type(text)",
    "press": "locator.type(text, submit=True), or locator.click() and screen.press('enter')",
    "press_sequentially": "locator.type(text)",
    "scroll_into_view_if_needed": "locator.scroll_into_view()",
    "select_option": "locator.click(), then a click on the option",
    "set_default_timeout": "Screen(..., timeout_s=10)",
    "to_be_hidden": "to_be_gone()",
    "to_have_value": "to_have_text(text)",
    "to_have_title": "expect(screen).to_show('a window titled Report')",
    "wait_for_selector": "screen.wait_for('Save button')",
}
"""Playwright's name, and what to write here."""


class ToldFromPlaywright:
    """Something whose methods people know from Playwright."""

    __slots__ = ()

    if not TYPE_CHECKING:  # else every name would seem to exist

        def __getattr__(self, name: str) -> Any:
            hint = f"not_.{name.removeprefix('not_')}(...)" if name.startswith("not_to_") else HERE.get(name)
            said = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(f"{said}; here it is {hint}" if hint else said, name=name, obj=self)
