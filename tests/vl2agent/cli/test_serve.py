"""`vl2agent serve` as typed in a shell: where it listens, what it refuses, how it ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from running_server import WEB, Process, asked, events

KEY = "sesame-open-0123"


def serve(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    program = f"{code}; import sys; sys.argv[1:] = {['serve', *arguments]!r}; from vl2agent.cli import main; main()"
    command = [sys.executable, "-c", program.lstrip("; ")]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)


def test_a_running_stream_is_not_cut_by_sigterm(nano_checkpoint: Path) -> None:
    """It comes to its end, or is told in time why not, and so does the server; who comes meanwhile hears of it."""
    server = Process(str(nano_checkpoint))
    try:
        assert server.wait_for("ready")["model"] == nano_checkpoint.name
        request = asked("Hello", structured_outputs={"regex": "a{600}"}, stream=True)
        with (
            httpx.Client(base_url=server.url, timeout=60) as client,
            client.stream("POST", "/chat/completions", json=request) as answer,
        ):
            lines = answer.iter_lines()
            first = next(lines)
            server.process.send_signal(signal.SIGTERM)
            server.wait_for("stopping")
            refused = WEB.post(f"{server.url}/chat/completions", json=asked("x"))
            chunks = events(iter([first, *lines]))
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "stopping"
        last = chunks[-1]
        assert last["error"]["code"] == "stopping" if "error" in last else last["choices"][0]["finish_reason"] == "stop"
        assert server.wait_for("stopped")
        assert server.end() == 0
    finally:
        server.end()
    assert "Traceback" not in server.log


def test_a_second_signal_ends_it_at_once(nano_checkpoint: Path) -> None:
    """Whatever runs; Ctrl-C was the first."""
    server = Process(str(nano_checkpoint))
    try:
        server.wait_for("ready")
        request = asked("Hello", structured_outputs={"regex": "a{3000}"}, stream=True)
        with (
            httpx.Client(base_url=server.url, timeout=60) as client,
            client.stream("POST", "/chat/completions", json=request) as answer,
        ):
            next(answer.iter_lines())
            server.process.send_signal(signal.SIGINT)
            server.wait_for("stopping")
            server.process.send_signal(signal.SIGTERM)
            assert server.end() == 128 + signal.SIGTERM
    finally:
        server.end()


@pytest.mark.parametrize("from_file", [True, False])
def test_the_key_comes_from_a_file_or_the_environment(nano_checkpoint: Path, tmp_path: Path, from_file: bool) -> None:
    """It is demanded of clients, and shown nowhere; a signal while the model is being loaded ends the server."""
    file = tmp_path / "key.txt"
    file.write_text(f"{KEY}\n")
    options, env = (["--api-key-file", str(file)], None) if from_file else ([], {"VL2AGENT_API_KEY": KEY})
    server = Process(str(nano_checkpoint), "--host", "0.0.0.0", *options, env=env)
    try:
        url = server.url.replace("0.0.0.0", "127.0.0.1")
        assert WEB.get(f"{url}/models").status_code == 401
        assert WEB.get(f"{url}/models", headers={"authorization": f"Bearer {KEY}"}).status_code == 200
        command = Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
        server.process.send_signal(signal.SIGTERM)
        assert server.end() == 0
    finally:
        server.end()
    assert KEY.encode() not in command
    assert KEY not in server.log


def test_a_taken_port_is_named(nano_checkpoint: Path) -> None:
    """Before the model is loaded, with what to try."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = serve(str(nano_checkpoint), "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert done.stderr.startswith("InputError: ")
    assert "--port 0" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "API key"),
        (["--api-key-file", "/nowhere/key"], "No such file"),
        (["--api-key-file", "/dev/null"], "found nothing"),
        (["--host", "no-such-host.invalid", "--api-key-file", "{key}"], "listen"),
    ],
)
def test_what_cannot_work_is_said(nano_checkpoint: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    """In one line, with the exit code of wrong input."""
    key = tmp_path / "key"
    key.write_text(KEY)
    done = serve(str(nano_checkpoint), *(argument.format(key=key) for argument in arguments))
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert KEY not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    """As for every command."""
    done = serve(str(tmp_path))
    assert done.returncode == 9
    assert "config.json" in done.stderr


def test_weights_that_cannot_be_loaded_end_it(nano_checkpoint: Path, tmp_path: Path) -> None:
    """With their error, although it listened already."""
    for file in nano_checkpoint.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes()[: 9000 if file.suffix == ".safetensors" else None])
    done = serve(str(tmp_path), "--port", "0")
    assert done.returncode == 9, done.stderr
    assert "model.safetensors" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_serving_extra_it_is_named(nano_checkpoint: Path) -> None:
    """The line that installs it."""
    done = serve(str(nano_checkpoint), code="import sys; sys.modules.update(fastapi=None, uvicorn=None)")
    assert done.returncode == 9
    assert "vl2agent[serve]" in done.stderr.replace("\n", "")


def test_help_shows_how_it_is_used() -> None:
    """With examples, and the key's variable."""
    done = serve("--help")
    assert done.returncode == 0
    for said in ("vl2agent serve ", "--port", "VL2AGENT_API_KEY", "--max-queue"):
        assert said in done.stdout
