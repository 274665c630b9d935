"""Measure capture on Xvfb at three sizes: grabs a second, frame to dirty tiles, settling.

    python tools/bench/capture.py [--seconds 1.0]

Prints medians of one run. Quote ratios between rows: machines differ.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from rich.console import Console
from rich.table import Table

from hardware import hardware
from vl2agent.capture.desktop import DesktopScreen
from vl2agent.capture.xpicture import XPictures
from vl2agent.steps import Frame
from vl2agent.tiles import dirty_tiles
from xserver import xvfb

SIZES = ((1280, 800), (1920, 1080), (2560, 1440))


def median_ms(work: Callable[[], object], seconds: float) -> float:
    """Repeat the work for that long, five times at least, and return the median in milliseconds."""
    taken: list[float] = []
    end_s = time.perf_counter() + seconds
    while time.perf_counter() < end_s or len(taken) < 5:
        began_s = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began_s)
    return statistics.median(taken) * 1000


def tiles_and_hashes(before: Frame, after: Frame) -> object:
    """What a capture loop does with each new frame."""
    return dirty_tiles(before, after).hashes()


def measure(screen: DesktopScreen, seconds: float) -> list[float]:
    """Return milliseconds: grab, tiles and hashes when none, one and all changed, digest, image, settling."""
    still = screen.grab()
    again = screen.grab()
    one, all_ = still.pixels.copy(), 255 - still.pixels
    one[100:110, 100:110, :3] ^= 255
    frames = (again, Frame(one, still.region, 0.0), Frame(np.ascontiguousarray(all_), still.region, 0.0))
    copies = [Frame(still.pixels, still.region, 0.0) for _ in range(2000)]
    return [
        median_ms(screen.grab, seconds),
        *(median_ms(partial(tiles_and_hashes, still, frame), seconds) for frame in frames),
        median_ms(lambda: copies.pop().digest, min(seconds, 0.3)),
        median_ms(lambda: copies.pop().image, min(seconds, 0.3)),
        median_ms(screen.settled, seconds),
    ]


def plain_ms(name: str, seconds: float) -> float:
    """Return milliseconds of a grab without shared memory, as on Xtigervnc."""
    pictures = XPictures(name)
    try:
        return median_ms(partial(pictures.grab, pictures.monitors[0]), seconds)
    finally:
        pictures.close()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to repeat each measurement")
    seconds = parser.parse_args().seconds
    table = Table(
        "size",
        "grabs/s",
        "grab",
        "tiles: none",
        "tiles: one",
        "tiles: all",
        "digest",
        "to Pillow",
        "settled",
        "plain grab",
    )
    for size in SIZES:
        with xvfb(size) as name, DesktopScreen(name) as screen:
            grab, *rest = [*measure(screen, seconds), plain_ms(name, seconds)]
        table.add_row(f"{size[0]}x{size[1]}", f"{1000 / grab:,.0f}", f"{grab:.2f}", *(f"{ms:.2f}" for ms in rest))
    console = Console()
    console.print(hardware())
    console.print(table)
    console.print(
        "Milliseconds, medians. 'tiles': dirty tiles of 64 px and their hashes, when that many changed. "
        "'settled': a still screen, watched for 300 ms at least. 'plain grab': where shared memory is not to be had."
    )


if __name__ == "__main__":
    main()
