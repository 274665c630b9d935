"""Names of themes and layouts are known before a desktop starts with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from vl2agent.errors import InputError
from vl2agent.sandbox.choices import require_layout, require_theme
from vl2agent.sandbox.desktop import Sandbox


@pytest.mark.parametrize("theme", ["Greybird", "Greybird-dark", "Adwaita", "Adwaita-dark"])
def test_installed_themes_are_taken(theme: str) -> None:
    """Those of the system, and those that GTK has built in."""
    require_theme(theme, None)


def test_a_theme_in_home_is_taken(tmp_path: Path) -> None:
    """GTK looks there, too."""
    (tmp_path / ".themes/Mine/gtk-3.0").mkdir(parents=True)
    require_theme("Mine", tmp_path)
    with pytest.raises(InputError, match="Greybird-dark"):
        require_theme("Mine", None)


@pytest.mark.parametrize("layout", ["us", "de", "fr", "us dvorak", "de nodeadkeys"])
def test_known_layouts_are_taken(layout: str) -> None:
    """With a variant or without."""
    require_layout(layout)


@pytest.mark.parametrize(("layout", "said"), [("xx", "'xx'"), ("us dvorax", "dvorak")])
def test_unknown_layouts_are_refused(layout: str, said: str) -> None:
    """The message has what was expected."""
    with pytest.raises(InputError, match=said):
        require_layout(layout)


def test_a_desktop_is_not_started_with_them() -> None:
    """A mistyped name is told at once."""
    for sandbox in (Sandbox(theme="Graybird"), Sandbox(layout="dee")):
        with pytest.raises(InputError), sandbox:
            pass
