"""Turn a screenshot of a page into HTML and CSS that a browser renders back to it. Needs no model and no network.

python examples/07_web2code.py
python examples/07_web2code.py my-screenshot.png out/
"""

import sys
from pathlib import Path

from vl2agent import BrowserSandbox, web2code

PAGE = """<!doctype html><title>Harbour</title>
<style>
  body { margin: 0; font: 16px/1.5 sans-serif; color: #222 }
  header { background: #2456c7; color: #fff; padding: 16px 40px; font-size: 22px }
  main { padding: 24px 40px; max-width: 560px }
  .card { border: 1px solid #ccd; border-radius: 8px; padding: 16px; margin-top: 24px }
</style>
<header>Harbour News</header>
<main>
  <h1>Ships arrive on Monday</h1>
  <p>The first ships of the season are expected before noon, the harbour master said today.</p>
  <div class="card">Open from nine to five</div>
</main>"""


def screenshot() -> bytes:
    """Take a picture of a page; any other screenshot of one will do."""
    with BrowserSandbox(html=PAGE, size=(800, 420)) as browser:
        return browser.on_page(lambda page: page.screenshot())


def main(picture: str | Path | None = None, folder: str | Path = "harbour") -> web2code.Conversion:
    """Convert, say how near it comes, and write everything into a folder."""
    page = web2code.convert(picture or screenshot())
    if page.report.score:
        print(f"{page.report.score.total:.3f} against the picture, after {len(page.report.rounds)} rounds")
    for block in page.page.root.walk():
        if block.text:
            print(f"  {block.role}: {page.page.text_by_id[block.text].string}")
    print("see", page.save(folder) / "preview.html")
    return page


if __name__ == "__main__":
    main(*sys.argv[1:])
