"""One HTML file that shows a recording: what was seen, meant, decided, done, and what came of it.

It holds everything: pictures, styles, script. Nothing is fetched (a content policy in the page forbids it), so it
works from a folder, a mail or an artefact store. Pictures are SVG symbols, each frame embedded once; marks lie over
them in screen pixels.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path

from vl2agent.actions import Click, Drag, Fail, Move, Scroll, points_of
from vl2agent.errors import RecordingError
from vl2agent.geometry import ScreenBox
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Asked, FrameSeen, Judged, Noted, Planned, Received
from vl2agent.recording.words import confidence_of, intent_words, look_words, verdict_words
from vl2agent.steps import Step
from vl2agent.trace.calls import calls_html

CONTENT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
WEBP_QUALITY = 82
_TONES = {
    "changed": "good", "ended": "good", "dry": "soft", "unchanged": "warn", "moving": "warn", "not found": "bad",
    "refused": "bad", "failed": "bad",
}  # fmt: skip


def write_page(recording: Recording, path: str | Path) -> Path:
    """Write the report; return where it is.

    Raises:
        RecordingError: a picture is missing or damaged, or the file cannot be written.
    """
    target = Path(path)
    try:
        target.write_text(page_html(recording), encoding="utf-8")
    except OSError as error:
        raise RecordingError(
            target, f"the report cannot be written: {error.strerror or error}; try another place"
        ) from error
    return target


def page_html(recording: Recording) -> str:
    """Give the whole page as text."""
    page = _Page(recording)
    steps = "\n".join((*(page.step(step) for step in recording.steps), *page.unfinished(), *page.last_seen()))
    style, script = (files("vl2agent.trace").joinpath(f"page.{kind}").read_text("utf-8") for kind in ("css", "js"))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">
<title>{escape(page.goal)} · vl2agent</title><style>
{style}</style></head><body>
<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>
<marker id="arrow" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="5" markerHeight="5" orient="auto-start-reverse">
<path d="M0 0L10 5L0 10z" fill="#e8590c"/></marker>
{page.pictures()}</defs></svg>
<main>{page.head()}{page.table()}{steps}{page.foot()}</main><dialog></dialog>
<script>
{script}</script></body></html>
"""


class _Page:
    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.frames = {event.frame: event for event in recording.of(FrameSeen)}
        self.before = {event.step: event.frame for event in recording.of(Planned)}
        self.after = {event.step: event.frame for event in recording.of(Judged)}
        self.last = self._last()
        self.asked = {event.step: event for event in recording.of(Asked)}
        self.goal = recording.run.goal if recording.run else "a run that never began"

    def _last(self) -> int | None:
        """Choose what was seen last where no step shows it and the run did not do well: what was it stuck at?"""
        end, last = self.recording.end, max(self.frames, default=None)
        return None if (end and end.ok) or last in (*self.before.values(), *self.after.values()) else last

    # --- top ---------------------------------------------------------------------------------------------------

    def head(self) -> str:
        end, run = self.recording.end, self.recording.run
        parts = [_outcome(self.recording)]
        if run:
            parts.append(f"<span>{datetime.fromtimestamp(run.wall_s).astimezone():%Y-%m-%d %H:%M:%S}</span>")
        if end:
            parts.append(f"<span>{end.seconds:.1f} s</span>")
        steps = len(self.recording.steps)
        parts.append(f"<span>{steps} step{'s' * (steps != 1)}</span>")
        if frame := self.frames.get(0):
            parts.append(f"<span>{frame.region.size}</span>")
        said = (
            f'<p class="outcome {"good" if end.ok else "bad"}">{escape(end.message)}</p>' if end and end.message else ""
        )
        unsure = "".join(f'<p class="unsure warn">{escape(line)}</p>' for line in self.recording.certainty())
        return f'<h1>{escape(self.goal)}</h1><p class="facts">{"".join(parts)}</p>{said}{unsure}{self._checklist()}{self._notes()}'

    def _checklist(self) -> str:
        end = self.recording.end
        plans = list(self.recording.of(Planned))
        clauses = end.checklist if end else plans[-1].plan.checklist if plans else ()
        items = (
            f'<li class="{"good" if clause.done else "soft"}">{"✓" if clause.done else "○"} {escape(clause.text)}</li>'
            for clause in clauses
        )
        return f'<ul class="checklist">{"".join(items)}</ul>' if clauses else ""

    def _notes(self) -> str:
        """List what was found out on the way: answers, texts that were read, what a script expected."""
        items = "".join(f"<li>{escape(note.text)}</li>" for note in self.recording.of(Noted))
        return f"<details><summary>notes</summary><ul>{items}</ul></details>" if items else ""

    def table(self) -> str:
        rows = "".join(
            f'<tr><td class="number">{step.number}</td><td><a href="#step-{step.number}">'
            f"{escape(intent_words(step.plan.intent))}</a></td>"
            f'<td class="number">{confidence_of(step)}</td><td class="{_tone(step)}">'
            f'{escape(verdict_words(step.verdict))}</td><td class="number">{step.seconds:.2f} s</td></tr>'
            for step in self.recording.steps
        )
        head = '<th class="number">#</th><th>step</th><th class="number">confidence</th><th>verdict</th>'
        return f'<table><tr>{head}<th class="number">time</th></tr>{rows}</table>' if rows else ""

    def foot(self) -> str:
        manifest, run = self.recording.manifest, self.recording.run
        parts = ", ".join(f"{name} {part}" for name, part in run.parts.items()) if run else ""
        lines = (f"{manifest.written_by} on {manifest.platform}", parts, str(self.recording.path.resolve()))
        return f"<footer>{'<br>'.join(escape(line) for line in lines if line)}</footer>"

    # --- one step ----------------------------------------------------------------------------------------------

    def step(self, step: Step) -> str:
        facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in self._facts(step) if said)
        first, last = self.before.get(step.number), self.after.get(step.number)
        before = self._figure("before", first, "".join(_marks(step)))
        changes = "".join(_rectangle(box, "change") for box in step.verdict.changed)
        after = self._figure("after", last, changes) if last != first else ""
        badge = f'<span class="badge {_tone(step)}">{escape(step.verdict.outcome)}</span>'
        return (
            f'<section class="step" id="step-{step.number}"><h2><span class="count">{step.number}</span>'
            f"<span>{escape(intent_words(step.plan.intent))}</span>{badge}</h2><dl>{facts}</dl>"
            f"{calls_html(self.recording.calls.get(step.number, ()))}"
            f'<div class="pictures">{before}{after}</div></section>'
        )

    def unfinished(self) -> Iterator[str]:
        """Show a step that was planned and has no verdict: the run ended within it."""
        sent = {event.step for event in self.recording.of(Received)}
        unsure = {event.step for event in self.recording.uncertain}
        known_plans = {planned.step for planned in self.recording.of(Planned)}
        for number, calls in self.recording.calls.items():
            if number not in known_plans:  # no plan came of them
                yield (
                    f'<section class="step" id="step-{number}"><h2><span class="count">{number}</span>'
                    f'<span>no plan</span><span class="badge warn">not finished</span></h2>{calls_html(calls)}</section>'
                )
        for planned in self.recording.of(Planned):
            if planned.step in self.after:
                continue
            known = "whether it was performed is not known" if planned.step in unsure else "it was not performed"
            said = "it was performed, its effect was not seen" if planned.step in sent else known
            yield (
                f'<section class="step" id="step-{planned.step}"><h2><span class="count">{planned.step}</span>'
                f"<span>{escape(intent_words(planned.plan.intent))}</span>"
                f'<span class="badge warn">not finished</span></h2><dl><dt>verdict</dt><dd>{said}</dd></dl>'
                f"{calls_html(self.recording.calls.get(planned.step, ()))}"
                f'<div class="pictures">{self._figure("before", planned.frame, "")}</div></section>'
            )

    def last_seen(self) -> Iterator[str]:
        """Show the screen that no step came of."""
        if self.last is not None:
            yield f'<section class="step"><div class="pictures">{self._figure("last seen", self.last, "")}</div></section>'

    def _facts(self, step: Step) -> Iterator[tuple[str, str]]:
        yield "note", step.plan.note
        for name, target in (("target", step.target), ("to", step.destination)):
            if target:
                shown = f"“{target.text}” {target.role}".strip() if target.text else target.role
                yield name, f"{shown} at {target.point}, confidence {target.confidence:.2f}, by {target.source}"
                for number, look in enumerate(target.looks, start=1):
                    yield f"look {number}", look_words(look)
        if step.decision:
            reason = f": {step.decision.reason}" if step.decision.reason else ""
            yield "policy", f"{step.decision.verdict} by “{step.decision.rule}”{reason}"
        if asked := self.asked.get(step.number):
            yield "asked", f"{asked.question} {asked.answer or '(nobody was there)'}"
        if receipt := step.receipt:
            detail = ", ".join(part for part in (receipt.route, receipt.detail) if part)
            yield (
                "delivery",
                f"{receipt.delivery}{f' ({detail})' if detail else ''} in {receipt.duration_s * 1000:.0f} ms",
            )
        yield "verdict", verdict_words(step.verdict)
        yield "time", f"{step.seconds:.2f} s"

    def _figure(self, caption: str, number: int | None, marks: str) -> str:
        seen = self.frames.get(number) if number is not None else None
        if seen is None:
            return f'<figure><figcaption>{caption}</figcaption><div class="gap">not seen</div></figure>'
        label = f"{caption} · frame {seen.frame}" + ("" if seen.settled == "settled" else f", {seen.settled}")
        if seen.frame in self.recording.gaps:
            body = '<div class="gap">this picture was still being encoded when writing ended</div>'
        else:
            region = seen.region
            body = (
                f'<svg class="screen" viewBox="{region.left} {region.top} {region.width} {region.height}">'
                f'<use href="#frame-{seen.frame}"/>{marks}</svg>'
            )
        return f"<figure><figcaption>{label}</figcaption>{body}</figure>"

    # --- pictures ----------------------------------------------------------------------------------------------

    def pictures(self) -> str:
        """Every frame that a step shows, once; equal pictures share their bytes."""
        shown = {*self.before.values(), *self.after.values(), *([] if self.last is None else [self.last])}
        first: dict[str, int] = {}
        return "\n".join(self._picture(self.frames[number], first) for number in sorted(shown & self.frames.keys()))

    def _picture(self, seen: FrameSeen, first: dict[str, int]) -> str:
        digest = self.recording.digest(seen.frame)
        if digest is None:
            return ""
        if digest in first:
            return f'<g id="frame-{seen.frame}"><use href="#frame-{first[digest]}"/></g>'
        first[digest] = seen.frame
        image = self.recording.picture(seen.frame)
        assert image is not None
        data = io.BytesIO()
        image.save(data, "WEBP", quality=WEBP_QUALITY, method=2)
        uri = f"data:image/webp;base64,{base64.b64encode(data.getvalue()).decode()}"
        box = seen.region
        return (
            f'<image id="frame-{seen.frame}" x="{box.left}" y="{box.top}" width="{box.width}" height="{box.height}" '
            f'href="{uri}"/>'
        )


def _outcome(recording: Recording) -> str:
    end = recording.end
    if end is None:
        return '<span class="badge warn">no end</span>'
    return f'<span class="badge {"good" if end.ok else "bad"}">{"done" if end.ok else escape(end.error) or "gave up"}</span>'


def _tone(step: Step) -> str:
    return "bad" if isinstance(step.action, Fail) else _TONES[step.verdict.outcome]


def _marks(step: Step) -> Iterator[str]:
    """Draw where the words were found, and what was done there."""
    for target in (step.target, step.destination):
        if target:
            box = target.box  # drawn around what is written there, not over it
            yield _rectangle(ScreenBox(box.left - 3, box.top - 3, box.right + 3, box.bottom + 3), "box")
            closer = (look.region for look in target.looks if look.region != target.looks[0].region)
            yield from (_rectangle(region, "look") for region in closer)
    if isinstance(step.action, Drag):
        start, end = step.action.start, step.action.end
        yield f'<line class="path" x1="{start.x}" y1="{start.y}" x2="{end.x}" y2="{end.y}"/>'
    if isinstance(step.action, Click | Drag | Move | Scroll):
        for point in points_of(step.action):
            yield f'<circle class="mark" cx="{point.x}" cy="{point.y}" r="16"/>'
            yield f'<circle class="dot" cx="{point.x}" cy="{point.y}" r="4"/>'


def _rectangle(box: ScreenBox, kind: str) -> str:
    return f'<rect class="{kind}" x="{box.left}" y="{box.top}" width="{box.width}" height="{box.height}" rx="3"/>'
