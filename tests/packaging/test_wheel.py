"""What is shipped: the two packages with their data files, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = {"vl2agent": "vl2agent", "vl2": "model/vl2"}  # import name: folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it; made offline."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def wheel_names(built: Path) -> list[str]:
    """The paths in the wheel."""
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        return wheel.namelist()


def shipped_sources(package: str) -> set[str]:
    """Every file of a package in this checkout that git does not ignore, by its name in the wheel."""
    folder = SOURCES[package]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", folder]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return {package + name.removeprefix(folder) for name in listed if (ROOT / name).is_file()}


def test_the_wheel_has_two_packages(wheel_names: list[str]) -> None:
    """Installing adds `vl2agent`, `vl2` and the metadata, no `model`, `tests`, `tools` or `examples`."""
    tops = {name.partition("/")[0] for name in wheel_names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(SOURCES)
    assert len(tops) == 3


@pytest.mark.parametrize("package", sorted(SOURCES))
def test_the_wheel_has_every_file_of_a_package(wheel_names: list[str], package: str) -> None:
    """Code, styles, scripts and lists all arrive: what works from the checkout works when installed."""
    assert {name for name in wheel_names if name.startswith(f"{package}/")} == shipped_sources(package)


@pytest.mark.parametrize("name", ["py.typed", "sandbox/apt-packages.txt", "sandbox/panel.xml", "sandbox/inside.sh"])
def test_the_wheel_has_what_is_not_python(wheel_names: list[str], name: str) -> None:
    """Data files that the package reads are in the wheel."""
    assert f"vl2agent/{name}" in wheel_names


def test_the_wheel_has_the_command_the_licence_and_the_extras(built: Path) -> None:
    """The metadata has what an installer needs."""
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        files = {Path(name).name: name for name in wheel.namelist() if ".dist-info/" in name}
        points = wheel.read(files["entry_points.txt"]).decode()
        metadata = wheel.read(files["METADATA"]).decode()
    assert "vl2agent = vl2agent.cli:main" in points
    assert "LICENSE" in files
    for extra in ("ocr", "browser", "local", "serve", "test", "all"):
        assert f"Provides-Extra: {extra}\n" in metadata


def test_the_core_does_not_ask_for_heavy_packages(built: Path) -> None:
    """`pip install vl2agent` brings no torch, no browser driver and no OCR."""
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        lines = wheel.read(name).decode().splitlines()
    core = " ".join(line for line in lines if line.startswith("Requires-Dist:") and "extra ==" not in line)
    for heavy in ("torch", "transformers", "playwright", "rapidocr", "onnxruntime"):
        assert heavy not in core


def test_the_sdist_has_the_sources_and_the_tests(built: Path) -> None:
    """A packager can run the tests from the sdist; build leftovers and hidden folders stay out."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    for needed in (
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "do",
        "vl2agent/py.typed",
        "tests/packaging/test_wheel.py",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith((".venv", ".git/", "shared", "dist"))]
    assert not [name for name in names if name.endswith((".pyc", ".onnx"))]
