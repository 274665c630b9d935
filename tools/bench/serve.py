"""Load `vl2agent serve` with many clients at once, and check that none is lost, none is mixed up, memory stays flat.

    python tools/bench/serve.py [--seconds 120] [--clients 8] [--max-queue 4] [--rounds 3]

A real server process serves a small model with random weights. Each client has pictures and questions of its own and
asks them over and over: whole, streamed, for boxes, for JSON; now and then it goes away in the middle of a reply. What
each request must get was asked of the same model in this process before. The line is shorter than there are clients, so
that some are refused (429) and come again when they were told to.

Also measured: what the server adds to a call, one client alone beside the same calls in this process.
Exits with 1 when a reply is lost or another's, a refusal is not clean, memory grows, or the server does not end well.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw
from rich.console import Console
from rich.table import Table

from hardware import hardware
from vl2agent.backends.local import LocalBackend
from vl2agent.completion import Decoding, Grammar, Grounding, JsonSchema, Picture, Prompt, Ref

FIXTURES = Path(__file__).parents[2] / "tests" / "fixtures" / "vl2"
FILES = ("nano-mha/config.json", "nano-mha/model.safetensors", "tokenizer/tokenizer.json")
TOKENS = 12
SCHEMA = {"type": "object", "properties": {"done": {"type": "boolean"}}, "required": ["done"]}
PER_CLIENT = 4
GOES_AWAY = 10
"""Every so many requests, a client leaves in the middle of the reply."""
MOST_GROWTH_MB = 50


@dataclass(frozen=True)
class Call:
    """One thing that a client asks: here, over HTTP, and what must come."""

    prompt: Prompt
    picture: Image.Image
    grammar: Grammar | None
    body: dict[str, Any]
    expected: str = ""

    def here(self, backend: LocalBackend) -> str:
        """Ask the model in this process."""
        decoding = Decoding(max_tokens=TOKENS)
        return backend.complete(self.prompt, [self.picture], self.grammar, decoding=decoding).text


@dataclass
class Figures:
    """What all clients together saw."""

    seconds: list[float] = field(default_factory=list)
    busy: int = 0
    left: int = 0
    lost: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    unclean: list[str] = field(default_factory=list)


def calls_of(client: int) -> Iterator[Call]:
    """Give what one client asks; its pictures and words are like nobody else's."""
    for number in range(PER_CLIENT):
        picture, words = _screen(client, number), f"button {number} of {client}"
        kind = ("whole", "stream", "ground", "json")[number % 4]
        text = f"What is on screen {client}, part {number}?"
        body: dict[str, Any] = {"max_tokens": TOKENS, "stream": kind == "stream"}
        grammar: Grammar | None = None
        if kind == "ground":
            body["grounding"], grammar = {"words": words}, Grounding(words=words)
        elif kind == "json":
            body["structured_outputs"], grammar = {"json": SCHEMA}, JsonSchema(json_schema=SCHEMA)
        asked = (Ref(words=words), ".") if kind == "ground" else (text,)
        spoken = f"<|ref|>{words}<|/ref|>." if kind == "ground" else text
        body["messages"] = [{"role": "user", "content": [_shown(picture), {"type": "text", "text": spoken}]}]
        yield Call(Prompt.user(Picture(), *asked), picture, grammar, body)


def _screen(client: int, number: int) -> Image.Image:
    image = Image.new("RGB", (640, 400), (30 * client % 256, 60 * number % 256, 90))
    draw = ImageDraw.Draw(image)
    for step in range(12):
        left, top = 50 * step, (37 * step * (client + 1) + 11 * number) % 350
        draw.rectangle((left, top, left + 45, top + 30), fill=(20 * step, 255 - 20 * client, 40 * number % 256))
        draw.text((left + 2, top + 8), f"{client}.{step}", fill="white")
    return image


def _shown(picture: Image.Image) -> dict[str, Any]:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


@contextmanager
def server(folder: Path, max_queue: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start one, and give its address once it is ready."""
    command = [sys.executable, "-m", "vl2agent", "serve", str(folder), "--port", "0", "--json"]
    with tempfile.TemporaryFile("w") as log:
        process = subprocess.Popen(
            [*command, "--max-queue", str(max_queue)], stdout=subprocess.PIPE, stderr=log, text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        try:
            assert process.stdout
            told = [json.loads(process.stdout.readline()) for _ in ("listening", "ready")]
            yield told[-1]["url"], process
        finally:
            process.kill()
            process.communicate()


def ask(web: httpx.Client, call: Call) -> tuple[int, str, float]:
    """Ask over HTTP; give the status, the text or the refusal, and when to come again."""
    if call.body["stream"]:
        with web.stream("POST", "/chat/completions", json=call.body) as answer:
            if answer.status_code == 200:
                return 200, _joined(answer.iter_lines()), 0.0
            answer.read()
    else:
        answer = web.post("/chat/completions", json=call.body)
    told = answer.json()
    if answer.status_code == 200:
        return 200, told["choices"][0]["message"]["content"], 0.0
    return answer.status_code, told["error"]["code"], float(answer.headers.get("retry-after", -1))


def _joined(lines: Iterator[str]) -> str:
    data = [line.removeprefix("data: ") for line in lines if line]
    if data[-1] != "[DONE]":
        raise ValueError("half a stream")
    choices = [choice for event in data[:-1] for choice in json.loads(event)["choices"]]
    return "".join(choice["delta"].get("content", "") for choice in choices)


def client(url: str, calls: list[Call], until_s: float, figures: Figures, lock: threading.Lock) -> None:
    """Ask again and again until the time is over."""
    asked = 0
    with httpx.Client(base_url=url, timeout=120) as web:
        while time.monotonic() < until_s:
            asked += 1
            call, began_s = calls[asked % len(calls)], time.monotonic()
            if asked % GOES_AWAY == 0:
                _go_away(web, call)
                with lock:
                    figures.left += 1
                continue
            try:
                status, text, pause_s = ask(web, call)
            except (httpx.HTTPError, ValueError, KeyError) as error:
                status, text, pause_s = 0, repr(error), 0.0
            with lock:
                _note(figures, call, status, text, pause_s, time.monotonic() - began_s)
            time.sleep(max(pause_s, 0.0))


def _go_away(web: httpx.Client, call: Call) -> None:
    with web.stream("POST", "/chat/completions", json={**call.body, "stream": True, "max_tokens": 500}) as answer:
        next(answer.iter_lines(), None)


def _note(figures: Figures, call: Call, status: int, text: str, pause_s: float, seconds: float) -> None:
    if status == 429:
        figures.busy += 1
        if text != "queue_full" or pause_s < 1:
            figures.unclean.append(f"{text}, retry-after {pause_s:g}")
    elif status != 200:
        figures.lost.append(f"{status}: {text}")
    elif text != call.expected:
        figures.mixed.append(f"expected {call.expected!r}, got {text!r}")
    else:
        figures.seconds.append(seconds)


@dataclass(frozen=True)
class Alone:
    """Milliseconds of a call, one client alone: by the clock (median), and of the processor (mean)."""

    here_ms: float
    there_ms: float
    here_cpu_ms: float
    there_cpu_ms: float


def overhead(backend: LocalBackend, url: str, pid: int, calls: list[Call], rounds: int) -> Alone:
    """Ask everything in this process and through the server, in turns."""
    here, there, cpu_s, server_cpu_s = [], [], 0.0, -processor_s(pid)
    with httpx.Client(base_url=url, timeout=120) as web:
        for call in calls * rounds:
            began_s, began_cpu_s = time.perf_counter(), time.process_time()
            call.here(backend)
            middle_s, middle_cpu_s = time.perf_counter(), time.process_time()
            ask(web, call)
            here.append(middle_s - began_s)
            there.append(time.perf_counter() - middle_s)
            cpu_s += middle_cpu_s - began_cpu_s
    server_cpu_s += processor_s(pid)
    return Alone(
        1000 * statistics.median(here),
        1000 * statistics.median(there),
        1000 * cpu_s / len(here),
        1000 * server_cpu_s / len(here),
    )


def processor_s(pid: int) -> float:
    """Seconds of the processor that a process took, all its threads together."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Memory that a process has in RAM."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def measure(seconds: float, clients: int, max_queue: int, rounds: int) -> tuple[Table, list[str]]:
    """Run it all; give the table, and what went wrong."""
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        for file in FILES:
            shutil.copy(FIXTURES / file, name)
        backend = LocalBackend(name)
        calls = [
            [Call(**{**vars(call), "expected": call.here(backend)}) for call in calls_of(number)]
            for number in range(clients)
        ]
        with server(Path(name), max_queue) as (url, process):
            everything = [call for own in calls for call in own]
            with httpx.Client(base_url=url, timeout=120) as web:
                for call in everything:  # what the server remembers of these prompts has its full size then
                    ask(web, call)
                    _go_away(web, call)
            alone = overhead(backend, url, process.pid, everything, rounds)
            before_mb, figures, lock = resident_mb(process.pid), Figures(), threading.Lock()
            until_s = time.monotonic() + seconds
            with ThreadPoolExecutor(clients) as pool:
                for own in [pool.submit(client, url, own, until_s, figures, lock) for own in calls]:
                    own.result()
            after_mb = resident_mb(process.pid)
            wrong = _wrong(figures, url, after_mb - before_mb)
            process.terminate()
            if code := process.wait(30):
                wrong.append(f"the server ended with {code}")
    return _table(figures, seconds, clients, (before_mb, after_mb), alone), wrong


def _wrong(figures: Figures, url: str, grown_mb: float) -> list[str]:
    health = httpx.get(url.replace("/v1", "/health")).json()
    found = [
        *(f"lost: {what}" for what in figures.lost[:5]),
        *(f"mixed up: {what}" for what in figures.mixed[:5]),
        *(f"not a clean 429: {what}" for what in figures.unclean[:5]),
    ]
    if not figures.seconds:
        found.append("no request was answered")
    if grown_mb > MOST_GROWTH_MB:
        found.append(f"memory grew by {grown_mb:.0f} MB, more than {MOST_GROWTH_MB}")
    if (health["status"], health["queued"], health["running"]) != ("ready", 0, 0):
        found.append(f"in the end its health was {health}")
    return found


def _table(figures: Figures, seconds: float, clients: int, resident: tuple[float, float], alone: Alone) -> Table:
    table = Table(title=f"{clients} clients for {seconds:g} s, a nano model on one core", caption=hardware())
    table.add_column("")
    table.add_column("", justify="right")
    times_ms = sorted(1000 * second for second in figures.seconds) or [0.0]
    percentiles = [f"{times_ms[min(int(len(times_ms) * share), len(times_ms) - 1)]:.0f}" for share in (0.5, 0.95, 0.99)]
    before_mb, after_mb = resident
    rows = {
        "answered, each with the right reply": f"{len(figures.seconds)} ({len(figures.seconds) / seconds:.1f}/s)",
        "lost": str(len(figures.lost)),
        "mixed up": str(len(figures.mixed)),
        "refused (429), not cleanly": f"{figures.busy}, {len(figures.unclean)}",
        "went away in the middle": str(figures.left),
        "latency p50, p95, p99, longest (ms)": ", ".join([*percentiles, f"{times_ms[-1]:.0f}"]),
        "server's memory before, after (MB)": f"{before_mb:.0f}, {after_mb:.0f}",
        "a call here, by the server (ms)": _ratio(alone.here_ms, alone.there_ms),
        "a call here, by the server (processor ms)": _ratio(alone.here_cpu_ms, alone.there_cpu_ms),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _ratio(here: float, there: float) -> str:
    return f"{here:.1f}, {there:.1f} ({there / here:.2f}x)"


def main() -> None:
    """Measure, print the table, and leave with 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--max-queue", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3, help="of one client alone")
    table, wrong = measure(**vars(parser.parse_args()))
    Console().print(table)
    for what in wrong:
        Console(stderr=True).print(what, markup=False)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
