"""What README and docs show is true: goals parse, snippets print what stands below them, links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from vl2agent.planner.grammar import parse

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
SOURCES = [*PAGES, *(ROOT / "vl2agent/cli").glob("*.py")]
TOLD = r'vl2agent run "([^"{]+)"(?!\S*\s+--model)'
"""A goal as it is typed; a model takes any goal."""
GOALS = sorted({goal for page in SOURCES for goal in re.findall(TOLD, page.read_text("utf-8"))})


@pytest.mark.parametrize("goal", [goal for goal in GOALS if goal not in ("goal", "...")])
def test_goals_in_the_documentation_are_understood(goal: str) -> None:
    """A reader can paste them."""
    assert parse(goal)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    """Relative links and pictures exist."""
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readmes_python_prints_what_stands_below_it() -> None:
    """The first Python block, run from the project's root."""
    found = re.search(r"```python\n(.+?)```\n\n```text\n(.+?)```", README, re.DOTALL)
    assert found
    printed = subprocess.run([sys.executable, "-c", found[1]], cwd=ROOT, capture_output=True, text=True, check=True)
    assert printed.stdout.splitlines() == found[2].splitlines()


def test_the_tree_in_the_readme_is_the_tree() -> None:
    """Every room and file of the package that the README names exists, and every room is named."""
    block = re.search(r"## The tree\n\n```text\n(.+?)```", README, re.DOTALL)
    assert block
    named = re.findall(r"^  ([\w./]+)", block[1], re.MULTILINE)
    assert [name for name in named if not (ROOT / "vl2agent" / name).exists()] == []
    rooms = {path.parent.name for path in (ROOT / "vl2agent").glob("*/__init__.py")}
    assert rooms <= {name.rstrip("/") for name in named}
