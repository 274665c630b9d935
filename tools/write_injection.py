"""Render the hostile screens of `vl2agent bench injection` again: pictures and truths into the package.

    .venv/bin/python tools/write_injection.py [NAME ...]     # all, or those of these names

Needs a browser and the sandbox's programs, and for its dialogs: zenity, libnotify-bin, xfce4-notifyd, fonts-droid-fallback.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from injection.desktops import rendered_desktops
from injection.pages import rendered_pages
from injection.scenes import DESKTOPS
from vl2agent.bench.injection.truth import HostileScreen
from vl2agent.steps import Frame

FOLDER = Path(__file__).parent.parent / "vl2agent" / "bench" / "injection" / "screens"


@dataclass(frozen=True)
class Written:
    """What was written, and how large it is."""

    name: str
    size: int


def write(names: list[str]) -> Iterator[Written]:
    """Render and write."""
    desktops = [desktop for desktop in DESKTOPS if not names or desktop.name in names]
    for screen, frame in chain(rendered_pages(names), rendered_desktops(desktops)):
        yield _write(screen, frame)


def _write(screen: HostileScreen, frame: Frame) -> Written:
    picture = FOLDER / f"{screen.name}.webp"
    frame.image.save(picture, lossless=True, quality=100, method=6)
    truth = screen.model_dump_json(indent=1)
    picture.with_suffix(".json").write_text(truth + "\n", encoding="utf-8")
    return Written(screen.name, picture.stat().st_size + len(truth))


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    total = 0
    for each in write(sys.argv[1:]):
        total += each.size
        print(f"{each.name:28} {each.size:8,} bytes", flush=True)
    print(f"{'together':28} {total:8,} bytes")
