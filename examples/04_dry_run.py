"""See what a goal would do before it does anything: each action is drawn on a picture of the screen.

python examples/04_dry_run.py [FOLDER]
"""

import sys
import tempfile
from pathlib import Path

from vl2agent import Agent, DryRunExecutor
from vl2agent.capture.files import ImageScreen

PICTURE = Path(__file__).with_name("settings.png")


def main(folder: str | Path) -> list[Path]:
    """Plan on a saved screenshot, send nothing, save one picture for each action."""
    screen = ImageScreen(PICTURE)  # or a Sandbox, a BrowserSandbox, your own desktop (DesktopScreen)
    result = Agent(screen, DryRunExecutor(screen, Path(folder))).run("double-click Appearance, then click Close button")
    for step in result.steps:
        if step.target and step.receipt:
            print(f"{step.target.words} at {step.target.point}: {step.receipt.detail}")
    return sorted(Path(folder).glob("*.png"))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="vl2agent-dry-run-"))
