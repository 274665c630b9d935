"""The page as a file: complete, self-contained, safe with whatever a screen said, and written or refused."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from eventful_run import HOSTILE, Run, record, save_button

from vl2agent.actions import Click
from vl2agent.errors import RecordingError
from vl2agent.geometry import ScreenPoint
from vl2agent.recording.lines import from_line, to_line
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Ended, RunStarted
from vl2agent.recording.writer import Recorder
from vl2agent.steps import ClickIntent, Verdict
from vl2agent.trace.page import page_html, write_page


@pytest.fixture(scope="module")
def page(eventful: Path) -> str:
    """The eventful run's page."""
    return page_html(Recording(eventful))


def data(page: str, name: str) -> dict[str, object]:
    """Read a block of data as the script does."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page)
    assert found
    told = json.loads(found[1])
    assert isinstance(told, dict)
    return told


def test_its_tags_are_its_own(page: str) -> None:
    """Whatever a screen said, no tag and no attribute comes of it."""
    tags: set[str] = set()
    attributes: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.add(tag)
            attributes.update(name for name, _ in attrs)

    Reader().feed(page)
    assert tags == {"html", "head", "meta", "title", "style", "body", "div", "noscript", "script"}
    assert attributes == {"lang", "charset", "name", "content", "http-equiv", "id", "type"}


def test_what_was_said_is_there_as_it_was(page: str) -> None:
    """Escapes are undone by reading: the data hold the very words."""
    assert HOSTILE in str(data(page, "index")["goal"])
    assert HOSTILE in json.dumps(data(page, "data-step-1"), ensure_ascii=False).replace('\\"', '"')


def test_only_its_own_style_and_script_are_obeyed(page: str) -> None:
    """The content policy names them by their hashes, and allows nothing to be fetched."""
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none'")
    assert policy[1].count("'sha256-") == 2
    assert "unsafe" not in policy[1]


def test_a_picture_that_several_steps_show_is_there_once(tmp_path: Path) -> None:
    """Three frames that look alike have one picture: itself and its thumbnail."""
    run, click = Run(tmp_path / "still.v2a"), Click(point=ScreenPoint(1, 1))
    for _ in range(3):
        run.plan(ClickIntent(target="it"), click, save_button())
        run.act(click, Verdict(outcome="unchanged"))
    run.end()
    assert page_html(Recording(tmp_path / "still.v2a")).count('type="image/webp"') == 2


def test_a_secret_is_shown_as_masked(page: str) -> None:
    """The step says so, and shows dots."""
    steps = data(page, "index")["steps"]
    assert isinstance(steps, list)
    assert steps[2]["title"] == "type “•••”"
    assert "masked" in steps[2]["flags"]


def test_a_page_that_cannot_be_written_is_an_error(eventful: Path, tmp_path: Path) -> None:
    """The path is named."""
    with pytest.raises(RecordingError, match="none"):
        write_page(Recording(eventful), tmp_path / "none" / "page.html")


def test_a_name_that_is_no_text_does_no_harm(tmp_path: Path) -> None:
    """A folder's name may hold bytes of another encoding, and the page tells it."""
    folder = tmp_path / "caf\udce9"
    folder.mkdir()
    target = write_page(Recording(record(folder / "run.v2a")), tmp_path / "page.html")
    assert "caf\\\\udce9" in target.read_text("utf-8")


def test_a_time_that_cannot_be_is_told_as_such(tmp_path: Path) -> None:
    """Clocks are what was written, and no reason to show nothing."""
    recorder = Recorder(tmp_path / "run.v2a")
    recorder.write(RunStarted(goal="wait"))
    recorder.finish(Ended(ok=True, message=""))
    lines = (tmp_path / "run.v2a/events.jsonl").read_bytes().splitlines(keepends=True)
    strange = [from_line(line).model_copy(update={"wall_s": 1e300}) for line in lines]
    (tmp_path / "run.v2a/events.jsonl").write_bytes(b"".join(map(to_line, strange)))
    assert "at no time that there is" in page_html(Recording(tmp_path / "run.v2a"))
