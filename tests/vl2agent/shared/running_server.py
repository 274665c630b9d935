"""Servers for tests: a real process, and one in a thread whose model does what a test says."""

from __future__ import annotations

import base64
import io
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
from PIL import Image

from vl2agent.completion import Decoding, Grammar, Prompt, Reply, Usage
from vl2agent.serve.limits import Limits
from vl2agent.serve.listening import Server
from vl2agent.serve.site import Site

START_S = 90
WEB = httpx.Client(verify=False, timeout=30)
"""Reading certificates for each request would take longer than the request."""


class Process:
    """`vl2agent serve` as a process of its own."""

    def __init__(self, *arguments: str, env: dict[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "vl2agent", "serve", *arguments, "--port", "0", "--json"]
        self._log = io.StringIO()
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1", **(env or {})},
        )  # fmt: skip
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._readers = [threading.Thread(target=reader) for reader in (self._read_out, self._read_log)]
        for reader in self._readers:
            reader.start()
        self.url = self.wait_for("listening")["url"]

    def wait_for(self, event: str) -> dict[str, str]:
        """Read what it tells until this."""
        while True:
            told: dict[str, str] = json.loads(self._said.get(timeout=START_S) or f'"no {event}: {self.log}"')
            if told["event"] == event:
                return told

    @property
    def log(self) -> str:
        """What it wrote to stderr so far."""
        return self._log.getvalue()

    def end(self, timeout_s: float = 30) -> int:
        """Wait for its end, and give its exit code."""
        try:
            return self.process.wait(timeout_s)
        finally:
            self.process.kill()
            for reader in self._readers:
                reader.join()
            for pipe in (self.process.stdout, self.process.stderr):
                assert pipe
                pipe.close()

    def _read_out(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._said.put(line)
        self._said.put("")

    def _read_log(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self._log.write(line)


class Obedient:
    """A backend that waits for `go` before it answers, says the question's last word, and remembers who came."""

    model, window = "obedient", 4096

    def __init__(self) -> None:
        self.go, self.may_load = threading.Event(), threading.Event()
        self.go.set()
        self.may_load.set()
        self.began: list[str] = []
        self.ended: list[str] = []
        self.error: Exception | None = None
        self.ignores_cancelling = False

    def load(self) -> None:
        """Wait until it may."""
        assert self.may_load.wait(30)
        if self.error:
            raise self.error

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Count words."""
        prompt.check_pictures(len(images))
        return len(_words(prompt))

    def complete(
        self,
        prompt: Prompt,
        images: Sequence[Image.Image],
        grammar: Grammar | None = None,
        *,
        decoding: Decoding = Decoding(),
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Reply:
        """Say the last word, with a dot before and after waiting."""
        word = _words(prompt)[-1]
        self.began.append(word)
        if self.error:
            raise self.error
        for text in (".", word):
            if on_text:
                on_text(text)
            while not self.go.wait(0.01) and (self.ignores_cancelling or not (cancelled and cancelled())):
                pass
        stopped = bool(cancelled and cancelled())
        self.ended.append(f"{word} cancelled" if stopped else word)
        usage = Usage(prompt_tokens=len(_words(prompt)), image_tokens=0, completion_tokens=2)
        return Reply(text=f".{word}", stop_reason="cancelled" if stopped else "eos", usage=usage)


def _words(prompt: Prompt) -> list[str]:
    return [word for message in prompt.messages for part in message.parts for word in str(part).split()]


class Threaded:
    """A server in this process."""

    def __init__(self, backend: Obedient, limits: Limits, key: str | None) -> None:
        site = Site(port=0, key=key)
        self._socket = site.bind()
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.told: list[str] = []
        self.server = Server(backend, "obedient", site, limits, self.told.append)
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self._socket]})
        self._thread.start()
        until(lambda: "listening" in self.told)

    def close(self) -> None:
        """Stop it."""
        if self._thread.is_alive():
            self.server.stop()
        self._thread.join(30)
        assert not self._thread.is_alive()


@contextmanager
def threaded(backend: Obedient, limits: Limits = Limits(), key: str | None = None) -> Iterator[Threaded]:
    """Run a server with this backend until the block is left."""
    server = Threaded(backend, limits, key)
    try:
        yield server
    finally:
        backend.go.set()
        backend.may_load.set()
        server.close()


def until(holds: Callable[[], object], timeout_s: float = 20) -> None:
    """Wait for something to become true."""
    deadline_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline_s, "it never became true"
        time.sleep(0.005)


def data_url(image: Image.Image, kind: str = "PNG") -> str:
    """Write a picture into an address."""
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def shown(url: str) -> dict[str, Any]:
    """A picture as a part of a message."""
    return {"type": "image_url", "image_url": {"url": url}}


def asked(*parts: str | dict[str, Any], **options: Any) -> dict[str, Any]:
    """A request with one question."""
    content = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
    return {"messages": [{"role": "user", "content": content}], **options}


def events(lines: Iterator[str]) -> list[Any]:
    """Read the events of a stream, which must be whole."""
    data = [line.removeprefix("data: ") for line in lines if line]
    assert data[-1] == "[DONE]"
    return [json.loads(event) for event in data[:-1]]
