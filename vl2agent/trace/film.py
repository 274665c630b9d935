"""A recording as a row of stills: what a step was planned on, with its marks, then what it changed, with a caption."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from PIL import Image, ImageDraw

from vl2agent.executor.drawing import COLOR as ACTION_COLOUR
from vl2agent.executor.drawing import LABEL_TEXT, draw_action, font
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.recording.reader import Recording
from vl2agent.steps import Frame
from vl2agent.trace.entries import Entry, entries
from vl2agent.trace.telling import action_of, said_of, targets_of, title_of, tone_of

WIDTH_PX = 960
"""Wide enough to read most of a screen; a smaller screen stays as it is."""

BEFORE_S, AFTER_S, ONLY_S, END_S = 1.2, 1.0, 1.4, 2.5
LONGEST_S, SHORTEST_STILL_S = 150.0, 0.2
"""A long run is shown faster, so that its film stays below LONGEST_S, until a still would be too short to see."""

BAR_PX, PAD_PX, TEXT_PX = 40, 12, 17
_GROUND, _WORDS, _TRACK, _DONE = "#14161b", "#f2f4f8", "#333945", "#8fa2ff"
_TARGET, _CHANGED = "#ff7a1a", "#1c8cff"
_LAMPS = {"good": "#6fd58d", "soft": "#99a2b1", "warn": "#f5b65c", "bad": "#ff8a8a"}

COLOURS = (_GROUND, _WORDS, _TRACK, _DONE, _TARGET, _CHANGED, *_LAMPS.values(), ACTION_COLOUR, LABEL_TEXT)
"""What is drawn on stills; a film with few colours keeps these."""

_Size: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Still:
    """One picture of a film, and how long it is shown."""

    image: Image.Image
    seconds: float


@dataclass(frozen=True)
class _Caption:
    """Words, a lamp before them, and how much of the film is over, 0 to 1."""

    words: str
    tone: str
    part: float


def stills(recording: Recording, width_px: int = WIDTH_PX) -> Iterator[Still]:
    """Go through the film; all stills are of one size, both sides even, as films want it.

    Raises:
        RecordingDamaged: a picture is missing, or is another one.
    """
    steps = entries(recording)
    first = _first_frame(recording)
    if first is None:
        return
    size = _film_size(first, width_px)
    pace = _pace(len(steps))
    for number, entry in enumerate(steps):
        yield from _stills_of(recording, entry, size, (number + 1) / len(steps), pace)
    yield Still(_pictured(_last_frame(recording) or first, size, _ending(recording)), END_S)


def _stills_of(recording: Recording, entry: Entry, size: _Size, part: float, pace: float) -> Iterator[Still]:
    before, after = (recording.frame(n) if n is not None else None for n in (entry.before, entry.after))
    title = f"{entry.step}  {title_of(entry)}"
    said = _Caption(f"{title}:  {said_of(entry)}", tone_of(entry), part)
    if before is None or after is None or before.digest == after.digest:
        if shown := before or after:
            yield Still(_pictured(shown, size, said, _marked(shown, entry)), ONLY_S * pace)
        return
    yield Still(_pictured(before, size, _Caption(title, "soft", part), _marked(before, entry)), BEFORE_S * pace)
    yield Still(_pictured(after, size, said, _changed(after, entry)), AFTER_S * pace)


def _ending(recording: Recording) -> _Caption:
    end = recording.end
    if end is None:
        return _Caption("the end is missing", "warn", 1)
    said = f": {end.message}" if end.message else ""
    return _Caption(f"{'done' if end.ok else end.error or 'gave up'}{said}", "good" if end.ok else "bad", 1)


def _pace(steps: int) -> float:
    seconds = steps * (BEFORE_S + AFTER_S)
    return max(SHORTEST_STILL_S / AFTER_S, min(1.0, LONGEST_S / seconds)) if seconds else 1.0


def _first_frame(recording: Recording) -> Frame | None:
    return next(recording.frames(), None)


def _last_frame(recording: Recording) -> Frame | None:
    kept = [entry.after for entry in entries(recording) if entry.after is not None]
    return recording.frame(kept[-1]) if kept else None


# --- drawing -------------------------------------------------------------------------------------------------------


def _film_size(frame: Frame, width_px: int) -> _Size:
    scale = min(1.0, width_px / frame.size.width_px)
    return _even(frame.size.width_px * scale), _even(frame.size.height_px * scale) + BAR_PX


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)


def _marked(frame: Frame, entry: Entry) -> Image.Image:
    """Draw where the words were found and what was done there."""
    image = _boxed(frame, [target.box for _, target in targets_of(entry)], _TARGET)
    action = action_of(entry)
    origin = ScreenPoint(frame.region.left, frame.region.top)
    return draw_action(image, action, origin) if action else image


def _changed(frame: Frame, entry: Entry) -> Image.Image:
    return _boxed(frame, entry.judged.verdict.changed if entry.judged else (), _CHANGED)


def _boxed(frame: Frame, boxes: tuple[ScreenBox, ...] | list[ScreenBox], colour: str) -> Image.Image:
    image = frame.image.copy()
    pen = ImageDraw.Draw(image)
    for box in boxes:
        left, top = box.left - frame.region.left, box.top - frame.region.top
        pen.rectangle((left - 3, top - 3, left + box.width + 2, top + box.height + 2), outline=colour, width=3)
    return image


def _pictured(frame: Frame, size: _Size, caption: _Caption, image: Image.Image | None = None) -> Image.Image:
    """Lay a picture above its caption, fitted where the screen had another size."""
    image = image or frame.image
    room = (size[0], size[1] - BAR_PX)
    scale = min(room[0] / image.width, room[1] / image.height)
    fitted = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), reducing_gap=3)
    still = Image.new("RGB", size, _GROUND)
    still.paste(fitted, ((room[0] - fitted.width) // 2, (room[1] - fitted.height) // 2))
    _write(still, caption)
    return still


def _write(still: Image.Image, caption: _Caption) -> None:
    pen, top = ImageDraw.Draw(still), still.height - BAR_PX
    pen.rectangle((0, top, still.width, top + 2), fill=_TRACK)
    pen.rectangle((0, top, round(still.width * caption.part), top + 2), fill=_DONE)
    middle = top + 2 + BAR_PX // 2
    pen.circle((PAD_PX + 4, middle), 5, fill=_LAMPS[caption.tone])
    left = 2 * PAD_PX + 8
    words = _shortened(pen, caption.words, still.width - left - PAD_PX)
    pen.text((left, middle), words, fill=_WORDS, font=font(TEXT_PX), anchor="lm")


def _shortened(pen: ImageDraw.ImageDraw, words: str, width: int) -> str:
    words = " ".join(words[:500].split("\n"))
    if pen.textlength(words, font(TEXT_PX)) <= width:
        return words
    while words and pen.textlength(f"{words}…", font(TEXT_PX)) > width:
        words = words[:-1]
    return f"{words}…"
