"""A recording as a film: what is on its stills, and files that players take."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from eventful_run import Run
from PIL import Image

from vl2agent.actions import Click
from vl2agent.errors import MissingPackages, RecordingError
from vl2agent.geometry import ScreenPoint
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.steps import ClickIntent, Verdict
from vl2agent.trace.film import BAR_PX, LONGEST_S, stills
from vl2agent.trace.gif import write_gif
from vl2agent.trace.mp4 import write_mp4

ORANGE, MAGENTA = (255, 122, 26), (229, 0, 125)


def colours(image: Image.Image) -> set[tuple[int, ...]]:
    """List the colours of a picture above its caption."""
    screen = image.crop((0, 0, image.width, image.height - BAR_PX))
    return {colour for _, colour in screen.getcolors(maxcolors=1 << 20) or () if isinstance(colour, tuple)}


def test_a_step_is_shown_before_and_after(eventful: Path) -> None:
    """Three steps that changed the screen take two stills, two that did not take one, and the end one more."""
    assert len(list(stills(Recording(eventful)))) == 3 * 2 + 2 + 1


def test_the_still_before_a_click_has_its_marks(eventful: Path) -> None:
    """The target's box and the action's colour are on it, and not on the end."""
    first, *_, last = stills(Recording(eventful))
    assert {ORANGE, MAGENTA} <= colours(first.image)
    assert not {ORANGE, MAGENTA} & colours(last.image)


def test_both_sides_are_even(tmp_path: Path) -> None:
    """Films want that, also of a screen with an odd size."""
    run = Run(tmp_path / "run.v2a")
    run.end()
    still = next(stills(Recording(run.recorder.path), width_px=151))
    assert (still.image.width % 2, still.image.height % 2) == (0, 0)


def test_a_long_run_is_shown_faster(tmp_path: Path) -> None:
    """120 steps stay within the longest time, and every still can be seen."""
    run, click = Run(tmp_path / "run.v2a"), Click(point=ScreenPoint(5, 5))
    for _ in range(120):
        run.plan(ClickIntent(target="it"), click)
        run.act(click, Verdict(outcome="changed"))
    run.end()
    shown = [still.seconds for still in stills(Recording(run.recorder.path), width_px=64)]
    assert sum(shown) < LONGEST_S + 5
    assert min(shown) >= 0.2


def test_a_gif_moves_and_keeps_its_marks(eventful: Path, tmp_path: Path) -> None:
    """All stills with their times, repeated for ever; the marks' colours are not lost among few."""
    with Image.open(write_gif(Recording(eventful), tmp_path / "run.gif")) as film:
        assert film.info["loop"] == 0
        assert film.info["duration"] == 1200
        assert getattr(film, "n_frames", 1) == 9
        assert {ORANGE, MAGENTA} <= colours(film.convert("RGB"))


def test_a_film_is_one_that_players_know(eventful: Path, tmp_path: Path) -> None:
    """H.264 in 4:2:0, as long as its stills."""
    if not (ffprobe := shutil.which("ffprobe")):
        pytest.skip("ffmpeg is not installed")
    film = write_mp4(Recording(eventful), tmp_path / "run.mp4")
    command = [ffprobe, "-v", "error", "-of", "json", "-show_streams", str(film)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["streams"][0]
    assert (told["codec_name"], told["pix_fmt"]) == ("h264", "yuv420p")
    expected_s = sum(still.seconds for still in stills(Recording(eventful)))
    assert float(told["duration"]) == pytest.approx(expected_s, abs=0.5)


def test_without_ffmpeg_it_says_how_to_install_it(
    eventful: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program and the line are named; no file is left."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPackages, match=r"ffmpeg.*install"):
        write_mp4(Recording(eventful), tmp_path / "run.mp4")
    assert not (tmp_path / "run.mp4").exists()


def test_what_ffmpeg_says_is_told(eventful: Path, tmp_path: Path) -> None:
    """A place that cannot be written to is an error with ffmpeg's own words."""
    if not shutil.which("ffmpeg"):
        pytest.skip("ffmpeg is not installed")
    with pytest.raises(RecordingError, match="No such file"):
        write_mp4(Recording(eventful), tmp_path / "none" / "run.mp4")


def test_nothing_seen_is_no_film(tmp_path: Path) -> None:
    """A recording without frames is refused."""
    Recorder(tmp_path / "empty.v2a").close()
    with pytest.raises(RecordingError, match="expected frames"):
        write_gif(Recording(tmp_path / "empty.v2a"), tmp_path / "run.gif")
