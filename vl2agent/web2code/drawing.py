"""Runs inside the sandbox: a chart's program draws, and its last figure goes to standard output as PNG."""

from __future__ import annotations

import os
import runpy
import sys

DPI = 100


def main(program: str) -> None:
    """Run a program, and write what it drew; what it prints goes to standard error."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    picture = os.dup(1)
    os.dup2(2, 1)
    for name in ("show", "close"):  # there is no window, and the figure is still needed
        setattr(pyplot, name, lambda *_, **__: None)
    runpy.run_path(program, run_name="__main__")
    if not pyplot.get_fignums():
        sys.exit("it made no figure")
    with os.fdopen(picture, "wb") as out:
        pyplot.figure(pyplot.get_fignums()[-1]).savefig(out, format="png", dpi=DPI)


if __name__ == "__main__":
    main(sys.argv[1])
