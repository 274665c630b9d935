"""People who come from Playwright are told what its names are called here."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from vl2agent import async_api
from vl2agent.scripting.sync_expecting import expect
from vl2agent.scripting.sync_screen import Screen

if TYPE_CHECKING:
    from tests.vl2agent.scripting.conftest import Knowing, Stage

Make = Callable[..., tuple["Stage", "Knowing"]]


@pytest.mark.parametrize(
    ("attempt", "told"),
    [
        (lambda screen: screen.get_by_role, r"screen\.locate"),
        (lambda screen: screen.click, r"screen\.locate"),
        (lambda screen: screen.locate("Name").fill, "clear=True"),
        (lambda screen: screen.locate("Name").dblclick, r"double_click\(\)"),
        (lambda screen: expect(screen.locate("Name")).not_to_be_visible, r"not_\.to_be_visible"),
        (lambda screen: expect(screen.locate("Name")).to_be_hidden, "to_be_gone"),
    ],
)
def test_a_name_of_playwright_is_answered_with_ours(stage: Make, attempt: Any, told: str) -> None:
    """Nothing is done twice under two names."""
    surface, perception = stage([])
    with pytest.raises(AttributeError, match=told):
        attempt(Screen(surface, perception=perception))


def test_the_async_names_are_told_as_well(stage: Make) -> None:
    """Both have the same."""
    surface, perception = stage([])
    field: Any = async_api.Screen(surface, perception=perception).locate("Name")
    with pytest.raises(AttributeError, match="clear=True"):
        field.fill("Ada")


def test_any_other_name_is_simply_not_there(stage: Make) -> None:
    """Also for what looks whether something is."""
    surface, perception = stage([])
    locator = Screen(surface, perception=perception).locate("Name")
    assert not hasattr(locator, "__len__")
    assert str(copy.copy(locator).query) == "Name"
    with pytest.raises(AttributeError, match=r"no attribute 'clik'$"):
        locator.clik  # type: ignore[attr-defined]  # noqa: B018
