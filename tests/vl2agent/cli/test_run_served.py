"""`vl2agent run` with a model behind a server, as real processes on real desktops; and the server killed in the middle."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from running_server import WEB, Process, until

from vl2agent.agent import Agent
from vl2agent.backends.http import HttpBackend
from vl2agent.errors import ServerError
from vl2agent.executor.x11 import X11Executor
from vl2agent.loop.hooks import Hooks
from vl2agent.recording.reader import Recording
from vl2agent.recording.writer import Recorder
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.steps import Frame, Memory

pytestmark = [pytest.mark.display, pytest.mark.skipif(sys.platform != "linux", reason="needs a sandbox")]

GOAL = "open settings"
ENDS = {0, 1, 3, 4, 5, 9, 11}
"""Done, given up, and the errors that a model's own doing can end a run with; no crash is among them."""


@contextmanager
def served(checkpoint: Path) -> Iterator[Process]:
    """Serve a model of random weights."""
    server = Process(str(checkpoint))
    try:
        server.wait_for("ready")
        yield server
    finally:
        server.process.kill()
        server.end()


@contextmanager
def begun(url: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a run."""
    command = [sys.executable, "-m", "vl2agent", "run", GOAL, "--model", url, "--record", str(path), "--json"]
    with subprocess.Popen(
        [*command, "--max-steps", "3"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def wait_for_a_call(server: Process) -> None:
    """Wait until the model works on one."""
    health = server.url.replace("/v1", "/health")
    until(lambda: WEB.get(health).json()["running"], timeout_s=60)


@pytest.mark.slow
def test_a_run_by_a_served_model_ends_and_is_recorded(nano_checkpoint: Path, tmp_path: Path) -> None:
    """However its random words send it; every call cost what was counted before."""
    path = tmp_path / "run.v2a"
    with served(nano_checkpoint) as server, begun(server.url, path) as process:
        out, err = process.communicate(timeout=240)
    assert process.returncode in ENDS, err
    assert "Traceback" not in err
    assert json.loads(out)["recording"] == str(path)
    recording = Recording(path)
    assert recording.end is not None
    calls = [call for calls in recording.calls.values() for call in calls]
    assert calls
    used = [call.reply.usage.prompt_tokens for call in calls if call.reply]
    assert [call.bill.prompt_tokens for call in calls] == used


@pytest.mark.slow
def test_a_server_killed_in_a_call_ends_the_run_with_its_error(nano_checkpoint: Path, tmp_path: Path) -> None:
    """Exit code 9 and a message; the recording is whole, and holds the call that failed."""
    path = tmp_path / "run.v2a"
    with served(nano_checkpoint) as server, begun(server.url, path) as process:
        wait_for_a_call(server)
        server.process.kill()
        out, err = process.communicate(timeout=240)
    assert process.returncode == 9, (out, err)
    assert "Traceback" not in err
    recording = Recording(path)
    assert recording.torn_bytes == 0
    assert recording.end is not None
    assert recording.end.error in ("ServerUnreachable", "BadAnswer")
    assert recording.end.error in out
    *_, last = [call for calls in recording.calls.values() for call in calls]
    assert last.reply is None
    assert last.error.startswith(f"{recording.end.error}: ")


@pytest.mark.slow
def test_a_server_killed_in_a_call_leaves_no_key_down(nano_checkpoint: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    """What was held when it died is let go of, before the error is told."""
    executor = X11Executor(sandbox.display)

    def hold(memory: Memory, frame: Frame) -> None:
        executor.key_down("shift")

    with served(nano_checkpoint) as server, ThreadPoolExecutor(1) as pool:
        model = HttpBackend(server.url, retries=0)
        agent = Agent(
            sandbox, executor, model=model, hooks=Hooks(before_plan=hold), recorder=Recorder(tmp_path / "run.v2a")
        )
        running = pool.submit(agent.run, GOAL)
        wait_for_a_call(server)
        server.process.kill()
        with pytest.raises(ServerError):
            running.result(timeout=120)
        model.close()
    assert not any(_keymap(sandbox.display))
    executor.close()


def _keymap(display_name: str) -> bytes:
    from Xlib.display import Display

    display = Display(display_name)
    try:
        return display.query_keymap()
    finally:
        display.close()
