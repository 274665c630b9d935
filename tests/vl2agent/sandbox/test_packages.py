"""What has to be installed, and how to say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from vl2agent.errors import MissingPackages, SandboxError
from vl2agent.sandbox import packages


def test_the_list_of_packages_names_all_that_is_needed() -> None:
    """Every program's package is in apt-packages.txt, once, so that `./do` installs it."""
    listed = packages.apt_packages()
    assert len(listed) == len(set(listed))
    assert {*packages.NEEDED.values(), *packages.USEFUL.values()} <= set(listed)


def test_what_is_missing_is_named_with_its_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The error has the programs and the command that installs exactly them."""
    (tmp_path / "Xvfb").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(packages, "system_ids", lambda: ("debian",))
    with pytest.raises(MissingPackages) as caught:
        packages.require()
    assert "Xvfb" not in caught.value.programs
    assert "xfwm4" in caught.value.programs
    assert caught.value.install.startswith("sudo apt-get update && sudo apt-get install -y --no-install-recommends ")
    assert "xfdesktop4" in caught.value.install


@pytest.mark.parametrize(
    ("system", "line"),
    [
        (("ubuntu", "debian"), "sudo apt-get update && sudo apt-get install -y --no-install-recommends xvfb thunar"),
        (("fedora",), "sudo dnf install -y xorg-x11-server-Xvfb Thunar"),
        (("manjaro", "arch"), "sudo pacman -S --needed xorg-server-xvfb thunar"),
    ],
)
def test_each_system_gets_its_own_line(system: tuple[str, ...], line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Package names differ between distributions."""
    monkeypatch.setattr(packages, "system_ids", lambda: system)
    assert packages.install_line(["xvfb", "thunar"]) == line


def test_other_systems_have_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """On macOS and Windows the error names the dry run."""
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(SandboxError, match="--dry-run"):
        packages.require()
