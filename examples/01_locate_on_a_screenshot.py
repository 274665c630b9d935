"""Find things on a saved screenshot by naming them. Needs no display, no GPU and no network.

python examples/01_locate_on_a_screenshot.py
python examples/01_locate_on_a_screenshot.py my-screenshot.png "Save" "Name field" "Delete below Photos"
"""

import sys
from pathlib import Path

from vl2agent import OcrPerception
from vl2agent.capture.files import load_frame
from vl2agent.errors import TargetNotFound

PICTURE = Path(__file__).with_name("settings.png")
WORDS = ["Appearance", "Close button", "Keyboard", "second Window Manager", "Display below Workspaces", "Firewall"]


def main(picture: str | Path = PICTURE, *words: str) -> None:
    """Print where each of the words is, or why nothing was taken."""
    frame = load_frame(picture)
    perception = OcrPerception()
    for name in words or WORDS:
        try:
            target = perception.locate(name, frame)
            print(f"{name}: click {target.point}, sure to {target.confidence:.0%}")
        except TargetNotFound as error:  # honest: it says what comes close, and does not guess
            print(f"{name}: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
