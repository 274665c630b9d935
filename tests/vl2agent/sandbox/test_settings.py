"""The settings that a desktop starts with."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from vl2agent.errors import InputError
from vl2agent.sandbox.settings import Look, channel_xml, write_settings


def test_a_channel_says_names_types_and_values() -> None:
    """Nested mappings become trees; text is escaped."""
    root = ElementTree.fromstring(channel_xml("x", {"a": {"b": True, "c": 3}, "d": 'a<"&>'}))
    found = {item.get("name"): (item.get("type"), item.get("value")) for item in root.iter("property")}
    assert found == {"a": ("empty", None), "b": ("bool", "true"), "c": ("int", "3"), "d": ("string", 'a<"&>')}


def test_every_file_of_settings_can_be_parsed(tmp_path: Path) -> None:
    """All XML is well formed, and the theme is where it belongs."""
    write_settings(tmp_path, Look("Greybird-dark", 2), uid=1000, gid=1000)
    channels = list(tmp_path.glob("config/xfce4/xfconf/xfce-perchannel-xml/*.xml"))
    assert {path.stem for path in channels} >= {"xsettings", "xfwm4", "xfce4-panel", "xfce4-desktop"}
    for path in channels:
        assert ElementTree.parse(path).getroot().get("name") == path.stem
    assert 'value="Greybird-dark"' in (tmp_path / "config/xfce4/xfconf/xfce-perchannel-xml/xsettings.xml").read_text()


@pytest.mark.parametrize(("theme", "dark"), [("Greybird", False), ("Greybird-dark", True), ("Adwaita-dark", True)])
def test_dark_themes_get_dark_icons(theme: str, dark: bool) -> None:
    """Dark is told by the name."""
    assert Look(theme).dark is dark


@pytest.mark.parametrize("look", [("../x", 1), ("a b", 1), ("", 1), ("Adwaita", 0), ("Adwaita", 3)])
def test_looks_that_cannot_be_are_refused(look: tuple[str, int]) -> None:
    """A theme is a name, not a path; the scale is 1 or 2."""
    with pytest.raises(InputError):
        Look(*look)
