"""The report: complete, self-contained, and safe with whatever a screen said."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from vl2agent.actions import Fail
from vl2agent.errors import RecordingError
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Ended, Grounded, Judged, Planned, RunStarted
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Frame, Plan, Settled, Verdict
from vl2agent.trace.page import page_html, write_page

RecordRun = Callable[[Path], Path]
NAVY = Settled(Frame.from_image(Image.new("RGB", (320, 240), "navy")), "settled", 0.1)


@pytest.fixture
def page(record_run: RecordRun, tmp_path: Path) -> str:
    """The small run's report."""
    return page_html(Recording(record_run(tmp_path / "run.v2a")))


def test_it_says_what_happened(page: str) -> None:
    """Goal, intent, target, confidence, policy, delivery, verdict and times are on the page."""
    for said in (
        "save &lt;it&gt;",
        "“Save”",
        "0.91",
        "allow by “default”",
        "sent",
        "changed, 1 area",
        "0.20 s",
        "saved",
    ):
        assert said in page


def test_it_draws_the_target_and_the_click(page: str) -> None:
    """The box lies around the target and the mark on the point, in screen pixels."""
    assert '<rect class="box" x="17" y="27" width="76" height="36"' in page
    assert '<circle class="mark" cx="54" cy="44"' in page
    assert 'viewBox="0 0 320 240"' in page


def test_it_fetches_nothing(page: str) -> None:
    """Every address on the page is data or a place on the page, and a content policy forbids the rest."""
    addresses = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert addresses
    assert all(address.startswith(("data:image/", "#")) for address in addresses)
    assert 'http-equiv="Content-Security-Policy" content="default-src \'none\'' in page
    assert "url(http" not in page


def test_a_picture_that_two_steps_show_is_there_once(page: str) -> None:
    """Frame 1 is after the first step and before the second."""
    assert page.count("data:image/webp") == 2
    assert page.count('href="#frame-1"') == 2


def test_words_from_the_screen_stay_words(page: str) -> None:
    """Markup in a target's name is shown, not obeyed."""

    class Tags(HTMLParser):
        seen: set[str] = set()  # noqa: RUF012

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.seen.add(tag)

    Tags().feed(page)
    assert "save" not in Tags.seen
    assert "it" not in Tags.seen
    assert "the &lt;Save&gt; &amp; &#x27;Quit&#x27; button" in page


def test_a_models_call_shows_its_ledger(page: str) -> None:
    """What each part cost, the room for the reply and what was free; the words as they were sent and came back."""
    assert "433 + 256 of 4096 tokens" in page
    for part, tokens in (("picture", 421), ("goal", 12), ("reply", 256), ("free", 3407)):
        assert f'style="flex-grow:{tokens}" title="{part}: {tokens}"' in page
    assert "What next, &lt;/pre&gt;?" in page
    assert "{&quot;kind&quot;:&quot;click&quot;}" in page


def test_notes_are_listed(page: str) -> None:
    """What was found out on the way, as text."""
    assert "<li>Who? &lt;Ann&gt;</li>" in page


def test_a_torn_recording_has_a_report_too(record_run: RecordRun, tmp_path: Path) -> None:
    """It says what is missing, and shows the gap where a picture was not complete."""
    path = record_run(tmp_path / "run.v2a")
    log = path / "events.jsonl"
    lines = [line for line in log.read_bytes().splitlines(keepends=True) if b'"type":"picture"' not in line]
    verdict = next(number for number, line in enumerate(lines) if b'"type":"verdict"' in line)
    log.write_bytes(b"".join(lines[: verdict + 1]) + b'{"seq":')
    _renumber(log)
    page = page_html(Recording(path))
    assert "the end is missing" in page
    assert "7 bytes were cut off" in page
    assert "still being encoded" in page


def _renumber(log: Path) -> None:
    """Number the events anew after some were taken out."""
    from vl2agent.recording.lines import from_line, to_line

    *lines, torn = log.read_bytes().split(b"\n")
    whole = [to_line(from_line(line).model_copy(update={"seq": number})) for number, line in enumerate(lines)]
    log.write_bytes(b"".join(whole) + torn)


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("plan", "it was not performed"),
        ("intent", "whether it was performed is not known"),
        ("receipt", "it was performed, its effect was not seen"),
    ],
)
def test_a_step_that_was_not_finished_is_shown(record_run: RecordRun, tmp_path: Path, last: str, said: str) -> None:
    """The step in which a run ended is there, with what is known of it."""
    path = record_run(tmp_path / "run.v2a")
    log = path / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    end = next(number for number, line in enumerate(lines) if f'"type":"{last}"'.encode() in line)
    log.write_bytes(b"".join(lines[: end + 1]))
    page = page_html(Recording(path))
    assert "not finished" in page
    assert said in page


def test_a_run_that_failed_before_a_step_shows_the_screen(tmp_path: Path) -> None:
    """No plan came, yet what it was to be made for can be seen; after success there is nothing to explain."""
    for ok in (True, False):
        recorder = Recorder(tmp_path / f"{ok}.v2a")
        recorder.write(RunStarted(goal="save", parts={}))
        recorder.see(NAVY)
        recorder.finish(Ended(ok=ok, message="", seconds=0.1, checklist=()))
        page = page_html(Recording(recorder.path))
        assert ("last seen · frame 0" in page, page.count("data:image/webp")) == (not ok, int(not ok))


def test_giving_up_is_no_success(tmp_path: Path) -> None:
    """It ended, as done ends; the colour tells them apart."""
    recorder, fail = Recorder(tmp_path / "run.v2a"), Fail(reason="no such button")
    recorder.write(RunStarted(goal="save", parts={}))
    frame = recorder.see(NAVY)
    recorder.write(Planned(step=1, frame=frame, plan=Plan(intent=fail)))
    recorder.write(Grounded(step=1, action=fail))
    recorder.write(Judged(step=1, frame=frame, verdict=Verdict(outcome="ended"), seconds=0.1))
    recorder.finish(Ended(ok=False, message="no such button", seconds=0.1, checklist=()))
    page = page_html(Recording(recorder.path))
    assert '<span class="badge bad">ended</span>' in page
    assert "<span>1 step</span>" in page


def test_a_report_that_cannot_be_written_is_an_error(record_run: RecordRun, tmp_path: Path) -> None:
    """The path is named."""
    recording = Recording(record_run(tmp_path / "run.v2a"))
    with pytest.raises(RecordingError, match="none"):
        write_page(recording, tmp_path / "none" / "report.html")
