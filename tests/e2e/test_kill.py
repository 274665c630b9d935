"""Runs that are killed again and again reach their goal, and do nothing twice: a few seeded kills of `./do kill-test`."""

from __future__ import annotations

from pathlib import Path

import pytest

from kill_test import campaign, cuts, replays
from killing.goals import GOALS


@pytest.mark.display
@pytest.mark.slow
def test_killed_runs_go_on_and_reach_their_goal(tmp_path: Path) -> None:
    """Six kills: recordings open and do not lie, keys and buttons are up, the text is there once; so do cut ones."""
    work = campaign(6, 7, tmp_path, goals=GOALS[:1])
    assert work.problems == []
    assert len(work.kills) >= 6
    assert cuts(work, 100) == (100, [])
    assert replays(work)[1] == []
