"""Measure the trace viewer: how large a page is and how long it takes to write, to open, and to go from step to step.

    python tools/bench/trace.py [--steps 300] [--size 1280x800] [--keep FILE]

The recording is made up: windows of text on a wallpaper with grain, as a photograph has. Text is typed, windows open
and move, now and then all of it changes; every step has two calls of a model and a reading of sixty elements. A step
change counts from the key, or the link, to the frame in which the new pictures are drawn.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import Page
from rich.console import Console
from rich.table import Table

from hardware import hardware
from vl2agent.actions import Click, Done
from vl2agent.calls import Bill, Charge, ModelCall
from vl2agent.completion import Prompt, Reply, Usage
from vl2agent.executor.drawing import font
from vl2agent.geometry import ScreenBox, Size
from vl2agent.readings import Reading
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import (
    Called,
    Decided,
    Ended,
    Grounded,
    Intended,
    Judged,
    Planned,
    Read,
    Received,
    RunStarted,
)
from vl2agent.recording.writer import Recorder
from vl2agent.sandbox.browser import BrowserSandbox
from vl2agent.steps import ClickIntent, Decision, Element, Frame, Look, Plan, Receipt, Settled, Target, Verdict
from vl2agent.trace.page import write_page

WORDS = [
    "file",
    "edit",
    "view",
    "insert",
    "format",
    "tools",
    "window",
    "help",
    "save",
    "open",
    "close",
    "settings",
    "appearance",
    "network",
    "sound",
    "keyboard",
]
ELEMENTS, NEW_WINDOW, NEW_DESKTOP = 60, 8, 50
"""Things that a reading finds; after how many steps a window comes, and everything changes."""

_GOING = """async (keys) => {
  const stage = document.querySelector(".stage"), times = [];
  const changed = () => new Promise((done) => {
    const seen = new MutationObserver(() => { seen.disconnect(); requestAnimationFrame(() => setTimeout(done)); });
    seen.observe(stage, { attributes: true, attributeFilter: ["data-shown"] });
  });
  for (const key of keys) {
    const began = performance.now(), after = changed();
    if (key.startsWith("#")) location.hash = key;
    else document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await after;
    times.push(performance.now() - began);
  }
  return times;
}"""

_SEARCHING = """async () => {
  const field = document.querySelector("input[type=search]"), began = performance.now();
  field.value = "keyboard 299"; field.dispatchEvent(new Event("input"));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const first = performance.now() - began, again = performance.now();
  field.value = "keyboard"; field.dispatchEvent(new Event("input"));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return [first, performance.now() - again];
}"""


class Desk:
    """A made-up desktop on which something changes each step."""

    def __init__(self, size: Size, seed: int = 5) -> None:
        self.size, self._chance = size, random.Random(seed)
        self._noise = np.random.default_rng(seed)
        self._picture = self._wallpaper()

    def frames(self) -> Iterator[Frame]:
        """Show it as it changes, without end."""
        step = 0
        while True:
            yield Frame.from_image(self._picture)
            step += 1
            if step % NEW_DESKTOP == 0:
                self._picture = self._wallpaper()
            elif step % NEW_WINDOW == 0:
                self._window()
            else:
                self._type(step)

    def _wallpaper(self) -> Image.Image:
        width, height = self.size.width_px, self.size.height_px
        soft = Image.fromarray(self._noise.integers(20, 230, (5, 8, 3), np.uint8)).resize((width, height), 3)
        grain = self._noise.normal(0, 4, (height, width, 1))
        return Image.fromarray(np.clip(np.asarray(soft) + grain, 0, 255).astype(np.uint8))

    def _window(self) -> None:
        pen, width, height = ImageDraw.Draw(self._picture), self.size.width_px, self.size.height_px
        left, top = self._chance.randrange(width // 2), self._chance.randrange(height // 2)
        pen.rectangle((left, top, left + width // 2, top + height // 2), fill="white", outline="#445566")
        pen.rectangle((left, top, left + width // 2, top + 26), fill="#2d3e55")
        for row in range(height // 2 // 24 - 2):
            pen.text((left + 14, top + 36 + row * 24), self._line(), "#202020", font(15))

    def _type(self, step: int) -> None:
        pen, y = ImageDraw.Draw(self._picture), 60 + step % 25 * 24
        pen.rectangle((90, y, 700, y + 23), fill="white")
        pen.text((94, y + 3), self._line(), "black", font(15))

    def _line(self) -> str:
        return " ".join(self._chance.choices(WORDS, k=9))


def record(path: Path, steps: int, size: Size) -> Recording:
    """Write a recording of so many steps."""
    recorder, frames = Recorder(path), Desk(size).frames()
    recorder.write(RunStarted(goal=f"{steps} steps on a desktop that changes", parts={"planner": "made up"}))
    number, frame = _see(recorder, frames)
    for step in range(1, steps + 1):
        number, frame = _step(recorder, frames, step, number, frame)
    recorder.write(Planned(step=steps + 1, frame=number, plan=Plan(intent=Done())))
    recorder.write(Grounded(step=steps + 1, action=Done()))
    recorder.write(Judged(step=steps + 1, frame=number, verdict=Verdict(outcome="ended"), seconds=0.01))
    recorder.finish(Ended(ok=True, message="done", seconds=steps * 2.0))
    return Recording(path)


def _see(recorder: Recorder, frames: Iterator[Frame]) -> tuple[int, Frame]:
    frame = next(frames)
    return recorder.see(Settled(frame, "settled", 0.3)), frame


def _step(recorder: Recorder, frames: Iterator[Frame], step: int, number: int, frame: Frame) -> tuple[int, Frame]:
    write, target = recorder.write, _target(step, frame.region)
    click = Click(point=target.point)
    write(Read(step=step, reading=_reading(step, frame)))
    write(Called(step=step, call=_call("plan", step, frame.region)))
    write(Planned(step=step, frame=number, plan=Plan(intent=ClickIntent(target=target.words), note=f"step {step}")))
    write(Called(step=step, call=_call("ground", step, frame.region)))
    write(Grounded(step=step, action=click, target=target))
    write(Decided(step=step, decision=Decision(verdict="allow", rule="default")))
    write(Intended(step=step, action=click))
    write(Received(step=step, receipt=Receipt(delivery="sent", route="xtest", duration_s=0.01)))
    number, frame = _see(recorder, frames)
    changed = (ScreenBox(90, 60 + step % 25 * 24, 700, 84 + step % 25 * 24),)
    write(Judged(step=step, frame=number, verdict=Verdict(outcome="changed", changed=changed), seconds=2.0))
    return number, frame


def _target(step: int, region: ScreenBox) -> Target:
    box = ScreenBox(100, 60 + step % 25 * 24, 220, 82 + step % 25 * 24)
    looks = (
        Look(region=region, box=box, confidence=0.6, why="the whole screen"),
        Look(region=ScreenBox(50, 20, 450, 320), box=box, confidence=0.92, why="a small box"),
    )
    words = f"{WORDS[step % len(WORDS)]} button {step}"
    return Target(words=words, box=box, point=box.center, confidence=0.92, text=words, source="vl2", looks=looks)


def _reading(step: int, frame: Frame) -> Reading:
    elements = tuple(
        Element(
            box=ScreenBox(10 + n, 10 + n * 10, 200 + n, 28 + n * 10),
            text=f"{WORDS[(n + step) % len(WORDS)]} {n}",
            role="text",
            confidence=0.9,
        )
        for n in range(ELEMENTS)
    )
    return Reading(ask="elements", frame=frame.digest, region=frame.region, elements=elements)


def _call(purpose: str, step: int, region: ScreenBox) -> ModelCall:
    charges = (
        Charge(name="system", tokens=412),
        Charge(name="picture", tokens=1415),
        Charge(name="memory", tokens=600),
    )
    memory = "\n".join(
        f"{n}. click “{WORDS[n % len(WORDS)]} button {n}”: changed" for n in range(max(1, step - 30), step)
    )
    return ModelCall.model_validate(
        {
            "purpose": purpose,
            "prompt": Prompt.ask(f"Goal: go on.\n{memory}\nWhat is the next step?"),
            "regions": (region,),
            "sizes": (Size(region.width, region.height),),
            "bill": Bill(charges=charges, reserve=256, window=4096),
            "reply": Reply(
                text=f'{{"kind":"click","target":"{WORDS[step % len(WORDS)]} button {step}"}}',
                usage=Usage(prompt_tokens=2427, image_tokens=1415, completion_tokens=24),
            ),
            "seconds": 0.8,
        }
    )


# --- in the browser ------------------------------------------------------------------------------------------------


def browse(file: Path, steps: int) -> dict[str, str]:
    """Open the page, go through it, jump about in it, search."""
    with BrowserSandbox(html="", size=(1440, 900), answer_s=300) as browser:
        return browser.on_page(lambda page: _browse(page, file, steps))


def _browse(page: Page, file: Path, steps: int) -> dict[str, str]:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    began_s = time.perf_counter()
    page.goto(file.as_uri() + "#run")
    page.wait_for_selector(".stage[data-shown]")
    opened_s = time.perf_counter() - began_s
    opening = _metrics(session.send("Performance.getMetrics"))
    forth = page.evaluate(_GOING, ["j"] * steps)
    went = _metrics(session.send("Performance.getMetrics"))
    jumps = random.Random(7).sample(range(1, steps), min(60, steps - 1))
    about = page.evaluate(_GOING, [f"#step-{number}" for number in jumps])
    found = page.evaluate(_SEARCHING)
    heap = _metrics(session.send("Performance.getMetrics"))["JSHeapUsedSize"]
    return {
        "opened": f"{opened_s * 1000:.0f} ms",
        "work of the main thread to open": f"{opening['TaskDuration'] * 1000:.0f} ms, of it script {opening['ScriptDuration'] * 1000:.0f} ms",
        "step change with j": _spread(forth),
        "work of the main thread for it": f"{(went['TaskDuration'] - opening['TaskDuration']) / steps * 1000:.0f} ms a step",
        "step change by a link": _spread(about),
        "search, first and again": f"{found[0]:.0f} ms, {found[1]:.0f} ms",
        "heap": f"{heap / 1e6:.0f} MB",
    }


def _metrics(told: dict[str, list[dict[str, float | str]]]) -> dict[str, float]:
    return {str(each["name"]): float(each["value"]) for each in told["metrics"]}


def _spread(times_ms: list[float]) -> str:
    ordered = sorted(times_ms)
    at = (ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)], ordered[-1])
    return "median {:.0f} ms, 95 % {:.0f} ms, most {:.0f} ms".format(*at)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--keep", type=Path, help="where to leave the page", default=None)
    asked = parser.parse_args()
    size = Size(*map(int, asked.size.split("x")))
    with tempfile.TemporaryDirectory() as folder:
        recording = record(Path(folder) / "run.v2a", asked.steps, size)
        began_s, work_s = time.perf_counter(), time.process_time()
        page = write_page(recording, asked.keep or Path(folder) / "page.html")
        wrote_s, work_s = time.perf_counter() - began_s, time.process_time() - work_s
        rows = {"page": f"{page.stat().st_size / 1e6:.1f} MB"}
        rows["written in"] = f"{wrote_s:.1f} s, of the processor {work_s:.1f} s"
        rows |= browse(page.resolve(), asked.steps)
    table = Table(title=f"{asked.steps} steps at {size}; {hardware()}", title_justify="left")
    table.add_column("what")
    table.add_column("measured")
    for row in rows.items():
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
