"""A recording as the page's script reads it: an index of the run and its steps; details.py tells each step whole.

All of it is plain data, words included; the script puts it on the page as text, so that nothing that a screen said
can become more than that.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias

from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import FrameSeen, Noted, Resumed, RunStarted
from vl2agent.steps import Clause
from vl2agent.trace.entries import Entry
from vl2agent.trace.kind import kind_of
from vl2agent.trace.phases import phases
from vl2agent.trace.pictures import Kept, Pictures
from vl2agent.trace.telling import flags_of, said_of, sure_of, title_of, tone_of

Data: TypeAlias = dict[str, Any]


def index_of(recording: Recording, steps: tuple[Entry, ...], pictures: Pictures) -> Data:
    """Tell the run, its steps in short, and where the pictures of its frames are."""
    run = recording.run
    return {
        "goal": run.goal if run else "a run that never began",
        "kind": kind_of(run),
        "outcome": _outcome(recording),
        "seconds": round(recording.end.seconds if recording.end else _length(steps), 3),
        "certainty": list(recording.certainty()),
        "notes": [note.text for note in recording.of(Noted)],
        "checklist": [clause.model_dump() for clause in _checklist(recording, steps)],
        "facts": [[name, said] for name, said in _facts(recording, run) if said],
        "policy": run.policy if run else {},
        "scale": pictures.fidelity.scale,
        "first": min(pictures.of_frame, default=None),
        "last": max(pictures.of_frame, default=None),
        "steps": [_short(entry) for entry in steps],
        "frames": {event.frame: _frame(event, pictures) for event in recording.of(FrameSeen)},
        "pictures": [_picture(kept) for kept in pictures.kept],
    }


def _short(entry: Entry) -> Data:
    """Tell what the list and the time line show of a step."""
    return {
        "name": entry.name,
        "number": entry.step,
        "title": title_of(entry),
        "tone": tone_of(entry),
        "said": said_of(entry),
        "sure": sure_of(entry),
        "seconds": round(entry.seconds, 3),
        "before": entry.before,
        "after": entry.after,
        "flags": flags_of(entry),
        "phases": [[phase.name, round(phase.start_s, 3), round(phase.end_s, 3)] for phase in phases(entry)],
    }


def _outcome(recording: Recording) -> Data:
    end = recording.end
    if end is None:
        return {"tone": "warn", "label": "no end", "message": ""}
    label = "done" if end.ok else end.error or "gave up"
    return {"tone": "good" if end.ok else "bad", "label": label, "message": end.message}


def _length(steps: tuple[Entry, ...]) -> float:
    return max((entry.moments[-1][1] for entry in steps if entry.moments), default=0.0)


def _checklist(recording: Recording, steps: tuple[Entry, ...]) -> tuple[Clause, ...]:
    if recording.end:
        return recording.end.checklist
    return next((entry.planned.plan.checklist for entry in reversed(steps) if entry.planned), ())


def _facts(recording: Recording, run: RunStarted | None) -> Iterable[tuple[str, str]]:
    manifest = recording.manifest
    if run:
        yield "began", _local(run)
        yield "place", run.place
        yield "theme", run.theme
        yield "model", run.model
        yield "window", f"{run.window} tokens" if run.window else ""
        yield "prompts", run.prompts
        yield from ((name, part) for name, part in run.parts.items() if part != "NoneType")
        yield "limits", ", ".join(f"{name} {value:g}" for name, value in run.limits.items())
    resumes = list(recording.of(Resumed))
    cut = sum(event.cut_bytes for event in resumes)
    yield "resumed", f"{len(resumes)} times, {cut} bytes of torn events were cut off" if resumes else ""
    first = next(recording.of(FrameSeen), None)
    yield "screen", f"{first.region.size}, scale {first.scale:g}" if first else ""
    yield "written by", f"{manifest.written_by} on {manifest.platform}"
    yield "recording", str(recording.path.resolve()).encode(errors="backslashreplace").decode()  # a path may be no text


def _local(run: RunStarted) -> str:
    """Say when it began, in the time of the place where it ran."""
    try:
        began = datetime.fromtimestamp(run.wall_s, timezone(timedelta(seconds=run.utc_offset_s)))
    except (OverflowError, ValueError, OSError):
        return "at no time that there is"
    return f"{began:%Y-%m-%d %H:%M:%S}"


def _frame(event: FrameSeen, pictures: Pictures) -> Data:
    return {
        "region": list(event.region.edges),
        "settled": event.settled,
        "waited": round(event.waited_s, 3),
        "windows": [[window.title, window.app, window.url, window.active] for window in event.windows],
        "picture": pictures.of_frame.get(event.frame),
    }


def _picture(kept: Kept) -> Data:
    size = [kept.size.width_px, kept.size.height_px]
    return {"size": size, "thumb": kept.thumb, "whole": kept.whole, "base": kept.base, "patches": kept.patches}
