"""A recording as an MP4 film, by ffmpeg, which comes from the platform."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from vl2agent.errors import MissingPackages, RecordingError
from vl2agent.recording.reader import Recording
from vl2agent.trace.film import stills

FRAMES_PER_S = 10

_INSTALL = {
    "darwin": "brew install ffmpeg",
    "win32": "winget install ffmpeg",
    "linux": "sudo apt-get install -y ffmpeg",
}


def write_mp4(recording: Recording, path: str | Path) -> Path:
    """Write the film, H.264 as every player knows it; return where it is.

    Raises:
        MissingPackages: ffmpeg is not installed.
        RecordingError: nothing was seen, a picture is damaged, or ffmpeg did not write the file.
    """
    target = Path(path).resolve()
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise MissingPackages(["ffmpeg"], _INSTALL.get(sys.platform, "your platform's package of ffmpeg"))
    with tempfile.TemporaryDirectory(prefix="vl2agent-film-") as name:
        listed = _lay_out(recording, Path(name))
        command = [ffmpeg, "-v", "error", "-y", "-f", "concat", "-i", str(listed), "-vf", f"fps={FRAMES_PER_S}"]
        command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "22", "-pix_fmt", "yuv420p"]
        command += ["-movflags", "+faststart", "-f", "mp4", f"file:{target}"]
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, errors="replace")
    if done.returncode:
        raise RecordingError(target, f"ffmpeg did not write it: {(done.stderr.strip() or 'it died').splitlines()[-1]}")
    return target


def _lay_out(recording: Recording, folder: Path) -> Path:
    """Write the stills into a folder, and the list that says how long each is shown.

    Raises:
        RecordingError: there are none.
    """
    lines = ["ffconcat version 1.0"]
    for number, still in enumerate(stills(recording)):
        still.image.save(folder / f"{number}.png", compress_level=1)
        lines += [f"file {number}.png", f"duration {still.seconds:.3f}"]
    if len(lines) == 1:
        raise RecordingError(recording.path, "expected frames to show, it has none")
    lines.append(lines[-2])  # ffmpeg drops the time of the last one unless it comes once more
    listed = folder / "film.txt"
    listed.write_text("\n".join(lines) + "\n", "utf-8")
    return listed
