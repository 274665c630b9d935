"""Write what README and docs show anew: the demo's text and picture, the recording's schema, the table of goals.

python tools/write_docs.py [--goals] [--miniwob] [--injection]    # 20, 15 and 3 minutes more
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

import write_schema
from vl2agent.sandbox.browser import BrowserSandbox

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PICTURE = ROOT / "docs/images/report.png"
GOAL = "open settings, then open Appearance and choose the Adwaita-dark style"
SHOWN = "nav a:has-text('Adwaita-dark')"
"""Which step the picture shows: the one that changes the theme, before and after."""


def demo(folder: Path) -> str:
    """Run the demo into a folder and return what it says."""
    command = [sys.executable, "-m", "vl2agent", "run", GOAL, "--record", str(folder / "demo.v2a")]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    return re.sub(re.escape(str(folder)), "recordings", run.stdout).rstrip()


def photograph(report: Path) -> None:
    """Save one step of a report as the README's picture."""
    with BrowserSandbox(report.as_uri(), size=(1440, 720)) as browser:
        browser.on_page(_show_step)
        browser.on_page(lambda page: page.screenshot(path=PICTURE))


def _show_step(page: Page) -> None:
    name = page.locator(SHOWN).first.get_attribute("href")
    page.locator(SHOWN).first.click()
    page.keyboard.press("c")
    page.wait_for_selector(f".stage[data-shown='{(name or '').removeprefix('#')}']")


def write_readme(said: str) -> None:
    """Put the demo's words in the place of the old ones: the first block of text."""
    page = README.read_text(encoding="utf-8")
    README.write_text(
        re.sub(r"```text\n.+?```", lambda _: f"```text\n{said}\n```", page, count=1, flags=re.DOTALL), "utf-8"
    )


def bench(name: str, page: str, *options: str) -> None:
    """Run a bench and write its page."""
    command = [sys.executable, "-m", "vl2agent", "bench", name, *options, "--write", str(ROOT / "docs" / page)]
    subprocess.run(command, check=True)


def main() -> None:
    """Write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--goals", action="store_true", help="run every goal of the desktop bench five times, too")
    parser.add_argument("--miniwob", action="store_true", help="run MiniWoB++, too")
    parser.add_argument("--injection", action="store_true", help="try every hostile screen, too")
    asked = parser.parse_args()
    write_schema.main()
    with tempfile.TemporaryDirectory() as folder:
        write_readme(demo(Path(folder)))
        photograph(Path(folder) / "demo.v2a/report.html")
    if asked.goals:
        bench("desktop", "bench-desktop.md")
    if asked.injection:
        bench("injection", "bench-injection.md")
    if asked.miniwob:
        bench("miniwob", "bench-miniwob.md")
        bench("miniwob", "bench-miniwob-all.md", "--tasks", "all", "--seeds", "1")


if __name__ == "__main__":
    main()
