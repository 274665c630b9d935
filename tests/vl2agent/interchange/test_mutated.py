"""Trajectories with seeded mutations: a recording that opens and is checked, or a typed error; nothing else."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from foreign_runs import anthropic_file, openai_file, ui_tars_file

from vl2agent.cli.record import judged
from vl2agent.errors import TrajectoryError
from vl2agent.interchange.importing import Importing, Tool, read_trajectory
from vl2agent.interchange.spaces import Space
from vl2agent.recording.naming import Naming
from vl2agent.recording.writer import Recorder
from vl2agent.replay.verify import verify

MUTATIONS = 25
JUNK: list[Any] = [
    *(None, True, -1, 1e308, 0.5, 10**12, "", "x", "\ud800", [], {}, [1], [1, 2], "a" * 5000, "../x.png"),
    {"type": "text"},
    "data:image/png;base64,AAA",
]
INSERTED = ("'", ")", "\\", "\n", "<|det|>", "\u202e")


def mutated(value: Any, chance: random.Random) -> Any:
    """Change a JSON value here and there."""
    if chance.random() < 0.03:
        return chance.choice(JUNK)
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if chance.random() > 0.02}
        names = {name: name if chance.random() > 0.01 else chance.choice(["type", "action", "x"]) for name in kept}
        return {names[name]: mutated(each, chance) for name, each in kept.items()}
    if isinstance(value, list):
        return [mutated(each, chance) for each in value if chance.random() > 0.02]
    if isinstance(value, str) and len(value) < 500 and chance.random() < 0.05:
        at = chance.randrange(len(value) + 1)
        return value[:at] + chance.choice(INSERTED) + value[at:]
    return value


def trajectory(tool: Tool, folder: Path) -> Path:
    """Write one of a tool."""
    replies = ("Thought: a\nAction: click(start_box='(10,20)')", "Action: type(content='x\\n')\n\nhotkey(key='ctrl s')")
    if tool is Tool.UI_TARS:
        return ui_tars_file(folder, *replies, "Action: finished()")
    return {Tool.OPENAI: openai_file, Tool.ANTHROPIC: anthropic_file}[tool](folder)


@pytest.mark.parametrize("tool", [Tool.OPENAI, Tool.ANTHROPIC, Tool.UI_TARS])
def test_a_mutated_trajectory_is_a_recording_or_a_typed_error(tool: Tool, tmp_path: Path) -> None:
    """Seeded, so that what fails fails again."""
    chance, path, output = random.Random(str(tool)), trajectory(tool, tmp_path), tmp_path / "made.v2a"
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    made = 0
    for _ in range(MUTATIONS):
        text = "\n".join(json.dumps(mutated(entry, chance)) for entry in entries)
        path.write_text(text[: chance.randrange(len(text))] if chance.random() < 0.1 else text)
        shutil.rmtree(output, ignore_errors=True)
        try:
            read = read_trajectory(path, tool)
            recorder, space = Recorder(output), chance.choice([None, *Space])
            Importing(recorder, judged, Naming(), space=space, skip=chance.random() < 0.7).run(read, "goal")
        except TrajectoryError:
            assert not output.exists()
        else:
            verify(output)
            made += 1
    assert made > MUTATIONS / 10
